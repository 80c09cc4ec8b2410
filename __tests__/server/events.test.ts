import { afterEach, describe, expect, jest, test } from '@jest/globals';
import type { EmbeddedGateway } from 'interven-openai-assistants/embedded';
import { ANN, refusalOf, serving } from './serving.ts';

const url = 'https://gateway.example/v1/events';

/** The texts of a stream. */
function readerOf(response: Response) {
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  const decoder = new TextDecoder();
  const next = async (): Promise<string | undefined> => {
    const { value, done } = await reader.read();
    return done ? undefined : decoder.decode(value);
  };
  return { next, leave: async () => reader.cancel() };
}

async function opened(parts: ReturnType<typeof serving>, signal?: AbortSignal) {
  const headers = { authorization: `Bearer ${ANN}` };
  const response = await parts.server.fetch(new Request(url, { headers, ...(signal ? { signal } : {}) }));
  const reader = readerOf(response);
  expect(await reader.next()).toBe('retry: 2000\n\n');
  return { response, ...reader };
}

const CHANGE = 'event: change\ndata: {}\n\n';

afterEach(() => {
  jest.useRealTimers();
});

describe('the stream of events', () => {
  test('sends a change event for each scan and each decision, without details', async () => {
    const parts = serving();
    const { response, next } = await opened(parts);
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/event-stream; charset=utf-8']);
    const judged = next();
    const id = await parts.asked();
    expect(await judged).toBe(CHANGE);
    const decided = next();
    await parts.ann('POST', `/v1/approvals/${id}/approve`);
    expect(await decided).toBe(CHANGE);
    parts.server.close();
    expect(await next()).toBeUndefined();
  });

  test('merges change events that the client has not read yet', async () => {
    const parts = serving();
    const { next } = await opened(parts);
    await parts.asked({ page: 1 });
    await parts.asked({ page: 2 });
    await parts.asked({ page: 3 });
    expect(await next()).toBe(CHANGE);
    await parts.asked({ page: 4 });
    expect(await next()).toBe(CHANGE);
    parts.server.close();
    expect(await next()).toBeUndefined();
  });

  test('is kept open by a comment every 15 seconds, until the session ends', async () => {
    jest.useFakeTimers({ doNotFake: ['queueMicrotask', 'nextTick', 'setImmediate'] });
    const parts = serving();
    const headers = await parts.signIn();
    const { next } = readerOf(await parts.ask('GET', '/v1/events', { headers }));
    await next();
    jest.advanceTimersByTime(15_000);
    expect(await next()).toBe(': still here\n\n');
    await parts.ask('POST', '/sign-out', { headers });
    jest.advanceTimersByTime(15_000);
    expect(await next()).toBeUndefined();
    expect(jest.getTimerCount()).toBe(0);
    parts.server.close();
  });

  test('leaves no timer after the client aborts its signal or cancels the stream, or the server closes', async () => {
    jest.useFakeTimers({ doNotFake: ['queueMicrotask', 'nextTick', 'setImmediate'] });
    const parts = serving();
    const controller = new AbortController();
    const [one, two, three] = [await opened(parts, controller.signal), await opened(parts), await opened(parts)];
    expect(jest.getTimerCount()).toBe(1);
    controller.abort();
    expect(await one.next()).toBeUndefined();
    await two.leave();
    expect(jest.getTimerCount()).toBe(1);
    parts.server.close();
    expect(await three.next()).toBeUndefined();
    expect(jest.getTimerCount()).toBe(0);
  });

  test('ends at once if the client has already disconnected', async () => {
    const parts = serving();
    const headers = { authorization: `Bearer ${ANN}` };
    const request = new Request(url, { headers, signal: AbortSignal.abort() });
    const { next } = readerOf(await parts.server.fetch(request));
    await next();
    expect(await next()).toBeUndefined();
  });

  test('is available to a hundred clients at once, and one approver cannot take it from another', async () => {
    const parts = serving();
    const streams = await Promise.all(Array.from({ length: 100 }, async () => opened(parts)));
    const refused = await parts.ann('GET', '/v1/events');
    expect(refused.headers.get('retry-after')).toBe('10');
    expect(await refusalOf(refused)).toMatchObject({ status: 503, code: 'too_many_streams' });
    const opening = await parts.bob('GET', '/v1/events');
    expect(opening.status).toBe(200);
    expect(await streams[0]?.next()).toBeUndefined();
    await streams[1]?.leave();
    const again = await opened(parts);
    expect((await parts.ann('GET', '/v1/events')).status).toBe(503);
    parts.server.close();
    expect(await again.next()).toBeUndefined();
  });

  test('is not opened after the server has closed and stopped listening to the gateway', async () => {
    const parts = serving();
    const listeners: string[] = [];
    const observe = parts.gateway.observe.bind(parts.gateway);
    const gateway: Pick<EmbeddedGateway, 'observe'> = {
      observe: (listener) => {
        listeners.push('added');
        const leave = observe(listener);
        return () => {
          listeners.push('left');
          leave();
        };
      },
    };
    const observed = serving({ gateway: Object.assign(parts.gateway, gateway) });
    observed.server.close();
    expect(listeners).toEqual(['added', 'left']);
    expect((await observed.ann('GET', '/v1/events')).status).toBe(503);
  });
});
