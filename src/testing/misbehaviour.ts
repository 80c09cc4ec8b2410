import { sleep } from '../internal/abort.ts';
import { ApiFault } from './api-fault.ts';

/** How a request goes wrong. What is listed first happens first. */
export interface Misbehaviour {
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
  /** The server does its work and tells something else. */
  readonly rewrite?: (body: Record<string, unknown>) => unknown;
  /** How many requests go wrong. Default 1. */
  readonly times?: number;
}

interface Planned {
  readonly operation: string;
  readonly how: Misbehaviour;
  left: number;
}

export class MisbehaviourPlan {
  readonly #planned: Planned[] = [];

  add(operation: string, how: Misbehaviour): void {
    this.#planned.push({ operation, how, left: how.times ?? 1 });
  }

  /** Serves a request as planned for it, or plainly. */
  async around(operation: string, signal: AbortSignal, serve: () => Promise<Response>): Promise<Response> {
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
    if (how.delayMs !== undefined) await sleep(how.delayMs, signal);
    const reply = await serve();
    if (how.dropReply) {
      await reply.body?.cancel();
      throw connectionBroken();
    }
    if (how.cutBody) return isStream(reply) ? cutStream(reply) : cut(reply);
    if (!how.rewrite) return reply;
    const body = (await reply.json()) as Record<string, unknown>;
    return Response.json(how.rewrite(body), { status: reply.status });
  }

  complaints(): string[] {
    return this.#planned
      .filter(({ left }) => left > 0)
      .map(({ operation, left }) => `A misbehaviour planned for ${operation} was left unused ${left} times.`);
  }
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

function isStream(reply: Response): boolean {
  return reply.headers.get('content-type') === 'text/event-stream';
}

function cutStream(reply: Response): Response {
  const reader = (reply.body as ReadableStream<Uint8Array>).getReader();
  let sent = false;
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      if (sent) {
        await reader.cancel();
        throw new TypeError('terminated');
      }
      const { done, value } = await reader.read();
      if (done) {
        controller.close();
        return;
      }
      controller.enqueue(value);
      sent = Buffer.from(value).toString().startsWith('event:');
    },
    cancel: async (reason) => reader.cancel(reason),
  });
  return new Response(body, { status: reply.status, headers: reply.headers });
}
