import { sleep } from '../internal/abort.ts';
import { ApiFault } from './api-fault.ts';
import { isEventStream, UNNOTICED } from './event-stream.ts';
import {
  faultyStream,
  STREAM_FAULTS,
  STREAMING_OPERATIONS,
  type StreamFault,
  type StreamMisbehaviour,
} from './stream-faults.ts';
import type { Json } from './wire.ts';

/** How a request goes wrong. What is listed first happens first; what is said of streams comes last. */
export interface Misbehaviour extends StreamMisbehaviour {
  /** The connection breaks before the server has the request. */
  readonly dropRequest?: boolean;
  /** The server answers with this status, having done nothing. */
  readonly status?: number;
  /** Headers of that answer, such as `retry-after-ms`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The server does its work this much later. */
  readonly delayMs?: number;
  /** The server does its work, and the connection breaks before the reply. */
  readonly dropReply?: boolean;
  /** The server does its work, and half of the reply arrives; of a stream of events, the first one. */
  readonly cutBody?: boolean;
  /** The server does its work and tells something else; of a stream, of the run, response or session in its events. */
  readonly rewrite?: (body: Record<string, unknown>) => unknown;
  /** How many requests go wrong. Default 1. */
  readonly times?: number;
}

/** @throws TypeError when it cannot happen to requests of that kind */
export function checkMisbehaviour(operation: string, how: Misbehaviour): void {
  if (Object.keys(how).every((key) => key === 'times')) throw new TypeError(`Say how ${operation} goes wrong.`);
  if (how.rewrite && operation === 'events.create') throw new TypeError(`${operation} has no body to rewrite.`);
  const faults = STREAM_FAULTS.filter((fault) => how[fault] !== undefined);
  const [fault] = faults;
  if (fault === undefined) return;
  if (!STREAMING_OPERATIONS.includes(operation)) {
    throw new TypeError(`${operation} has no stream for ${fault}; ${STREAMING_OPERATIONS.join(', ')} have.`);
  }
  if (faults.length > 1) throw new TypeError(`A stream goes wrong once: say ${faults.join(' or ')}.`);
  if (Number.isSafeInteger(how[fault]) && Number(how[fault]) >= 0) return;
  throw new TypeError(`${fault} is a number of events, 0 or more, but it is ${String(how[fault])}.`);
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

  /** Serves a request as planned for it, or plainly. */
  async around(operation: string, request: Request, serve: () => Promise<Response>): Promise<Response> {
    const planned = this.#planned.find((plan) => plan.operation === operation && plan.left > 0);
    if (!planned) return serve();
    planned.left -= 1;
    const { how } = planned;
    if (how.dropRequest) throw connectionBroken();
    if (how.status !== undefined) {
      const type =
        how.status === 429 ? 'rate_limit_error' : how.status >= 500 ? 'server_error' : 'invalid_request_error';
      const fault = new ApiFault(how.status, `The fake was told to answer ${how.status}.`, { type });
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
    // A fault of streams waits for the next one.
    if (streamFault(how) !== undefined) planned.left += 1;
    return reply;
  }

  #stream(reply: Response, request: Request, { operation, how }: Planned): Response {
    const { cutBody, rewrite } = how;
    const fault = cutBody ? ({ name: 'cutAfterEvents', events: 1 } as const) : streamFault(how);
    if (!fault && !rewrite) return reply;
    const missed = (): void => {
      if (!fault || cutBody) return;
      this.#missed.push(`A stream of ${operation} was over before its ${fault.name}: ${fault.events}.`);
    };
    return faultyStream(reply, request, {
      operation,
      missed,
      ...(fault ? { fault } : {}),
      ...(rewrite ? { rewrite } : {}),
    });
  }

  complaints(): string[] {
    const unused = this.#planned
      .filter(({ left }) => left > 0)
      .map(({ operation, left }) => `A misbehaviour planned for ${operation} was left unused ${left} times.`);
    return [...this.#missed, ...unused];
  }
}

function streamFault(how: Misbehaviour): { name: StreamFault; events: number } | undefined {
  const name = STREAM_FAULTS.find((one) => how[one] !== undefined);
  return name && { name, events: how[name] ?? 0 };
}

/** What `fetch` throws when a connection is reset. */
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
