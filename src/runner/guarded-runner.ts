import type { OpenAIClient, ResponseParamsOf, ResponsesToolOf } from './client.ts';
import { principalOf } from './gateway/principal.ts';
import type { Journal } from './journal/journal.ts';
import { checkChoice, checkKeys, checkMsOrZero, shown } from '../internal/checks.ts';
import type {
  BeginOptions,
  GuardedRunnerOptions,
  MaybeOptional,
  OnExpired,
  ResumeOptions,
  RunOptions,
  ServeOptions,
} from './options.ts';
import type {
  ResponsesResult,
  RunResult,
  SessionInput,
  SessionResult,
  WebhookDelivery,
  WebhookResult,
} from './results.ts';
import { runStream, type StreamSubscriber, type RunStream } from './run/run-stream.ts';
import { RunEngine, type AnyRunOptions, type RunnerContext } from './run/run-engine.ts';
import { checkTool, runnerSettings } from './settings.ts';
import {
  resumeInConversation,
  resumeResponses,
  runInConversation,
  serveResponses,
  type ResponsesContext,
} from './run/responses-run.ts';
import { cancelRun } from './run/cancel.ts';
import { resumeRun } from './run/resume.ts';
import { isConversation, serveRun } from './run/assistants-run.ts';
import * as withKey from './run/keyed-runs.ts';
import { inputOf, serveSession } from './run/session-run.ts';
import { handleWebhook } from './run/webhook.ts';
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

/** The ways to begin a run that has no `runKey`. */
const withoutKey: typeof withKey = {
  run: serveRun,
  conversation: runInConversation,
  responses: serveResponses,
  session: serveSession,
};

const DEFINITIONS = { assistants: assistantsDefinitions, responses: responsesDefinitions, agents: agentsDefinitions };

/**
 * Runs OpenAI assistants, responses and agent sessions with a guardrail on function calling: the gateway scans every
 * tool call before its handler runs. One runner serves many runs at once.
 *
 * @example
 * const runner = new GuardedRunner({ client: new OpenAI(), gateway: new IntervenGateway(), tools: { post_message } });
 * const { status, text, calls } = await runner.run(threadId, assistantId);
 */
export class GuardedRunner<Context = unknown, Client extends OpenAIClient = OpenAIClient> {
  readonly #assistants: ReadonlyMap<string, object>;
  readonly #registry = createToolRegistry((tool) => {
    checkTool(tool, this.#engine.settings);
  });
  readonly #engine: RunEngine;

  /** @throws TypeError for an invalid option or tool, with its name and value */
  constructor(options: GuardedRunnerOptions<Context, Client>) {
    this.#engine = new RunEngine(runnerSettings(options), this.#registry.tools);
    this.#assistants = new Map(Object.entries(options.assistants ?? {}));
    for (const [name, tool] of Object.entries(options.tools ?? {})) this.register(name, tool);
  }

  /**
   * Adds a tool. Runs in flight can use it too.
   * @throws TypeError for a duplicate or invalid name, and for a schema or description that OpenAI refuses; the message
   * has the field and the remedy
   */
  register(name: string, toolOrHandler: Tool<Context> | Handler<Context>): this {
    this.#registry.register(name, toolOrHandler);
    return this;
  }

  /**
   * Returns the registered tools as the `tools` array of an assistant or a run. `'responses'` returns the array that
   * `responses` sends, `'agents'` the array of an agent. A bare function has a name only.
   */
  toolDefinitions(api?: 'assistants'): ToolDefinition[];
  toolDefinitions(api: 'responses'): ResponsesToolOf<Client>[];
  toolDefinitions(api: 'agents'): AgentsToolDefinition[];
  toolDefinitions(api: keyof typeof DEFINITIONS = 'assistants'): object[] {
    checkChoice('toolDefinitions', api, ['assistants', 'responses', 'agents']);
    return DEFINITIONS[api](this.#registry.described());
  }

  /**
   * Starts a run on the thread and serves its tool calls until it ends. For an assistant listed in the `assistants`
   * option, the thread is a conversation and the runner uses the Responses API. The result has the same shape.
   *
   * @throws GuardedRunError when the runner ends the run, and cancels it: abort, timeout, too many turns, a call denied
   * three times, an unknown status or action, a misconfigured gateway, an API error
   */
  async run(
    threadId: string,
    assistantId: string,
    ...[options]: MaybeOptional<RunOptions<Context, Client>, Context>
  ): Promise<RunResult<Client>> {
    return await this.#run(threadId, assistantId, options);
  }

  /**
   * Does what `run` does and streams its events: iterate over them, or await `result`. Text arrives as deltas. Calls
   * run only from items that the API has marked as final.
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
   * Resumes a run that is queued, in progress or waiting for tool outputs. With a journal, the runner replays the
   * decisions, approvals and results of the previous process instead of repeating them. Without a journal, `resume` may
   * re-run calls that the previous process ran but did not submit. Resume only runs that no other process is serving.
   *
   * The API expires a run ten minutes after its creation. The result's status is then `expired`, and with a journal its
   * `calls` hold the outcomes. `onExpired: 'new-run'` starts a new run on the thread whose instructions report them. A
   * run of the Responses API (see `run`) needs a journal; its `runId` is that of its result.
   *
   * @throws GuardedRunError as `run` does, and when this runner or, according to the journal, another process is
   * already serving the run
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
   * Creates a response and serves its tool calls, response after response, until one has no pending calls. The runner
   * adds the registered tools to `params.tools`; a definition of yours overrides ours of the same name.
   *
   * @throws GuardedRunError as `run` does. The conversation then accepts the next request, unless the error's
   * `openCalls` and message list calls without an output.
   *
   * @example
   * const { text, continueFrom } = await runner.responses({ model: 'gpt-6.1-sol', input: 'Hello' });
   * await runner.responses({ model: 'gpt-6.1-sol', input: 'And now?', ...continueFrom });
   */
  async responses(
    params: ResponseParamsOf<Client>,
    ...[options]: MaybeOptional<BeginOptions<Context>, Context>
  ): Promise<ResponsesResult<Client>> {
    return await this.#serveResponses(params, options);
  }

  /**
   * Resumes an interrupted or parked run of the Responses API from its journal. The runner replays recorded responses,
   * decisions and outputs instead of requesting them again. In a conversation, it finds the response that a killed
   * process did not receive.
   *
   * @param runId `runId` of the result or the error, or an entry of `journal.list()`
   * @throws GuardedRunError as `responses` does, and when the run has no journal or another process holds it
   */
  async resumeResponses(
    runId: string,
    ...[options]: MaybeOptional<ServeOptions<Context>, Context>
  ): Promise<ResponsesResult<Client>> {
    checkPositional('resumeResponses(runId)', runId);
    return await resumeResponses(this.#responses(options), runId);
  }

  /** Does what `responses` does and streams its events, as `stream` does. */
  streamResponses(
    params: ResponseParamsOf<Client>,
    ...[options]: MaybeOptional<BeginOptions<Context>, Context>
  ): RunStream<ResponsesResult<Client>> {
    return runStream(options?.signal, async (subscriber) => this.#serveResponses(params, options, subscriber));
  }

  /**
   * Sends an input to a session of the Agents API and serves it until it is idle or has failed. If the session is busy,
   * the input joins its current turn.
   *
   * @throws GuardedRunError as `run` does, after cancelling the session's turn. A turn or session that fails, or that
   * another client cancels, is a result.
   *
   * @example
   * const { status, text } = await runner.session(sessionId, { input: 'Tidy up the backups.' });
   */
  async session(
    sessionId: string,
    request: { readonly input: SessionInput },
    ...[options]: MaybeOptional<BeginOptions<Context>, Context>
  ): Promise<SessionResult<Client>> {
    return await this.#session(sessionId, request, options);
  }

  /** Does what `session` does and streams its events, as `stream` does. */
  streamSession(
    sessionId: string,
    request: { readonly input: SessionInput },
    ...[options]: MaybeOptional<BeginOptions<Context>, Context>
  ): RunStream<SessionResult<Client>> {
    return runStream(options?.signal, async (subscriber) => this.#session(sessionId, request, options, subscriber));
  }

  /**
   * Serves a busy session until it is idle or has failed. As with `resume`, no other process may be serving it.
   *
   * @throws GuardedRunError as `session` does
   */
  async resumeSession(
    sessionId: string,
    ...[options]: MaybeOptional<ServeOptions<Context>, Context>
  ): Promise<SessionResult<Client>> {
    checkPositional('resumeSession(sessionId)', sessionId);
    return await serveSession(this.#job(options), sessionId, undefined);
  }

  /**
   * Serves the session that a webhook names, as `resumeSession` does, so that no process has to poll. Handles
   * `agent.session.action_required` and ignores other events. Needs a journal that all processes share: OpenAI may
   * deliver an event more than once, also at the same time.
   *
   * @param delivery the `Request` as it arrived, which `client.webhooks.unwrap` verifies, or an event that it has verified
   * @throws TypeError without a journal or a webhook secret; GuardedRunError as `session` does. Respond with an error
   * status then: OpenAI delivers the event again.
   *
   * @example
   * const { httpStatus } = await runner.handleWebhook(request);
   * return new Response(null, { status: httpStatus });
   */
  async handleWebhook(
    delivery: WebhookDelivery,
    ...[options]: MaybeOptional<ServeOptions<Context>, Context>
  ): Promise<WebhookResult<Client>> {
    return await handleWebhook(this.#job(options), delivery);
  }

  async #session(
    sessionId: string,
    request: { readonly input: SessionInput },
    options?: AnyRunOptions,
    subscriber?: StreamSubscriber,
  ): Promise<SessionResult<Client>> {
    checkPositional(`${subscriber ? 'streamSession' : 'session'}(sessionId, { input })`, sessionId);
    return await beginningOf(options).session(this.#job(options, subscriber), sessionId, inputOf(request));
  }

  async #serveResponses(
    params: ResponseParamsOf<Client>,
    options?: AnyRunOptions,
    subscriber?: StreamSubscriber,
  ): Promise<ResponsesResult<Client>> {
    return await beginningOf(options).responses(this.#responses(options, subscriber), params);
  }

  async #run(
    threadId: string,
    assistantId: string,
    options: AnyRunOptions & { readonly params?: object | undefined } = {},
    subscriber?: StreamSubscriber,
  ): Promise<RunResult> {
    if (typeof threadId !== 'string')
      checkPositional(`${subscriber ? 'stream' : 'run'}(threadId, assistantId)`, threadId);
    const { params, ...rest } = options;
    if (params && 'stream' in params) throw new TypeError('params.stream cannot be set. Call runner.stream() instead.');
    const assistant = this.#assistants.get(assistantId);
    const begin = beginningOf(rest);
    return assistant
      ? begin.conversation(this.#responses(rest, subscriber), threadId, assistantId, assistant, { ...params })
      : begin.run(this.#job(rest, subscriber), threadId, assistantId, params);
  }

  /** The `journal` option, if set. */
  get journal(): Journal | undefined {
    return this.#engine.journal;
  }

  /**
   * Cancels an interrupted or parked run that no process is serving. Needs a journal. Effects of calls that already ran
   * are not undone. For the Responses API, the runner cancels a background response and answers a conversation's open
   * calls with their outcomes. The run can then no longer be resumed.
   *
   * @param runId the run's id in the journal
   * @returns the API's final status: `cancelled`, or the status with which the run had already ended
   */
  async cancel(runId: string): Promise<{ readonly status: string }> {
    checkPositional('cancel(runId)', runId);
    return await cancelRun(this.#engine, runId);
  }

  /**
   * Stops the runner, for a deploy. New runs are refused, no further call starts, and handlers that run may finish
   * within `graceMs`. Then every run ends with the error code `stopped`: with a journal and at least one call it stays
   * open at the API (`leftOpen`), so that another process can resume it; otherwise it is cancelled. Resolves when all
   * runs have settled. A second call does the same with its own `graceMs`.
   *
   * @param options `graceMs`: milliseconds, from 0. Default 10 000. Handlers that take longer are aborted, and are in
   * doubt afterwards. Leaving the API may take another 15 000.
   *
   * @example
   * process.once('SIGTERM', () => void runner.stop({ graceMs: 10_000 }));
   */
  async stop(options: { readonly graceMs?: number | undefined } = {}): Promise<void> {
    checkKeys('stop', options, ['graceMs']);
    await this.#engine.stop(checkMsOrZero('graceMs', options.graceMs) ?? 10_000);
  }

  #job(options: AnyRunOptions = {}, subscriber?: StreamSubscriber): RunnerContext {
    const engine = this.#engine;
    engine.admit();
    const { principal: derive } = engine.settings;
    const { principal } = Object(options) as AnyRunOptions;
    const checked = derive || principal !== undefined ? withPrincipal(options, derive) : options;
    return { engine, options: checked, subscriber };
  }

  #responses(options?: AnyRunOptions, subscriber?: StreamSubscriber): ResponsesContext {
    const tools = (): ResponsesToolDefinition[] => responsesDefinitions(this.#registry.described());
    return { ...this.#job(options, subscriber), tools };
  }
}

/** Returns the ways to begin a run with these options. */
function beginningOf(options: AnyRunOptions | undefined): typeof withKey {
  return options?.runKey === undefined ? withoutKey : withKey;
}

/**
 * Adds the principal that the runner derives from the context, unless the run has its own.
 *
 * @throws TypeError for an invalid principal; whatever `derive` throws
 */
function withPrincipal(options: AnyRunOptions, derive: ((context: never) => unknown) | undefined): AnyRunOptions {
  const { principal, context } = Object(options) as AnyRunOptions;
  if (principal !== undefined) return { ...options, principal: principalOf('principal', principal) };
  return derive ? { ...options, principal: principalOf('principal(context)', derive(context as never)) } : options;
}

/** @throws TypeError for ids passed in an object, as other SDKs take them */
function checkPositional(signature: string, first: unknown): void {
  if (typeof first !== 'object' || first === null) return;
  throw new TypeError(`The first argument is ${shown(first)}. Pass ids one by one: ${signature}.`);
}
