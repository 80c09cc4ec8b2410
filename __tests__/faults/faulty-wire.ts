import { setTimeout as sleep } from 'node:timers/promises';
import { Limit } from '../../src/internal/abort.ts';
import type { Random } from '../chaos/random.ts';

type Fetch = typeof globalThis.fetch;

/** What can happen to a request and its response. */
const FAULTS = [
  /** The server never gets the request. */
  'not-sent',
  /** The server processes the request, and its response is lost. */
  'lost',
  /** The response is lost, and the server processes the request some time later. */
  'late',
  /** The request reaches the server some time later, even if the client has stopped waiting. */
  'delayed',
  /** A proxy answers with an error, and the server never gets the request. */
  'refused',
  /** A proxy answers with an error after the server has processed the request. */
  'masked',
  /** The response ends in the middle. */
  'cut',
  /** The request reaches the server twice; the client gets one of the two responses. */
  'duplicated',
  /** A read returns an earlier response to the same request, as a replica that lags behind by a second does. */
  'stale',
  /** The response takes long. */
  'slow',
] as const;
export type Fault = (typeof FAULTS)[number];

/** Less than `limits.resultResendMs`: an older read would have a session's result sent again, for the next call with its id. */
const MAX_LAG_MS = 1_000;

export interface FaultyWire {
  readonly fetch: Fetch;
  /** The faults so far, with their requests. */
  readonly log: readonly string[];
  /** Ends the faults. */
  readonly heal: () => void;
  /** Resolves when no late request is on its way any more. */
  readonly settled: () => Promise<void>;
}

interface Settings {
  /** Probability of a fault per request. */
  readonly rate: number;
  /** Faults of one kind of request in a row, so that each of them is transient for the client. */
  readonly inARow: number;
  /** The longest delay, in milliseconds. */
  readonly delayMs: number;
  /** False for a wire that repeats only requests with an idempotency key. */
  readonly repeatsAny: boolean;
}

/** Puts seeded faults between a client and a server. */
export function faultyWire(server: Fetch, random: Random, { rate, inARow, delayMs, repeatsAny }: Settings): FaultyWire {
  const log: string[] = [];
  const row = new Map<string, number>();
  const earlier = new Map<string, { readonly reply: Response; readonly at: number }[]>();
  const late = new Set<Promise<unknown>>();
  let isHealed = false;

  const faultFor = (method: string, path: string, init: RequestInit): Fault | undefined => {
    const key = `${method} ${path} ${typeof init.body === 'string' ? init.body : ''}`;
    const before = row.get(key) ?? 0;
    if (isHealed || before >= inARow || !random.chance(rate)) {
      row.set(key, 0);
      return undefined;
    }
    const fault = random.pick(FAULTS);
    if (fault === 'stale' ? method !== 'GET' : method === 'GET' && (fault === 'late' || fault === 'duplicated'))
      return undefined;
    if (fault === 'duplicated' && !repeatsAny && !new Headers(init.headers).has('idempotency-key')) return undefined;
    row.set(key, before + 1);
    return fault;
  };

  const deliverLate = (input: string | URL | Request, init: RequestInit): void => {
    const delivered = sleep(random.below(delayMs))
      .then(async () => server(input, { ...init, signal: null }))
      .then(async (reply) => reply.body?.cancel())
      .catch(() => undefined);
    late.add(delivered);
    void delivered.then(() => late.delete(delivered));
  };

  const fetch: Fetch = async (input, init = {}) => {
    const { method, url } = new Request(input, { ...init, body: null });
    const { pathname, search } = new URL(url);
    const fault = faultFor(method, pathname, init);
    if (fault) log.push(`${fault}: ${method} ${pathname}`);
    const status = random.pick([429, 500, 502, 503]);
    const keep = async (reply: Response): Promise<Response> => {
      if (method !== 'GET' || isStream(reply)) return reply;
      const kept = earlier.get(pathname + search) ?? [];
      earlier.set(pathname + search, [...kept, { reply: reply.clone(), at: performance.now() }]);
      return reply;
    };
    switch (fault) {
      case 'not-sent':
        throw broken();
      case 'lost':
        await discard(await server(input, init));
        throw broken();
      case 'late':
        deliverLate(input, init);
        throw broken();
      case 'delayed': {
        const delivered = sleep(random.below(delayMs)).then(async () => server(input, { ...init, signal: null }));
        late.add(delivered);
        const forget = (): void => void late.delete(delivered);
        delivered.then(forget, forget);
        return init.signal ? new Limit(init.signal).within(delivered) : delivered;
      }
      case 'refused':
        return answered(status);
      case 'masked':
        await discard(await server(input, init));
        return answered(random.pick([500, 502, 504]));
      case 'cut':
        return cut(await server(input, init), random);
      case 'duplicated': {
        // As by a proxy that lost the first response.
        const first = await server(input, init);
        const second = await server(input, init);
        const [kept, other] = random.chance(0.5) ? [first, second] : [second, first];
        await discard(other);
        return kept;
      }
      case 'stale': {
        const isRecent = ({ at }: { readonly at: number }): boolean => performance.now() - at < MAX_LAG_MS;
        const kept = (earlier.get(pathname + search) ?? []).filter(isRecent);
        return kept.length > 0 ? random.pick(kept).reply.clone() : keep(await server(input, init));
      }
      case 'slow': {
        const reply = await server(input, init);
        await sleep(random.below(delayMs), undefined, init.signal ? { signal: init.signal } : {});
        return reply;
      }
      case undefined:
        return keep(await server(input, init));
    }
  };

  return {
    fetch,
    log,
    heal: () => {
      isHealed = true;
    },
    settled: async () => {
      while (late.size > 0) await Promise.all(late);
    },
  };
}

function isStream(reply: Response): boolean {
  return reply.headers.get('content-type')?.startsWith('text/event-stream') === true;
}

async function discard(reply: Response): Promise<void> {
  await reply.body?.cancel().catch(() => undefined);
}

function broken(): TypeError {
  return new TypeError('fetch failed', { cause: Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }) });
}

function answered(status: number): Response {
  const error = { message: 'The proxy has no answer.', type: 'server_error', param: null, code: null };
  return Response.json({ error }, { status, headers: { 'retry-after-ms': '1' } });
}

/** Breaks a body after some of its bytes, and an event stream after some of its events. */
async function cut(reply: Response, random: Random): Promise<Response> {
  const { status, headers, body } = reply;
  if (!body) return reply;
  let left = isStream(reply) ? random.below(6) : 0;
  const reader = (body as ReadableStream<Uint8Array>).getReader();
  const broken = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await reader.read();
      if (done) {
        controller.close();
        return;
      }
      if (left > 0) {
        left -= 1;
        controller.enqueue(value);
        return;
      }
      controller.enqueue(value.slice(0, Math.ceil(value.length / 2)));
      await reader.cancel().catch(() => undefined);
      controller.error(new TypeError('terminated'));
    },
    async cancel() {
      await reader.cancel().catch(() => undefined);
    },
  });
  return new Response(broken, { status, headers });
}
