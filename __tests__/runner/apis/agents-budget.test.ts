import { describe, expect, test } from '@jest/globals';
import { fileJournal } from 'interven-openai-assistants';
import { callTools, reportStatus, say } from 'interven-openai-assistants/testing';
import { held, oneCall, serving, withoutEvents, type Fetch } from '../../setup/agents.ts';
import { gate } from '../../setup/gate.ts';
import { shorten } from '../../setup/limits.ts';
import { journalWorld } from '../journal/world.ts';

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
