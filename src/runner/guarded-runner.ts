import type { OpenAIClient, ResponseParamsOf } from './client.ts';
import type { Journal } from './journal/journal.ts';
import { checkChoice, shown } from '../internal/checks.ts';
import type {
  GuardedRunnerOptions,
  MaybeOptional,
  OnExpired,
  ResumeOptions,
  RunOptions,
  ServeOptions,
} from './options.ts';
import type { ResponsesResult, RunResult, SessionResult } from './results.ts';
import { runStream, type StreamSubscriber, type RunStream } from './run/run-stream.ts';
import { createRunEngine, type AnyRunOptions, type RunEngine } from './run/run-engine.ts';
import { checkPark, runnerSettings } from './settings.ts';
import {
  resumeInConversation,
  resumeResponses,
  runInConversation,
  serveResponses,
  type ResponsesContext,
} from './run/responses-run.ts';
import { isConversation, type RunnerContext } from './run/job.ts';
import { cancelRun } from './run/cancel.ts';
import { resumeRun } from './run/resume.ts';
import { serveRun } from './run/assistants-run.ts';
import { inputOf, serveSession, type SessionInput } from './run/session-run.ts';
import {
  agentsDefinitions,
  assistantsDefinitions,
  responsesDefinitions,
  type AgentsToolDefinition,
  type ResponsesToolDefinition,
  type ToolDefinition,
} from './tools/definitions.ts';
import type { Handler, Tool } from './tools/tool.ts';
import { createToolRegistry } from './tools/registry.ts';

const DEFINITIONS = { assistants: assistantsDefinitions, responses: responsesDefinitions, agents: agentsDefinitions };

/**
 * Runs assistants with a firewall between the model and your code: every tool call is judged by the gateway before its
 * handler runs. One runner serves many runs at once.
 *
 * @example
 * const runner = new GuardedRunner({ client: new OpenAI(), gateway: new IntervenGateway(), tools: { post_message } });
 * const { status, text, calls } = await runner.run(threadId, assistantId);
 */
export class GuardedRunner<Context = unknown, Client extends OpenAIClient = OpenAIClient> {
  readonly #client: Client;
  readonly #assistants: ReadonlyMap<string, object>;
  readonly #registry = createToolRegistry();
  readonly #engine: RunEngine;
  /** The ids of the runs that are being served. */
  readonly #live = new Set<string>();

  /** @throws TypeError for a bad option or tool, with its name and what it got */
  constructor(options: GuardedRunnerOptions<Context, Client>) {
    this.#engine = createRunEngine(runnerSettings(options), this.#registry.tools);
    this.#client = options.client;
    this.#assistants = new Map(Object.entries(options.assistants ?? {}));
    const { tools = {} } = options;
    if (typeof (tools as unknown) !== 'object' || Array.isArray(tools) || tools instanceof Map) {
      throw new TypeError(
        `tools is ${shown(tools)}; it must be an object of tools by name: { post_message: tool({ … }) }.`,
      );
    }
    for (const [name, tool] of Object.entries(tools)) this.register(name, tool);
  }

  /**
   * Adds a tool, also while runs go on.
   * @throws TypeError for a name that is taken, and for a schema that is not zod 4's
   */
  register(name: string, toolOrHandler: Tool<Context> | Handler<Context>): this {
    this.#registry.register(name, toolOrHandler);
    checkPark(`approval of tool "${name}"`, this.#registry.tools.get(name)?.approval, this.#engine.journal);
    return this;
  }

  /**
   * The `tools` of an assistant or a run, from the registered tools; for `'responses'`, those that `responses` sends by
   * itself; for `'agents'`, those of an agent. A bare function appears by its name only.
   */
  toolDefinitions(api?: 'assistants'): ToolDefinition[];
  toolDefinitions(api: 'responses'): ResponsesToolDefinition[];
  toolDefinitions(api: 'agents'): AgentsToolDefinition[];
  toolDefinitions(api: keyof typeof DEFINITIONS = 'assistants'): object[] {
    checkChoice('toolDefinitions', api, ['assistants', 'responses', 'agents']);
    return DEFINITIONS[api](this.#registry.described());
  }

  /**
   * Starts a run on the thread and serves its tool calls until it ends. Where the runner's `assistants` has the assistant,
   * the thread is a conversation and the Responses API answers; the result is the same.
   *
   * @throws GuardedRunError when we end it: abort, time limit, too many turns, a call denied three times, something the API says that
   * nobody knows, a gateway that is set up wrongly, an error of the API. The run is then cancelled.
   */
  async run(
    threadId: string,
    assistantId: string,
    ...[options]: MaybeOptional<RunOptions<Context, Client>, Context>
  ): Promise<RunResult<Client>> {
    return await this.#run(threadId, assistantId, options);
  }

  /**
   * Does what `run` does, and tells what happens as it happens: iterate over the events, or await `result`. Text comes in
   * pieces; calls run only from what the API states as final.
   *
   * @example
   * const stream = runner.stream(threadId, assistantId);
   * for await (const event of stream) if (event.type === 'text-delta') show(event.delta);
   * const { status, calls } = await stream.result;
   */
  stream(
    threadId: string,
    assistantId: string,
    ...[options]: MaybeOptional<RunOptions<Context, Client>, Context>
  ): RunStream<RunResult<Client>> {
    return runStream(options?.signal, async (subscriber) => this.#run(threadId, assistantId, options, subscriber));
  }

  /**
   * Joins a run that is queued, in progress or waiting for tool outputs, and that nobody serves any more. With a journal, what an
   * earlier process decided, was told by approvers and has run is used, not repeated, and a process that has the run is not disturbed.
   * Without one nothing is known of what another process did: calls that it ran and did not submit are run again, and while it goes on
   * serving the run, its calls run twice.
   *
   * The API gives a run up ten minutes after its creation: the result's status is then `expired`, and with a journal its `calls` say what
   * became of each. With `onExpired: 'new-run'` a new run on the thread is told that, and served. A run of the Responses API (see `run`)
   * goes on by its journal alone: its `runId` is the first response's.
   *
   * @throws GuardedRunError as `run` does, and when this runner, or by its journal another process, serves the run already
   */
  async resume(
    threadId: string,
    runId: string,
    ...[options]: MaybeOptional<ResumeOptions<Context>, Context>
  ): Promise<RunResult<Client>> {
    checkPositional('resume(threadId, runId)', threadId);
    const { onExpired, ...rest } = (options ?? {}) as AnyRunOptions & { readonly onExpired?: OnExpired };
    return isConversation(threadId)
      ? await resumeInConversation(this.#responses(rest), threadId, runId)
      : await resumeRun(this.#job(rest), threadId, runId, onExpired);
  }

  /**
   * Creates a response and serves its tool calls, response after response, until one has nothing left to answer. The
   * registered tools are added to `params.tools`, where a tool's definition of your own goes before ours.
   *
   * @throws GuardedRunError as `run` does. A conversation is left so that it takes the next request, or the error's
   * `openCalls` and message say what is open.
   *
   * @example
   * const { text, continueFrom } = await runner.responses({ model: 'gpt-6.1-sol', input: 'Hello' });
   * await runner.responses({ model: 'gpt-6.1-sol', input: 'And now?', ...continueFrom });
   */
  async responses(
    params: ResponseParamsOf<Client>,
    ...[options]: MaybeOptional<ServeOptions<Context>, Context>
  ): Promise<ResponsesResult<Client>> {
    return await serveResponses(this.#responses(options), params);
  }

  /**
   * Goes on with a run of the Responses API that an earlier process began, or that was left to its approvers, by its journal: recorded responses,
   * decisions and outputs are used, not asked for again.
   *
   * @param runId the result's, or one of `journal.list()`: the id of the run's first response
   * @throws GuardedRunError as `responses` does, and when there is no journal of the run, or another process has it
   */
  async resumeResponses(
    runId: string,
    ...[options]: MaybeOptional<ServeOptions<Context>, Context>
  ): Promise<ResponsesResult<Client>> {
    checkPositional('resumeResponses(runId)', runId);
    return await resumeResponses(this.#responses(options), runId);
  }

  /** Does what `responses` does, and tells what happens as it happens, as `stream` does. */
  streamResponses(
    params: ResponseParamsOf<Client>,
    ...[options]: MaybeOptional<ServeOptions<Context>, Context>
  ): RunStream<ResponsesResult<Client>> {
    return runStream(options?.signal, async (subscriber) =>
      serveResponses(this.#responses(options, subscriber), params),
    );
  }

  /**
   * Gives a session of the Agents API an input and serves it until it is idle or has failed. An input to a session that is
   * at work joins its turn.
   *
   * @throws GuardedRunError as `run` does; the session's turn is then cancelled. A turn or a session that fails, or is
   * cancelled by somebody else, is a result.
   *
   * @example
   * const { status, text } = await runner.session(sessionId, { input: 'Tidy up the backups.' });
   */
  async session(
    sessionId: string,
    said: { readonly input: SessionInput },
    ...[options]: MaybeOptional<ServeOptions<Context>, Context>
  ): Promise<SessionResult<Client>> {
    return await this.#session(sessionId, said, options);
  }

  /** Does what `session` does, and tells what happens as it happens, as `stream` does. */
  streamSession(
    sessionId: string,
    said: { readonly input: SessionInput },
    ...[options]: MaybeOptional<ServeOptions<Context>, Context>
  ): RunStream<SessionResult<Client>> {
    return runStream(options?.signal, async (subscriber) => this.#session(sessionId, said, options, subscriber));
  }

  /**
   * Serves a session that is at work and that nobody serves any more, until it is idle or has failed; as `resume` does. */
  async resumeSession(
    sessionId: string,
    ...[options]: MaybeOptional<ServeOptions<Context>, Context>
  ): Promise<SessionResult<Client>> {
    checkPositional('resumeSession(sessionId)', sessionId);
    return await serveSession(this.#job(options), sessionId, undefined);
  }

  async #session(
    sessionId: string,
    request: { readonly input: SessionInput },
    options?: AnyRunOptions,
    subscriber?: StreamSubscriber,
  ): Promise<SessionResult<Client>> {
    checkPositional(`${subscriber ? 'streamSession' : 'session'}(sessionId, { input })`, sessionId);
    return await serveSession(this.#job(options, subscriber), sessionId, inputOf(request));
  }

  async #run(
    threadId: string,
    assistantId: string,
    options: AnyRunOptions & { readonly params?: object | undefined } = {},
    subscriber?: StreamSubscriber,
  ): Promise<RunResult> {
    checkPositional(`${subscriber ? 'stream' : 'run'}(threadId, assistantId)`, threadId);
    const { params, ...rest } = options;
    if (params && 'stream' in params) throw new TypeError('params.stream cannot be set. Call runner.stream() instead.');
    const assistant = this.#assistants.get(assistantId);
    return assistant
      ? runInConversation(this.#responses(rest, subscriber), threadId, assistantId, assistant, { ...params })
      : serveRun(this.#job(rest, subscriber), threadId, { ...params, assistant_id: assistantId });
  }

  /** Where the runs' journals are kept, if they are. */
  get journal(): Journal | undefined {
    return this.#engine.journal;
  }

  /**
   * Gives up a run that was interrupted or left to its approvers, and that no process serves, by its journal. Nothing that has run is undone. Of
   * the Responses API a response in the background is cancelled, the open calls of a conversation are answered with what became of them,
   * and the run cannot be resumed any more.
   *
   * @param runId the id that the journal has it under
   * @returns the API's own final status: `cancelled`, or what it had ended as before
   */
  async cancel(runId: string): Promise<{ readonly status: string }> {
    checkPositional('cancel(runId)', runId);
    return await cancelRun(this.#job(), runId);
  }

  #job(options: AnyRunOptions = {}, subscriber?: StreamSubscriber): RunnerContext {
    return { engine: this.#engine, client: this.#client, live: this.#live, options, subscriber };
  }

  #responses(options?: AnyRunOptions, subscriber?: StreamSubscriber): ResponsesContext {
    const tools = (): ResponsesToolDefinition[] => this.toolDefinitions('responses');
    return { ...this.#job(options, subscriber), tools };
  }
}

/** @throws TypeError for ids in an object, which other SDKs take */
function checkPositional(signature: string, first: unknown): void {
  if (typeof first !== 'object' || first === null) return;
  throw new TypeError(`The first argument is ${shown(first)}. Pass ids one by one: ${signature}.`);
}
