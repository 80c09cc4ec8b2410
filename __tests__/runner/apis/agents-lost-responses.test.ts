import { describe, expect, test } from '@jest/globals';
import { callTools, say, type Misbehaviour } from 'interven-openai-assistants/testing';
import { ending, oneCall, refusing, serving, soon } from '../../setup/agents.ts';

const lost: [string, Misbehaviour][] = [
  ['the connection breaks after it', { dropReply: true }],
  ['the connection breaks after it, twice', { dropReply: true, times: 2 }],
  ['the response is truncated', { cutBody: true }],
  ['the connection breaks before it', { dropRequest: true }],
  ['the API fails', { status: 500, headers: soon }],
  ['the API fails twice', { status: 503, headers: soon, times: 2 }],
  ['the rate limit is met', { status: 429, headers: soon }],
  ['it takes too long', { status: 408, headers: soon }],
];

describe('an input whose response is lost', () => {
  test.each(lost)('reaches the session once: %s', async (_, how) => {
    const { openai, serve, seen, items, ran } = oneCall();
    openai.misbehave('events.create', how);
    expect(await serve()).toMatchObject({ status: 'completed', text: 'ok' });
    expect(seen().turns).toHaveLength(1);
    expect(items('message').filter(({ role }) => role === 'user')).toHaveLength(1);
    expect(ran).toEqual(['call_1']);
    openai.assertDone();
  });

  test('is sent again with the same key, and the results have their own keys', async () => {
    const noted = refusing(0, () => true, '');
    const { openai, serve } = oneCall({ through: noted.through });
    openai.misbehave('events.create', { dropReply: true });
    await serve();
    const [first, again, result, ...more] = noted.keys;
    expect(first).toBeTruthy();
    expect(again).toBe(first);
    expect(result).toBeTruthy();
    expect(result).not.toBe(first);
    expect(more).toEqual([]);
  });

  test('and whose turn is already served loses nothing', async () => {
    const { openai, serve, sent } = serving({
      script: [say('done before the reply')],
      tools: {},
    });
    openai.misbehave('events.create', { dropReply: true, times: 2 });
    expect(await serve()).toMatchObject({ text: 'done before the reply' });
    expect(new Set(sent().map((events) => JSON.stringify(events))).size).toBe(1);
  });

  test('is given up after three attempts, and its turn cancelled in case the API accepted it', async () => {
    const { openai, left, events, seen, ran } = oneCall();
    openai.misbehave('events.create', { dropReply: true, times: 3 });
    expect(await left()).toMatchObject({ code: 'api_error', leftOpen: false });
    expect(events('cancel')).toHaveLength(1);
    expect(seen()).toMatchObject({ status: 'idle', turns: [{ status: 'cancelled' }] });
    expect(ran).toEqual([]);
  });

  test.each([400, 401, 429])(
    'that is then refused with %i has its turn cancelled: the API has accepted it',
    async (status) => {
      const { openai, left, seen, events, ran } = oneCall();
      openai.misbehave('events.create', { dropReply: true });
      openai.misbehave('events.create', { status, headers: soon, times: status === 429 ? 2 : 1 });
      expect(await left()).toMatchObject({ code: 'api_error', cause: { status }, leftOpen: false });
      expect(events('cancel')).toHaveLength(1);
      expect(seen()).toMatchObject({ status: 'idle', turns: [{ status: 'cancelled' }] });
      expect(ran).toEqual([]);
    },
  );

  test.each([400, 401, 403, 404, 422])(
    'is not treated as lost when the API refuses it with %i: nothing is cancelled',
    async (status) => {
      const { openai, left, events } = oneCall();
      openai.misbehave('events.create', { status });
      expect(await left()).toMatchObject({ code: 'api_error', cause: { status }, leftOpen: false, calls: [] });
      expect(events('cancel')).toEqual([]);
    },
  );
});

describe('results whose response is lost', () => {
  test.each(lost)('reach the model once, and no handler runs twice: %s', async (_, how) => {
    const ran: string[] = [];
    const { openai, serve, items, seen } = serving({
      script: ({ turn }) =>
        turn < 3 ? callTools({ name: 'pay', id: `${turn}a` }, { name: 'pay', id: `${turn}b` }) : say('ok'),
      tools: {
        pay: (_input, { callId }) => {
          if (ran.push(callId) === 1) openai.misbehave('events.create', how);
          return 'paid';
        },
      },
    });
    expect(await serve()).toMatchObject({ status: 'completed', text: 'ok' });
    expect(ran).toEqual(['1a', '1b', '2a', '2b']);
    expect(items('function_call_output').map(({ call_id: id }) => id)).toEqual(ran);
    expect(seen().turns).toHaveLength(1);
    openai.assertDone();
  });

  test('are given up after three attempts, and the turn is cancelled', async () => {
    const { openai, left, seen, events } = oneCall({
      tools: {
        pay: () => {
          openai.misbehave('events.create', { status: 500, headers: soon, times: 3 });
          return 'paid';
        },
      },
    });
    const error = await left();
    expect(error).toMatchObject({ code: 'api_error', cause: { status: 500 }, leftOpen: false });
    expect(error).toMatchObject({ runId: seen().turns[0]?.id, calls: [{ outcome: 'allowed', output: 'paid' }] });
    expect(seen()).toMatchObject({ status: 'idle', turns: [{ status: 'cancelled' }] });
    expect(events('cancel')).toHaveLength(1);
  });
});

describe('a session that cannot be read', () => {
  test.each<[string, Misbehaviour]>([
    ['the connection breaks', { dropReply: true, times: 2 }],
    ['it is truncated', { cutBody: true, times: 2 }],
    ['the API fails', { status: 500, headers: soon, times: 2 }],
    ['the rate limit is met', { status: 429, headers: soon, times: 2 }],
  ])('is read again: %s', async (_, how) => {
    const { openai, serve, ran } = oneCall();
    openai.misbehave('sessions.retrieve', how);
    expect(await serve()).toMatchObject({ status: 'completed', text: 'ok' });
    expect(ran).toEqual(['call_1']);
    openai.assertDone();
  });

  test('ends the run when the API refuses to return it, and the turn is cancelled', async () => {
    const { openai, runner, sessionId, seen, events } = oneCall();
    openai.misbehave('sessions.retrieve', { status: 403 });
    const error = await ending(runner.session(sessionId, { input: 'Hello' }));
    expect(error).toMatchObject({ code: 'api_error', cause: { status: 403 }, leftOpen: false });
    expect(events('cancel')).toHaveLength(1);
    expect(seen().status).toBe('idle');
  });

  test('still gives a result when its turns and items cannot be read at the end', async () => {
    const { openai, serve } = oneCall();
    openai.misbehave('turns.retrieve', { status: 403, times: 9 });
    openai.misbehave('sessionItems.list', { status: 403, times: 9 });
    expect(await serve()).toMatchObject({ status: 'completed', text: 'ok', calls: [{ outcome: 'allowed' }] });
  });
});
