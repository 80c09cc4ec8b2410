import { describe, expect, test } from '@jest/globals';
import { callTools, say, type Misbehaviour } from 'interven-openai-assistants/testing';
import { held, oneCall, serving, soon, withoutEvents } from '../../setup/agents.ts';
import { shorten } from '../../setup/limits.ts';

describe('the events of a session', () => {
  test('are subscribed to before the input is sent', async () => {
    const { openai, serve } = oneCall();
    openai.misbehave('events.stream', { delayMs: 30 });
    await serve();
    const operations = openai.requests.map(({ operation }) => operation);
    expect(operations).toContain('events.stream');
    expect(operations.indexOf('events.stream')).toBeLessThan(operations.indexOf('events.create'));
  });

  test('replace polling', async () => {
    shorten({ sessionSafetyReadMs: 600_000 });
    const { tools, decisions, release } = held('slow');
    const { serve, count, until } = serving({
      script: [callTools({ name: 'slow' }), say('ok')],
      decisions,
      tools,
      options: { pollIntervalMs: 1 },
    });
    const running = serve();
    await until(({ status }) => status === 'requires_action');
    setTimeout(() => release('slow'), 60);
    expect(await running).toMatchObject({ text: 'ok' });
    expect(count('sessions.retrieve')).toBeLessThan(5);
    expect(count('events.stream')).toBe(1);
  });

  test('are unsubscribed from when the run has ended', async () => {
    const signals: (AbortSignal | null | undefined)[] = [];
    const { serve } = oneCall({
      through: (fetch) => async (input, init) => {
        const { method, url } = new Request(input, init);
        if (method === 'GET' && url.endsWith('/events')) signals.push(init?.signal);
        return fetch(input, init);
      },
    });
    expect(await serve()).toMatchObject({ text: 'ok' });
    expect(signals).toMatchObject([{ aborted: true }]);
  });
});

describe('an event stream that breaks', () => {
  test.each<[string, Misbehaviour]>([
    ['the connection breaks', { dropRequest: true }],
    ['the connection breaks each time', { dropRequest: true, times: 9 }],
    ['the response is lost', { dropReply: true }],
    ['only the first event arrives', { cutBody: true }],
    ['only the first event arrives, each time', { cutBody: true, times: 9 }],
    ['the API fails', { status: 500, headers: soon }],
    ['the API keeps failing', { status: 500, headers: soon, times: 9 }],
    ['the API has no events', { status: 404, times: 9 }],
    ['the API forbids events', { status: 403, times: 9 }],
  ])('does not affect the run: %s', async (_, how) => {
    const { openai, serve, ran, events } = oneCall({
      script: ({ turn }) => (turn < 4 ? callTools({ name: 'pay', id: `call_${turn}` }) : say('ok')),
    });
    openai.misbehave('events.stream', how);
    expect(await serve()).toMatchObject({ status: 'completed', text: 'ok', turn: { status: 'completed' } });
    expect(ran).toEqual(['call_1', 'call_2', 'call_3']);
    expect([events('message').length, events('tool_result').length]).toEqual([1, 3]);
  });

  test('during a call loses nothing: the runner reads the session for what it missed', async () => {
    const { tools, decisions, release, started } = held('slow', 'late');
    const { openai, serve, until, count } = serving({
      script: [callTools({ name: 'slow', id: 'a' }, { name: 'late', id: 'b', afterMs: 25 }), say('ok')],
      decisions,
      tools,
    });
    const running = serve();
    await until(({ status }) => status === 'requires_action');
    openai.breakStreams();
    await until(({ requiredActions }) => requiredActions.length === 2);
    await until(() => started.length === 2);
    openai.breakStreams();
    release('slow');
    release('late');
    expect(await running).toMatchObject({
      text: 'ok',
      calls: [
        { callId: 'a', turn: 1 },
        { callId: 'b', turn: 1 },
      ],
    });
    expect(started).toEqual(['slow', 'late']);
    expect(count('events.stream')).toBeGreaterThan(0);
  });

  test('is opened again', async () => {
    const { tools, decisions, release } = held('slow');
    const { openai, serve, until, count } = serving({
      script: [callTools({ name: 'slow' }), say('ok')],
      decisions,
      tools,
      options: { pollIntervalMs: 60_000 },
    });
    const running = serve();
    await until(({ status }) => status === 'requires_action');
    openai.breakStreams();
    await until(() => count('events.stream') === 2);
    release('slow');
    expect(await running).toMatchObject({ status: 'completed', text: 'ok' });
  });

  test('before the last events does not hang the run', async () => {
    const { openai, serve } = oneCall({
      script: (turn) => {
        if (turn.turn === 1) return callTools({ name: 'pay' });
        openai.breakStreams();
        return say('ok');
      },
    });
    expect(await serve()).toMatchObject({ status: 'completed', text: 'ok' });
  });
});

test('a session without events is served by polling', async () => {
  const { serve, ran, count } = oneCall({ through: withoutEvents });
  expect(await serve()).toMatchObject({ status: 'completed', text: 'ok', turn: { status: 'completed' } });
  expect(ran).toEqual(['call_1']);
  expect(count('sessions.retrieve')).toBeGreaterThan(1);
});
