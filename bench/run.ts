/** What guarding costs: CPU per call over a hand-written loop, and the wall-clock of a turn over its critical path. */
import { cpus } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import OpenAI from 'openai';
import { Bench } from 'tinybench';
import { z } from 'zod';
import { GuardedRunner, tool, type Decision, type Gateway } from 'interven-openai-assistants';
import { callTools, FakeOpenAI, say, type Script } from 'interven-openai-assistants/testing';
import { printJournal } from './journal.ts';
import { printNotices } from './notice.ts';
import { printScans } from './scans.ts';

const CALLS = 64;
const SCAN_MS = 50;
const HANDLER_MS = 100;
const WARM_UP = 10;
const ROUNDS = 21;

const allow: Decision = { decision: 'ALLOW', reasonCodes: [], classifications: [], raw: {} };
const instant: Gateway = { scan: async () => allow, approvalStatus: async () => ({ status: 'pending' }) };
const calls = (count: number) =>
  callTools(
    ...Array.from({ length: count }, () => ({ name: 'post', arguments: { channel: '#ops', text: 'All well.' } })),
  );

function clientOf(script: Script): { openai: FakeOpenAI; client: OpenAI } {
  const openai = new FakeOpenAI({ script });
  return { openai, client: new OpenAI({ apiKey: 'bench', baseURL: openai.baseURL, fetch: openai.fetch }) };
}

function runnerOf(client: OpenAI, gateway: Gateway, work: () => unknown): GuardedRunner {
  return new GuardedRunner({
    client,
    gateway,
    maxConcurrentScans: CALLS,
    maxConcurrentHandlers: CALLS,
    tools: { post: tool({ parameters: z.object({ channel: z.string(), text: z.string() }), execute: work }) },
  });
}

/** The loop that the library replaces, with none of its guarantees. */
async function handWritten(client: OpenAI, threadId: string, assistantId: string): Promise<void> {
  const { runs } = client.beta.threads;
  let run = await runs.createAndPoll(threadId, { assistant_id: assistantId });
  while (run.status === 'requires_action') {
    const outputs = [];
    for (const call of run.required_action?.submit_tool_outputs.tool_calls ?? []) {
      const body = JSON.parse(call.function.arguments) as unknown;
      const { decision } = await instant.scan({
        functionName: call.function.name,
        method: 'POST',
        url: 'https://slack.com/api/chat.postMessage',
        body,
        runtimeType: 'openai_assistants',
      });
      outputs.push({ tool_call_id: call.id, output: decision === 'ALLOW' ? 'posted' : 'blocked' });
    }
    run = await runs.submitToolOutputsAndPoll(run.id, { thread_id: threadId, tool_outputs: outputs });
  }
}

async function cpuPerCall(): Promise<number> {
  const { openai, client } = clientOf(({ turn }) => (turn === 1 ? calls(CALLS) : say('ok')));
  const runner = runnerOf(client, instant, () => 'posted');
  const bench = new Bench({ time: 3_000, warmupTime: 1_000 });
  bench.add('hand-written', async () => {
    const { threadId, assistantId } = openai.seed('Hello');
    await handWritten(client, threadId, assistantId);
  });
  bench.add('guarded', async () => {
    const { threadId, assistantId } = openai.seed('Hello');
    await runner.run(threadId, assistantId);
  });
  await bench.run();
  const median = (name: string): number => {
    const result = bench.getTask(name)?.result;
    if (result?.state !== 'completed') throw new Error(`The task ${name} did not complete.`);
    return result.latency.p50;
  };
  return ((median('guarded') - median('hand-written')) / CALLS) * 1_000;
}

/** The milliseconds from the model's asking to the outputs' arrival, the median of the turns of a warm process. */
async function turnMs(count: number): Promise<number> {
  const times: number[] = [];
  const gateway: Gateway = { ...instant, scan: async () => sleep(SCAN_MS).then(() => allow) };
  for (let round = 0; round < WARM_UP + ROUNDS; round += 1) {
    let asked = 0;
    const { openai, client } = clientOf(({ turn }) => {
      if (turn > 1) times.push(performance.now() - asked);
      asked = performance.now();
      return turn === 1 ? calls(count) : say('ok');
    });
    const { threadId, assistantId } = openai.seed('Hello');
    await runnerOf(client, gateway, async () => sleep(HANDLER_MS).then(() => 'posted')).run(threadId, assistantId);
  }
  return times.slice(WARM_UP).toSorted((a, b) => a - b)[(ROUNDS - 1) / 2] ?? Number.NaN;
}

const critical = SCAN_MS + HANDLER_MS;
console.log(`Node ${process.version}, ${cpus().length} cores of ${cpus()[0]?.model.trim() ?? 'unknown make'}\n`);
console.log(`CPU per guarded call over the hand-written loop: ${(await cpuPerCall()).toFixed(0)} µs`);
for (const count of [1, 8, CALLS]) {
  const ms = await turnMs(count);
  const over = `${(ms / critical).toFixed(2)} of the critical path of ${critical} ms`;
  console.log(`A turn of ${count} calls, scan ${SCAN_MS} ms, handler ${HANDLER_MS} ms: ${ms.toFixed(0)} ms, ${over}`);
}
await printJournal();
await printNotices();
await printScans();
