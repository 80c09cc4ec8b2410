import { afterEach, describe, expect, test } from '@jest/globals';
import OpenAI from 'openai';
import { callTools, FakeOpenAI, say, type Misbehaviour } from 'interven-openai-assistants/testing';
import { gate } from '../setup/gate.ts';
import { idle } from '../setup/idle.ts';
import { MODEL } from '../setup/model.ts';
import { listenTo, waitFor, world as agentsWorld } from './agents-world.ts';
import { CLIENTS, listen, listening, streaming, until, world } from './streams-world.ts';

const CALLS = callTools({ id: 'call_a', name: 'add' });
const TERMINATED = { name: 'TypeError', message: 'terminated' };
const ERROR = {
  message: 'The test planned this error.',
  code: 'server_error',
  type: 'server_error',
  param: null,
};
const CUT: [string, Misbehaviour, string[]][] = [
  ['before its first event', { cutAfterEvents: 0 }, []],
  ['after its first event', { cutBody: true }, ['created']],
  ['after some', { cutAfterEvents: 2 }, ['created', 'in_progress']],
];

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(closing.splice(0).map(async (close) => close()));
});

describe.each(CLIENTS)('a stream that goes wrong towards %s', (_, Client) => {
  test.each(CUT)('breaks %s, and the server does its work', async (_, how, names) => {
    const { api, respond, response } = world([say('Done.')], { Client });
    api.misbehave('responses.create', how);
    const cut = await listen(respond());
    expect(cut).toMatchObject({ names, end: TERMINATED });
    expect(response().status).toBe('completed');
    api.assertDone();
  });

  test('ends without its end', async () => {
    const { api, create, run } = world([CALLS], { Client });
    api.misbehave('runs.create', { endAfterEvents: 3 });
    const { names, end } = await listen(create());
    expect([names, end]).toEqual([['run.created', 'run.queued', 'run.in_progress'], 'ended']);
    expect(run().status).toBe('requires_action');
  });

  test('ends after its last event without saying so', async () => {
    const { api, create } = world([say('One'), say('Two')], { Client });
    const { events } = await listen(create());
    api.misbehave('runs.create', { endAfterEvents: events.length });
    const { names, end } = await listen(create());
    expect([names.at(-1), end]).toEqual(['run.completed', 'ended']);
    api.assertDone();
  });

  test('stalls until its client leaves; the server does its work', async () => {
    const { api, create, submit, run } = world([CALLS, say('Done.')], { Client });
    await listen(create());
    api.misbehave('runs.submitToolOutputs', { stallAfterEvents: 1 });
    const opening = submit(run().id, [['call_a', 'A']]);
    const { names, ended } = listening(opening);
    await until(() => run().status === 'completed');
    await idle();
    expect(names).toEqual(['run.step.completed']);
    (await opening).controller.abort();
    expect(await ended).toBe('ended');
  });

  test('sends an error, which its helpers throw', async () => {
    const { api, responses, runs, threadId, body } = world(() => say('Done.'), { Client });
    api.misbehave('responses.create', { errorAfterEvents: 2 });
    api.misbehave('runs.create', { errorAfterEvents: 2 });
    const stream = responses.stream({ model: MODEL, input: 'Hello' });
    await expect(stream.finalResponse()).rejects.toMatchObject({ message: ERROR.message });
    await expect(runs.stream(threadId, body).finalRun()).rejects.toThrow();
    api.assertDone();
  });
});

test.each([
  [5, ['run.created', 'server_error'], ['created', 'error'], 'ended'],
  [6, ['run.created', 'error'], ['created', 'error'], 'ended'],
  [7, ['run.created'], ['created'], { message: ERROR.message, error: ERROR }],
])('an error in a stream is what openai %i makes of it', async (major, ofRun, ofResponse, end) => {
  const Client = CLIENTS.find(([name]) => name.endsWith(String(major)))?.[1] ?? OpenAI;
  const { api, create, respond } = world(() => say('Done.'), { Client });
  api.misbehave('runs.create', { errorAfterEvents: 1 });
  api.misbehave('responses.create', { errorAfterEvents: 1 });
  const run = await listen(create());
  expect([run.names, run.end]).toMatchObject([ofRun, end]);
  const response = await listen(respond());
  const type = end === 'ended' ? end : { error: { ...ERROR, type: 'error', sequence_number: 1 } };
  expect([response.names, response.end]).toMatchObject([ofResponse, type]);
});

test('a stream that is joined again can go wrong again', async () => {
  const { api, respond, response, responses } = world([say('Done.')]);
  api.misbehave('responses.create', { cutAfterEvents: 3 });
  api.misbehave('responses.retrieve', { errorAfterEvents: 1 });
  expect((await listen(respond({ background: true }))).names).toEqual(['created', 'queued', 'in_progress']);
  const join = async () => listen(responses.retrieve(response().id, { stream: true, starting_after: 2 }));
  const { events } = await join();
  expect(events.map(({ type, sequence_number: number }) => [type, number])).toEqual([
    ['response.output_item.added', 3],
    ['error', 4],
  ]);
  expect((await join()).names.at(-1)).toBe('completed');
  api.assertDone();
});

test('a stall ends a foreground response in flight when its client leaves', async () => {
  const { api, respond, response } = world([], { thinkMs: 60_000 });
  api.misbehave('responses.create', { stallAfterEvents: 1 });
  const opening = respond();
  const { names, ended } = listening(opening);
  await until(() => names.length === 1);
  expect(response().status).toBe('in_progress');
  (await opening).controller.abort();
  expect([await ended, response().status]).toEqual(['ended', 'cancelled']);
});

test('a stream that stalls breaks with its connection', async () => {
  const { api, create } = world([], { thinkMs: 60_000 });
  api.misbehave('runs.create', { stallAfterEvents: 1 });
  const { names, ended } = listening(create());
  await until(() => names.length === 1);
  api.breakStreams();
  expect(await ended).toMatchObject(TERMINATED);
});

test('a stream whose reply is lost is served all the same', async () => {
  const { api, create, respond, run, response } = world(() => say('Done.'));
  for (const operation of ['runs.create', 'responses.create'] as const) api.misbehave(operation, { dropReply: true });
  await expect(create()).rejects.toThrow('Connection error.');
  await expect(respond()).rejects.toThrow('Connection error.');
  await until(() => run().status === 'completed' && response().status === 'completed');
});

describe('a rewritten reply differs in its stream too', () => {
  const rewrite = (object: Record<string, unknown>) => ({ ...object, status: 'on_fire' });

  test('of the run in all events that hold it', async () => {
    const { api, create, run } = world([say('Done.')]);
    api.misbehave('runs.create', { rewrite });
    const { events, end } = await listen(create());
    const told = events.map(({ data }) => ('object' in data ? [data.object, 'status' in data && data.status] : []));
    const runs = told.filter(([object]) => object === 'thread.run').map(([, status]) => status);
    expect(runs).toEqual(['on_fire', 'on_fire', 'on_fire', 'on_fire']);
    expect(told).toContainEqual(['thread.message', 'completed']);
    expect([events.at(-1)?.event, end, run().status]).toEqual(['thread.run.completed', 'ended', 'completed']);
  });

  test('of the response, and after it goes wrong as well', async () => {
    const { api, respond } = world([say('Done.')]);
    api.misbehave('responses.create', { rewrite, cutAfterEvents: 3 });
    const { events, end } = await listen(respond());
    const told = events.map((event) => ('response' in event ? event.response.status : event.type));
    expect(told).toEqual(['on_fire', 'on_fire', 'response.output_item.added']);
    expect(end).toMatchObject(TERMINATED);
  });

  test('of the session', async () => {
    const { api, sessions, sessionId, run } = agentsWorld([say('Done.')]);
    api.misbehave('events.stream', { rewrite });
    const { events } = listenTo(await sessions.events.stream(sessionId));
    await run();
    await waitFor(() => events.at(-1)?.type === 'agent.session.idle');
    expect(events.at(-1)).toMatchObject({ session: { id: sessionId, status: 'on_fire' } });
  });
});

test('a fault of streams waits for a stream', async () => {
  const { api, runs, threadId, body, create } = world(() => say('Done.'));
  api.misbehave('runs.create', { cutAfterEvents: 1 });
  await runs.createAndPoll(threadId, body);
  expect(api.assertDone.bind(api)).toThrow('Unused misbehaviour of runs.create, 1 times.');
  expect((await listen(create())).end).toMatchObject(TERMINATED);
  api.assertDone();
});

test('a fault after more events than there are is complained of, and the stream is whole', async () => {
  const { api, respond } = world([say('Done.')]);
  api.misbehave('responses.create', { cutAfterEvents: 99 });
  const { names, end } = await listen(respond());
  expect([names.at(-1), end]).toEqual(['completed', 'ended']);
  const complaint = 'A stream of responses.create ended before cutAfterEvents: 99.';
  expect(api.assertDone.bind(api)).toThrow(new Error(`FakeOpenAI:\n- ${complaint}`));
});

describe('a session', () => {
  test.each<[string, Misbehaviour, unknown]>([
    ['breaks', { cutAfterEvents: 2 }, expect.objectContaining(TERMINATED)],
    ['ends', { endAfterEvents: 2 }, 'ended'],
  ])('whose stream %s after some events continues', async (_, how, end) => {
    const { api, sessions, sessionId, run, seen } = agentsWorld([say('Done.')]);
    api.misbehave('events.stream', how);
    const { events, ended } = listenTo(await sessions.events.stream(sessionId));
    await run();
    expect(await ended).toEqual(end);
    expect([events.length, seen().status]).toEqual([2, 'idle']);
    api.assertDone();
  });

  test('sends an error as an event', async () => {
    const { api, sessions, sessionId, run } = agentsWorld([say('Done.')]);
    api.misbehave('events.stream', { errorAfterEvents: 1 });
    const { events, ended } = listenTo(await sessions.events.stream(sessionId));
    await run();
    expect(await ended).toBe('ended');
    const error = { code: 'server_error', message: 'The test planned this error.' };
    expect(events.at(-1)).toMatchObject({ type: 'error', session_id: sessionId, error });
  });

  test('sends nothing more on a stream that stalls', async () => {
    const { api, sessions, sessionId, run, seen } = agentsWorld([say('Done.')]);
    api.misbehave('events.stream', { stallAfterEvents: 1 });
    const stream = await sessions.events.stream(sessionId);
    const { events, ended } = listenTo(stream);
    await run();
    await waitFor(() => seen().status === 'idle');
    await sessions.delete(sessionId);
    await idle();
    expect(events.length).toBe(1);
    stream.controller.abort();
    expect(await ended).toBe('ended');
  });
});

describe('on a real port', () => {
  async function served(script: ConstructorParameters<typeof FakeOpenAI>[0]) {
    const api = new FakeOpenAI(script);
    const server = await api.listen();
    closing.push(async () => server.close());
    const client = new OpenAI({ apiKey: 'test', baseURL: `${server.url}/v1`, maxRetries: 0 });
    return { api, ...streaming(api, client) };
  }

  test('streams arrive event by event, whole or cut', async () => {
    const { api, create, respond } = await served({ script: () => say('Done.'), thinkMs: 10 });
    expect((await listen(create())).names.at(-1)).toBe('run.completed');
    expect((await listen(respond())).names.at(-1)).toBe('completed');
    api.misbehave('responses.create', { cutAfterEvents: 3 });
    const cut = await listen(respond());
    expect([cut.names.length, cut.end]).toMatchObject([3, TERMINATED]);
  });

  test('a client that leaves ends a response in the foreground, and no run', async () => {
    const thought = gate();
    const script = async () => thought.opened.then(() => say('Done.'));
    const { api, create, respond, run, response } = await served({ script, thinkMs: 1 });
    for await (const _ of await respond()) break;
    await until(() => response().status === 'cancelled');
    for await (const _ of await create()) break;
    thought.open();
    await until(() => run().status === 'completed');
    api.misbehave('responses.create', { stallAfterEvents: 1 });
    for await (const _ of await respond({ background: true })) break;
    await until(() => response().status === 'completed');
  });
});
