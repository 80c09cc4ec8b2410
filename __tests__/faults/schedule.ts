import { setTimeout as sleep } from 'node:timers/promises';
import { GuardedRunError, GuardedRunner, type Tools } from 'interven-openai-assistants';
import { callTools, FakeOpenAI, say, ScriptedGateway, type ModelTurn } from 'interven-openai-assistants/testing';
import { createRandom, type Random } from '../chaos/random.ts';
import { rows } from '../contracts/driver-rows.ts';
import type { DriverRow } from '../contracts/driver-contract.ts';
import { faultyWire } from './faulty-wire.ts';

/** One run over a faulty wire, and what came of it. */
export interface ScheduleReport {
  readonly seed: number;
  readonly row: string;
  /** How the run ended: its status, or the code of its error. */
  readonly end: string;
  readonly isAborted: boolean;
  readonly leftOpen: boolean;
  /** Broken rules of safety. */
  readonly unsafe: readonly string[];
  /** Broken rules of liveness. */
  readonly stuck: readonly string[];
  readonly faults: readonly string[];
}

const ENDED: readonly string[] = ['completed', 'failed', 'cancelled', 'expired', 'incomplete'];

interface PlannedCall {
  readonly id: string;
  readonly name: 'pay' | 'leak';
  readonly arguments: object;
  /** The text that its handler returns: it counts the calls with this id. Undefined for a call that is denied. */
  readonly output: string | undefined;
}

/** The calls of each turn. Some servers number the calls of each turn anew. */
type Plan = readonly (readonly PlannedCall[])[];

function randomPlan(random: Random, isNumberedAnew: boolean): Plan {
  const hasSameArguments = random.chance(0.5);
  const uses = new Map<string, number>();
  return Array.from({ length: 1 + random.below(3) }, (_, turn) =>
    Array.from({ length: 1 + random.below(3) }, (__, index) => {
      const id = `call_${isNumberedAnew ? '' : turn + 1}${'abc'.charAt(index)}`;
      // A denied call that is repeated ends the run.
      if (random.chance(0.2)) return { id, name: 'leak', arguments: { turn, index }, output: undefined };
      uses.set(id, (uses.get(id) ?? 0) + 1);
      const output = outputOf(id, uses.get(id));
      return { id, name: 'pay', arguments: hasSameArguments ? {} : { turn }, output };
    }),
  );
}

function outputOf(callId: string, use: number | undefined): string {
  return `${callId} paid ${use}`;
}

interface Options {
  /** Part of the operation that starts a run, for runs of one API. */
  readonly only?: string | undefined;
  /** The longest delay of a request or a response, in milliseconds. */
  readonly delayMs: number;
}

/** Serves one run whose faults, plan and abort follow from the seed. */
export async function runSchedule(seed: number, { only = '', delayMs }: Options): Promise<ScheduleReport> {
  const random = createRandom(seed);
  const row = random.pick(rows.filter(({ starts }) => starts.includes(only)));
  const isAborting = random.chance(0.33);
  const isNumberedAnew = random.chance(0.3);
  const plan = randomPlan(random, isNumberedAnew);
  const unsafe: string[] = [];
  const stuck: string[] = [];
  const ran = new Map<string, number>();
  let isOver = false;

  const script = (turn: ModelTurn) => {
    if (isOver) return say('next');
    const before = plan[turn.turn - 2] ?? [];
    const isRight =
      turn.outputs.length === before.length &&
      before.every(({ id, output }, index) => {
        const got = turn.outputs[index];
        return got?.callId === id && (output === undefined ? !got.output.includes('paid') : got.output === output);
      });
    if (!isRight) unsafe.push(`Turn ${turn.turn} got ${JSON.stringify(turn.outputs)}.`);
    const calls = plan[turn.turn - 1];
    return calls
      ? callTools(...calls.map(({ output: _, ...call }) => ({ ...call, arguments: { ...call.arguments } })))
      : say('done');
  };
  const openai = new FakeOpenAI({ script, thinkMs: random.pick([0, 10, 40]) });
  const wire = faultyWire(openai.fetch, random, {
    rate: random.pick([0.1, 0.25, 0.45]),
    inARow: 2,
    delayMs,
    // The API takes the second copy of outputs for the next turn, if that uses the ids again.
    repeatsAny: !isNumberedAnew,
  });
  const gateway = new ScriptedGateway({ pay: 'ALLOW', leak: 'DENY' });
  const runnerOver = (fetch: typeof globalThis.fetch, tools: Tools): GuardedRunner =>
    new GuardedRunner({
      client: row.clientOf({ apiKey: 'test', baseURL: openai.baseURL, fetch }),
      gateway,
      tools,
      pollIntervalMs: 5,
      ...row.options,
    });
  const tools: Tools = {
    pay: (_input: unknown, { callId }: { callId: string }) => {
      ran.set(callId, (ran.get(callId) ?? 0) + 1);
      if (isOver) unsafe.push(`${callId} ran after the end.`);
      return outputOf(callId, ran.get(callId));
    },
    leak: (_input: unknown, { callId }: { callId: string }) => {
      unsafe.push(`${callId} was denied and ran.`);
    },
  };
  const place = openai.seed('Hello');
  const controller = new AbortController();
  const abort = (): void => {
    controller.abort(new Error('Enough.'));
  };
  if (isAborting) setTimeout(abort, random.below(800)).unref();

  const outcome = await row.start(runnerOver(wire.fetch, tools), place, { signal: controller.signal }, openai).then(
    ({ status }) => ({ end: status, leftOpen: false, openCalls: [] as readonly string[] }),
    (error: unknown) => {
      if (!(error instanceof GuardedRunError)) throw error;
      return { end: `${error.code}: ${error.message}`, leftOpen: error.leftOpen, openCalls: error.openCalls };
    },
  );
  const isAborted = controller.signal.aborted;
  isOver = true;
  wire.heal();
  await wire.settled();
  for (const [callId, times] of ran) {
    const planned = plan.flat().filter(({ id, name }) => id === callId && name === 'pay').length;
    if (times > planned) unsafe.push(`${callId} ran ${times} times, not ${planned}.`);
  }
  // Outputs whose response was lost are not sent again if a later turn may use their ids.
  const mayEnd = isAborted || (isNumberedAnew && /^(?:api_error|reply_lost)/.test(outcome.end));
  if (!mayEnd && outcome.end !== 'completed') stuck.push(outcome.end);
  // A completed run cannot know whether a request that it repeated still arrives.
  const mayBeFollowed = outcome.end === 'completed' && wire.log.some((line) => line.startsWith('late'));
  if (!outcome.leftOpen && !mayBeFollowed) await expectFree(row, openai, runnerOver(openai.fetch, {}), place, stuck);
  expectOpenCalls(openai, place.conversationId, outcome.openCalls, stuck);
  return { seed, row: row.name, ...outcome, isAborted, unsafe, stuck, faults: wire.log };
}

/** After an end that left nothing open: nothing is active at the API, and the place accepts the next run. */
async function expectFree(
  row: DriverRow,
  openai: FakeOpenAI,
  runner: GuardedRunner,
  place: ReturnType<FakeOpenAI['seed']>,
  stuck: string[],
): Promise<void> {
  // Input that was accepted takes effect a moment later.
  await sleep(60);
  const active = row.active(openai, place).filter(({ status }) => !ENDED.includes(status));
  if (active.length > 0) stuck.push(`Left open: ${JSON.stringify(active.map(({ status }) => status))}.`);
  const next = await row.start(runner, place, {}, openai).then(
    ({ status }) => status,
    (error: unknown) => (error as Error).message,
  );
  if (next !== 'completed') stuck.push(`The next run: ${next}`);
}

/** Calls that are reported as open have no output. */
function expectOpenCalls(
  openai: FakeOpenAI,
  conversationId: string,
  openCalls: readonly string[],
  stuck: string[],
): void {
  const items = openai.items(conversationId);
  const countOf = (kind: string, callId: string): number =>
    items.filter(({ type, call_id: id }) => type === kind && id === callId).length;
  for (const callId of openCalls) {
    const isAnswered = countOf('function_call_output', callId) >= countOf('function_call', callId);
    if (isAnswered) stuck.push(`${callId} is reported as open and has an output.`);
  }
}
