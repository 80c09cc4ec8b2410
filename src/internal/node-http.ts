import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
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
  /** What is kept of a body, at least: the function is given a part that is larger, and refuses it. Default: all of it. */
  readonly maxBodyBytes?: number;
  /** How long requests that are being served have when it closes, in milliseconds. Default 0. */
  readonly graceMs?: number;
}

/** How much is read of a body that is too large, so that its sender hears why. */
const MOST_DISCARDED_BYTES = 16 * 1024 * 1024;

/**
 * Serves a `(Request) => Response` function on a port of this machine. A function that rejects, or a body that breaks,
 * ends in a broken connection.
 */
export async function listen(
  app: (request: Request) => Promise<Response>,
  { port = 0, host = '127.0.0.1', maxBodyBytes = Infinity, graceMs = 0 }: ListenLimits = {},
): Promise<Listening> {
  let isClosing = false;
  const server = createServer((incoming, outgoing) => {
    outgoing.once('close', () => {
      // What is idle from now on would be waited for.
      if (isClosing)
        setImmediate(() => {
          server.closeIdleConnections();
        });
    });
    answer(app, incoming, outgoing, maxBodyBytes).catch(() => outgoing.destroy());
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
  maxBodyBytes: number,
): Promise<void> {
  const { method = 'GET', url = '/' } = incoming;
  const chunks = await bodyOf(incoming, maxBodyBytes);
  const headers = new Headers();
  for (const [name, value] of Object.entries(incoming.headers)) {
    if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(', ') : value);
  }
  const left = new AbortController();
  outgoing.once('close', () => {
    left.abort();
  });
  const response = await app(
    new Request(`http://${incoming.headers.host ?? 'localhost'}${url}`, {
      method,
      headers,
      signal: left.signal,
      ...(chunks.length > 0 && method !== 'GET' && method !== 'HEAD' ? { body: Buffer.concat(chunks) } : {}),
    }),
  );
  outgoing.writeHead(response.status, Object.fromEntries(response.headers));
  // A stream may have nothing to say for long.
  outgoing.flushHeaders();
  for await (const chunk of response.body ?? []) {
    // Waits until it is sent: a body that breaks later breaks after this part of it.
    await new Promise((resolve) => outgoing.write(chunk, resolve));
  }
  outgoing.end();
}

/** The chunks up to the one that is beyond the limit; the rest is read and dropped. */
async function bodyOf(incoming: IncomingMessage, maxBytes: number): Promise<readonly Uint8Array[]> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of incoming as AsyncIterable<Uint8Array>) {
    if (size <= maxBytes) chunks.push(chunk);
    size += chunk.byteLength;
    if (size > maxBytes + MOST_DISCARDED_BYTES) throw new RangeError('a body without an end');
  }
  return chunks;
}
