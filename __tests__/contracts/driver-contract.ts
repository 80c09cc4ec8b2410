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

/** Where runs are: a thread, a conversation, a session, or nowhere but with what the caller says. */
export type Place = ReturnType<FakeOpenAI['seed']>;

/** What the results of all drivers have. */
export interface DriverResult {
  readonly status: string;
  readonly text: string | null;
  readonly usage: unknown;
  readonly calls: readonly CallRecord[];
}

/** A driver, and everything in which it may differ from others. */
export interface DriverRow {
  readonly name: string;
  /** The client that it needs. */
  readonly clientOf: (options: { apiKey: string } & Pick<FakeOpenAI, 'baseURL' | 'fetch'>) => OpenAIClient;
  /** Starts a run at the place: the first one there, or the next. */
  readonly start: (
    runner: GuardedRunner,
    place: Place,
    options: ServeOptions<unknown>,
    openai: FakeOpenAI,
  ) => Promise<DriverResult>;
  /** What the runner is told for it. */
  readonly options?: Partial<GuardedRunnerOptions<unknown, OpenAIClient>>;
  /** The request that starts a run. */
  readonly starts: FakeOperation;
  /** The request that carries outputs. */
  readonly submits: FakeOperation;
  /** The request that tells how the run is. */
  readonly looks: FakeOperation;
  /** The calls whose outputs the body of a request carries, in its order. */
  readonly outputsIn: (body: unknown) => readonly unknown[];
  /** Whether the outputs of a turn go out together, in the order of the model, or each as soon as it is there. */
  readonly sends: 'together' | 'as ready';
  /** What the model hears of an MCP call that is approved, and of one that is not. */
  readonly approvalWords: readonly [approved: string, refused: string];
  /** What the API holds a run to be in; where that is nothing, its first response stands for it. */
  readonly isIn: 'threadId' | 'conversationId' | 'sessionId' | undefined;
  /** What the API goes on with by itself, whether or not we wait for it. */
  readonly goingOn: (openai: FakeOpenAI, place: Place) => readonly { readonly id: string; readonly status: string }[];
  /** What the API may say of a run that ended and did not complete. */
  readonly ends: readonly string[];
  /** How a run may end by itself that does not complete, and the status that it then has. */
  readonly endings: readonly (readonly [way: string, status: string, step: ModelStep])[];
  /** How somebody else can end it while it is under way. */
  readonly endedByOthers: readonly Parameters<FakeOpenAI['endRun']>[1][];
  /** Nothing tells whether a request was taken whose reply is lost, so it is sent again, and the model asked again. */
  readonly asksAgain: boolean;
  /** A reply that breaks off in its middle has told the response's id, so that it can be asked for. */
  readonly streams?: true;
  /** After trouble at the API nobody can tell whether it goes on with a request, so we say that something may be open. */
  readonly mayGoOn: boolean;
  /** What of a run asks for something that nobody here knows, beside the call that it asks for. */
  readonly askingForMore: (body: Record<string, unknown>) => unknown;
  /** What becomes of a call that comes shortly before the API gives the run up; `allowed` where it never does. */
  readonly shortlyBeforeExpiry: Outcome;
  /** From here on the API refuses the output of a call. */
  readonly tooManyBytes: number;
}

export type Setup = Omit<Parameters<typeof world>[0], 'options'> & {
  options?: Partial<GuardedRunnerOptions<unknown, OpenAIClient>>;
};

/** A world with a runner for the driver, and short ways to run there and to look. */
export function drive(row: DriverRow, setup: Setup) {
  const openai = new FakeOpenAI({ script: setup.script, ...setup.api });
  const gateway = new ScriptedGateway(setup.decisions);
  const runner = new GuardedRunner({
    client: row.clientOf({ apiKey: 'test', baseURL: openai.baseURL, fetch: openai.fetch }),
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
    /** What a run that we end rejects with. */
    left: async (options?: ServeOptions<unknown>) => (await rejection(run(options))) as GuardedRunError,
    /** The calls whose outputs reached the API, request by request. */
    submitted: () =>
      openai.requests
        .filter(({ operation }) => operation === row.submits)
        .map(({ body }) => row.outputsIn(body))
        .filter(({ length }) => length > 0),
    /** The ids of all runs, responses and turns that the API has. */
    ids: (at: Place = place) =>
      [...openai.runs(at.threadId), ...openai.responses(), ...openai.session(at.sessionId).turns].map(({ id }) => id),
    /** The id that stands for where a run is. */
    whereabouts: (at: Place = place) => (row.isIn === undefined ? openai.responses()[0]?.id : at[row.isIn]),
  };
}

export type Driven = ReturnType<typeof drive>;

/** The model says which output it got for which call. */
export function tell({ outputs }: ModelTurn): ModelStep {
  return say(outputs.map(({ callId, output }) => `${callId}=${output}`).join(' '));
}

const ENDED: readonly string[] = ['completed', 'failed', 'cancelled', 'expired', 'incomplete'];

/** After an early end: nothing goes on at the API, and the place takes the next run, which the script lets complete. */
export async function expectNothingOpen(row: DriverRow, { openai, place, run }: Driven, error?: GuardedRunError) {
  if (error) expect(error).toMatchObject({ leftOpen: false, openCalls: [] });
  expect(row.goingOn(openai, place).filter(({ status }) => !ENDED.includes(status))).toEqual([]);
  expect(await run()).toMatchObject({ status: 'completed' });
}

/** Handlers that write down whom they served, and answer `<name> done`. */
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
