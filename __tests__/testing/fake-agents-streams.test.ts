import { afterEach, describe, expect, test } from '@jest/globals';
import OpenAI from 'openai7';
import { callTools, fail, reportStatus, requestApprovals, say, type Script } from 'interven-openai-assistants/testing';
import { holdTimers } from '../setup/held-timers.ts';
import { idle } from '../setup/idle.ts';
import { CANCEL, decide, listenTo, result, waitFor, world, type Event } from './agents-world.ts';

const CALLS = callTools({ id: 'call_a', name: 'add' }, { id: 'call_b', name: 'sub', afterMs: 100 });
const ways = ['fetch', 'listen'] as const;

const closing: (() => Promise<void>)[] = [];

afterEach(async () => {
  await Promise.all(closing.splice(0).map(async (close) => close()));
});

/** The session's stream, in this process or over a local port. */
async function streaming(script: Script, way: (typeof ways)[number] = 'fetch') {
  const own = world(script);
  const server = way === 'listen' ? await own.api.listen() : undefined;
  if (server) closing.push(async () => server.close());
  const { sessions } = server
    ? new OpenAI({ apiKey: 'test', baseURL: `${server.url}/v1`, maxRetries: 0 }).beta.agents
    : own;
  const subscribe = async (signal?: AbortSignal) => sessions.events.stream(own.sessionId, {}, { signal });
  return { ...own, subscribe, stream: await subscribe() };
}

const short = ({ type }: Event) => type.replace('agent.session.', '');
const has = (events: Event[], type: string) => events.some((event) => short(event) === type);
describe.each(ways)('a stream of events, by %s', (way) => {
  test('sends every event after its subscription to all subscribers', async () => {
    const forB = holdTimers(100);
    const { run, answer, turnId, stream, subscribe, sessions, sessionId, until } = await streaming(
      [CALLS, say('Done.')],
      way,
    );
    const early = listenTo(stream);
    await run();
    const late = listenTo(await subscribe());
    forB.end();
    await until(({ requiredActions }) => requiredActions.length === 2);
    await answer([result(turnId(), 'call_a'), result(turnId(), 'call_b')]);
    await sessions.delete(sessionId);
    expect(await Promise.all([early.ended, late.ended])).toEqual(['ended', 'ended']);
    const call = ['turn.item.added', 'turn.item.done', 'requires_action'];
    const text = ['turn.output_text.delta', 'turn.output_text.done'];
    const end = ['turn.item.added', ...text, 'turn.item.done', 'turn.completed', 'idle'];
    const rest = [...call, 'turn.item.added', 'turn.item.added', 'in_progress', ...end];
    expect(late.events.map(short)).toEqual(rest);
    const begin = ['turn.created', 'in_progress', 'turn.item.added', 'turn.in_progress'];
    expect(early.events.map(short)).toEqual([...begin, ...call, ...rest]);
    const ids = early.events.map(({ event_id }) => event_id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(late.events.map(({ event_id }) => event_id)).toEqual(ids.slice(-late.events.length));
  });

  test('opens at once, and is released when its client closes it', async () => {
    const { run, stream, subscribe } = await streaming([say('One'), say('Two')], way);
    const controller = new AbortController();
    const aborted = listenTo(await subscribe(controller.signal));
    await run();
    await waitFor(() => has(aborted.events, 'idle'));
    controller.abort();
    expect(await aborted.ended).toBe('ended');
    const read = [];
    for await (const event of stream) {
      read.push(event);
      if (short(event) === 'idle') break;
    }
    await idle();
    const { turns } = await run();
    expect(turns.map(({ status }) => status)).toEqual(['completed', 'completed']);
    expect(read).toEqual(aborted.events);
  });

  test('breaks on breakStreams(), and the session continues', async () => {
    const { api, run, stream, subscribe, sessionId } = await streaming([say('One'), say('Two')], way);
    const broken = listenTo(stream);
    await run();
    await waitFor(() => has(broken.events, 'idle'));
    api.breakStreams(sessionId);
    expect(await broken.ended).toMatchObject({ name: 'TypeError', message: 'terminated' });
    const next = listenTo(await subscribe());
    await run();
    await waitFor(() => has(next.events, 'idle'));
    api.breakStreams();
    expect(await next.ended).toMatchObject({ name: 'TypeError', message: 'terminated' });
    expect(next.events.filter((event) => short(event) === 'turn.created').length).toBe(1);
  });

  test('with cutBody breaks after its first event', async () => {
    const { api, run, stream, subscribe, seen } = await streaming([say('One')], way);
    stream.controller.abort();
    api.misbehave('events.stream', { cutBody: true });
    const cut = listenTo(await subscribe());
    await run();
    expect(await cut.ended).toMatchObject({ name: 'TypeError', message: 'terminated' });
    expect(cut.events.map(short)).toEqual(['turn.created']);
    expect(seen().turns).toMatchObject([{ status: 'completed' }]);
    api.assertDone();
  });
});

test('a stream with cutBody can also end, or be closed, before its first event', async () => {
  const { api, subscribe, sessions, sessionId } = await streaming([]);
  api.misbehave('events.stream', { cutBody: true, times: 2 });
  const controller = new AbortController();
  const [closed, ended] = [listenTo(await subscribe(controller.signal)), listenTo(await subscribe())];
  controller.abort();
  expect(await closed.ended).toBe('ended');
  await sessions.delete(sessionId);
  expect([await ended.ended, ended.events]).toEqual(['ended', []]);
});

test('a delayed stream misses the events before it opens', async () => {
  const { api, subscribe, run } = await streaming([say('One'), say('Two')]);
  api.misbehave('events.stream', { delayMs: 1_000 });
  const late = subscribe();
  await run();
  const { events } = listenTo(await late);
  expect(events).toEqual([]);
  await run();
  await waitFor(() => has(events, 'idle'));
  expect(events.filter((event) => short(event) === 'turn.created').length).toBe(1);
});

test('breakStreams() breaks only the streams of the given session', async () => {
  const { api, run, stream } = await streaming([say('One')]);
  const { sessionId: other } = api.seed('Hello');
  const listening = listenTo(stream);
  api.breakStreams(other);
  await run();
  await waitFor(() => has(listening.events, 'idle'));
  expect(() => {
    api.breakStreams('sess_x');
  }).toThrow(new TypeError('Unknown session, run or response "sess_x".'));
});

test('a stream can be refused, or lost before it opens', async () => {
  const { api, subscribe, run, seen } = await streaming([say('One')]);
  api.misbehave('events.stream', { dropRequest: true });
  api.misbehave('events.stream', { status: 503 });
  api.misbehave('events.stream', { dropReply: true });
  await expect(subscribe()).rejects.toThrow('Connection error.');
  await expect(subscribe()).rejects.toMatchObject({ status: 503 });
  await expect(subscribe()).rejects.toThrow('Connection error.');
  await run();
  expect(seen().turns).toMatchObject([{ status: 'completed' }]);
  api.assertDone();
});

describe('the events', () => {
  const eventsOf = async (script: Script, act: (own: Awaited<ReturnType<typeof streaming>>) => Promise<unknown>) => {
    const own = await streaming(script);
    const { events } = listenTo(own.stream);
    await own.run();
    await act(own);
    await idle();
    return events;
  };

  test('contain the session as it is then, with all required actions each time one is added', async () => {
    const events = await eventsOf([CALLS], async ({ until, sessions, sessionId }) => {
      await until(({ requiredActions }) => requiredActions.length === 2);
      return sessions.retrieve(sessionId);
    });
    const asked = events.flatMap((event) =>
      event.type === 'agent.session.requires_action' ? [event.session.required_actions] : [],
    );
    expect(asked).toMatchObject([[{ call_id: 'call_a' }], [{ call_id: 'call_a' }, { call_id: 'call_b' }]]);
    const first = events.find((event) => event.type === 'agent.session.in_progress');
    expect(first).toMatchObject({ session: { status: 'in_progress', required_actions: [] } });
  });

  test('of turns and items contain the turn or the item, and the ids of session and turn', async () => {
    const events = await eventsOf([say('Done.')], async () => Promise.resolve());
    const turnEvents = events.filter((event) => 'turn' in event);
    expect(turnEvents.map(({ turn: { status } }) => status)).toEqual(['queued', 'in_progress', 'completed']);
    expect(turnEvents.at(-1)).toMatchObject({ usage: { total_tokens: 43 } });
    const items = events.filter((event) => 'item' in event);
    expect(items).toMatchObject([
      { output_index: null, item: { role: 'user', status: 'completed' } },
      { output_index: 0, item: { role: 'assistant', status: 'in_progress', content: [] } },
      { output_index: 0, item: { status: 'completed', phase: 'final_answer', content: [{ text: 'Done.' }] } },
    ]);
    expect(events.find((event) => event.type === 'agent.session.turn.output_text.delta')).toMatchObject({
      delta: 'Done.',
      content_index: 0,
    });
    for (const event of events) {
      if (!('session' in event))
        expect(event).toMatchObject({ session_id: expect.any(String), turn_id: expect.any(String) });
    }
  });

  test('of a call show it in progress and done, in the turn of its subagent', async () => {
    const events = await eventsOf([callTools({ name: 'add', subagent: 'x' })], async () => Promise.resolve());
    const created = events.filter((event) => event.type === 'agent.session.turn.created');
    expect(created.map(({ turn }) => turn.subagent_id)).toEqual([null, 'subagent_x']);
    const calls = events.flatMap((event) =>
      'item' in event && event.item.type === 'function_call' ? [[event.turn_id, event.item.status]] : [],
    );
    const [, sub] = created.map(({ turn_id }) => turn_id);
    expect(calls).toEqual([
      [sub, 'in_progress'],
      [sub, 'completed'],
    ]);
  });

  test.each([
    ['a cancellation', [CALLS], ['turn.cancelled', 'idle']],
    ['a failed turn', [fail('Busy.')], ['turn.failed', 'idle']],
    ['a failed session', [fail('Gone.', 'session_failed')], ['turn.failed', 'failed']],
    ['a scripted status', [reportStatus('on_fire')], ['turn.in_progress', 'on_fire']],
  ])('of %s are the last ones', async (_, script, last) => {
    const events = await eventsOf(script, async ({ answer, seen }) =>
      seen().status === 'requires_action' ? answer([CANCEL]) : undefined,
    );
    expect(events.map(short).slice(-2)).toEqual(last);
  });

  test('of an approved call show that the server ran it', async () => {
    const script = [requestApprovals({ id: 'r1', name: 'search' }), say('Done.')];
    const events = await eventsOf(script, async ({ answer }) => answer([decide('r1', 'approve')]));
    const calls = events.filter((event) => 'item' in event && event.item.type === 'mcp_call');
    expect(calls.map(short)).toEqual(['turn.item.added', 'turn.item.done']);
  });
});
