import { describe, expect, test } from '@jest/globals';
import * as testing from 'interven-openai-assistants/testing';
import { gate } from '../setup/gate.ts';
import { MODEL } from '../setup/model.ts';
import { until } from './streams-world.ts';
import { LOCKED, output, refusal, world, type Item } from './responses-world.ts';

const { callTools, fail, reportStatus, say, stopShort } = testing;
const CALL = callTools({ id: 'call_a', name: 'add' });
const POISONED = '400 No tool output found for function call call_a. | input';
const user = (content: string): Item => ({ role: 'user', content });
const types = (items: { type?: unknown }[]) => items.map(({ type }) => type);

describe('a conversation', () => {
  test('gets the input and the output of a response together, when it has completed', async () => {
    const thought = gate();
    const steps = [CALL, say('Done.')];
    const script = async () => thought.opened.then(() => steps.shift() ?? CALL);
    const { api, on, conversationId } = world(script, { thinkMs: 1 });
    const asking = on([user('Add')]);
    await until(() => api.responses()[0]?.status === 'in_progress');
    expect(types(api.items(conversationId))).toEqual(['message']);
    thought.open();
    expect((await asking).conversation).toEqual({ id: conversationId });
    expect(types(api.items(conversationId))).toEqual(['message', 'message', 'function_call']);
    await on([output('call_a')]);
    expect(types(api.items(conversationId)).slice(3)).toEqual(['function_call_output', 'message']);
    expect(api.messages(conversationId)).toEqual([
      { role: 'user', text: 'Hello' },
      { role: 'user', text: 'Add' },
      { role: 'assistant', text: 'Done.' },
    ]);
    expect(api.items(conversationId).map(({ id }) => typeof id)).toEqual(Array(5).fill('string'));
    expect(api.items(conversationId).map(({ content }) => (content as Item[] | undefined)?.[0]?.type)).toEqual([
      ...['input_text', 'input_text', undefined, undefined, 'output_text'],
    ]);
  });

  test.each<[string, testing.ModelStep, number]>([
    ['keeps those of one that stopped short', stopShort('max_output_tokens', { name: 'add' }), 3],
    ['keeps nothing of one that failed', fail('Busy.'), 1],
    ['keeps nothing of one that was cancelled', reportStatus('cancelled'), 1],
  ])('%s', async (_, step, count) => {
    const { api, on, conversationId } = world([step]);
    await on([user('Add')]);
    expect(api.items(conversationId)).toHaveLength(count);
  });

  test('keeps the items of a response that is not stored itself', async () => {
    const { api, on, conversationId, responses } = world([say('Done.')]);
    const { id } = await on([], { store: false });
    expect(await refusal(responses.retrieve(id))).toBe(`404 Response with id '${id}' not found.`);
    expect(api.messages(conversationId).at(-1)?.text).toBe('Done.');
  });

  test('is locked while a response is in flight on it, and no longer', async () => {
    let thought = gate();
    const script = async () => thought.opened.then(() => say('Done.'));
    const { on, conversations, conversationId, responses, api } = world(script, { thinkMs: 1 });
    const id = String(api.items(conversationId)[0]?.['id']);
    const add = async () => conversations.items.create(conversationId, { items: [user('Hi')] });
    const remove = async () => conversations.items.delete(id, { conversation_id: conversationId });
    for (const background of [true, false]) {
      thought = gate();
      const first = on([], { background });
      await until(() => api.responses().some(({ status }) => status === 'in_progress'));
      expect(await refusal(on())).toBe(LOCKED);
      expect(await refusal(add())).toBe(LOCKED);
      expect(await refusal(remove())).toBe(LOCKED);
      expect((await conversations.retrieve(conversationId)).id).toBe(conversationId);
      if (background) await responses.cancel((await first).id);
      thought.open();
      await first;
    }
    expect(await refusal(add())).toBe('accepted');
    expect(await refusal(remove())).toBe('accepted');
    expect((await on()).status).toBe('completed');
  });

  test('that holds an unanswered call refuses every response until the output is added', async () => {
    const { on, conversations, conversationId } = world([CALL, say('Done.')]);
    await on();
    expect(await refusal(on())).toBe(POISONED);
    expect(await refusal(on([user('Hi')]))).toBe(POISONED);
    const { data } = await conversations.items.create(conversationId, { items: [output('call_a')] });
    expect(data).toMatchObject([{ type: 'function_call_output', call_id: 'call_a', output: 'A', status: 'completed' }]);
    expect((await on()).output_text).toBe('Done.');
  });

  test('that holds an unanswered call is healed by the deletion of the call', async () => {
    const { on, conversations, conversationId } = world([CALL, say('Done.')]);
    const [call] = (await on()).output;
    expect(await refusal(on())).toBe(POISONED);
    const left = await conversations.items.delete(call?.id ?? '', { conversation_id: conversationId });
    expect(left).toMatchObject({ id: conversationId, object: 'conversation' });
    expect((await on()).output_text).toBe('Done.');
  });

  test('takes no output without an open call, in a response or by itself', async () => {
    const { api, on, conversations, conversationId } = world([CALL, say('Done.')]);
    const stray = '400 No tool call found for function call output with call_id call_a. |';
    const add = async () => conversations.items.create(conversationId, { items: [output('call_a')] });
    expect(await refusal(add())).toBe(`${stray} items`);
    await on();
    await add();
    expect(await refusal(add())).toBe(`${stray} items`);
    expect(await refusal(on([output('call_a')]))).toBe(`${stray} input`);
    expect(await refusal(conversations.create({ items: [output('call_a')] }))).toBe(`${stray} items`);
    expect(api.items(conversationId)).toHaveLength(3);
  });

  test('is created, updated, and deleted', async () => {
    const { conversations } = world([]);
    const { id, ...made } = await conversations.create({ metadata: { tag: 'x' }, items: [user('Hi')] });
    expect(made).toEqual({ object: 'conversation', created_at: expect.any(Number), metadata: { tag: 'x' } });
    await conversations.update(id, { metadata: { tag: 'y' } });
    expect((await conversations.retrieve(id)).metadata).toEqual({ tag: 'y' });
    expect(await conversations.delete(id)).toEqual({ id, object: 'conversation.deleted', deleted: true });
    const gone = `404 Conversation with id '${id}' not found.`;
    expect(await refusal(conversations.retrieve(id))).toBe(gone);
    expect(await refusal(conversations.update(id, { metadata: {} }))).toBe(gone);
    expect(await refusal(conversations.delete(id))).toBe(gone);
    expect(await refusal(Promise.resolve(conversations.items.list(id)))).toBe(gone);
  });

  test('that is deleted while a response is in flight lets it complete', async () => {
    const thought = gate();
    const script = async () => thought.opened.then(() => say('Done.'));
    const { api, on, conversations, conversationId } = world(script, { thinkMs: 1 });
    const asking = on();
    await until(() => api.responses()[0]?.status === 'in_progress');
    await conversations.delete(conversationId);
    thought.open();
    expect((await asking).output_text).toBe('Done.');
  });

  test('is refused with too many items, too much metadata, or a parameter that is missing or unknown', async () => {
    const { conversations, conversationId } = world([]);
    const items = Array.from({ length: 21 }, () => user('Hi'));
    const tooLong =
      "400 Invalid 'items': array too long. Expected an array with maximum length 20, but got an array with length 21 instead. | items | array_above_max_length";
    expect(await refusal(conversations.create({ items }))).toBe(tooLong);
    expect(await refusal(conversations.items.create(conversationId, { items }))).toBe(tooLong);
    const empty =
      "400 Invalid 'items': empty array. Expected an array with minimum length 1, but got an empty array instead. | items | empty_array";
    expect(await refusal(conversations.items.create(conversationId, { items: [] }))).toBe(empty);
    const unknown = "400 Unknown parameter: 'item'. | item | unknown_parameter";
    expect(await refusal(conversations.create({ item: [] } as never))).toBe(unknown);
    expect(await refusal(conversations.update(conversationId, { metadata: {}, item: [] } as never))).toBe(unknown);
    expect(await refusal(conversations.items.create(conversationId, { items, item: [] } as never))).toBe(unknown);
    expect(await refusal(conversations.update(conversationId, {} as never))).toMatch("'metadata'");
    const absent = "400 Missing required parameter: 'items'. | items | missing_required_parameter";
    expect(await refusal(conversations.items.create(conversationId, {} as never))).toBe(absent);
    expect(await refusal(conversations.create({ items: 'Hi' } as never))).toMatch("Invalid type for 'items'");
    const metadata = { key: 'v'.repeat(513) };
    const long =
      "400 Invalid 'metadata.key': string too long. Expected a string with maximum length 512, but got a string with length 513 instead. | metadata.key | string_above_max_length";
    expect(await refusal(conversations.create({ metadata }))).toBe(long);
    expect(await refusal(conversations.update(conversationId, { metadata }))).toBe(long);
    expect(await refusal(conversations.create({ items: items.slice(1) }))).toBe('accepted');
  });
});

describe('the items of a conversation', () => {
  test('are listed newest first or as ordered, cut at their limit, and from one on', async () => {
    const { conversations } = world([]);
    const items = Array.from({ length: 20 }, (_, at) => user(String(at)));
    const { id } = await conversations.create({ items });
    await conversations.items.create(id, { items: [user('20')] });
    const listed = async (query = {}) => {
      const { data, has_more } = await conversations.items.list(id, query);
      const texts = data.map(
        (item) => item.type === 'message' && item.content.map((part) => 'text' in part && part.text).join(),
      );
      return { data, has_more, texts };
    };
    expect(await listed()).toMatchObject({ has_more: true, texts: { 0: '20', 19: '1', length: 20 } });
    expect(await listed({ limit: 100, order: 'asc' })).toMatchObject({
      has_more: false,
      texts: { 0: '0', length: 21 },
    });
    const { data } = await listed({ limit: 2 });
    expect((await listed({ limit: 2, after: data[1]?.id })).texts).toEqual(['18', '17']);
    for (const limit of [0, 101]) expect(await refusal(listed({ limit }))).toMatch("400 Invalid 'limit'");
    expect(await refusal(listed({ order: 'up' }))).toMatch("400 Invalid value: 'up'.");
  });

  test('are found by id, until they are deleted', async () => {
    const { api, conversations, conversationId, create } = world([]);
    const item = api.items(conversationId)[0] ?? {};
    const id = String(item['id']);
    const at = { conversation_id: conversationId };
    expect(await conversations.items.retrieve(id, at)).toEqual(item);
    const elsewhere = await conversations.create({ items: [{ type: 'item_reference', id }] });
    expect(api.items(elsewhere.id)).toEqual([item]);
    await conversations.items.delete(id, at);
    const gone = `404 Item with id '${id}' not found.`;
    expect(await refusal(conversations.items.retrieve(id, at))).toBe(gone);
    expect(await refusal(conversations.items.delete(id, at))).toBe(gone);
    expect(await refusal(create({ input: [{ type: 'item_reference', id }] }))).toBe(gone);
    expect(api.items(conversationId)).toEqual([]);
  });

  test('are checked as those of an input', async () => {
    const { conversations, conversationId } = world([]);
    const add = async (item: object) => refusal(conversations.items.create(conversationId, { items: [item as never] }));
    expect(await add({ type: 'wand_call' })).toMatch(/^400 Invalid value: 'wand_call'.* \| items\[0\]\.type/);
    expect(await add({ role: 'user' })).toMatch("Missing required parameter: 'items[0].content'");
    expect(await add({ type: 'item_reference', id: 'x' })).toBe("404 Item with id 'x' not found.");
  });
});

test('every request of responses and conversations can misbehave', async () => {
  const { api, client, conversationId } = world([]);
  const { responses, conversations } = client;
  const at = { conversation_id: conversationId };
  const requests: [testing.FakeOperation, () => PromiseLike<unknown>][] = [
    ['responses.create', () => responses.create({ model: MODEL, input: 'Hi' })],
    ['responses.retrieve', () => responses.retrieve('x')],
    ['responses.cancel', () => responses.cancel('x')],
    ['responses.delete', () => responses.delete('x')],
    ['responses.inputItems.list', () => responses.inputItems.list('x')],
    ['conversations.create', () => conversations.create()],
    ['conversations.retrieve', () => conversations.retrieve(conversationId)],
    ['conversations.update', () => conversations.update(conversationId, { metadata: {} })],
    ['conversations.delete', () => conversations.delete(conversationId)],
    ['conversations.items.create', () => conversations.items.create(conversationId, { items: [user('Hi')] })],
    ['conversations.items.list', () => conversations.items.list(conversationId)],
    ['conversations.items.retrieve', () => conversations.items.retrieve('x', at)],
    ['conversations.items.delete', () => conversations.items.delete('x', at)],
  ];
  for (const [operation, request] of requests) {
    api.misbehave(operation, { status: 418 });
    await expect(Promise.resolve(request())).rejects.toMatchObject({ status: 418 });
  }
  api.assertDone();
});

test('a reply that is lost leaves its items in the conversation', async () => {
  const { api, on, conversationId } = world([say('Done.')]);
  api.misbehave('responses.create', { dropReply: true });
  await expect(on()).rejects.toThrow('Connection error.');
  expect(api.messages(conversationId).at(-1)).toEqual({ role: 'assistant', text: 'Done.' });
});
