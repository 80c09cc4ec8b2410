import { describe, expect, test } from '@jest/globals';
import { fileJournal, GuardedRunner } from 'interven-openai-assistants';
import {
  callTools,
  fail,
  type ModelStep,
  type ModelTurn,
  reportStatus,
  say,
  stopShort,
} from 'interven-openai-assistants/testing';
import { type Fetch, held, oneCall, serving, withoutEvents } from '../../setup/agents.ts';
import { holdTimers } from '../../setup/held-timers.ts';
import { gate } from '../../setup/gate.ts';
import { shorten } from '../../setup/limits.ts';
import { journalWorld } from '../journal/world.ts';

describe('the end of a session’s turn', () => {
  test('returns the session, the turn, its final text and its usage', async () => {
    const { serve, seen, sessionId } = oneCall();
    const { status, text, session, turn, usage } = await serve();
    expect({ status, text }).toEqual({ status: 'completed', text: 'ok' });
    expect(session).toMatchObject({ id: sessionId, status: 'idle', required_actions: [] });
    expect(turn).toMatchObject({ id: seen().turns[0]?.id, status: 'completed', usage });
    expect(usage?.total_tokens).toBe(86);
  });

  test('is not assumed while the session is idle because the input is still in flight', async () => {
    const { serve, ran } = oneCall({ api: { thinkMs: 120 }, through: withoutEvents });
    expect(await serve()).toMatchObject({ status: 'completed', text: 'ok' });
    expect(ran).toEqual(['call_1']);
  });

  test.each(['events and', 'no events and'])(
    'is not taken from the previous turn, with %s turns that cannot be listed for a moment',
    async (way) => {
      const { openai, serve } = serving({
        script: [say('first'), say('second')],
        tools: {},
        api: { thinkMs: 90 },
        ...(way === 'no events and' ? { through: withoutEvents } : {}),
      });
      expect((await serve()).text).toBe('first');
      openai.misbehave('turns.list', { status: 403 });
      expect((await serve()).text).toBe('second');
    },
  );

  test('without events, is the end of the new turn and not of the previous one', async () => {
    const { serve, seen } = serving({
      script: [say('first'), say('second')],
      tools: {},
      api: { thinkMs: 90 },
      through: withoutEvents,
    });
    expect((await serve()).text).toBe('first');
    expect(await serve()).toMatchObject({ text: 'second', turn: { id: seen().turns[1]?.id } });
  });

  test('is not that of an earlier turn, which an outdated list has as its newest one', async () => {
    const { openai, serve } = serving({
      script: [say('first'), say('second'), say('third')],
      tools: {},
      api: { thinkMs: 30 },
      through: withoutEvents,
    });
    await serve();
    await serve();
    let reads = 0;
    const outdated = (list: Record<string, unknown>): object => {
      reads += 1;
      return reads === 1 ? list : { ...list, data: (list['data'] as unknown[]).slice(-1) };
    };
    openai.misbehave('turns.list', { rewrite: outdated, times: 2 });
    expect((await serve()).text).toBe('third');
  });

  test('is found when it came before the first read', async () => {
    const { openai, serve, seen } = serving({ script: [say('quick')], tools: {}, through: withoutEvents });
    openai.misbehave('sessions.retrieve', { delayMs: 40 });
    expect(await serve()).toMatchObject({ status: 'completed', text: 'quick', turn: { id: seen().turns[0]?.id } });
  });

  test.each([
    ['with events', (fetch: typeof globalThis.fetch) => fetch],
    ['without events', withoutEvents],
  ])('is found where turns cannot be listed, %s', async (_, through) => {
    const { openai, serve, ran } = oneCall({ through, api: { thinkMs: 30 } });
    openai.misbehave('turns.list', { status: 404, times: 99 });
    expect(await serve()).toMatchObject({ status: 'completed', text: 'ok' });
    expect(ran).toEqual(['call_1']);
  });

  test('is found with a client without turns and items', async () => {
    const { client, gateway, sessionId } = oneCall();
    const { beta } = client;
    const { events } = beta.agents.sessions;
    const sessions = { events, retrieve: beta.agents.sessions.retrieve.bind(beta.agents.sessions) };
    const runner = new GuardedRunner({
      client: { beta: { agents: { sessions } } },
      gateway,
      tools: { pay: () => 'paid' },
    });
    const result = await runner.session(sessionId, { input: 'Hello' });
    expect(result).toMatchObject({ status: 'completed', text: 'ok', calls: [{ outcome: 'allowed' }] });
  });
});

describe('the answer to an input', () => {
  /** Numbers the answers by the user's messages before them. */
  const script = ({ messages }: ModelTurn): ModelStep =>
    say(`Answer ${messages.filter(({ role }) => role === 'user').length}`);
  const empty = (list: Record<string, unknown>): object => ({ ...list, data: [], has_more: false });
  const image = { role: 'user', content: [{ type: 'input_image' as const, image_url: 'data:image/png;base64,AA' }] };

  /** A session in which another client's turn has ended. The list of turns before our input does not have it. */
  async function afterHidden(through: (fetch: Fetch) => Fetch = withoutEvents) {
    const world = serving({ script, tools: {}, api: { thinkMs: 90 }, through });
    await world.begin('Theirs');
    await world.until(({ status }) => status === 'idle');
    world.openai.misbehave('turns.list', { rewrite: empty });
    return world;
  }

  test.each([
    ['turns, without events', withoutEvents, 0, 'Ours'],
    ['turns, with events', (fetch: Fetch) => fetch, 0, 'Ours'],
    ['turns and items', withoutEvents, 2, 'Ours'],
    ['turns, for an input that is an image', withoutEvents, 0, [image]],
  ])('is not that to another client’s, which an outdated list hid: %s', async (_, through, times, input) => {
    const { openai, runner, sessionId } = await afterHidden(through);
    if (times > 0) openai.misbehave('sessionItems.list', { rewrite: empty, times });
    const { text, turn } = await runner.session(sessionId, { input });
    expect([text, turn?.id]).toEqual(['Answer 2', openai.session(sessionId).turns[1]?.id]);
  });

  test('is unknown while the messages of several turns cannot be read, and the error names the session', async () => {
    shorten({ sessionIdleMs: 40 });
    const { openai, left, sessionId } = await afterHidden();
    openai.misbehave('sessionItems.list', { status: 403, times: Infinity });
    expect(await left()).toMatchObject({
      code: 'reply_lost',
      leftOpen: true,
      message: expect.stringContaining(sessionId),
    });
  });

  test('is that of the only turn since, if its messages cannot be read', async () => {
    shorten({ sessionIdleMs: 40 });
    const { openai, serve } = serving({ script, tools: {}, through: withoutEvents });
    openai.misbehave('sessionItems.list', { status: 403, times: Infinity });
    const { status, turn, text } = await serve();
    expect([status, turn?.status, text]).toEqual(['completed', 'completed', null]);
  });

  test('is found though the API stores the input without its outer blanks and double spaces', async () => {
    const { openai, runner, sessionId } = await afterHidden();
    const trim = (list: Record<string, unknown>): object =>
      JSON.parse(JSON.stringify(list).replace(/ {2}Ours\\n {2}please /g, 'Ours please')) as object;
    openai.misbehave('sessionItems.list', { rewrite: trim, times: Infinity });
    const { text } = await runner.session(sessionId, { input: '  Ours\n  please ' });
    expect(text).toBe('Answer 2');
  });

  test('is no other client’s while the session is paused', async () => {
    shorten({ sessionIdleMs: 40 });
    const { openai, serve, seen } = await afterHidden();
    const rewrite = (session: Record<string, unknown>): object => ({ ...session, status: 'budget_reached' });
    openai.misbehave('sessions.retrieve', { rewrite, times: Infinity });
    const { turn, text } = await serve();
    expect(turn?.id).not.toBe(seen().turns[0]?.id);
    expect(text).not.toBe('Answer 1');
  });

  test.each([
    ['is its own, also when another client’s turn has followed', 'Theirs', { text: 'Answer 1' }],
    ['is unknown if another client’s turn has the same text', 'Hello', { code: 'reply_lost' }],
  ])('%s', async (_, theirs, expected) => {
    shorten({ sessionIdleMs: 40 });
    let hasFollowed = false;
    const follows = async (): Promise<void> => {
      hasFollowed = true;
      await world.begin(theirs);
      await world.until(({ status }) => status === 'idle');
    };
    const through = (fetch: Fetch): Fetch => {
      const to = withoutEvents(fetch);
      return async (input, init) => {
        const isRead = new Request(input, init).url.endsWith(world.sessionId);
        if (isRead && !hasFollowed && world.seen().turns[0]?.status === 'completed') await follows();
        return to(input, init);
      };
    };
    const world = serving({ script, tools: {}, through });
    expect(await world.serve().catch((error: unknown) => error)).toMatchObject(expected);
    expect(hasFollowed).toBe(true);
  });
});

describe('an active session', () => {
  test('takes the input into its turn, whose calls are served', async () => {
    const { serve, begin, until, seen, openai, sessionId, ran } = oneCall();
    await begin();
    await until(({ status }) => status === 'requires_action');
    const { status, text, turn } = await serve({}, 'Hurry');
    expect({ status, text }).toEqual({ status: 'completed', text: 'ok' });
    expect(seen().turns).toMatchObject([{ id: turn?.id, status: 'completed' }]);
    expect(openai.messages(sessionId).map(({ text: said }) => said)).toEqual(['Hello', 'Hurry', 'ok']);
    expect(ran).toEqual(['call_1']);
  });

  test.each([
    ['with events', (fetch: typeof globalThis.fetch) => fetch],
    ['without events', withoutEvents],
  ])('and whose turn ends before the input joins it is served until the input is answered, %s', async (_, through) => {
    let finish = (): void => undefined;
    const first = new Promise<void>((resolve) => (finish = resolve));
    let thoughts = 0;
    const stage = holdTimers(80);
    const { serve, begin, seen, until, count } = serving({
      script: async () => {
        thoughts += 1;
        if (thoughts > 1) return say('second');
        await first;
        return say('first');
      },
      tools: {},
      api: { thinkMs: 240 },
      through,
    });
    const begun = begin();
    await until(() => {
      stage.pass();
      return thoughts === 1;
    });
    await begun;
    const running = serve({}, 'And now?');
    await until(() => count('events.create') === 2);
    finish();
    await until(({ status }) => status === 'idle');
    stage.end();
    expect(await running).toMatchObject({ status: 'completed', text: 'second' });
    expect(seen().turns.map(({ status }) => status)).toEqual(['completed', 'completed']);
  });
});

describe('a result, not an error, is', () => {
  test.each<[string, ModelStep, string, string]>([
    ['fails', fail('Out of luck.', 'server_error'), 'server_error', 'idle'],
    ['fails with its session', fail('Gone.', 'session_failed'), 'session_failed', 'failed'],
    ['has spent its budget', stopShort('session_budget_exceeded'), 'session_budget_exceeded', 'idle'],
    ['takes too long for the API', stopShort('request_timeout'), 'request_timeout', 'idle'],
  ])('a turn that %s', async (_, step, code, status) => {
    const { serve, ran, events } = oneCall({ script: [callTools({ name: 'pay', id: 'a' }), step] });
    const result = await serve();
    expect(result).toMatchObject({ status: 'failed', text: null, session: { status }, turn: { error: { code } } });
    expect(result.calls).toMatchObject([{ callId: 'a', outcome: 'allowed' }]);
    expect(ran).toEqual(['a']);
    expect(events('cancel')).toEqual([]);
  });

  test.each([
    ['cancelled', 'with events', (fetch: typeof globalThis.fetch) => fetch],
    ['failed', 'with events', (fetch: typeof globalThis.fetch) => fetch],
    ['cancelled', 'without events', withoutEvents],
    ['failed', 'without events', withoutEvents],
  ] as const)('a turn that another client ends as %s, and its handlers are aborted, %s', async (end, _, through) => {
    const { tools, decisions, abortReasons, started } = held('slow', 'quick');
    const { openai, sessionId, serve, until, results, events } = serving({
      script: [callTools({ name: 'slow', id: 'a' }, { name: 'hang', id: 'b' }, { name: 'pay', id: 'c' })],
      decisions: { ...decisions, hang: 'ALLOW', pay: 'ALLOW' },
      tools: { ...tools, pay: () => 'paid', hang: async () => new Promise(() => undefined) },
      options: { graceMs: 10 },
      through,
    });
    const running = serve();
    await until(() => started.length === 1 && results().length === 1);
    openai.endRun(sessionId, end);
    const { status, text, calls, turn } = await running;
    expect({ status, text, turn }).toMatchObject({ status: end, text: null, turn: { status: end } });
    expect(abortReasons).toHaveLength(1);
    expect(calls).toMatchObject([
      { callId: 'a', executed: 'yes', output: 'slow done' },
      { callId: 'b', outcome: 'aborted', executed: 'unknown' },
      { callId: 'c', outcome: 'allowed' },
    ]);
    expect(results()).toEqual([['c']]);
    expect(events('cancel')).toEqual([]);
  });

  test('a turn that ends while a result for it is in flight', async () => {
    const { openai, sessionId, serve, events } = oneCall({
      through: (fetch) => async (input, init) => {
        if (typeof init?.body === 'string' && init.body.includes('tool_result')) openai.endRun(sessionId, 'cancelled');
        return fetch(input, init);
      },
    });
    expect(await serve()).toMatchObject({ status: 'cancelled', calls: [{ outcome: 'allowed', output: 'paid' }] });
    expect(events('cancel')).toEqual([]);
  });

  test('a session that continues after a failed turn', async () => {
    const { serve } = oneCall({ script: [fail('Out of luck.'), callTools({ name: 'pay' }), say('ok')] });
    expect(await serve()).toMatchObject({ status: 'failed' });
    expect(await serve()).toMatchObject({ status: 'completed', text: 'ok' });
  });
});

const paused = (session: object): object => ({ ...session, status: 'budget_reached' });

describe('a session that reached its spending limit', () => {
  const script = [callTools({ name: 'pay', id: 'call_1' }), reportStatus('budget_reached'), say('ok')];

  test.each([
    ['with events', (fetch: Fetch) => fetch],
    ['without events', withoutEvents],
  ])('is a result with its calls, is not cancelled, and continues with resumeSession, %s', async (_, through) => {
    const { serve, runner, sessionId, others, events, seen, ran } = oneCall({ script, through });
    const result = await serve();
    expect(result).toMatchObject({
      status: 'budget_reached',
      text: null,
      session: { status: 'budget_reached' },
      turn: { id: seen().turns[0]?.id },
      calls: [{ callId: 'call_1', outcome: 'allowed' }],
    });
    expect(events('cancel')).toEqual([]);
    expect(await runner.resumeSession(sessionId)).toMatchObject({ status: 'budget_reached', calls: [] });
    await others.update(sessionId, { spend_control: { limit: 500 } });
    expect(await runner.resumeSession(sessionId)).toMatchObject({ status: 'completed', text: 'ok' });
    expect(ran).toEqual(['call_1']);
  });

  test('keeps its journal open, so that another process continues it and no call runs twice', async () => {
    const world = await journalWorld(script, { pay: 'ALLOW' });
    const { openai, client, place, folder } = world;
    const ran: string[] = [];
    const tools = { pay: (_: unknown, { callId }: { callId: string }) => ran.push(callId) };
    const result = await world.process(tools).session(place.sessionId, { input: 'Hello' });
    expect(result).toMatchObject({ status: 'budget_reached', calls: [{ outcome: 'allowed' }] });
    expect(await fileJournal(folder).openRuns()).toMatchObject([{ id: place.sessionId }]);
    await client.beta.agents.sessions.update(place.sessionId, { spend_control: null });
    const resumed = await world.process(tools).resumeSession(place.sessionId);
    expect(resumed).toMatchObject({ status: 'completed', text: 'ok', calls: [{ outcome: 'allowed' }] });
    expect(ran).toEqual(['call_1']);
    expect(await fileJournal(folder).openRuns()).toEqual([]);
    openai.assertDone();
  });

  test('can be cancelled', async () => {
    const world = await journalWorld(script.slice(0, 2), { pay: 'ALLOW' });
    const { place, openai } = world;
    const runner = world.process({ pay: () => 'paid' });
    await runner.session(place.sessionId, { input: 'Hello' });
    expect(await runner.cancel(place.sessionId)).toEqual({ status: 'cancelled' });
    expect(openai.session(place.sessionId).turns).toMatchObject([{ status: 'cancelled' }]);
  });

  test('gets the results of calls in flight', async () => {
    const { tools, decisions, release, started, abortReasons } = held('slow');
    const raised = gate();
    const { openai, serve, runner, sessionId, results } = serving({
      script: ({ turn }) =>
        turn === 1 ? callTools({ name: 'slow', id: 'call_1' }) : raised.opened.then(() => say('ok')),
      decisions,
      tools,
      through: withoutEvents,
    });
    let isPaused = true;
    const rewrite = (session: object): object => {
      if (!isPaused || started.length === 0) return session;
      release('slow');
      return paused(session);
    };
    openai.misbehave('sessions.retrieve', { rewrite, times: Infinity });
    const result = await serve();
    expect(result).toMatchObject({ status: 'budget_reached', calls: [{ output: 'slow done', outcome: 'allowed' }] });
    expect(results()).toEqual([['call_1']]);
    expect(abortReasons).toEqual([]);
    isPaused = false;
    raised.open();
    expect(await runner.resumeSession(sessionId)).toMatchObject({ status: 'completed', text: 'ok' });
  });

  test('starts no call until it continues', async () => {
    const { openai, serve, runner, sessionId, ran } = oneCall({ through: withoutEvents });
    let isPaused = true;
    openai.misbehave('sessions.retrieve', {
      rewrite: (session) => (isPaused && session['status'] !== 'idle' ? paused(session) : session),
      times: Infinity,
    });
    expect(await serve()).toMatchObject({ status: 'budget_reached', calls: [] });
    expect(ran).toEqual([]);
    isPaused = false;
    expect(await runner.resumeSession(sessionId)).toMatchObject({ status: 'completed', text: 'ok' });
    expect(ran).toEqual(['call_1']);
  });

  test('does not let the runner wait for a turn that does not begin', async () => {
    shorten({ sessionIdleMs: 20 });
    const { openai, serve, events, others, sessionId } = serving({ script: [], tools: {}, api: { thinkMs: 3_000 } });
    openai.misbehave('sessions.retrieve', { rewrite: paused, times: Infinity });
    expect(await serve()).toMatchObject({ status: 'budget_reached', turn: null });
    expect(events('cancel')).toEqual([]);
    await others.delete(sessionId);
  });

  test('is completed when its turn was the last one within the limit', async () => {
    const { openai, serve } = serving({ script: [say('ok')], tools: {}, through: withoutEvents });
    const rewrite = (session: Record<string, unknown>): object =>
      session['status'] === 'idle' && openai.session(String(session['id'])).turns.length > 0
        ? paused(session)
        : session;
    openai.misbehave('sessions.retrieve', { rewrite, times: Infinity });
    expect(await serve()).toMatchObject({ status: 'completed', text: 'ok', session: { status: 'budget_reached' } });
  });
});
