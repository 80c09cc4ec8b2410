import { createServer, type IncomingMessage, type ServerOptions, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Listening {
  /** Such as `http://127.0.0.1:4000`. */
  readonly url: string;
  readonly close: () => Promise<void>;
}

export interface ListenLimits {
  /** 0 for any free one, which is the default. */
  readonly port?: number;
  /** Default `127.0.0.1`. */
  readonly host?: string;
  /** How long requests that are being served have when it closes, in milliseconds. Default 0. */
  readonly graceMs?: number;
  /** Further ones are closed at once. Default: as many as come. */
  readonly maxConnections?: number;
  /** In milliseconds; none of them ends a response that is under way. Default: Node's own. */
  readonly timeouts?: Readonly<
    Pick<ServerOptions, 'headersTimeout' | 'requestTimeout' | 'keepAliveTimeout' | 'connectionsCheckingInterval'>
  >;
}

/** How much is read of a body that the function did not want, so that its sender hears why. */
const MOST_DROPPED_BYTES = 16 * 1024 * 1024;

/** With these a `Host` header would end before its end, and what follows be taken for the path. */
const SPLITS_URL = /[/?#@\\\s]/;

/**
 * Serves a `(Request) => Response` function on a port of this machine. A request's body is read as the function asks for it;
 * what it leaves is dropped before it is answered. A function that rejects, or a body that breaks, ends in a broken connection.
 */
export async function listen(
  app: (request: Request) => Promise<Response>,
  { port = 0, host = '127.0.0.1', graceMs = 0, maxConnections, timeouts = {} }: ListenLimits = {},
): Promise<Listening> {
  let isClosing = false;
  const server = createServer(timeouts, (incoming, outgoing) => {
    outgoing.once('close', () => {
      // What is idle from now on would be waited for.
      if (isClosing)
        setImmediate(() => {
          server.closeIdleConnections();
        });
    });
    answer(app, incoming, outgoing).catch(() => outgoing.destroy());
  });
  if (maxConnections !== undefined) server.maxConnections = maxConnections;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${(server.address() as AddressInfo).port}`,
    close: async () => {
      isClosing = true;
      await new Promise<void>((resolve) => {
        const breaking = setTimeout(() => {
          server.closeAllConnections();
        }, graceMs);
        server.close(() => {
          clearTimeout(breaking);
          resolve();
        });
        if (graceMs === 0) server.closeAllConnections();
      });
    },
  };
}

async function answer(
  app: (request: Request) => Promise<Response>,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const { method = 'GET', url = '/' } = incoming;
  const { host = 'localhost' } = incoming.headers;
  if (SPLITS_URL.test(host) || !url.startsWith('/')) {
    outgoing.writeHead(400, { connection: 'close' }).end();
    return;
  }
  const headers = new Headers();
  for (const [name, value] of Object.entries(incoming.headers)) {
    if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(', ') : value);
  }
  const left = new AbortController();
  outgoing.once('close', () => {
    left.abort();
  });
  const response = await app(
    new Request(`http://${host}${url}`, {
      method,
      headers,
      signal: left.signal,
      ...(hasBody(incoming) && method !== 'GET' && method !== 'HEAD'
        ? { body: ReadableStream.from(chunksOf(incoming)), duplex: 'half' }
        : {}),
    }),
  );
  if (hasBody(incoming)) await dropRest(incoming);
  outgoing.writeHead(response.status, Object.fromEntries(response.headers));
  // A stream may have nothing to say for long.
  outgoing.flushHeaders();
  for await (const chunk of response.body ?? []) {
    // Waits until it is sent: a body that breaks later breaks after this part of it.
    await new Promise((resolve) => outgoing.write(chunk, resolve));
  }
  outgoing.end();
}

/** RFC 9112, section 6.3. */
function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

/** Whoever stops reading leaves the connection as it is. */
function chunksOf(incoming: IncomingMessage): AsyncIterable<Uint8Array> {
  return incoming.iterator({ destroyOnReturn: false });
}

/** Many a sender listens only when all is sent, and a connection that ends before that may lose the answer. */
async function dropRest(incoming: IncomingMessage): Promise<void> {
  if (incoming.readableEnded) return;
  let size = 0;
  for await (const chunk of chunksOf(incoming)) {
    size += chunk.byteLength;
    if (size > MOST_DROPPED_BYTES) throw new RangeError('a body without an end');
  }
}
