import OpenAI from 'openai7';
import {
  GuardedRunner,
  type GuardedRunError,
  type GuardedRunnerOptions,
  type ServeOptions,
  type Tools,
} from 'interven-openai-assistants';
import {
  callTools,
  FakeOpenAI,
  say,
  ScriptedGateway,
  type FakeOpenAIOptions,
  type FakeOperation,
  type ScriptedRule,
} from 'interven-openai-assistants/testing';
import { waitFor } from './wait-for.ts';
import { rejection } from './world.ts';

export type Fetch = typeof globalThis.fetch;
export type Fields = Readonly<Record<string, unknown>>;

interface Setup {
  script: FakeOpenAIOptions['script'];
  /** Default: `pay` is allowed. */
  decisions?: Record<string, ScriptedRule>;
  tools: Tools;
  api?: Partial<FakeOpenAIOptions>;
  options?: Partial<GuardedRunnerOptions<unknown, OpenAI>>;
  /** Wraps the `fetch` between the client and the fake. */
  through?: (fetch: Fetch) => Fetch;
}

/** The real client (openai 7) against the fake, a runner, and helpers that serve and inspect the seeded session. */
export function serving({ script, decisions = { pay: 'ALLOW' }, tools, api, options, through }: Setup) {
  const openai = new FakeOpenAI({ script, ...api });
  const to = { apiKey: 'test', baseURL: openai.baseURL };
  const client = new OpenAI({ ...to, fetch: through?.(openai.fetch) ?? openai.fetch });
  /** Another client, whose requests are never intercepted. */
  const others = new OpenAI({ ...to, fetch: openai.fetch }).beta.agents.sessions;
  const gateway = new ScriptedGateway(decisions);
  const runner = new GuardedRunner<unknown, OpenAI>({ client, gateway, tools, pollIntervalMs: 5, ...options });
  const { sessionId } = openai.seed('Hello');
  const serve = async (options?: ServeOptions<unknown>, input = 'Hello') =>
    runner.session(sessionId, { input }, options);
  const seen = () => openai.session(sessionId);
  const until = async (isSo: (session: ReturnType<typeof seen>) => boolean) => waitFor(() => isSo(seen()));
  /** The events that the API accepted, request by request. */
  const sent = (): Fields[][] =>
    openai.requests
      .filter(({ operation }) => operation === 'events.create')
      .map(({ body }) => (body as { events: Fields[] }).events);
  return {
    openai,
    client,
    others,
    gateway,
    runner,
    sessionId,
    serve,
    /** The error of a run that the runner ends. */
    left: async (options?: ServeOptions<unknown>) => ending(serve(options)),
    seen,
    until,
    sent,
    /** All sent events of a kind. */
    events: (kind: string) =>
      sent()
        .flat()
        .filter(({ type }) => type === `agent.session.input.${kind}`),
    /** The calls whose results were sent, request by request. */
    results: () =>
      sent()
        .map((events) => events.flatMap(({ call_id: callId }) => callId ?? []))
        .filter(({ length }) => length > 0),
    /** The items of a type that the session holds. */
    items: (type: string) => (seen().items as Fields[]).filter((item) => item['type'] === type),
    /** Number of requests of an operation. */
    count: (name: FakeOperation) => openai.requests.filter(({ operation }) => operation === name).length,
    /** Another client sends input to the session; resolves once its turn exists. */
    begin: async (text = 'Hello') => {
      const before = seen().turns.length;
      await others.events.create(sessionId, { events: [message(text)] });
      await until(({ turns }) => turns.length > before);
    },
  };
}

export type Serving = ReturnType<typeof serving>;

/** A turn with one call, then a final message. `ran` has the id of each call whose handler was started. */
export function oneCall(extra: Partial<Setup> = {}) {
  const ran: string[] = [];
  const parts = serving({
    script: [callTools({ name: 'pay', id: 'call_1' }), say('ok')],
    tools: {
      pay: (_, { callId }) => {
        ran.push(callId);
        return 'paid';
      },
    },
    ...extra,
  });
  return { ran, ...parts };
}

/** A handler for each name that waits until the test releases it or its run aborts it. */
export function held(...names: string[]) {
  const abortReasons: unknown[] = [];
  const started: string[] = [];
  const release = new Map<string, () => void>();
  const tools: Tools = Object.fromEntries(
    names.map((name) => {
      const free = new Promise<void>((resolve) => release.set(name, resolve));
      const handler = async (_: unknown, { signal }: { signal: AbortSignal }): Promise<string> => {
        started.push(name);
        const stopped = new Promise<void>((resolve) => {
          signal.addEventListener('abort', () => {
            abortReasons.push(signal.reason);
            resolve();
          });
        });
        await Promise.race([free, stopped]);
        return `${name} done`;
      };
      return [name, handler];
    }),
  );
  const decisions = Object.fromEntries(names.map((name) => [name, 'ALLOW' as const]));
  return { abortReasons, started, tools, decisions, release: (name: string) => release.get(name)?.() };
}

export function message(text: string): OpenAI.Beta.Agents.AgentSessionInputParam {
  return { type: 'agent.session.input.message', input: [{ role: 'user', content: [{ type: 'input_text', text }] }] };
}

/** A server without an event stream. */
export function withoutEvents(fetch: Fetch): Fetch {
  return async (input, init) => {
    const { method, url } = new Request(input, init);
    if (method !== 'GET' || !url.endsWith('/events')) return fetch(input, init);
    return Response.json({ error: { message: 'Events are not supported.' } }, { status: 404 });
  };
}

/** A header that lets the client retry at once. */
export const soon = { 'retry-after-ms': '1' };

/** The error that ended a run. */
export async function ending(run: Promise<unknown>): Promise<GuardedRunError> {
  return (await rejection(run)) as GuardedRunError;
}

/** Refuses the first matching requests, and records the idempotency keys of all matching requests. */
export function refusing(times: number, matches: (body: string) => boolean, message: string, status = 400) {
  const keys: (string | null)[] = [];
  const through =
    (fetch: Fetch): Fetch =>
    async (input, init) => {
      if (typeof init?.body !== 'string' || !matches(init.body)) return fetch(input, init);
      keys.push(new Headers(init.headers).get('idempotency-key'));
      if (keys.length > times) return fetch(input, init);
      const type = status === 409 ? 'conflict_error' : 'invalid_request_error';
      return Response.json({ error: { message, type, param: null, code: type } }, { status, headers: soon });
    };
  return { keys, through };
}
