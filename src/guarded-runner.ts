import pLimit from 'p-limit';
import { createLoop, type GuardedLoop } from './core/loop.ts';
import type { Driver } from './core/driver.ts';
import type { CallRecord } from './core/outcome.ts';
import type { Limiter } from './core/run-state.ts';
import type { AssistantRun, AssistantsClient } from './drivers/assistants-client.ts';
import { finalText } from './drivers/assistants-text.ts';
import { assistantsDriver, type AssistantsRequest } from './drivers/assistants.ts';
import { EndRun, GuardedRunError } from './errors.ts';
import { checkId } from './internal/checks.ts';
import {
  runnerSettings,
  runSettings,
  type CommonRunOptions,
  type GuardedRunnerOptions,
  type RunnerSettings,
} from './options.ts';
import type { Handler, Tool } from './tool.ts';
import { createToolRegistry, type ToolDefinition } from './tool-registry.ts';

type CreateAndPoll<Client extends AssistantsClient> = Client['beta']['threads']['runs']['createAndPoll'];

/** The client's own type of a run. */
export type RunOf<Client extends AssistantsClient> = Awaited<ReturnType<CreateAndPoll<Client>>>;

/** Every run-creation parameter of the client's SDK. */
export type RunParamsOf<Client extends AssistantsClient> = Omit<
  Parameters<CreateAndPoll<Client>>[1],
  'assistant_id' | 'stream'
>;

/** What the handlers of a run get as `call.context`; needed when a handler wants one. */
type WithContext<Context> = unknown extends Context ? { readonly context?: Context } : { readonly context: Context };

export type ResumeOptions<Context> = CommonRunOptions & WithContext<Context>;
export type RunOptions<Context, Client extends AssistantsClient> = ResumeOptions<Context> & {
  readonly params?: RunParamsOf<Client> | undefined;
};

/** The options may be left out unless a handler wants a context. */
type MaybeOptional<Options, Context> = unknown extends Context ? [options?: Options] : [options: Options];

export interface RunResult<Client extends AssistantsClient = AssistantsClient> {
  /** The run's own terminal status: `completed`, `failed`, `cancelled`, `expired` or `incomplete`. */
  readonly status: RunOf<Client>['status'];
  /** The API's object. */
  readonly run: RunOf<Client>;
  /** The assistant's final text; null when there is none or when it could not be fetched. */
  readonly text: string | null;
  readonly usage: RunOf<Client> extends { usage: infer Usage } ? Usage : unknown;
  /** One record per tool call, in the order in which the model asked. */
  readonly calls: readonly CallRecord[];
}

/**
 * Runs assistants with a firewall between the model and your code: every tool call is judged by the gateway before its
 * handler runs. One runner serves many runs at once.
 *
 * @example
 * const runner = new GuardedRunner({ client: new OpenAI(), gateway: new IntervenGateway(), tools: { post_message } });
 * const { status, text, calls } = await runner.run(threadId, assistantId);
 */
export class GuardedRunner<Context = unknown, Client extends AssistantsClient = AssistantsClient> {
  readonly #client: Client;
  readonly #settings: RunnerSettings;
  readonly #registry = createToolRegistry();
  readonly #scans: Limiter;
  readonly #handlers: Limiter;
  /** The ids of the runs that are being served. */
  readonly #live = new Set<string>();

  /** @throws TypeError for a bad option or tool, with its name and what it got */
  constructor(options: GuardedRunnerOptions<Context, Client>) {
    this.#settings = runnerSettings(options);
    this.#client = options.client;
    this.#scans = limiter(this.#settings.maxConcurrentScans);
    this.#handlers = limiter(this.#settings.maxConcurrentHandlers);
    const { tools = {} } = options;
    if (Array.isArray(tools) || tools instanceof Map)
      throw new TypeError('tools is a list; it must be an object: { name: tool }.');
    for (const [name, tool] of Object.entries(tools)) this.register(name, tool);
  }

  /**
   * Adds a tool, also while runs go on.
   *
   * @throws TypeError for a name that is taken, and for a schema that is not zod 4's
   */
  register(name: string, toolOrHandler: Tool<Context> | Handler<Context>): this {
    this.#registry.register(name, toolOrHandler);
    return this;
  }

  /** The `tools` of an assistant or a run, from the registered tools. A bare function appears by its name only. */
  toolDefinitions(): ToolDefinition[] {
    return this.#registry.definitions();
  }

  /**
   * Starts a run on the thread and serves its tool calls until it ends.
   *
   * @throws GuardedRunError when we end it: abort, time limit, too many turns, a call denied three times, something the
   * API says that nobody knows, a gateway that is set up wrongly, an error of the API. The run is then cancelled.
   */
  async run(
    threadId: string,
    assistantId: string,
    ...[options]: MaybeOptional<RunOptions<Context, Client>, Context>
  ): Promise<RunResult<Client>> {
    const { params, ...rest } = (options ?? {}) as Partial<RunOptions<unknown, Client>>;
    if (params && 'stream' in params) throw new TypeError('params.stream cannot be set: the runner polls the run.');
    return this.#serve(threadId, { create: { ...params, assistant_id: assistantId } }, rest);
  }

  /**
   * Joins a run that is queued, in progress or waiting for tool outputs, and that nobody serves any more. Without a
   * journal nothing is known of what another process did: calls that it ran and did not submit are run again, and while
   * it goes on serving the run, its calls run twice.
   *
   * @throws GuardedRunError as `run` does, and when this runner serves the run already
   */
  async resume(
    threadId: string,
    runId: string,
    ...[options]: MaybeOptional<ResumeOptions<Context>, Context>
  ): Promise<RunResult<Client>> {
    return this.#serve(threadId, { join: runId }, options ?? {});
  }

  async #serve(
    threadId: string,
    start: AssistantsRequest['start'],
    options: CommonRunOptions & { readonly context?: unknown },
  ): Promise<RunResult<Client>> {
    const settings = runSettings(options, this.#settings, 'join' in start ? 'resume' : 'run');
    checkId('threadId', threadId);
    if ('join' in start) checkId('runId', start.join);
    else checkId('assistantId', start.create.assistant_id);
    if ('join' in start && this.#live.has(start.join)) throw servedAlready(threadId, start.join);
    const loop = createLoop(
      {
        ...this.#settings,
        ...settings,
        approval: { run: options.approval, runner: this.#settings.approval },
        tools: this.#registry.tools,
        scans: this.#scans,
        handlers: this.#handlers,
        context: options.context,
      },
      { threadId, timeoutMs: settings.timeoutMs, signal: options.signal, onOpened: (runId) => this.#live.add(runId) },
    );
    const { pollIntervalMs } = settings;
    try {
      const driver = assistantsDriver({ client: this.#client, threadId, start, pollIntervalMs });
      const run = (await drive(driver, loop, threadId)) as RunOf<Client>;
      const text = await finalText(this.#client, threadId, run, loop.signal);
      const { usage = null } = run as { usage?: unknown };
      return { status: run.status, run, text, usage, calls: loop.calls } as RunResult<Client>;
    } finally {
      loop.close();
      if (loop.runId !== undefined) this.#live.delete(loop.runId);
    }
  }
}

/** Two that serve one run would each run its calls. */
function servedAlready(threadId: string, runId: string): GuardedRunError {
  const says = `Run ${runId} is being served by this runner already: wait for the call that serves it.`;
  return new GuardedRunError('active_run', says, { threadId, runId, activeRunId: runId, calls: [], leftOpen: false });
}

/** The one place where whatever ended a run becomes the error that the caller gets. */
async function drive(driver: Driver<AssistantRun>, loop: GuardedLoop, threadId: string): Promise<AssistantRun> {
  try {
    return await driver(loop);
  } catch (thrown) {
    const end = endOf(thrown, loop.signal);
    await loop.settled();
    throw new GuardedRunError(end.code, end.message, {
      threadId,
      runId: loop.runId,
      calls: loop.calls,
      activeRunId: end.activeRunId,
      leftOpen: loop.isLeftOpen,
      // Where nothing else is behind it, the place where the run was ended.
      cause: 'cause' in end ? end.cause : end,
    });
  }
}

function endOf(thrown: unknown, signal: AbortSignal): EndRun {
  if (thrown instanceof EndRun) return thrown;
  if (signal.aborted && thrown === signal.reason) {
    return new EndRun('aborted', 'The run was aborted by its caller.', { cause: thrown });
  }
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new EndRun('api_error', `The OpenAI client failed: ${message}`, { cause: thrown });
}

function limiter(concurrency: number): Limiter {
  const limit = pLimit(concurrency);
  return async (work) => limit(work);
}
