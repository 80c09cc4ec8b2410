import { Hono } from 'hono';
import { checkMs } from '../internal/checks.ts';
import { listen, type Listening } from '../internal/node-http.ts';
import { FakeAgents } from './agents/fake-agents.ts';
import { agentsRoutes, type AgentsOperation } from './agents/routes.ts';
import { ApiFault } from './api-fault.ts';
import { FakeAssistants } from './assistants/fake-assistants.ts';
import { assistantsRoutes, type AssistantsOperation } from './assistants/routes.ts';
import { checkNames, isObject, wrongValue } from './checks.ts';
import { bodyOf, checkBeta, checkKey } from './http-checks.ts';
import { checkMisbehaviour, MisbehaviourPlan, type Misbehaviour } from './misbehaviour.ts';
import { conversationsRoutes, type ConversationsOperation } from './responses/conversations-routes.ts';
import { FakeResponses } from './responses/fake-responses.ts';
import { messageTexts } from './responses/items.ts';
import { responsesRoutes, type ResponsesOperation } from './responses/routes.ts';
import { checkBody } from './rules/request-rules.ts';
import { readScript, type ModelTurn, type Script, type ScriptReader } from './script.ts';
import { DEFAULT_MODEL, type Route } from './wire.ts';

/** The requests that can have faults, by the SDK's names. */
export type FakeOperation = AssistantsOperation | ResponsesOperation | ConversationsOperation | AgentsOperation;

export interface FakeOpenAIOptions {
  /** The model's steps in order, or a function that decides each. */
  readonly script: Script;
  /**
   * Milliseconds that the model thinks at each step. During the first third, input to a session has no effect yet.
   * Event streams stay open meanwhile. Default 0: only as long as the script takes.
   */
  readonly thinkMs?: number;
  /** Milliseconds until a run of the Assistants API expires. Default 600 000 (10 min), as on the API. */
  readonly lifetimeMs?: number;
}

/**
 * A small, strict OpenAI server for tests, with a model that follows a script. It serves the Assistants API, the
 * Responses API with conversations, and the Agents API, each with event streams and the real API's rules and errors.
 *
 * @example
 * const openai = new FakeOpenAI({ script: [callTools({ name: 'get_time' }), say('It is noon.')] });
 * const client = new OpenAI({ apiKey: 'test', baseURL: openai.baseURL, fetch: openai.fetch });
 * const { threadId, assistantId, conversationId, sessionId } = openai.seed('What time is it?');
 */
export class FakeOpenAI {
  /** Base URL for clients that use {@link fetch}, which opens no socket. */
  readonly baseURL = 'http://fake-openai.invalid/v1';
  /** Every request served, oldest first. */
  readonly requests: { readonly operation: string; readonly body: unknown }[] = [];
  readonly #script: ScriptReader;
  readonly #assistants: FakeAssistants;
  readonly #responses: FakeResponses;
  readonly #agents: FakeAgents;
  readonly #plan = new MisbehaviourPlan();
  readonly #unexpected: string[] = [];
  readonly #operations = new Set<FakeOperation>();
  readonly #app = new Hono().basePath('/v1');

  /** @throws TypeError for an unknown option, and for a script that is not an array of steps or a function */
  constructor(options: FakeOpenAIOptions) {
    const owner = 'new FakeOpenAI';
    if (!isObject(options)) throw wrongValue(`${owner}: options`, options, 'an object such as { script: [] }');
    checkNames(owner, 'option', Object.keys(options), ['script', 'thinkMs', 'lifetimeMs']);
    const { script, thinkMs = 0, lifetimeMs = 600_000 } = options;
    checkMs(`${owner}: thinkMs`, thinkMs, 0);
    checkMs(`${owner}: lifetimeMs`, lifetimeMs, 0);
    this.#script = readScript(script);
    const model = { script: this.#script, thinkMs };
    this.#assistants = new FakeAssistants(model, lifetimeMs);
    this.#responses = new FakeResponses(model);
    this.#agents = new FakeAgents(model);
    for (const route of assistantsRoutes(this.#assistants)) this.#serve(route, ['Assistants', 'assistants=v2']);
    for (const route of agentsRoutes(this.#agents)) this.#serve(route, ['Agents', 'agents=v1']);
    for (const route of responsesRoutes(this.#responses)) this.#serve(route);
    for (const route of conversationsRoutes(this.#responses.conversations)) this.#serve(route);
    this.#app.notFound((context) => {
      const { method, path } = context.req;
      this.#unexpected.push(`${method} ${path} was requested, but is not served.`);
      return context.json(new ApiFault(404, `Invalid URL (${method} ${path})`).toJSON(), 404);
    });
    // Any other error breaks the connection.
    this.#app.onError((error) => {
      throw error;
    });
  }

  /** The client's `fetch` option: sends requests to this server without a socket. */
  readonly fetch = async (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
    const request = new Request(input, init);
    const { signal } = request;
    const aborted = new Promise<never>((_, reject) => {
      const stop = (): void => {
        reject(signal.reason as Error);
      };
      if (signal.aborted) stop();
      else signal.addEventListener('abort', stop);
    });
    const response = await Promise.race([aborted, this.#answer(request)]);
    // As after real I/O, timers can run, even if the client polls without a pause.
    await new Promise((resolve) => setImmediate(resolve));
    return response;
  };

  /** Serves on a local port, for clients in another process. The client's `baseURL` is `url` + `/v1`. */
  async listen(port = 0): Promise<Listening> {
    return listen(async (request) => this.#answer(request), { port });
  }

  /**
   * Creates an assistant, a thread and a conversation with one user message each, and an idle session without messages:
   * the run under test sends the session's input.
   */
  seed(message: string): { threadId: string; assistantId: string; conversationId: string; sessionId: string } {
    if (typeof message !== 'string') throw wrongValue('seed: message', message, 'a string');
    const userMessage = { role: 'user', content: message };
    const assistant = this.#assistants.createAssistant({ model: DEFAULT_MODEL });
    const thread = this.#assistants.createThread({ messages: [userMessage] });
    const conversation = this.#responses.conversations.create({ items: [userMessage] });
    const [assistantId = '', threadId = '', conversationId = ''] = [assistant, thread, conversation].map(({ id }) =>
      String(id),
    );
    const session = this.#agents.addSession({ environment: { type: 'none' }, agent: { model: DEFAULT_MODEL } });
    return { threadId, assistantId, conversationId, sessionId: session.record.id };
  }

  /**
   * Plans a fault for the next requests of an operation.
   *
   * @throws TypeError for an unknown operation or fault, an invalid value, and a fault that the operation cannot have
   */
  misbehave(operation: FakeOperation, how: Misbehaviour): void {
    checkNames('misbehave', 'operation', [operation], [...this.#operations]);
    checkMisbehaviour(operation, how);
    this.#plan.add(operation, how);
  }

  /**
   * Ends a run, a background response, or the active turn of a session (by the id of the session or the turn), as the
   * API or another client would. Has no effect after the end.
   *
   * @throws TypeError for a response that is not in the background, and for `expired` with a response or turn
   */
  endRun(id: string, status: 'cancelled' | 'expired' | 'failed'): void {
    checkNames('endRun', 'status', [status], ['cancelled', 'expired', 'failed']);
    const session = this.#agents.findSession(id);
    if (session) {
      if (status === 'expired') throw new TypeError('A turn does not expire: end it as cancelled or failed.');
      if (session.record.turns.find((turn) => turn.id === id)?.isOver !== true) session.end(status);
      return;
    }
    const response = this.#responses.all.find((one) => one.id === id);
    if (!response) {
      this.#assistants.findRun(id).end(status);
      return;
    }
    if (!response.isBackground) {
      throw new TypeError(`The response ${id} is not in the background: create it with background: true to end it.`);
    }
    if (status === 'expired') throw new TypeError('A response does not expire: end it as cancelled or failed.');
    response.end(status);
  }

  /** Lists the messages of a thread, a conversation or a session, oldest first. */
  messages(id: string): ModelTurn['messages'] {
    if (this.#agents.has(id)) return this.#agents.session(id).record.messages();
    return this.#responses.conversations.has(id) ? messageTexts(this.items(id)) : this.#assistants.messageTexts(id);
  }

  /** Lists the conversation's items in the API's format, oldest first. */
  items(conversationId: string): Record<string, unknown>[] {
    return structuredClone(this.#responses.conversations.get(conversationId).items);
  }

  /** Lists all responses, oldest first, including deleted ones and those that were not stored. */
  responses(): {
    readonly id: string;
    readonly status: string;
    readonly conversationId: string | undefined;
    readonly previousResponseId: string | undefined;
  }[] {
    return this.#responses.all.map(({ id, status, conversationId, previousResponseId }) => {
      return { id, status, conversationId, previousResponseId };
    });
  }

  /** Lists the thread's runs, oldest first. */
  runs(threadId: string): { readonly id: string; readonly status: string; readonly metadata: unknown }[] {
    return this.#assistants.thread(threadId).runs.map((run) => {
      const { metadata } = run.toJSON();
      return { id: run.id, status: run.status, metadata };
    });
  }

  /** Returns the session's current state. Turns and items include those of its subagents, oldest first. */
  session(sessionId: string): {
    readonly status: string;
    readonly turns: readonly {
      readonly id: string;
      readonly status: string;
      readonly subagentId: string | undefined;
    }[];
    readonly requiredActions: readonly object[];
    readonly items: readonly object[];
  } {
    const { status, turns, requiredActions, items } = this.#agents.session(sessionId).record;
    return {
      status,
      turns: turns.map((turn) => ({ id: turn.id, status: turn.status, subagentId: turn.subagentId })),
      ...structuredClone({ requiredActions, items }),
    };
  }

  /**
   * Breaks the connection of all open event streams, or of those of one session, run or response. The API notices: a
   * response that is not in the background ends with its connection.
   */
  breakStreams(id?: string): void {
    const all = [...this.#assistants.runs, ...this.#responses.all, ...this.#agents.sessions];
    const wanted = all.filter((one) => id === undefined || one.id === id);
    if (id !== undefined && wanted.length === 0) throw new TypeError(`Unknown session, run or response "${id}".`);
    for (const one of wanted) one.breakStreams();
  }

  /** @throws Error that lists unexpected requests, and unused steps and misbehaviours */
  assertDone(): void {
    const complaints = [...this.#unexpected, ...this.#script.complaints(), ...this.#plan.complaints()];
    if (complaints.length > 0) throw new Error(`FakeOpenAI:\n- ${complaints.join('\n- ')}`);
  }

  async #answer(request: Request): Promise<Response> {
    const response = await this.#app.fetch(request);
    response.headers.set('x-request-id', `req_fake${this.requests.length}`);
    return response;
  }

  #serve(route: Route<FakeOperation>, beta?: readonly [api: string, value: string]): void {
    const { operation, place, rule } = route;
    const [method = '', path = ''] = place.split(' ');
    this.#operations.add(operation);
    this.#app.on(method, path, async (context) =>
      this.#plan.around(operation, context.req.raw, async () => {
        try {
          checkKey(context);
          if (beta) checkBeta(context, ...beta);
          const body = await bodyOf(context);
          this.requests.push({ operation, body });
          if (rule !== undefined) checkBody(rule, body);
          const { req } = context;
          const reply = await route.serve({ ids: req.param(), body, query: req.query(), request: req.raw });
          return reply instanceof Response ? reply : context.json(reply as object);
        } catch (error) {
          // Answered here, so that a fault can affect an error response too.
          if (!(error instanceof ApiFault)) throw error;
          return context.json(error.toJSON(), error.status as 400);
        }
      }),
    );
  }
}
