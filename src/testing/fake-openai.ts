import { Hono } from 'hono';
import { raceAbort } from '../internal/abort.ts';
import { listen, type Listening } from '../internal/node-http.ts';
import { FakeAgents } from './agents/fake-agents.ts';
import { agentsRoutes, type AgentsOperation } from './agents/routes.ts';
import { ApiFault } from './api-fault.ts';
import { FakeAssistants } from './assistants/fake-assistants.ts';
import { assistantsRoutes, type AssistantsOperation } from './assistants/routes.ts';
import { bodyOf, checkBeta, checkKey } from './http-checks.ts';
import { checkMisbehaviour, MisbehaviourPlan, type Misbehaviour } from './misbehaviour.ts';
import { conversationsRoutes, type ConversationsOperation } from './responses/conversations-routes.ts';
import { FakeResponses } from './responses/fake-responses.ts';
import { messageTexts } from './responses/items.ts';
import { responsesRoutes, type ResponsesOperation } from './responses/routes.ts';
import { readScript, type ModelTurn, type Script, type ScriptReader } from './script.ts';
import type { Route } from './wire.ts';

/** The requests that can be told to go wrong, by the SDK's names. */
export type FakeOperation = AssistantsOperation | ResponsesOperation | ConversationsOperation | AgentsOperation;

export interface FakeOpenAIOptions {
  /** What the model does: steps in order, or a function that decides each. */
  readonly script: Script;
  /**
   * How long the model thinks at each step, in milliseconds; for a third of it, input to a session has no effect yet.
   * An event stream stays open meanwhile. Default 0: as long as the script takes.
   */
  readonly thinkMs?: number;
  /** How long after its creation a run of the Assistants API expires, in milliseconds. Default 600 000 (10 min), as the API's. */
  readonly lifetimeMs?: number;
}

/**
 * A small strict OpenAI server for tests: the Assistants API, the Responses API and its conversations, and the Agents
 * API, each with its event streams, with the real API's rules and its words when one is broken, and a model that follows
 * a script.
 *
 * @example
 * const openai = new FakeOpenAI({ script: [callTools({ name: 'get_time' }), say('It is noon.')] });
 * const client = new OpenAI({ apiKey: 'test', baseURL: openai.baseURL, fetch: openai.fetch });
 * const { threadId, assistantId, conversationId, sessionId } = openai.seed('What time is it?');
 */
export class FakeOpenAI {
  /** For clients that get {@link fetch}: no socket is opened. */
  readonly baseURL = 'http://fake-openai.invalid/v1';
  /** Every request that was served, oldest first. */
  readonly requests: { readonly operation: string; readonly body: unknown }[] = [];
  readonly #script: ScriptReader;
  readonly #assistants: FakeAssistants;
  readonly #responses: FakeResponses;
  readonly #agents: FakeAgents;
  readonly #plan = new MisbehaviourPlan();
  readonly #unexpected: string[] = [];
  readonly #operations = new Set<FakeOperation>();
  readonly #app = new Hono().basePath('/v1');

  constructor({ script, thinkMs = 0, lifetimeMs = 600_000 }: FakeOpenAIOptions) {
    this.#script = readScript(script);
    this.#assistants = new FakeAssistants({ script: this.#script, thinkMs, lifetimeMs });
    this.#responses = new FakeResponses({ script: this.#script, thinkMs });
    this.#agents = new FakeAgents({ script: this.#script, thinkMs });
    for (const route of assistantsRoutes(this.#assistants)) this.#serve(route, ['Assistants', 'assistants=v2']);
    for (const route of agentsRoutes(this.#agents)) this.#serve(route, ['Agents', 'agents=v1']);
    for (const route of responsesRoutes(this.#responses)) this.#serve(route);
    for (const route of conversationsRoutes(this.#responses.conversations)) this.#serve(route);
    this.#app.notFound((context) => {
      const { method, path } = context.req;
      this.#unexpected.push(`It was asked for ${method} ${path}, which it does not serve.`);
      return context.json(new ApiFault(404, `Invalid URL (${method} ${path})`).toJSON(), 404);
    });
    // What is no answer of the API is a connection that breaks.
    this.#app.onError((error) => {
      throw error;
    });
  }

  /** A `fetch` that this server answers; give it to the client. */
  readonly fetch = async (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
    const request = new Request(input, init);
    const response = await raceAbort(this.#answer(request), request.signal);
    // As after real I/O, timers get their turn: a client that asks without a pause must not stop the clock.
    await new Promise((resolve) => setImmediate(resolve));
    return response;
  };

  /** Serves on a port of this machine, for clients in another process. The client's `baseURL` is `url` + `/v1`. */
  async listen(port = 0): Promise<Listening> {
    return listen(async (request) => this.#answer(request), { port });
  }

  /**
   * Makes an assistant, and a thread and a conversation with one message of the user each; and a session without it,
   * idle and without a turn: a session's input starts its turn, so it is the run that brings it.
   */
  seed(message: string): { threadId: string; assistantId: string; conversationId: string; sessionId: string } {
    const said = { role: 'user', content: message };
    const assistant = this.#assistants.createAssistant({ model: 'gpt-4o' });
    const thread = this.#assistants.createThread({ messages: [said] });
    const conversation = this.#responses.conversations.create({ items: [said] });
    const [assistantId = '', threadId = '', conversationId = ''] = [assistant, thread, conversation].map(({ id }) =>
      String(id),
    );
    const session = this.#agents.addSession({ environment: { type: 'none' }, agent: { model: 'gpt-5' } });
    return { threadId, assistantId, conversationId, sessionId: session.record.id };
  }

  /**
   * Lets the next requests of that kind go wrong.
   *
   * @throws TypeError when there is no such operation, or it cannot go wrong like this: only some answer with streams
   */
  misbehave(operation: FakeOperation, how: Misbehaviour): void {
    if (!this.#operations.has(operation)) {
      throw new TypeError(`There is no operation "${operation}"; there are ${[...this.#operations].join(', ')}.`);
    }
    checkMisbehaviour(operation, how);
    this.#plan.add(operation, how);
  }

  /**
   * Ends a run, a response in the background, or the active turn of a session (by the id of the session or the turn), as
   * the API itself or somebody else would; what has ended stays so.
   *
   * @throws TypeError at a response that is not in the background, and at a response or turn that is to expire: they
   *   never do
   */
  endRun(id: string, status: 'cancelled' | 'expired' | 'failed'): void {
    const session = this.#agents.findSession(id);
    if (session) {
      if (status === 'expired') throw new TypeError('A turn does not expire; end it as cancelled or failed.');
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
    if (status === 'expired') throw new TypeError('A response does not expire; end it as cancelled or failed.');
    response.end(status);
  }

  /** The messages of a thread, a conversation or a session, oldest first. */
  messages(id: string): ModelTurn['messages'] {
    if (this.#agents.has(id)) return this.#agents.session(id).messages();
    return this.#responses.conversations.has(id) ? messageTexts(this.items(id)) : this.#assistants.messageTexts(id);
  }

  /** The conversation's items as the API holds them, oldest first. */
  items(conversationId: string): Record<string, unknown>[] {
    return structuredClone(this.#responses.conversations.get(conversationId).items);
  }

  /** All responses, oldest first; also those that were not stored, or deleted. */
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

  /** The thread's runs by id and status, oldest first. */
  runs(threadId: string): { readonly id: string; readonly status: string; readonly metadata: unknown }[] {
    return this.#assistants.thread(threadId).runs.map((run) => {
      const { metadata } = run.toJSON();
      return { id: run.id, status: run.status, metadata };
    });
  }

  /** A session as it is now; the turns and items are also those of its subagents, oldest first. */
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
   * Breaks the connection of every open event stream, of one session, run or response or of all. The API hears of it:
   * a response that is not in the background ends with its connection.
   */
  breakStreams(id?: string): void {
    const all = [...this.#assistants.runs, ...this.#responses.all, ...this.#agents.sessions];
    const wanted = all.filter((one) => id === undefined || one.id === id);
    if (id !== undefined && wanted.length === 0) throw new TypeError(`No session, run or response has the id ${id}.`);
    for (const one of wanted) one.breakStreams();
  }

  /** @throws Error that lists what was unexpected and what of the script or the misbehaviours was never used */
  assertDone(): void {
    const complaints = [...this.#unexpected, ...this.#script.complaints(), ...this.#plan.complaints()];
    if (complaints.length > 0) throw new Error(`FakeOpenAI:\n- ${complaints.join('\n- ')}`);
  }

  async #answer(request: Request): Promise<Response> {
    const response = await this.#app.fetch(request);
    response.headers.set('x-request-id', `req_fake${this.requests.length}`);
    return response;
  }

  #serve({ operation, method, path, serve }: Route<FakeOperation>, beta?: readonly [api: string, value: string]): void {
    this.#operations.add(operation);
    this.#app.on(method, path, async (context) =>
      this.#plan.around(operation, context.req.raw, async () => {
        try {
          checkKey(context);
          if (beta) checkBeta(context, ...beta);
          const body = await bodyOf(context);
          this.requests.push({ operation, body });
          const reply = await serve(context.req.param(), body, context.req.query(), context.req.raw);
          return reply instanceof Response ? reply : context.json(reply as object);
        } catch (error) {
          // Also an error may be lost on its way, so it is answered here.
          if (!(error instanceof ApiFault)) throw error;
          return context.json(error.toJSON(), error.status as 400);
        }
      }),
    );
  }
}
