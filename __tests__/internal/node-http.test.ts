import { afterEach, describe, expect, test } from '@jest/globals';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { clientOf } from '../../src/internal/connections.ts';
import { listen, type ListenLimits } from '../../src/internal/node-http.ts';

const closing: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function serving(app: (request: Request) => Promise<Response>, limits: ListenLimits = {}) {
  const { url, close } = await listen(app, limits);
  closing.push(close);
  return { url, port: Number(new URL(url).port) };
}

/** Opens a connection and sends text; `reply` resolves with everything received when it closes. */
function socketTo(port: number, text: string): { socket: Socket; reply: Promise<string> } {
  const socket = connect(port, '127.0.0.1');
  closing.push(() => socket.destroy());
  let received = '';
  socket.on('data', (chunk) => (received += chunk.toString()));
  socket.on('error', () => undefined);
  socket.write(text);
  const reply = new Promise<string>((resolve) =>
    socket.once('close', () => {
      resolve(received);
    }),
  );
  return { socket, reply };
}

const post = (length: number, more = 'X-More: none'): string =>
  `POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${length}\r\n${more}\r\n\r\n`;
const SHORT = { connectionsCheckingInterval: 50, headersTimeout: 200, requestTimeout: 400 };

describe('a request with a body', () => {
  test('reaches the function before its body, which streams as it is read', async () => {
    let arrived: () => void = () => undefined;
    const isThere = new Promise<void>((resolve) => (arrived = resolve));
    const { port } = await serving(async (request) => {
      arrived();
      return new Response(`got ${await request.text()}`);
    });
    const { socket, reply } = socketTo(port, `${post(6, 'Connection: close')}one`);
    await isThere;
    socket.write('two');
    expect(await reply).toContain('got onetwo');
  });

  test.each([
    ['never reads it', async () => undefined],
    [
      'stops reading it',
      async (request: Request) => {
        for await (const chunk of request.body ?? []) if (chunk) break;
      },
    ],
    ['reads it all', async (request: Request) => request.text()],
  ])('gets its response if the function %s, and the connection stays open', async (_, work) => {
    const { url, port } = await serving(async (request) => {
      await work(request);
      return new Response('no', { status: 403 });
    });
    for (const size of [1, 300_000, 8_000_000]) {
      const reply = await fetch(url, { method: 'POST', body: 'x'.repeat(size) });
      expect([reply.status, await reply.text()]).toEqual([403, 'no']);
    }
    // A client that reads only after it has sent everything, and then closes.
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => undefined);
    const isSent = new Promise<unknown>((resolve) => {
      socket.write(
        Buffer.concat([Buffer.from(post(8_000_000, 'Connection: close')), Buffer.alloc(8_000_000)]),
        resolve,
      );
    });
    expect(await isSent).toBeFalsy();
    const reply: Buffer[] = [];
    for await (const chunk of socket) reply.push(chunk as Buffer);
    expect(Buffer.concat(reply).toString()).toMatch(/^HTTP\/1\.1 403 [^]*\r\n0\r\n\r\n$/);
  });

  test('has no body for the function if it is empty, or if the method has none', async () => {
    const bodies: unknown[] = [];
    const { url, port } = await serving(async ({ body }) => {
      bodies.push(body);
      return new Response('');
    });
    await fetch(url, { method: 'POST' });
    await fetch(url);
    const { reply } = socketTo(port, `${post(3, 'Connection: close').replace('POST', 'GET')}abc`);
    expect(await reply).toContain('200 OK');
    expect(bodies).toEqual([null, null, null]);
  });

  test('that breaks off rejects the function’s read, and causes no other error', async () => {
    const unhandled: unknown[] = [];
    const note = (error: unknown): number => unhandled.push(error);
    process.on('unhandledRejection', note);
    closing.push(() => process.off('unhandledRejection', note));
    const errors: unknown[] = [];
    let called = 0;
    const { url, port } = await serving(async (request) => {
      called += 1;
      if (called % 2 === 0) await request.text().catch((error: unknown) => errors.push(error));
      return new Response('');
    });
    for (let count = 1; count <= 4; count += 1) {
      const { socket } = socketTo(port, `${post(6)}one`);
      while (called < count) await new Promise(setImmediate);
      socket.resetAndDestroy();
    }
    while (errors.length < 2) await new Promise(setImmediate);
    expect((await fetch(url)).status).toBe(200);
    expect(unhandled).toEqual([]);
  });
});

describe('a slow client', () => {
  test('is disconnected while it sends headers or body', async () => {
    const { port } = await serving(async (request) => new Response(await request.text()), { timeouts: SHORT });
    const replies = [post(6).slice(0, 20), `${post(6)}one`].map(async (text) => socketTo(port, text).reply);
    for (const reply of await Promise.all(replies)) expect(reply).toMatch(/^HTTP\/1\.1 408 /);
  });

  test('is disconnected while it sends a body that the function does not read', async () => {
    const { port } = await serving(async () => new Response(''), { timeouts: SHORT });
    expect(await socketTo(port, `${post(6)}one`).reply).toMatch(/^HTTP\/1\.1 408 /);
  });

  test('may take any time to receive the response', async () => {
    const { url } = await serving(
      async () => {
        let left = 10;
        const pull = async (controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> => {
          await new Promise((resolve) => setTimeout(resolve, 100));
          controller.enqueue(Buffer.from('.'));
          if (--left === 0) controller.close();
        };
        return new Response(new ReadableStream({ pull }));
      },
      { timeouts: { ...SHORT, keepAliveTimeout: 200 } },
    );
    expect(await (await fetch(url)).text()).toBe('.'.repeat(10));
  });
});

describe('beyond the limit of connections', () => {
  const GET = 'GET / HTTP/1.1\r\nHost: localhost\r\n';
  const app = async (request: Request): Promise<Response> => {
    const client = clientOf(request);
    if (client) client.isKnown = request.headers.has('authorization');
    return new Response('here');
  };
  const connected = async (port: number, text = '') => {
    const opened = socketTo(port, text);
    await once(opened.socket, text === '' ? 'connect' : 'data');
    return opened;
  };

  test.each([
    { max: 2, maxPerAddress: 9 },
    { max: 9, maxPerAddress: 2 },
  ])('a new one replaces that of a stranger, or else the oldest idle one: %j', async (connections) => {
    const { port } = await serving(app, { connections });
    const known = await connected(port, `${GET}Authorization: x\r\n\r\n`);
    const stranger = await connected(port);
    const next = await connected(port, `${GET}Authorization: x\r\n\r\n`);
    expect(await stranger.reply).toBe('');
    const last = await connected(port);
    expect(await known.reply).toContain('here');
    for (const { socket } of [next, last]) socket.write(`${GET}Connection: close\r\n\r\n`);
    expect(await next.reply).toMatch(/here.*here/s);
    expect(await last.reply).toContain('here');
  });

  test('a request in flight of a known client is finished, and the new connection closed', async () => {
    let letGo: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    let reached: () => void = () => undefined;
    const isReached = new Promise<void>((resolve) => {
      reached = resolve;
    });
    const { port } = await serving(
      async (request) => {
        await app(request);
        reached();
        await held;
        return new Response('here');
      },
      { connections: { max: 1, maxPerAddress: 1 }, timeouts: SHORT },
    );
    const known = socketTo(port, `${GET}Authorization: x\r\nConnection: close\r\n\r\n`);
    await isReached;
    expect(await socketTo(port, `${GET}\r\n`).reply).toBe('');
    letGo();
    expect(await known.reply).toContain('here');
  });
});

test('a request with two Host headers is refused, as the two may name different servers', async () => {
  const { port } = await serving(async () => new Response('here'));
  const twice = 'GET / HTTP/1.1\r\nHost: localhost\r\nhOST: evil.example\r\nConnection: close\r\n\r\n';
  expect(await socketTo(port, twice).reply).toMatch(/^HTTP\/1\.1 400 /);
});
