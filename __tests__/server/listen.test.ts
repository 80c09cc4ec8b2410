import { afterEach, describe, expect, test } from '@jest/globals';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { request as httpRequest, type Server } from 'node:http';
import { listenGateway } from '../../src/server.ts';
import { ANN, jsonOf, KEY, refusalOf, serving } from './serving.ts';

const closing: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function listening(parts = serving(), host?: string) {
  const served = await listenGateway(parts.server, { port: 0, host });
  const close = async (): Promise<void> => served.close();
  closing.push(close);
  return { ...parts, url: served.url, close };
}

const asAgent = { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' };
const asAnn = { authorization: `Bearer ${ANN}` };

describe('a gateway on a port', () => {
  test('responds there, on this machine only', async () => {
    const { url } = await listening();
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    const body = JSON.stringify({ method: 'DELETE', url: 'https://tools.invalid/delete_page', body: {} });
    const reply = await jsonOf(await fetch(`${url}/v1/scan`, { method: 'POST', headers: asAgent, body }));
    expect(reply['approval_url']).toBe(`${url}/#${String(reply['approval_id'])}`);
  });

  test('rejects a body that is too large, and serves the next request of the connection', async () => {
    const { url } = await listening();
    for (const size of [300_000, 5_000_000]) {
      const reply = await fetch(`${url}/v1/scan`, { method: 'POST', headers: asAgent, body: 'x'.repeat(size) });
      expect([reply.status, await jsonOf(reply)]).toMatchObject([413, { error: { code: 'too_large' } }]);
    }
    expect((await fetch(`${url}/v1/approvals`, { headers: asAnn })).status).toBe(200);
  });

  test('closes the connection of a body that never ends', async () => {
    const { url } = await listening();
    const broken = new Promise<unknown>((resolve) => {
      const request = httpRequest(`${url}/v1/scan`, { method: 'POST', headers: asAgent }, resolve);
      request.once('error', resolve);
      const more = (): void => {
        while (!request.destroyed && request.write(Buffer.alloc(1_000_000)));
        if (!request.destroyed) request.once('drain', more);
      };
      more();
    });
    expect(await broken).toMatchObject({ code: expect.stringMatching(/^(?:ECONNRESET|EPIPE)$/) });
    expect((await fetch(`${url}/`)).status).toBe(200);
  });

  test('streams events as they occur, and ends the streams when it closes', async () => {
    const { url, asked, close } = await listening();
    const response = await fetch(`${url}/v1/events`, { headers: asAnn });
    const reader = (response.body as ReadableStream<Uint8Array>).pipeThrough(new TextDecoderStream()).getReader();
    expect((await reader.read()).value).toBe('retry: 2000\n\n');
    await asked();
    expect((await reader.read()).value).toBe('event: change\ndata: {}\n\n');
    const closed = close();
    expect((await reader.read()).done).toBe(true);
    await closed;
    await expect(fetch(`${url}/`)).rejects.toThrow('fetch failed');
  });

  test('removes the stream of a client that has disconnected', async () => {
    const { url } = await listening();
    for (let count = 0; count < 120; count += 1) {
      const controller = new AbortController();
      const response = await fetch(`${url}/v1/events`, { headers: asAnn, signal: controller.signal });
      expect(response.status).toBe(200);
      controller.abort();
    }
  });

  test('finishes requests in flight when it closes', async () => {
    let letGo: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    let reached: () => void = () => undefined;
    const isReached = new Promise<void>((resolve) => {
      reached = resolve;
    });
    const onPolicyApplied = async (): Promise<void> => {
      reached();
      await held;
    };
    const { url, close } = await listening(serving({ onPolicyApplied }));
    const body = JSON.stringify({ name: 'late', rules: [{ action: 'DENY' }] });
    const headers = { ...asAnn, 'content-type': 'application/json' };
    const reply = fetch(`${url}/v1/policies/apply`, { method: 'POST', headers, body });
    await isReached;
    const closed = close();
    letGo();
    expect((await reply).status).toBe(200);
    await closed;
  });

  test('limits how long it waits for clients', async () => {
    const servers: Server[] = [];
    const note = (message: unknown): number => servers.push((message as { server: Server }).server);
    subscribe('http.server.request.start', note);
    await fetch(`${(await listening()).url}/`);
    unsubscribe('http.server.request.start', note);
    expect(servers[0]).toMatchObject({
      headersTimeout: 10_000,
      requestTimeout: 30_000,
      keepAliveTimeout: 5_000,
      timeout: 0,
    });
  });

  test('lets agents and approvers in while strangers hold all connections', async () => {
    const { url } = await listening();
    const port = Number(new URL(url).port);
    const strangers = Array.from({ length: 600 }, () => connect(port, '127.0.0.1').on('error', () => undefined));
    await once(strangers.at(-1) as Socket, 'connect');
    expect((await fetch(`${url}/v1/approvals`, { headers: asAnn })).status).toBe(200);
    for (const stranger of strangers) stranger.destroy();
  });

  test('rejects for a port that is in use', async () => {
    const { url } = await listening();
    const port = Number(new URL(url).port);
    await expect(listenGateway(serving().server, { port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });
});

describe('a request under another host name', () => {
  /** A request with this Host header, to a gateway that listens on this address. */
  const under = async (url: string, host: string, path = '/'): Promise<Response> =>
    new Promise((resolve, reject) => {
      const request = httpRequest(url + path, { headers: { host } }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => {
          const headers = response.headers as Record<string, string>;
          resolve(new Response(Buffer.concat(chunks), { status: response.statusCode ?? 0, headers }));
        });
      });
      request.once('error', reject);
      request.end();
    });

  test.each([
    'evil.example',
    'evil.example:4000',
    '127.0.0.1.evil.example',
    'localhost.evil.example',
    '203.0.113.9',
    '[::2]',
  ])('such as %s is refused, with a remedy', async (host) => {
    const { url } = await listening();
    const reply = await under(url, host);
    expect(reply.headers.get('x-content-type-options')).toBe('nosniff');
    expect(await refusalOf(reply)).toMatchObject({
      status: 421,
      code: 'misdirected',
      message: expect.stringContaining('--public-url'),
    });
  });

  test.each(['127.0.0.1/x', '127.0.0.1?x', '127.0.0.1#x', 'evil.example@127.0.0.1', '127.0.0.1\\x', '127.0.0.1 x'])(
    'is refused for %s, which is not a host',
    async (host) => {
      expect((await under((await listening()).url, host)).status).toBe(400);
    },
  );

  test.each(['127.0.0.1:80', '127.8.8.8', '[::1]:4000'])(
    'that only this machine has, such as %s, is accepted',
    async (host) => {
      expect((await under((await listening()).url, host)).status).toBe(200);
    },
  );

  test.each([
    [undefined, 'localhost:4000', 'http://127.0.0.1:4000/'],
    ['LocalHost', 'LOCALHOST:1', 'http://127.0.0.1:1/'],
    ['0.0.0.0', 'localhost', 'http://127.0.0.1/'],
  ])('of a gateway on %s leads from %s to an address: the name has two of them', async (host, name, address) => {
    const { url } = await listening(serving(), host);
    const reply = await under(url, name);
    expect([reply.status, reply.headers.get('location')]).toEqual([307, address]);
    expect((await under(url, name, '/health')).status).toBe(200);
  });

  test('is accepted for any IP address if the gateway listens on all of them', async () => {
    const everywhere = await listening(serving(), '0.0.0.0');
    expect((await under(everywhere.url, '203.0.113.9:4000')).status).toBe(200);
    expect((await under(everywhere.url, 'evil.example')).status).toBe(421);
  });

  test('is accepted, and not used in responses, if publicUrl is set', async () => {
    const { url, agent } = await listening(serving({ publicUrl: 'https://gateway.acme.example' }));
    expect((await under(url, 'gateway.acme.example')).status).toBe(200);
    expect((await under(url, 'gateway:4000')).status).toBe(200);
    const call = { method: 'DELETE', url: 'https://tools.invalid/delete_page', body: {} };
    const reply = await jsonOf(await agent('POST', '/v1/scan', call));
    expect(reply['approval_url']).toBe(`https://gateway.acme.example/#${String(reply['approval_id'])}`);
  });
});
