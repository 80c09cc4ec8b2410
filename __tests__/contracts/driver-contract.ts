import { expect } from '@jest/globals';
import {
  GuardedRunner,
  type CallRecord,
  type GuardedRunError,
  type GuardedRunnerOptions,
  type OpenAIClient,
  type Outcome,
  type ServeOptions,
} from 'interven-openai-assistants';
import {
  FakeOpenAI,
  say,
  ScriptedGateway,
  type FakeOperation,
  type ModelStep,
  type ModelTurn,
} from 'interven-openai-assistants/testing';
import { rejection, type world } from '../setup/world.ts';

/** Where runs are: a thread, a conversation, a session, or only the caller's input. */
export type Place = ReturnType<FakeOpenAI['seed']>;

/** What all drivers' results have in common. */
export interface DriverResult {
  readonly status: string;
  readonly text: string | null;
  readonly refusal: string | null;
  readonly usage: unknown;
  readonly calls: readonly CallRecord[];
}

/** A driver, and everything in which it may differ from others. */
export interface DriverRow {
  readonly name: string;
  /** Creates the client that the driver needs. */
  readonly clientOf: (options: { apiKey: string } & Pick<FakeOpenAI, 'baseURL' | 'fetch'>) => OpenAIClient;
  /** Starts a run at the place: its first one, or the next. */
  readonly start: (
    runner: GuardedRunner,
    place: Place,
    options: ServeOptions<unknown>,
    openai: FakeOpenAI,
  ) => Promise<DriverResult>;
  /** The runner's options for the driver. */
  readonly options?: Partial<GuardedRunnerOptions<unknown, OpenAIClient>>;
  /** The request that starts a run. */
  readonly starts: FakeOperation;
  /** The request that sends outputs. */
  readonly submits: FakeOperation;
  /** The request that reads the run's state. */
  readonly reads: FakeOperation;
  /** The calls whose outputs a request's body has, in its order. */
  readonly outputsIn: (body: unknown) => readonly unknown[];
  /** Whether a turn's outputs are sent together, in the model's order, or each as soon as it exists. */
  readonly sends: 'together' | 'as ready';
  /** What the model gets for an MCP call that is approved, and for one that is not; without one, there are no approvals. */
  readonly approvalTexts: readonly [approved: string, refused: string] | undefined;
  /** The object that the API keeps a run in; without one, its first response. */
  readonly isIn: 'threadId' | 'conversationId' | 'sessionId' | undefined;
  /** Runs that the API continues whether or not the client waits. */
  readonly active: (openai: FakeOpenAI, place: Place) => readonly { readonly id: string; readonly status: string }[];
  /** How the API may report a run that ended without completing. */
  readonly ends: readonly string[];
  /** The ways in which the API may end a run without completing it, and the status then. */
  readonly endings: readonly (readonly [way: string, status: string, step: ModelStep])[];
  /** How another client can end a run in progress. */
  readonly endedByOthers: readonly Parameters<FakeOpenAI['endRun']>[1][];
  /**
   * Nothing shows whether the API accepted a request whose response is lost, so it is sent again and the model asked
   * again.
   */
  readonly asksAgain: boolean;
  /** The client is Azure's: it drops refusals, and reads a page as an empty object. */
  readonly isAzure?: true;
  /** A response that is cut off has already named its id, so that it can be retrieved. */
  readonly streams?: true;
  /** After API errors the effect of a request is unknown, so the error reports that something may be open. */
  readonly mayGoOn: boolean;
  /** Makes a run require something unknown, beside its call. */
  readonly withUnknownAction: (body: Record<string, unknown>) => unknown;
  /** The outcome of a call shortly before the API's expiry; `allowed` where the run never expires. */
  readonly shortlyBeforeExpiry: Outcome;
  /** What the model gets for the parts of `CHART`. */
  readonly chart: string;
  /** Number of bytes at which the API refuses a call's output. */
  readonly tooManyBytes: number;
}

export type Setup = Omit<Parameters<typeof world>[0], 'options'> & {
  options?: Partial<GuardedRunnerOptions<unknown, OpenAIClient>>;
  /** Called once the client has sent a POST request, before the API gets it. */
  onPost?: () => void;
  /** Changes what the client receives. */
  through?: (fetch: FakeOpenAI['fetch']) => FakeOpenAI['fetch'];
};

/** A fake API with a runner for the driver, and helpers that run and inspect it. */
export function drive(row: DriverRow, setup: Setup) {
  const openai = new FakeOpenAI({ script: setup.script, ...setup.api });
  const { through = (same: FakeOpenAI['fetch']) => same } = setup;
  const fetch = through(async (input, init) => {
    if (new Request(input, init).method === 'POST') setup.onPost?.();
    return openai.fetch(input, init);
  });
  const gateway = new ScriptedGateway(setup.decisions);
  const runner = new GuardedRunner({
    client: row.clientOf({ apiKey: 'test', baseURL: openai.baseURL, fetch }),
    gateway,
    tools: setup.tools,
    pollIntervalMs: 5,
    ...row.options,
    ...setup.options,
  });
  const place = openai.seed('Hello');
  const run = async (options: ServeOptions<unknown> = {}, at: Place = place): Promise<DriverResult> =>
    row.start(runner, at, options, openai);
  return {
    openai,
    gateway,
    place,
    run,
    /** The error of a run that the runner ends. */
    left: async (options?: ServeOptions<unknown>) => (await rejection(run(options))) as GuardedRunError,
    /** The calls whose outputs reached the API, request by request. */
    submitted: () =>
      openai.requests
        .filter(({ operation }) => operation === row.submits)
        .map(({ body }) => row.outputsIn(body))
        .filter(({ length }) => length > 0),
    /** The ids of all runs, responses and turns at the API. */
    ids: (at: Place = place) =>
      [...openai.runs(at.threadId), ...openai.responses(), ...openai.session(at.sessionId).turns].map(({ id }) => id),
    /** The id of the place. */
    whereabouts: (at: Place = place) => (row.isIn === undefined ? openai.responses()[0]?.id : at[row.isIn]),
  };
}

export type Driven = ReturnType<typeof drive>;

/** A final message with the output that the model received for each call. */
export function reportOutputs({ outputs }: ModelTurn): ModelStep {
  return say(outputs.map(({ callId, output }) => `${callId}=${output}`).join(' '));
}

const ENDED: readonly string[] = ['completed', 'failed', 'cancelled', 'expired', 'incomplete'];

/** After an early end: nothing is active at the API, and the place accepts the next run, which the script completes. */
export async function expectNothingOpen(row: DriverRow, { openai, place, run }: Driven, error?: GuardedRunError) {
  if (error) expect(error).toMatchObject({ leftOpen: false, openCalls: [] });
  expect(row.active(openai, place).filter(({ status }) => !ENDED.includes(status))).toEqual([]);
  expect(await run()).toMatchObject({ status: 'completed' });
}

/** Handlers that record the id of each call, and return `<name> done`. */
export function handlers(...names: string[]) {
  const ran: string[] = [];
  const tools: Setup['tools'] = Object.fromEntries(
    names.map((name) => [
      name,
      (_input: unknown, { callId }: { callId: string }) => {
        ran.push(callId);
        return `${name} done`;
      },
    ]),
  );
  return { ran, tools };
}

export async function forever(): Promise<never> {
  return new Promise(() => undefined);
}
