import { describe, expect, test } from '@jest/globals';
import { callTools, emitItems, fail, reportStatus, say, stopShort } from 'interven-openai-assistants/testing';
import { holdTimers } from '../setup/held-timers.ts';
import { MODEL } from '../setup/model.ts';
import { output, refusal } from './responses-world.ts';
import { CLIENTS, listen, listening, until, world } from './streams-world.ts';

const TEXT = '  It is 12:30,\n my friend. ';
const CALLS = callTools(
  { id: 'call_a', name: 'add', arguments: { x: 1, text: 'a b' } },
  { id: 'call_b', name: 'shell', kind: 'text', arguments: 'list all' },
);

const ADDED = 'output_item.added';
const DONE = 'output_item.done';
const PART = ['content_part.added', 'output_text.delta', 'output_text.done', 'content_part.done'];
const CALL = ['function_call_arguments.delta', 'function_call_arguments.done'];
const CUSTOM = ['custom_tool_call_input.delta', 'custom_tool_call_input.done'];

/** The events without repeated fields. */
const once = (names: string[]) => names.filter((name, index) => name !== names[index - 1]);

describe.each(CLIENTS)('a response that %s streams', (_, Client) => {
  test('sends its items in progress, and last the final response', async () => {
    const { api, respond, response, responses } = world([CALLS, say(TEXT)], { Client });
    const calls = await listen(respond());
    const items = [ADDED, ...CALL, DONE, ADDED, ...CUSTOM, DONE];
    expect(once(calls.names)).toEqual(['created', 'in_progress', ...items, 'completed']);
    const { id } = response();
    const answers = [output('call_a'), { ...output('call_b'), type: 'custom_tool_call_output' }];
    const words = await listen(respond({ previous_response_id: id, input: answers }));
    expect(once(words.names)).toEqual(['created', 'in_progress', ADDED, ...PART, DONE, 'completed']);
    const last = words.events.at(-1);
    const stored = JSON.stringify(await responses.retrieve(response().id));
    expect(JSON.parse(stored)).toMatchObject(last && 'response' in last ? last.response : {});
    for (const { events, end } of [calls, words]) {
      expect(end).toBe('ended');
      expect(events.map(({ sequence_number: number }) => number)).toEqual([...events.keys()]);
    }
    expect(api.requests.map(({ body }) => body).slice(0, 2)).toMatchObject([{ stream: true }, { stream: true }]);
    api.assertDone();
  });

  test('works with the SDK’s stream helper', async () => {
    const { responses } = world([CALLS, say(TEXT)], { Client });
    const parts: string[] = [];
    const calls = await responses
      .stream({ model: MODEL, input: 'Hello' })
      .on('response.function_call_arguments.delta', ({ delta }) => parts.push(delta))
      .finalResponse();
    const [call, custom] = calls.output;
    expect([calls.status, call, custom]).toMatchObject([
      'completed',
      { type: 'function_call', call_id: 'call_a', arguments: '{"x":1,"text":"a b"}' },
      { type: 'custom_tool_call', call_id: 'call_b', input: 'list all' },
    ]);
    expect(parts.length).toBeGreaterThan(2);
    expect(parts.join('')).toBe('{"x":1,"text":"a b"}');
    const words = await responses.stream({ model: MODEL, input: 'Hello' }).finalResponse();
    expect(words.output).toMatchObject([{ type: 'message', content: [{ type: 'output_text', text: TEXT }] }]);
  });

  test('in the background can be resumed after the last received event', async () => {
    const half = holdTimers(150);
    const { respond, response, responses } = world([say(TEXT)], { Client, thinkMs: 300 });
    for await (const { sequence_number: number } of await respond({ background: true })) if (number === 1) break;
    const { id } = response();
    expect(response().status).toBe('queued');
    half.end();
    const rest = await listen(responses.retrieve(id, { stream: true, starting_after: 1 }));
    expect(once(rest.names)).toEqual(['in_progress', ADDED, ...PART, DONE, 'completed']);
    expect(rest.events[0]?.sequence_number).toBe(2);
    const whole = await listen(responses.retrieve(id, { stream: true }));
    expect(whole.events.slice(2)).toEqual(rest.events);
    expect(whole.names.slice(0, 2)).toEqual(['created', 'queued']);
    const last = whole.events.at(-1)?.sequence_number ?? 0;
    expect((await listen(responses.retrieve(id, { stream: true, starting_after: last }))).events).toEqual([]);
    expect((await responses.stream({ response_id: id }).finalResponse()).status).toBe('completed');
  });
});

describe('the events of a response', () => {
  test('have the ids of its items, and parts with the complete texts', async () => {
    const { respond, response, responses } = world([CALLS]);
    const { events } = await listen(respond());
    const { output: items } = await responses.retrieve(response().id);
    const added = events.flatMap((event) => (event.type === 'response.output_item.added' ? [event.item] : []));
    const begun = { status: 'in_progress' };
    expect(added).toEqual([
      { ...items[0], ...begun, arguments: '' },
      { ...items[1], ...begun, input: '' },
    ]);
    const done = events.flatMap((event) => (event.type === 'response.output_item.done' ? [event.item] : []));
    expect(done).toEqual(items);
    const deltas = events.flatMap((event) => ('delta' in event && 'item_id' in event ? [event] : []));
    const texts = items.map(({ id }) => deltas.map(({ item_id, delta }) => (item_id === id ? delta : '')).join(''));
    expect(texts).toEqual(['{"x":1,"text":"a b"}', 'list all']);
  });

  test('contain text in deltas that join to it', async () => {
    const { respond } = world([say(TEXT)]);
    const { events } = await listen(respond());
    const words = events.flatMap((event) => (event.type === 'response.output_text.delta' ? [event.delta] : []));
    expect(words.length).toBeGreaterThan(3);
    expect(words.join('')).toBe(TEXT);
  });

  test('never complete a call that was cut off', async () => {
    const { respond } = world([stopShort(undefined, { name: 'add', arguments: { x: 1, y: 2 } })]);
    const { names, events } = await listen(respond());
    expect(once(names)).toEqual(['created', 'in_progress', ADDED, CALL[0], DONE, 'incomplete']);
    expect(events.at(-2)).toMatchObject({ item: { status: 'incomplete' } });
  });

  test('show other items when they are added and done', async () => {
    const refused = { type: 'message', role: 'assistant', content: [{ type: 'refusal', refusal: 'No.' }] };
    const { respond } = world([emitItems({ type: 'reasoning', summary: [] }, refused)]);
    const { names, end } = await listen(respond());
    const parts = ['content_part.added', 'content_part.done'];
    expect([names, end]).toEqual([
      ['created', 'in_progress', ADDED, DONE, ADDED, ...parts, DONE, 'completed'],
      'ended',
    ]);
  });

  test.each([
    ['fails', fail('Busy.'), 'failed'],
    ['stops short', stopShort(), 'incomplete'],
    ['is cancelled', reportStatus('cancelled'), 'failed'],
    ['has an unknown status', reportStatus('on_fire'), 'on_fire'],
  ])('of a response that %s end with its status', async (_, step, last) => {
    const { respond, response } = world([step]);
    const { names, events, end } = await listen(respond());
    expect([names, end]).toEqual([['created', 'in_progress', last], 'ended']);
    expect(events.at(-1)).toMatchObject({ response: { id: response().id, status: response().status } });
  });
});

describe('a response in the background', () => {
  test('continues without its client', async () => {
    const half = holdTimers(5);
    const { respond, response } = world([say('One')], { thinkMs: 10 });
    for await (const _ of await respond({ background: true })) break;
    expect(response().status).toBe('queued');
    half.end();
    await until(() => response().status === 'completed');
  });

  test('that is cancelled sends a failure on every stream, and ends it', async () => {
    const { respond, response, responses } = world([], { thinkMs: 60_000 });
    const first = listening(respond({ background: true }));
    await until(() => first.names.length === 2);
    const second = listening(responses.retrieve(response().id, { stream: true, starting_after: 0 }));
    await until(() => second.names.length === 1);
    await responses.cancel(response().id);
    expect([await first.ended, await second.ended]).toEqual(['ended', 'ended']);
    expect([first.names.at(-1), second.names]).toEqual(['failed', ['queued', 'failed']]);
    expect(first.events.at(-1)).toMatchObject({ response: { status: 'cancelled' } });
  });

  test('with a scripted status can still be ended', async () => {
    const { api, respond, response } = world([reportStatus('in_progress')]);
    const { names, ended } = listening(respond({ background: true }));
    await until(() => names.length === 4);
    api.endRun(response().id, 'failed');
    expect([await ended, names.at(-1)]).toEqual(['ended', 'failed']);
  });

  test('can be resumed only if it streams in the background, after an event number', async () => {
    const { responses, respond, response } = world(() => say('Done.'));
    const join = async (more: object = {}) => refusal(responses.retrieve(response().id, { stream: true, ...more }));
    const reason = (what: string) =>
      `400 This response cannot be streamed because it was not created with ${what}=true. | stream | invalid_request_error`;
    await listen(respond());
    expect(await join()).toBe(reason('background'));
    await responses.create({ model: MODEL, input: 'Hello', background: true });
    expect(await join()).toBe(reason('stream'));
    await listen(respond({ background: true }));
    expect(await join({ starting_after: 0 })).toBe('accepted');
    const cursor =
      "400 Invalid type for 'starting_after': expected an integer, but got a string instead. | starting_after | invalid_type";
    for (const starting_after of [-1, 1.5, 'x']) expect(await join({ starting_after })).toBe(cursor);
    expect(await refusal(responses.retrieve('resp_x', { stream: true }))).toMatch("'resp_x' not found");
  });
});

describe('a response in the foreground', () => {
  test('ends when its client disconnects; its conversation is unlocked and unchanged', async () => {
    const half = holdTimers(10);
    const { api, respond, response, conversationId } = world([say('Two')], { thinkMs: 20 });
    for await (const _ of await respond({ conversation: conversationId })) break;
    expect(response().status).toBe('cancelled');
    half.end();
    expect(api.items(conversationId)).toHaveLength(1);
    const { names } = await listen(respond({ conversation: conversationId }));
    expect(names.at(-1)).toBe('completed');
    expect(api.items(conversationId)).toHaveLength(3);
    expect(api.responses().map(({ status }) => status)).toEqual(['cancelled', 'completed']);
  });

  test('ends if its client has already disconnected', async () => {
    const { ask, response } = world([], { thinkMs: 60_000 });
    await expect(ask('/responses', AbortSignal.abort())).rejects.toMatchObject({ name: 'AbortError' });
    await until(() => response().status === 'cancelled');
  });

  test('keeps its status when its client disconnects after the end', async () => {
    const { respond, response } = world([say('One')]);
    const stream = await respond();
    await until(() => response().status === 'completed');
    stream.controller.abort();
    expect((await listen(Promise.resolve(stream))).names).toEqual([]);
    expect(response().status).toBe('completed');
  });

  test('ends when its connection breaks', async () => {
    const { api, respond, response } = world([], { thinkMs: 60_000 });
    const { names, ended } = listening(respond());
    await until(() => names.length === 2);
    api.breakStreams();
    expect(await ended).toMatchObject({ name: 'TypeError', message: 'terminated' });
    expect(response().status).toBe('cancelled');
  });
});
