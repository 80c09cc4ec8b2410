import { Hono, type Context } from 'hono';
import type { BlankEnv, BlankSchema } from 'hono/types';
import { raceAbort } from '../internal/abort.ts';
import { listen, type Listening } from '../internal/node-http.ts';
import { ApiFault, badRequest } from './api-fault.ts';
import { FakeAssistants } from './fake-assistants.ts';
import { MisbehaviourPlan, type Misbehaviour } from './misbehaviour.ts';
import { readScript, type ModelTurn, type Script, type ScriptReader } from './script.ts';

type Json = Record<string, unknown>;

/** The requests that can be told to go wrong, by the SDK's names. */
export type FakeOperation =
  | 'assistants.create'
  | 'threads.create'
  | 'threads.retrieve'
  | 'messages.create'
  | 'messages.list'
  | 'runs.create'
  | 'runs.list'
  | 'runs.retrieve'
  | 'runs.cancel'
  | 'runs.submitToolOutputs'
  | 'steps.list';

export interface FakeOpenAIOptions {
  /** What the model does: steps in order, or a function that decides each. */
  readonly script: Script;
  /** How long the model thinks at each step, in milliseconds. Default 0: as long as the script takes. */
  readonly thinkMs?: number;
  /** How long after its creation a run expires, in milliseconds. Default 600 000 (10 min), as the API's. */
  readonly lifetimeMs?: number;
}

/**
 * A small strict OpenAI server for tests: threads, messages, runs, steps, cancel and submit, with the real API's rules
 * and its words when one is broken, and a model that follows a script.
 *
 * @example
 * const openai = new FakeOpenAI({ script: [callTools({ name: 'get_time' }), say('It is noon.')] });
 * const client = new OpenAI({ apiKey: 'test', baseURL: openai.baseURL, fetch: openai.fetch });
 * const { threadId, assistantId } = openai.seed('What time is it?');
 */
export class FakeOpenAI {
  /** For clients that get {@link fetch}: no socket is opened. */
  readonly baseURL = 'http://fake-openai.invalid/v1';
  /** Every request that arrived, oldest first. */
  readonly requests: { readonly operation: string; readonly body: unknown }[] = [];
  readonly #script: ScriptReader;
  readonly #assistants: FakeAssistants;
  readonly #plan = new MisbehaviourPlan();
  readonly #unexpected: string[] = [];
  readonly #app: { fetch: (request: Request) => Response | Promise<Response> };

  constructor({ script, thinkMs = 0, lifetimeMs = 600_000 }: FakeOpenAIOptions) {
    this.#script = readScript(script);
    this.#assistants = new FakeAssistants({ script: this.#script, thinkMs, lifetimeMs });
    this.#app = this.#routes();
  }

  /** A `fetch` that this server answers; give it to the client. */
  readonly fetch = async (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
    const request = new Request(input, init);
    return raceAbort(this.#answer(request), request.signal);
  };

  /** Serves on a port of this machine, for clients in another process. The client's `baseURL` is `url` + `/v1`. */
  async listen(port = 0): Promise<Listening> {
    return listen(async (request) => this.#answer(request), { port });
  }

  /** Makes an assistant and a thread with one message of the user. */
  seed(message: string): { threadId: string; assistantId: string } {
    const assistant = this.#assistants.createAssistant({ model: 'gpt-4o' });
    const thread = this.#assistants.createThread({ messages: [{ role: 'user', content: message }] });
    return { threadId: String(thread['id']), assistantId: String(assistant['id']) };
  }

  /** Lets the next requests of that kind go wrong. */
  misbehave(operation: FakeOperation, how: Misbehaviour): void {
    this.#plan.add(operation, how);
  }

  /** Ends a run as the API itself, or somebody else, would. */
  endRun(runId: string, status: 'cancelled' | 'expired' | 'failed'): void {
    this.#assistants.findRun(runId).end(status);
  }

  /** The thread's messages, oldest first. */
  messages(threadId: string): ModelTurn['messages'] {
    return this.#assistants.messageTexts(threadId);
  }

  /** The thread's runs by id and status, oldest first. */
  runs(threadId: string): { readonly id: string; readonly status: string; readonly metadata: unknown }[] {
    return this.#assistants.thread(threadId).runs.map((run) => {
      const { metadata } = run.toJSON();
      return { id: run.id, status: run.status, metadata };
    });
  }

  /** @throws Error that lists what was unexpected and what of the script or the misbehaviours was never used */
  assertDone(): void {
    const complaints = [...this.#unexpected, ...this.#script.complaints(), ...this.#plan.complaints()];
    if (complaints.length > 0) throw new Error(`FakeOpenAI:\n- ${complaints.join('\n- ')}`);
  }

  async #answer(request: Request): Promise<Response> {
    return this.#app.fetch(request);
  }

  #routes(): Hono<BlankEnv, BlankSchema, '/v1'> {
    const app = new Hono().basePath('/v1');
    const route = (
      operation: FakeOperation,
      method: 'GET' | 'POST',
      path: string,
      serve: (parameters: Record<string, string>, body: Json, query: Record<string, string>) => unknown,
    ): void => {
      app.on(method, path, async (context) =>
        this.#plan.around(operation, context.req.raw.signal, async () => {
          checkHeaders(context);
          const body = await bodyOf(context);
          this.requests.push({ operation, body });
          return context.json((await serve(context.req.param(), body, context.req.query())) as object);
        }),
      );
    };

    const api = this.#assistants;
    const lookAt = async (thread = '', id = ''): Promise<Json> => {
      const run = api.run(thread, id);
      await run.catchUp();
      return run.toJSON();
    };
    const createRun = async (thread: string, body: Json): Promise<Json> => (await api.createRun(thread, body)).toJSON();
    route('assistants.create', 'POST', '/assistants', (_, body) => api.createAssistant(body));
    route('threads.create', 'POST', '/threads', (_, body) => api.createThread(body));
    route('runs.create', 'POST', '/threads/runs', async (_, { thread = {}, ...body }) =>
      createRun(String(api.createThread(thread as Json)['id']), body),
    );
    route('threads.retrieve', 'GET', '/threads/:thread', ({ thread = '' }) => api.threadJson(thread));
    route('messages.create', 'POST', '/threads/:thread/messages', ({ thread = '' }, body) =>
      api.createMessage(thread, body),
    );
    route('messages.list', 'GET', '/threads/:thread/messages', ({ thread = '' }, _, query) => {
      const { run_id: runId } = query;
      return page(
        api.thread(thread).messages.filter((message) => runId === undefined || message['run_id'] === runId),
        query,
      );
    });
    route('runs.create', 'POST', '/threads/:thread/runs', async ({ thread = '' }, body) => createRun(thread, body));
    route('runs.list', 'GET', '/threads/:thread/runs', ({ thread = '' }, _, query) =>
      page(
        api.thread(thread).runs.map((run) => run.toJSON()),
        query,
      ),
    );
    route('runs.retrieve', 'GET', '/threads/:thread/runs/:run', async ({ thread, run }) => lookAt(thread, run));
    route('runs.cancel', 'POST', '/threads/:thread/runs/:run/cancel', async ({ thread = '', run = '' }) => {
      await lookAt(thread, run);
      api.run(thread, run).cancel();
      return api.run(thread, run).toJSON();
    });
    route(
      'runs.submitToolOutputs',
      'POST',
      '/threads/:thread/runs/:run/submit_tool_outputs',
      async ({ thread = '', run = '' }, body) => {
        await lookAt(thread, run);
        const { tool_outputs: outputs = [], tool_approvals: approvals = [] } = body;
        api.run(thread, run).submit(outputs as Json[], approvals as Json[]);
        return api.run(thread, run).toJSON();
      },
    );
    route('steps.list', 'GET', '/threads/:thread/runs/:run/steps', ({ thread = '', run = '' }, _, query) =>
      page(api.stepsJson(thread, run), query),
    );

    app.notFound((context) => {
      const { method, path } = context.req;
      this.#unexpected.push(`It was asked for ${method} ${path}, which it does not serve.`);
      const fault = new ApiFault(404, `Invalid URL (${method} ${path})`);
      return context.json(fault.toJSON(), 404);
    });
    app.onError((error, context) => {
      // Anything else is a connection that breaks.
      if (!(error instanceof ApiFault)) throw error;
      return context.json(error.toJSON(), error.status as 400);
    });
    return app;
  }
}

function checkHeaders(context: Context): void {
  if (!/^Bearer .+/.test(context.req.header('authorization') ?? '')) {
    throw new ApiFault(401, "You didn't provide an API key.");
  }
  if (context.req.header('openai-beta') !== 'assistants=v2') {
    throw badRequest(
      "You must provide the 'OpenAI-Beta' header to access the Assistants API: 'OpenAI-Beta: assistants=v2'.",
      {
        code: 'invalid_beta',
      },
    );
  }
}

async function bodyOf(context: Context): Promise<Json> {
  const text = await context.req.text();
  try {
    return text === '' ? {} : (JSON.parse(text) as Json);
  } catch {
    throw badRequest('We could not parse the JSON body of your request.');
  }
}

function page(oldestFirst: readonly Json[], { order = 'desc', limit = '20' }: Record<string, string>): Json {
  const ordered = order === 'asc' ? oldestFirst : [...oldestFirst].reverse();
  const data = ordered.slice(0, Number(limit));
  const idOf = (item: Json | undefined): unknown => item?.['id'] ?? null;
  return {
    object: 'list',
    data,
    first_id: idOf(data[0]),
    last_id: idOf(data.at(-1)),
    has_more: data.length < ordered.length,
  };
}
