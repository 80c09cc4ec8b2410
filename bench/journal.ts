/** What a journal costs on this disk: a step alone, and the steps of parallel calls, which share syncs. */
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import OpenAI from 'openai';
import { z } from 'zod';
import {
  fileJournal,
  GuardedRunner,
  tool,
  type Decision,
  type Gateway,
  type Journal,
  type RunJournal,
} from 'interven-openai-assistants';
import { callTools, FakeOpenAI, say } from 'interven-openai-assistants/testing';

const STEPS = 400;
const CALLS = 64;
/** What a call has synced: its decision, that its handler starts, its result. */
const STEPS_OF_CALL = 3;
const WARM_UP = 5;
const ROUNDS = 21;

const allow: Decision = { decision: 'ALLOW', reasonCodes: [], classifications: [], raw: {} };
const gateway: Gateway = { scan: async () => allow, approvalStatus: async () => ({ status: 'pending' }) };

export function median(times: readonly number[]): number {
  return times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? Number.NaN;
}

export async function timed(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await work();
  return performance.now() - begun;
}

/** The milliseconds of each step when the next one begins only after it. */
async function stepsAlone(opened: Promise<RunJournal>): Promise<readonly number[]> {
  const journal = await opened;
  const times: number[] = [];
  for (let step = 0; step < STEPS; step += 2) {
    times.push(
      await timed(async () =>
        journal.append(`handler-start bench/${step}`, { type: 'handler-start', call: `bench/${step}` }),
      ),
    );
    times.push(
      await timed(async () => journal.append(`call-end bench/${step}`, { outcome: 'allowed', output: 'posted' })),
    );
  }
  await journal.close();
  return times;
}

/** The milliseconds of a run whose one turn has many calls, the median of a warm process. */
async function runMs(journal: Journal | undefined): Promise<number> {
  const turn = callTools(...Array.from({ length: CALLS }, () => ({ name: 'post', arguments: { text: 'All well.' } })));
  const openai = new FakeOpenAI({ script: ({ turn: number }) => (number === 1 ? turn : say('ok')) });
  const runner = new GuardedRunner({
    client: new OpenAI({ apiKey: 'bench', baseURL: openai.baseURL, fetch: openai.fetch }),
    gateway,
    journal,
    maxConcurrentScans: CALLS,
    maxConcurrentHandlers: CALLS,
    tools: { post: tool({ parameters: z.object({ text: z.string() }), execute: () => 'posted' }) },
  });
  const times: number[] = [];
  for (let round = 0; round < WARM_UP + ROUNDS; round += 1) {
    const { threadId, assistantId } = openai.seed('Hello');
    times.push(await timed(async () => runner.run(threadId, assistantId)));
  }
  return median(times.slice(WARM_UP));
}

export async function printJournal(): Promise<void> {
  // Beside the program, as a folder for temporary files may be in memory.
  const directory = await mkdtemp(join(process.cwd(), '.bench-journal-'));
  try {
    await printSteps('on this disk', fileJournal(directory));
  } finally {
    await rm(directory, { recursive: true });
  }
}

export async function printSteps(where: string, journal: Journal): Promise<void> {
  const alone = await stepsAlone(journal.open('bench'));
  const worst = alone.toSorted((a, b) => a - b)[Math.floor(alone.length * 0.99)] ?? Number.NaN;
  console.log(`A step of a journal ${where}, alone: ${median(alone).toFixed(2)} ms; 99 of 100: ${worst.toFixed(2)} ms`);
  const [without, withJournal] = [await runMs(undefined), await runMs(journal)];
  const perStep = (withJournal - without) / (CALLS * STEPS_OF_CALL);
  const of = `A run of ${CALLS} parallel calls with a journal: ${withJournal.toFixed(1)} ms, without ${without.toFixed(1)} ms`;
  console.log(`${of}: ${(perStep * 1_000).toFixed(0)} µs a step, as they share its writes`);
}
