import { describe, expect, jest, test } from '@jest/globals';
import { callTools, fail, reportStatus, requestApprovals, say, stopShort } from 'interven-openai-assistants/testing';
import { gate } from '../setup/gate.ts';
import { holdTimers } from '../setup/held-timers.ts';
import { idle } from '../setup/idle.ts';
import { CLIENTS, listen, listening, toolOutputs, until, world } from './streams-world.ts';

const TEXT = '  It is 12:30,\n my friend. ';
const CALLS = callTools({ id: 'call_a', name: 'add', arguments: { x: 1, text: 'a b' } }, { id: 'call_b', name: 'sub' });
const OUTPUTS: [string, string][] = [
  ['call_a', 'A'],
  ['call_b', 'B'],
];

const BEGIN = ['run.created', 'run.queued', 'run.in_progress'];
const STEP = ['run.step.created', 'run.step.in_progress'];
const MESSAGE = ['message.created', 'message.in_progress'];

/** The events without repeated fields. */
const once = (names: string[]) => names.filter((name, index) => name !== names[index - 1]);

describe.each(CLIENTS)('a run that %s streams', (_, Client) => {
  test('sends its calls, ends while the run waits for outputs, and continues in the outputs’ stream', async () => {
    const { api, runs, create, submit, run, at } = world([CALLS, say(TEXT)], { Client });
    const calls = await listen(create());
    expect(once(calls.names)).toEqual([...BEGIN, ...STEP, 'run.step.delta', 'run.requires_action']);
    expect(calls.end).toBe('ended');
    const { id } = run();
    const words = await listen(submit(id, OUTPUTS));
    const said = [...STEP, ...MESSAGE, 'message.delta', 'message.completed', 'run.step.completed', 'run.completed'];
    expect(once(words.names)).toEqual(['run.step.completed', 'run.queued', 'run.in_progress', ...said]);
    expect(words.end).toBe('ended');
    expect(calls.events.at(-1)?.data).toMatchObject({ id, status: 'requires_action' });
    expect(words.events.at(-1)?.data).toEqual(await runs.retrieve(id, at));
    const asked = ['runs.create', 'runs.submitToolOutputs'];
    const streams = api.requests.filter(({ operation }) => asked.includes(operation));
    expect(streams.map(({ body }) => body)).toMatchObject([{ stream: true }, { stream: true }]);
    api.assertDone();
  });

  test('works with the SDK’s stream helper, from the calls to the message', async () => {
    const { runs, threadId, body, at } = world([CALLS, say(TEXT)], { Client });
    const done: object[] = [];
    const waiting = await runs
      .stream(threadId, body)
      .on('toolCallDone', (call) => done.push(call))
      .finalRun();
    const asked = waiting.required_action?.submit_tool_outputs.tool_calls;
    expect(asked?.map(({ function: { arguments: args } }) => args)).toEqual(['{"x":1,"text":"a b"}', '{}']);
    expect(done).toMatchObject(asked ?? []);
    const tool_outputs = toolOutputs(OUTPUTS);
    let text = '';
    const rest = runs.submitToolOutputsStream(waiting.id, { ...at, tool_outputs });
    const completed = await rest.on('textDelta', ({ value }) => (text += value ?? '')).finalRun();
    expect([completed.status, text]).toEqual(['completed', TEXT]);
    expect(await rest.finalMessages()).toMatchObject([{ content: [{ text: { value: TEXT } }] }]);
    expect((await rest.finalRunSteps()).map(({ type, status }) => [type, status])).toEqual([
      ['tool_calls', 'completed'],
      ['message_creation', 'completed'],
    ]);
  });

  test('can be created with its thread', async () => {
    const { client, body, create, threadId } = world([say('One'), say('Two')], { Client });
    const thread = { messages: [{ role: 'user' as const, content: 'Hi' }] };
    const { events, names } = await listen(client.beta.threads.createAndRun({ ...body, thread, stream: true }));
    expect(names.slice(0, 4)).toEqual(['created', ...BEGIN]);
    const [created, run] = events.map(({ data }) => data as { id: string; thread_id?: string });
    expect(created).toMatchObject({ object: 'thread', id: run?.thread_id });
    expect(created?.id).not.toBe(threadId);
    expect((await listen(create())).names).not.toContain('created');
  });
});

describe('the events of a run', () => {
  test('contain the run as it was at each event', async () => {
    const { create } = world([CALLS]);
    const { events } = await listen(create());
    const runs = events.map(({ data }) => data).filter((data) => 'object' in data && data.object === 'thread.run');
    const states = runs.map((run) =>
      'status' in run ? [run.status, 'started_at' in run && run.started_at !== null] : [],
    );
    const began = [
      ['queued', false],
      ['queued', false],
      ['in_progress', true],
    ];
    expect(states).toEqual([...began, ['requires_action', true]]);
  });

  test('contain a call’s name, then its arguments in parts, in a step that equals the listed one', async () => {
    const { create, runs, run, at } = world([CALLS]);
    const { events } = await listen(create());
    const steps = (await runs.steps.list(run().id, at)).data;
    const open = { status: 'in_progress', step_details: { type: 'tool_calls', tool_calls: [] } };
    const created = events.find(({ event }) => event === 'thread.run.step.created');
    expect(created?.data).toEqual({ ...steps[0], ...open });
    const deltas = events.flatMap(({ event, data }) => (event === 'thread.run.step.delta' ? [data] : []));
    expect(new Set(deltas.map(({ id }) => id))).toEqual(new Set([steps[0]?.id]));
    const parts = deltas.map(({ delta: { step_details: details } }) =>
      details?.type === 'tool_calls' ? details.tool_calls?.[0] : undefined,
    );
    const text = (of: number) =>
      parts.flatMap((part) => (part?.index === of && part.type === 'function' ? (part.function?.arguments ?? '') : []));
    expect(parts[0]).toEqual({
      index: 0,
      id: 'call_a',
      type: 'function',
      function: { name: 'add', arguments: '', output: null },
    });
    expect(text(0).length).toBeGreaterThan(2);
    expect([text(0).join(''), text(1).join('')]).toEqual(['{"x":1,"text":"a b"}', '{}']);
    expect(deltas.every(({ delta }) => !('id' in delta))).toBe(true);
  });

  test('contain a message in deltas that join to its text, and then the listed message', async () => {
    const { client, create, threadId } = world([say(TEXT)]);
    const { events } = await listen(create());
    const words = events.flatMap(({ event, data }) =>
      event === 'thread.message.delta' ? (data.delta.content ?? []) : [],
    );
    const values = words.map((part) => (part.type === 'text' ? (part.text?.value ?? '') : ''));
    expect(values.length).toBeGreaterThan(3);
    expect(values.join('')).toBe(TEXT);
    const completed = events.find(({ event }) => event === 'thread.message.completed');
    const [listed] = (await client.beta.threads.messages.list(threadId)).data;
    expect(completed?.data).toMatchObject({ ...listed, status: 'completed' });
    const created = events.find(({ event }) => event === 'thread.message.created');
    expect(created?.data).toMatchObject({ id: listed?.id, status: 'in_progress', content: [] });
  });

  test('of a message without text are those of an empty message', async () => {
    const { create } = world([say('')]);
    const { names } = await listen(create());
    expect(names).toContain('message.completed');
    expect(names).not.toContain('message.delta');
  });

  test.each([
    ['fails', fail('Busy.', 'rate_limit_exceeded'), ['run.failed']],
    ['stops short', stopShort(), ['run.incomplete']],
    ['waits for approvals', requestApprovals({ name: 'search' }), [...STEP, 'run.requires_action']],
    ['has an unknown status', reportStatus('on_fire'), ['run.on_fire']],
  ])('of a run that %s end with its status', async (_, step, last) => {
    const { create, runs, run, at } = world([step]);
    const { names, events, end } = await listen(create());
    expect([names, end]).toEqual([[...BEGIN, ...last], 'ended']);
    expect(events.at(-1)?.data).toEqual(await runs.retrieve(run().id, at));
  });

  test('of a run whose script throws end with its failure', async () => {
    const { create } = world(() => {
      throw new Error('Boom.');
    });
    const { names, end } = await listen(create());
    expect([names, end]).toEqual([['run.created', 'run.queued', 'run.failed'], 'ended']);
  });
});

describe('while the model thinks', () => {
  test('the stream is open, and the run continues without its client', async () => {
    const half = holdTimers(15);
    const { create, run } = world([say('One')], { thinkMs: 30 });
    const names: string[] = [];
    for await (const { event } of await create()) {
      names.push(event);
      if (event === 'thread.run.queued') half.pass();
      if (event === 'thread.run.in_progress') break;
    }
    expect([names.length, run().status]).toEqual([3, 'in_progress']);
    half.end();
    await until(() => run().status === 'completed');
  });

  test('a client that has already disconnected does not affect the run', async () => {
    const { ask, run } = world([say('One')]);
    await expect(ask('/threads/runs', AbortSignal.abort())).rejects.toMatchObject({ name: 'AbortError' });
    await until(() => run().status === 'completed');
  });

  test('a cancelled run sends its status on its stream, and ends it', async () => {
    const { create, runs, run, at } = world([], { thinkMs: 60_000 });
    const { names, ended } = listening(create());
    await until(() => names.length === 2);
    expect((await runs.cancel(run().id, at)).status).toBe('cancelling');
    expect(await ended).toBe('ended');
    expect(names).toEqual(['run.created', 'run.queued', 'run.cancelling', 'run.cancelled']);
  });

  test('an expired run sends its status on its stream without a request, and ends it', async () => {
    const { create } = world([], { thinkMs: 60_000, lifetimeMs: 30 });
    const { names, end } = await listen(create());
    expect([names, end]).toEqual([['run.created', 'run.queued', 'run.expired'], 'ended']);
  });

  test.each(['cancelled', 'expired', 'failed'] as const)(
    'a run that the test ends as %s sends that status',
    async (status) => {
      const { api, create, run } = world([], { thinkMs: 60_000 });
      const { names, ended } = listening(create());
      await until(() => names.length === 2);
      api.endRun(run().id, status);
      expect(await ended).toBe('ended');
      expect(names.at(-1)).toBe(`run.${status}`);
    },
  );

  test('a stream breaks on breakStreams(); the run continues and can only be polled', async () => {
    const thought = gate();
    const script = async () => thought.opened.then(() => say('One'));
    const { api, create, runs, run, at } = world(script, { thinkMs: 1 });
    const { names, ended } = listening(create());
    await until(() => names.length === 3);
    api.breakStreams(run().id);
    expect(await ended).toMatchObject({ name: 'TypeError', message: 'terminated' });
    thought.open();
    expect((await runs.poll(run().id, at, { pollIntervalMs: 1 })).status).toBe('completed');
    expect(names.length).toBe(3);
  });
});

describe('a stream without a reader', () => {
  test('leaves no timer for the expiry of its run, which the next request detects', async () => {
    const expiry = holdTimers((ms) => ms > 40_000 && ms <= 50_000);
    const { create, runs, run, at } = world([], { thinkMs: 60_000, lifetimeMs: 50_000 });
    for await (const _ of await create()) break;
    await idle();
    expect(expiry.held()).toBe(0);
    expect(run().status).toBe('queued');
    jest.spyOn(Date, 'now').mockReturnValue(Date.now() + 50_000);
    expect((await runs.retrieve(run().id, at)).status).toBe('expired');
    jest.restoreAllMocks();
  });

  test('does not keep the process alive; a stream that is read does while the model thinks', async () => {
    const { calls, results } = jest.spyOn(globalThis, 'setTimeout').mock;
    const thinkMs = 54_321;
    /** The timers of the model that keep the process alive. */
    const timers = () =>
      results.filter(({ value }, index) => calls[index]?.[1] === thinkMs / 2 && (value as NodeJS.Timeout).hasRef())
        .length;
    const { create, respond } = world([], { thinkMs });
    const streams = [await create(), await respond(), await respond({ background: true })];
    expect(timers()).toBe(3);
    for (const { controller } of streams) controller.abort();
    expect(timers()).toBe(0);
    jest.restoreAllMocks();
  });
});

test('the body of a stream has the API’s format, to its last line', async () => {
  const { ask } = world(() => say('Done.'));
  const run = await ask('/threads/runs');
  expect([run.status, run.headers.get('content-type')]).toEqual([200, 'text/event-stream; charset=utf-8']);
  const events = (await run.text()).split('\n\n');
  expect(events.slice(-2)).toEqual(['event: done\ndata: [DONE]', '']);
  expect(events[0]).toMatch(/^event: thread\.run\.created\ndata: \{"id":"run_fake\w+",.*\}$/);
  const response = await (await ask('/responses')).text();
  expect(response).toMatch(/^event: response\.created\ndata: \{"type":"response\.created","sequence_number":0,/);
  expect(response).not.toContain('[DONE]');
});

test('a refused request gets an error and no stream', async () => {
  const { create, submit, run } = world([CALLS]);
  await listen(create());
  await expect(create()).rejects.toMatchObject({ status: 400 });
  await expect(submit(run().id, OUTPUTS.slice(1))).rejects.toMatchObject({ status: 400 });
  expect((await listen(submit(run().id, OUTPUTS))).names[0]).toBe('run.step.completed');
});

test('without `stream`, a run and its outputs get a JSON response', async () => {
  const { runs, threadId, body, at, submit } = world([CALLS, CALLS, say('Done.')]);
  const { id } = await runs.createAndPoll(threadId, body);
  const first = await runs.submitToolOutputs(id, { ...at, tool_outputs: toolOutputs(OUTPUTS), stream: false });
  expect(first.status).toBe('queued');
  await runs.poll(id, at);
  const { names } = await listen(submit(id, OUTPUTS));
  expect(names.at(-1)).toBe('run.completed');
});
