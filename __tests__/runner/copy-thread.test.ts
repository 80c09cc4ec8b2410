import { describe, expect, test } from '@jest/globals';
import { FakeOpenAI } from 'interven-openai-assistants/testing';
import OpenAI from 'openai';
import OpenAI5 from 'openai5';
import OpenAI7 from 'openai7';
import { copyThread, type CopyThreadOptions, type ThreadMessageLike } from 'interven-openai-assistants';
import { idle } from '../setup/idle.ts';
import { waitFor } from '../setup/wait-for.ts';
import { rejection } from '../setup/world.ts';

const SDKS = [
  ['openai 5', OpenAI5],
  ['openai 6', OpenAI],
  ['openai 7', OpenAI7],
] as const;

const apiKey = 'test';
const service = () => new FakeOpenAI({ script: [] });
const clientOf = (openai: FakeOpenAI, Client: (typeof SDKS)[number][1] = OpenAI) =>
  new Client({ apiKey, baseURL: openai.baseURL, fetch: openai.fetch });
const operations = (openai: FakeOpenAI) => openai.requests.map(({ operation }) => operation);

const text = (value: string) => ({ type: 'text', text: { value, annotations: [] } });
const messageOf = (role: string, ...content: ThreadMessageLike['content']) => ({ id: `msg_${role}`, role, content });

/** Messages of an export. */
const talk = (length: number): ThreadMessageLike[] =>
  said(length).map(({ role, content }, index) => ({ ...messageOf(role, text(content)), id: `msg_${index}` }));
const said = (length: number) =>
  Array.from({ length }, (_, index) => {
    return { role: index % 2 === 0 ? ('user' as const) : ('assistant' as const), content: `words ${index}` };
  });
const copiedMessages = (length: number) => said(length).map(({ role, content }) => ({ role, text: content }));

describe.each(SDKS)('%s', (_, Client) => {
  test('copies all pages of a thread, oldest first, with twenty messages per request', async () => {
    const [threads, conversations] = [service(), service()];
    const client = clientOf(threads, Client);
    const { id: threadId } = await clientOf(threads).beta.threads.create({ messages: said(245) });
    const to = clientOf(conversations, Client);
    const { signal } = new AbortController();
    const copied = await copyThread({ from: { client, threadId }, to, metadata: { team: 'blue' }, signal });
    const { conversationId } = copied;
    expect(copied).toStrictEqual({ conversationId, messages: 245, skipped: [] });
    expect(conversations.messages(conversationId)).toEqual(copiedMessages(245));
    expect(await to.conversations.retrieve(conversationId)).toMatchObject({ metadata: { team: 'blue' } });
    expect(operations(threads)).toEqual(['threads.create', ...Array<string>(3).fill('messages.list')]);
    const adding = Array<string>(13).fill('conversations.items.create');
    expect(operations(conversations)).toEqual(['conversations.create', ...adding, 'conversations.retrieve']);
  });

  test('does not resend items whose response was lost, and deletes the conversation', async () => {
    const openai = service();
    openai.misbehave('conversations.items.create', { dropReply: true });
    const error = await rejection(copyThread({ from: talk(50), to: clientOf(openai, Client) }));
    expect(error).toMatchObject({ message: 'The thread was not copied: Connection error.', cause: { cause: {} } });
    expect(operations(openai)).toEqual(['conversations.create', 'conversations.items.create', 'conversations.delete']);
  });
});

test('The types accept clients of openai 5, 6 and 7 on both sides, and their messages', () => {
  const [client5, client6, client7] = [new OpenAI5({ apiKey }), new OpenAI({ apiKey }), new OpenAI7({ apiKey })];
  const fits: CopyThreadOptions[] = [
    { from: { client: client5, threadId: 't' }, to: client6 },
    { from: { client: client6, threadId: 't' }, to: client7 },
    { from: { client: client7, threadId: 't' }, to: client5 },
    { from: new Array<OpenAI5.Beta.Threads.Message>(), to: client5 },
    { from: new Array<OpenAI.Beta.Threads.Message>(), to: client6 },
    { from: new Array<OpenAI7.Beta.Threads.Message>(), to: client7 },
  ];
  expect(fits).toHaveLength(6);
});

describe('A message', () => {
  const copy = async (...from: ThreadMessageLike[]) => {
    const openai = service();
    const { conversationId, messages, skipped } = await copyThread({ from, to: clientOf(openai) });
    const items = openai.items(conversationId).map(({ type, role, content }) => ({ type, role, content }));
    expect(messages).toBe(items.length);
    return { items, skipped };
  };
  const image = (url: string, detail?: 'low') => ({ type: 'image_url', image_url: { url, ...(detail && { detail }) } });
  const file = { type: 'image_file', image_file: { file_id: 'file_1' } };

  test('of the user keeps its texts and its images with a URL, in their order', async () => {
    const message = messageOf(
      'user',
      text('This'),
      image('https://a/1.png', 'low'),
      text('or'),
      image('https://a/2.png'),
    );
    const { items, skipped } = await copy(message);
    const content = [
      { type: 'input_text', text: 'This' },
      { type: 'input_image', image_url: 'https://a/1.png', detail: 'low' },
      { type: 'input_text', text: 'or' },
      { type: 'input_image', image_url: 'https://a/2.png', detail: 'auto' },
    ];
    expect([items, skipped]).toStrictEqual([[{ type: 'message', role: 'user', content }], []]);
  });

  test('of the assistant becomes one string, with its refusals', async () => {
    const { items, skipped } = await copy(
      messageOf('assistant', text('One'), { type: 'refusal', refusal: 'I will not.' }),
    );
    const content = [{ type: 'output_text', text: 'One\nI will not.' }];
    expect(items).toMatchObject([{ type: 'message', role: 'assistant', content }]);
    expect(skipped).toEqual([]);
  });

  test.each([
    ['a file of an image', messageOf('user', text('Look'), file), [{ what: 'image_file', fileId: 'file_1' }]],
    ["an assistant's image", messageOf('assistant', text('Look'), image('https://a')), [{ what: 'image_url' }]],
    ['a part of an unknown kind', messageOf('user', text('Look'), { type: 'video' }), [{ what: 'video' }]],
    ['a text that is missing', messageOf('user', text('Look'), { type: 'text' }), [{ what: 'text' }]],
    [
      'attachments',
      { ...messageOf('user', text('Read')), attachments: [{ file_id: 'file_1' }, {}] },
      [{ what: 'attachment', fileId: 'file_1' }, { what: 'attachment' }],
    ],
    [
      'the files of citations and links, each once',
      messageOf('assistant', {
        type: 'text',
        text: {
          value: 'See 【1】 and 【1】',
          annotations: [
            { type: 'file_citation', file_citation: { file_id: 'file_1' } },
            { type: 'file_citation', file_citation: { file_id: 'file_1' } },
            { type: 'file_path', file_path: { file_id: 'file_2' } },
          ],
        },
      }),
      [
        { what: 'file_citation', fileId: 'file_1' },
        { what: 'file_path', fileId: 'file_2' },
      ],
    ],
  ])('is copied without %s, and the result lists the skipped parts', async (_what, message, expected) => {
    const { items, skipped } = await copy(message);
    expect(items).toHaveLength(1);
    expect(skipped).toStrictEqual(expected.map((part) => ({ messageId: message.id, ...part })));
  });

  test.each([
    ['no parts', messageOf('user'), []],
    ['an empty text', messageOf('assistant', text('')), []],
    ['only a file', messageOf('user', file), [{ what: 'image_file', fileId: 'file_1' }]],
    ['a role that threads do not have', messageOf('system', text('Obey')), []],
  ])('with %s is skipped, and the result lists it', async (_what, message, parts) => {
    const { items, skipped } = await copy(message, messageOf('user', text('Hi')));
    expect(items).toHaveLength(1);
    expect(skipped).toStrictEqual([...parts, { what: 'message' }].map((part) => ({ messageId: message.id, ...part })));
  });
});

test('A thread without messages becomes an empty conversation', async () => {
  const openai = service();
  const client = clientOf(openai);
  const { id: threadId } = await client.beta.threads.create();
  const copied = await copyThread({ from: { client, threadId }, to: client });
  expect(copied).toMatchObject({ messages: 0, skipped: [] });
  expect(openai.items(copied.conversationId)).toEqual([]);
});

describe('A copy that fails', () => {
  test('at the thread creates no conversation, and the error names the thread', async () => {
    const openai = service();
    const client = clientOf(openai);
    const error = await rejection(copyThread({ from: { client, threadId: 'thread_1' }, to: client }));
    expect(error).toMatchObject({ cause: { status: 404 } });
    expect((error as Error).message).toMatch(/^Thread thread_1 was not copied: 404 /);
    expect(operations(openai)).toEqual(['messages.list']);
  });

  test.each([
    ['/messages', 'a list', []],
    ['/conversations', 'a conversation', ['messages.list']],
    ['/items', 'a list of items', ['messages.list', 'conversations.create', 'conversations.delete']],
  ] as const)('because a proxy answers %s with a page names it', async (path, what, sent) => {
    const openai = service();
    const { threadId } = openai.seed('Hello');
    const page = { headers: { 'content-type': 'text/html' } };
    const fetch: typeof openai.fetch = async (input, init) => {
      const { pathname } = new URL(new Request(input, init).url);
      return pathname.endsWith(path) ? new Response('<html></html>', page) : openai.fetch(input, init);
    };
    const client = new OpenAI({ apiKey, baseURL: openai.baseURL, fetch });
    const { message } = (await rejection(copyThread({ from: { client, threadId }, to: client }))) as Error;
    expect(message).toContain(`The API response is not ${what}, but an HTML page.`);
    expect(operations(openai)).toEqual(sent);
  });

  test('because the server repeats a page ends', async () => {
    const openai = service();
    const messages = { list: async () => ({ data: talk(2), has_more: true }) };
    const from = { client: { beta: { threads: { messages } } }, threadId: 'thread_1' };
    const error = await rejection(copyThread({ from, to: clientOf(openai) }));
    const why = 'The server returned the same page of messages twice.';
    expect(error).toMatchObject({ message: `Thread thread_1 was not copied: ${why}` });
    expect(operations(openai)).toEqual([]);
  });

  test.each([400, 409, 500])('with the status %d half-way deletes the conversation', async (status) => {
    const openai = service();
    const to = new OpenAI({ apiKey, baseURL: openai.baseURL, fetch: openai.fetch });
    const { items } = to.conversations;
    const create = items.create.bind(items);
    // The last of three requests fails.
    items.create = (id, body, options) => {
      if (body.items.length < 20) openai.misbehave('conversations.items.create', { status });
      return create(id, body, options);
    };
    expect(await rejection(copyThread({ from: talk(50), to }))).toMatchObject({ cause: { status } });
    const adding = Array<string>(2).fill('conversations.items.create');
    expect(operations(openai)).toEqual(['conversations.create', ...adding, 'conversations.delete']);
    openai.assertDone();
  });

  test('and whose conversation cannot be deleted names the conversation in the error', async () => {
    const openai = service();
    openai.misbehave('conversations.items.create', { status: 500 });
    openai.misbehave('conversations.delete', { status: 403 });
    const error = (await rejection(copyThread({ from: talk(1), to: clientOf(openai) }))) as Error;
    expect(error).toMatchObject({ cause: { status: 500 } });
    const [, id = ''] =
      /^The thread was not copied \(its conversation (\S+) could not be deleted\): 500 /.exec(error.message) ?? [];
    expect(openai.items(id)).toEqual([]);
  });

  test.each([
    [2, 'is retried'],
    [3, 'rejects'],
  ])('%d times at the rate limit %s', async (times, _what) => {
    const openai = service();
    openai.misbehave('conversations.items.create', { status: 429, headers: { 'retry-after-ms': '5' }, times });
    const copied = copyThread({ from: talk(25), to: clientOf(openai) });
    if (times < 3) expect(openai.messages((await copied).conversationId)).toEqual(copiedMessages(25));
    else expect(await rejection(copied)).toMatchObject({ cause: { status: 429 } });
    openai.assertDone();
  });
});

describe('An abort', () => {
  const reason = new Error('left');
  const long = 60_000;

  test.each([
    ['a read', 'messages.list', { delayMs: long }, []],
    ['a write', 'conversations.items.create', { delayMs: long }, ['conversations.create', 'conversations.delete']],
    [
      'the wait after a rate limit',
      'conversations.items.create',
      { status: 429, headers: { 'retry-after-ms': `${long - 1}` } },
      ['conversations.create', 'conversations.delete'],
    ],
  ] as const)('during %s ends the copy and deletes the conversation', async (_what, operation, how, expected) => {
    const [caller, openai] = [new AbortController(), service()];
    openai.misbehave(operation, how);
    const client = clientOf(openai);
    const { id: threadId } = await client.beta.threads.create({ messages: said(1) });
    const copied = rejection(copyThread({ from: { client, threadId }, to: client, signal: caller.signal }));
    await waitFor(() => operations(openai).includes('conversations.create') === expected.length > 0);
    await idle();
    caller.abort(reason);
    const error = await copied;
    expect(error).toMatchObject({ message: `Thread ${threadId} was not copied: left` });
    expect((error as Error).cause).toBe(reason);
    expect(operations(openai).filter((one) => one.startsWith('conversations'))).toEqual(expected);
  });

  test('ends the copy although the client ignores the signal', async () => {
    const deleted: string[] = [];
    const conversations = {
      create: async () => ({ id: 'conv_1' }),
      delete: async (id: string) => deleted.push(id),
      items: { create: async () => new Promise(() => undefined) },
    };
    const caller = new AbortController();
    const copied = copyThread({ from: talk(1), to: { conversations }, signal: caller.signal });
    setImmediate(() => {
      caller.abort(reason);
    });
    expect(await rejection(copied)).toMatchObject({ cause: reason });
    expect(deleted).toEqual(['conv_1']);
  });

  test('before the copy sends nothing', async () => {
    const openai = service();
    const signal = AbortSignal.abort(reason);
    const error = await rejection(copyThread({ from: talk(1), to: clientOf(openai), signal }));
    expect(error).toMatchObject({ message: 'The thread was not copied: left', cause: reason });
    expect(openai.requests).toEqual([]);
  });
});

describe('An invalid option is a TypeError, before any request:', () => {
  const openai = service();
  const client = clientOf(openai);
  const good = { from: { client, threadId: 'thread_1' }, to: client };

  test.each<[string, object]>([
    ['copyThread: Unknown option "form". Known options: from, to, metadata, signal.', { form: [] }],
    ['from is undefined; it must be { client, threadId } or an array of messages.', { from: undefined }],
    ['from is "thread_1"; it must be { client, threadId } or an array of messages.', { from: 'thread_1' }],
    ['from: Unknown option "thread". Did you mean "threadId"?', { from: { client, thread: 'thread_1' } }],
    ['from.client.beta.threads.messages needs the methods list.', { from: { client: {}, threadId: 'thread_1' } }],
    ['from.client.beta.threads.messages needs the methods list.', { from: {} }],
    ['from.threadId is undefined; it must be an id, a non-empty string.', { from: { client } }],
    ['from[1].id is undefined; it must be an id, a non-empty string.', { from: [...talk(1), null] }],
    ['from[0].content must be an array of parts.', { from: [{ id: 'msg_1', role: 'user', content: 'Hi' }] }],
    [
      'from is sorted newest first (created_at 200 to 100). Reverse it: the oldest message comes first.',
      { from: talk(2).map((message, index) => ({ ...message, created_at: 200 - 100 * index })) },
    ],
    ['to.conversations needs the methods create, delete.', { to: undefined }],
    ['to.conversations.items needs the methods create.', { to: { conversations: { create: test, delete: test } } }],
    ['metadata is "blue"; it must be an object of strings.', { metadata: 'blue' }],
    ['metadata.team is 7; it must be a string.', { metadata: { team: 7 } }],
    ['signal needs the methods addEventListener, throwIfAborted.', { signal: 7 }],
  ])('%s', async (message, bad) => {
    const error = await rejection(copyThread({ ...good, ...bad }));
    expect(error).toBeInstanceOf(TypeError);
    expect((error as Error).message).toBe(message);
    expect(openai.requests).toEqual([]);
  });
});
