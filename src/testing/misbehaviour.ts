import { sleep } from '../internal/abort.ts';
import { omitUndefined } from '../internal/omit-undefined.ts';
import { ApiFault } from './api-fault.ts';
import { BOOLEAN, checkFields, isObject, isString, MS, wrongValue, type ValueRule } from './checks.ts';
import { isEventStream, UNNOTICED } from './event-stream.ts';
import {
  faultyStream,
  STREAM_FAULTS,
  STREAMING_OPERATIONS,
  type StreamFault,
  type StreamMisbehaviour,
} from './stream-faults.ts';
import type { Json } from './wire.ts';

/**
 * The fault of a request. A request has one fault. `delayMs` can be combined with all faults except `dropRequest` and
 * `status`, and `rewrite` with the faults of streams.
 */
export interface Misbehaviour extends StreamMisbehaviour {
  /** Breaks the connection before the server receives the request. */
  readonly dropRequest?: boolean;
  /** The HTTP status, 300 to 599, with which the server answers without processing the request. */
  readonly status?: number;
  /** Headers of that answer, such as `retry-after-ms`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Milliseconds until the server processes the request. */
  readonly delayMs?: number;
  /** Breaks the connection after the server processed the request and before the response. */
  readonly dropReply?: boolean;
  /** Breaks the connection after half of the response, or after a stream's first event. The request was processed. */
  readonly cutBody?: boolean;
  /** Changes the response, or the run, response or session in a stream's events. The request was processed. */
  readonly rewrite?: (body: Record<string, unknown>) => unknown;
  /** Number of requests with the fault. Default 1. */
  readonly times?: number;
}

const EVENTS: ValueRule = ['a number of events, 0 or more', (value) => isInteger(value) && value >= 0];

const FAULTS: { readonly [Name in Exclude<keyof Misbehaviour, 'headers' | 'times'>]-?: ValueRule } = {
  dropRequest: BOOLEAN,
  // A 304 has no body, and below 300 nothing goes wrong.
  status: [
    'an HTTP status from 300 to 599',
    (value) => isInteger(value) && value >= 300 && value < 600 && value !== 304,
  ],
  delayMs: MS,
  dropReply: BOOLEAN,
  cutBody: BOOLEAN,
  rewrite: ['a function', (value) => typeof value === 'function'],
  cutAfterEvents: EVENTS,
  endAfterEvents: EVENTS,
  stallAfterEvents: EVENTS,
  errorAfterEvents: EVENTS,
};

const VALUES: Readonly<Record<string, ValueRule>> = {
  ...FAULTS,
  headers: ['an object of strings', (value) => isObject(value) && Object.values(value).every(isString)],
  times: ['a positive integer', (value) => value === Infinity || (isInteger(value) && value >= 1)],
};

const NAMES = Object.keys(FAULTS) as (keyof typeof FAULTS)[];

/** For each fault, the faults that it would hide in the same request. */
const HIDDEN_BY: ReadonlyMap<string, readonly string[]> = new Map([
  ['dropRequest', NAMES.slice(1)],
  ['status', NAMES.slice(2)],
  ['dropReply', ['cutBody', 'rewrite', ...STREAM_FAULTS]],
  ['cutBody', ['rewrite', ...STREAM_FAULTS]],
  ...STREAM_FAULTS.map((name) => [name, STREAM_FAULTS.filter((other) => other !== name)] as const),
]);

/** @throws TypeError for a fault that requests of that operation cannot have */
export function checkMisbehaviour(operation: string, how: Misbehaviour): void {
  const owner = `misbehave("${operation}")`;
  if (!isObject(how)) throw wrongValue(`${owner}: the fault`, how, 'an object such as { dropReply: true }');
  checkFields(owner, 'fault', how, VALUES);
  const faults = NAMES.filter((name) => how[name] !== undefined && how[name] !== false);
  if (faults.length === 0) throw new TypeError(`${owner} has no fault. Pass one of ${NAMES.join(', ')}.`);
  for (const fault of faults) {
    const hidden = faults.find((other) => HIDDEN_BY.get(fault)?.includes(other));
    if (hidden) throw new TypeError(`${owner}: ${fault} and ${hidden} cannot happen to the same request. Pass one.`);
  }
  if (how['headers'] && how['status'] === undefined) throw new TypeError(`${owner}: headers need a status.`);
  if (how['rewrite'] && operation === 'events.create') {
    throw new TypeError(`${owner}: the reply has no body to rewrite.`);
  }
  const streamed = STREAM_FAULTS.find((name) => how[name] !== undefined);
  if (streamed && !STREAMING_OPERATIONS.includes(operation)) {
    const streaming = STREAMING_OPERATIONS.join(', ');
    throw new TypeError(`${owner}: ${streamed} needs an operation with an event stream: ${streaming}.`);
  }
}

function isInteger(value: unknown): value is number {
  return Number.isSafeInteger(value);
}

interface Planned {
  readonly operation: string;
  readonly how: Misbehaviour;
  left: number;
}

export class MisbehaviourPlan {
  readonly #planned: Planned[] = [];
  readonly #missed: string[] = [];

  add(operation: string, how: Misbehaviour): void {
    this.#planned.push({ operation, how, left: how.times ?? 1 });
  }

  /** Serves a request, with its planned fault if there is one. */
  async around(operation: string, request: Request, serve: () => Promise<Response>): Promise<Response> {
    const planned = this.#planned.find((plan) => plan.operation === operation && plan.left > 0);
    if (!planned) return serve();
    planned.left -= 1;
    const { how } = planned;
    if (how.dropRequest) throw connectionBroken();
    if (how.status !== undefined) {
      const type =
        how.status === 429 ? 'rate_limit_error' : how.status >= 500 ? 'server_error' : 'invalid_request_error';
      const fault = new ApiFault(how.status, `The test planned the status ${how.status}.`, { type });
      return Response.json(fault, { status: how.status, headers: how.headers ?? {} });
    }
    if (how.delayMs !== undefined) await sleep(how.delayMs, request.signal);
    const reply = await serve();
    if (how.dropReply) {
      await reply.body?.cancel(UNNOTICED);
      throw connectionBroken();
    }
    if (isEventStream(reply)) return this.#stream(reply, request, planned);
    if (how.cutBody) return cut(reply);
    if (how.rewrite) return Response.json(how.rewrite((await reply.json()) as Json), { status: reply.status });
    // A stream fault waits for the next stream.
    if (streamFault(how) !== undefined) planned.left += 1;
    return reply;
  }

  #stream(reply: Response, request: Request, { operation, how }: Planned): Response {
    const { cutBody, rewrite } = how;
    const fault = cutBody ? ({ name: 'cutAfterEvents', events: 1 } as const) : streamFault(how);
    if (!fault && !rewrite) return reply;
    const missed = (): void => {
      if (!fault || cutBody) return;
      this.#missed.push(`A stream of ${operation} ended before ${fault.name}: ${fault.events}.`);
    };
    return faultyStream(reply, request, omitUndefined({ operation, missed, fault, rewrite }));
  }

  complaints(): string[] {
    const unused = this.#planned
      .filter(({ left }) => left > 0)
      .map(({ operation, left }) => `Unused misbehaviour of ${operation}, ${left} times.`);
    return [...this.#missed, ...unused];
  }
}

function streamFault(how: Misbehaviour): { name: StreamFault; events: number } | undefined {
  const name = STREAM_FAULTS.find((one) => how[one] !== undefined);
  return name && { name, events: how[name] ?? 0 };
}

/** Creates the error that `fetch` throws when a connection is reset. */
function connectionBroken(): TypeError {
  return new TypeError('fetch failed', { cause: Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }) });
}

async function cut(reply: Response): Promise<Response> {
  const bytes = new Uint8Array(await reply.arrayBuffer());
  let sent = false;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (sent) controller.error(new TypeError('terminated'));
      else controller.enqueue(bytes.slice(0, Math.ceil(bytes.length / 2)));
      sent = true;
    },
  });
  return new Response(body, { status: reply.status, headers: reply.headers });
}
