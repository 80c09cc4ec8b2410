import { afterEach, describe, expect, test } from '@jest/globals';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
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

/** A connection that has sent so much, and what it has heard when it is over. */
function socketTo(port: number, text: string): { socket: Socket; heard: Promise<string> } {
  const socket = connect(port, '127.0.0.1');
  closing.push(() => socket.destroy());
  let received = '';
  socket.on('data', (chunk) => (received += chunk.toString()));
  socket.on('error', () => undefined);
  socket.write(text);
  const heard = new Promise<string>((resolve) =>
    socket.once('close', () => {
      resolve(received);
    }),
  );
  return { socket, heard };
}

const post = (length: number, more = 'X-More: none'): string =>
  `POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${length}\r\n${more}\r\n\r\n`;
const SHORT = { connectionsCheckingInterval: 50, headersTimeout: 200, requestTimeout: 400 };

describe('a request with a body', () => {
  test('reaches the function before its body is there, which comes as it is read', async () => {
    let arrived: () => void = () => undefined;
    const isThere = new Promise<void>((resolve) => (arrived = resolve));
    const { port } = await serving(async (request) => {
      arrived();
      return new Response(`got ${await request.text()}`);
    });
    const { socket, heard } = socketTo(port, `${post(6, 'Connection: close')}one`);
    await isThere;
    socket.write('two');
    expect(await heard).toContain('got onetwo');
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
  ])('gets its answer when the function %s, and the connection goes on', async (_, work) => {
    const { url, port } = await serving(async (request) => {
      await work(request);
      return new Response('no', { status: 403 });
    });
    for (const size of [1, 300_000, 8_000_000]) {
      const reply = await fetch(url, { method: 'POST', body: 'x'.repeat(size) });
      expect([reply.status, await reply.text()]).toEqual([403, 'no']);
    }
    // A sender that listens only when all is sent, over a connection that ends then.
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => undefined);
    const isSent = new Promise<unknown>((resolve) => {
      socket.write(
        Buffer.concat([Buffer.from(post(8_000_000, 'Connection: close')), Buffer.alloc(8_000_000)]),
        resolve,
      );
    });
    expect(await isSent).toBeFalsy();
    const heard: Buffer[] = [];
    for await (const chunk of socket) heard.push(chunk as Buffer);
    expect(Buffer.concat(heard).toString()).toMatch(/^HTTP\/1\.1 403 [^]*\r\n0\r\n\r\n$/);
  });

  test('has none for the function when it is empty, or the method takes none', async () => {
    const bodies: unknown[] = [];
    const { url, port } = await serving(async ({ body }) => {
      bodies.push(body);
      return new Response('');
    });
    await fetch(url, { method: 'POST' });
    await fetch(url);
    const { heard } = socketTo(port, `${post(3, 'Connection: close').replace('POST', 'GET')}abc`);
    expect(await heard).toContain('200 OK');
    expect(bodies).toEqual([null, null, null]);
  });

  test('that its sender breaks off is an error of whoever reads it, and of nobody else', async () => {
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

describe('who is slow', () => {
  test('with the headers, or with the body, is not waited for', async () => {
    const { port } = await serving(async (request) => new Response(await request.text()), { timeouts: SHORT });
    const heard = [post(6).slice(0, 20), `${post(6)}one`].map(async (text) => socketTo(port, text).heard);
    for (const reply of await Promise.all(heard)) expect(reply).toMatch(/^HTTP\/1\.1 408 /);
  });

  test('with a body that nobody reads is not waited for either', async () => {
    const { port } = await serving(async () => new Response(''), { timeouts: SHORT });
    expect(await socketTo(port, `${post(6)}one`).heard).toMatch(/^HTTP\/1\.1 408 /);
  });

  test('in hearing the answer may be, for as long as it lasts', async () => {
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

test('a connection beyond the limit is closed, and the others go on', async () => {
  const { port } = await serving(async () => new Response('here'), { maxConnections: 2 });
  const [first, second] = [socketTo(port, ''), socketTo(port, '')];
  await Promise.all([first, second].map(async ({ socket }) => once(socket, 'connect')));
  expect(await socketTo(port, 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n').heard).toBe('');
  first.socket.write('GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
  expect(await first.heard).toContain('here');
});
