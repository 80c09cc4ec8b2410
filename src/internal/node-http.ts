import { createServer, type IncomingMessage, type ServerOptions, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { limitConnections, setClient, type Client, type ConnectionLimits } from './connections.ts';

export interface Listening {
  /** The server's address, such as `http://127.0.0.1:4000`. */
  readonly url: string;
  readonly close: () => Promise<void>;
}

export interface ListenLimits {
  /** The port to listen on. Default 0: any free port. */
  readonly port?: number;
  /** The address to listen on. Default `127.0.0.1`. */
  readonly host?: string;
  /** Milliseconds that requests in flight have to finish when the server closes. Default 0. */
  readonly graceMs?: number;
  /** Default: no limits. */
  readonly connections?: ConnectionLimits | undefined;
  /** Time limits in milliseconds. They never end a response in flight. Default: Node's defaults. */
  readonly timeouts?: Readonly<
    Pick<ServerOptions, 'headersTimeout' | 'requestTimeout' | 'keepAliveTimeout' | 'connectionsCheckingInterval'>
  >;
}

/** Bytes of an unread body that are still received, so that its sender gets the response. */
const MAX_DRAINED_BYTES = 16 * 1024 * 1024;

/** Characters that end the host in a URL: the rest of such a `Host` header would count as the path. */
const SPLITS_URL = /[/?#@\\\s]/;

/**
 * Serves a `(Request) => Response` function over HTTP. Receives the request's body as the function reads it, and drains
 * the rest before it sends the response. Closes the connection if the function rejects or a body breaks off.
 */
export async function listen(
  app: (request: Request) => Promise<Response>,
  { port = 0, host = '127.0.0.1', graceMs = 0, connections, timeouts = {} }: ListenLimits = {},
): Promise<Listening> {
  let isClosing = false;
  const server = createServer(timeouts);
  const clientAt = limitConnections(server, connections);
  server.on('request', (incoming, outgoing) => {
    outgoing.once('close', () => {
      // `close` would wait for connections that become idle now.
      if (isClosing)
        setImmediate(() => {
          server.closeIdleConnections();
        });
    });
    answer(app, incoming, outgoing, clientAt(incoming.socket)).catch(() => outgoing.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${(server.address() as AddressInfo).port}`,
    close: async () => {
      isClosing = true;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(() => {
          server.closeAllConnections();
        }, graceMs);
        server.close(() => {
          clearTimeout(timer);
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
  client: Client,
): Promise<void> {
  const { method = 'GET', url = '/' } = incoming;
  const { host = 'localhost' } = incoming.headers;
  if (SPLITS_URL.test(host) || hasTwoHosts(incoming) || !url.startsWith('/')) {
    outgoing.writeHead(400, { connection: 'close' }).end();
    return;
  }
  const headers = new Headers();
  for (const [name, value] of Object.entries(incoming.headers)) {
    if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(', ') : value);
  }
  const disconnected = new AbortController();
  outgoing.once('close', () => {
    disconnected.abort();
  });
  const request = new Request(`http://${host}${url}`, {
    method,
    headers,
    signal: disconnected.signal,
    ...(hasBody(incoming) && method !== 'GET' && method !== 'HEAD'
      ? { body: ReadableStream.from(chunksOf(incoming)), duplex: 'half' }
      : {}),
  });
  setClient(request, client);
  const response = await app(request);
  if (hasBody(incoming)) await drain(incoming);
  outgoing.writeHead(response.status, Object.fromEntries(response.headers));
  // The first event of a stream may come much later.
  outgoing.flushHeaders();
  for await (const chunk of response.body ?? []) {
    // Wait until it is sent: if the body breaks off later, the client has this part.
    await new Promise((resolve) => outgoing.write(chunk, resolve));
  }
  outgoing.end();
}

/** RFC 9112, section 3.2: a proxy may have checked the other one. Node keeps the first. */
function hasTwoHosts({ rawHeaders }: IncomingMessage): boolean {
  return rawHeaders.filter((text, index) => index % 2 === 0 && text.toLowerCase() === 'host').length > 1;
}

/** Returns true for a request with a body (RFC 9112, section 6.3). */
function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

/** Reads the body without destroying the connection when the reader stops early. */
function chunksOf(incoming: IncomingMessage): AsyncIterable<Uint8Array> {
  return incoming.iterator({ destroyOnReturn: false });
}

/** Drains a body: some clients read the response only after sending it, and closing earlier may lose the response. */
async function drain(incoming: IncomingMessage): Promise<void> {
  if (incoming.readableEnded) return;
  let size = 0;
  for await (const chunk of chunksOf(incoming)) {
    size += chunk.byteLength;
    if (size > MAX_DRAINED_BYTES) throw new RangeError(`The unread request body exceeds ${MAX_DRAINED_BYTES} bytes.`);
  }
}
