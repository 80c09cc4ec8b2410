import { Limit } from '../../src/internal/abort.ts';
import type { FakeOpenAI } from 'interven-openai-assistants/testing';

type Fetch = FakeOpenAI['fetch'];

/** A request as a wire sees it. */
export interface Passing {
  readonly method: string;
  readonly path: string;
  readonly body: string;
  /** Sends the request to the server. The server answers even if the client no longer waits. */
  readonly send: () => Promise<Response>;
}

/** What a wire does with a request; undefined to pass it on unchanged. */
export type Wire = (passing: Passing) => Promise<Response> | undefined;

/** Puts a wire between a client and a server. */
export function over(wire: Wire, server: Fetch): Fetch {
  return async (input, init) => {
    const { method, url } = new Request(input, { ...init, body: null });
    const body = typeof init?.body === 'string' ? init.body : '';
    const send = async (): Promise<Response> => server(input, { ...init, signal: null });
    const reply = wire({ method, path: new URL(url).pathname, body, send });
    if (!reply) return server(input, init);
    return init?.signal ? new Limit(init.signal).within(reply) : reply;
  };
}

/** Breaks the connection, as `fetch` reports it. */
export async function broken(): Promise<never> {
  throw new TypeError('fetch failed', { cause: Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }) });
}
