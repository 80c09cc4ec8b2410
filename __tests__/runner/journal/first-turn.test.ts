import { describe, expect, test } from '@jest/globals';
import OpenAI from 'openai7';
import { fileJournal, tool, type Tools } from 'interven-openai-assistants';
import { callTools, type ModelTurn, say } from 'interven-openai-assistants/testing';
import { MODEL } from '../../setup/model.ts';
import { gate } from '../../setup/gate.ts';
import { waitFor } from '../../setup/wait-for.ts';
import { rejection } from '../../setup/world.ts';
import { imageOf, journalWorld, type JournalWorld, untilTheEnd } from './world.ts';
import { z } from 'zod';

// After the import of the world, whose processes end before the limits are restored.
import { shorten } from '../../setup/limits.ts';

const CALLS = [
  { name: 'pay', id: 'p' },
  { name: 'read', id: 'r' },
  { name: 'read', id: 's' },
];

/** When the process is killed. */
type Moment = 'before the request arrives' | 'while the model thinks' | 'before the response arrives';
const MOMENTS: readonly Moment[] = [
  'before the request arrives',
  'while the model thinks',
  'before the response arrives',
];

interface Killed extends JournalWorld {
  readonly image: string;
  readonly id: string;
  readonly ran: readonly string[];
  /** Lets the model finish. */
  readonly answer: () => void;
  /** A process with the journals that the killed one left. */
  readonly next: () => ReturnType<JournalWorld['process']>;
  readonly params: { model: string; input: string; conversation: string };
  readonly respond: (input: string) => Promise<{ status: string }>;
}

interface Options {
  /** True if the first response has no calls. */
  readonly isFinal?: boolean;
  /** True if the conversation cannot be read before the first request. */
  readonly isHidden?: boolean;
  /** True to start the run with `run`. */
  readonly isForAssistant?: boolean;
  readonly more?: object;
  readonly transport?: 'stream';
  readonly principal?: { readonly id: string };
}

async function killed(
  moment: Moment,
  { isFinal = false, isHidden = false, isForAssistant = false, more = {}, ...options }: Options = {},
): Promise<Killed> {
  const [thinking, answered, done] = [gate(), gate(), gate()];
  const world = await journalWorld(
    async ({ outputs, messages }: ModelTurn) => {
      if (outputs.length > 0) return say(outputs.map(({ output }) => output).join(' & '));
      if (messages.at(-1)?.text === 'More') return say('more');
      thinking.open();
      await answered.opened;
      return isFinal ? say('paid already') : callTools(...CALLS);
    },
    { pay: 'ALLOW', read: 'ALLOW' },
  );
  const ran: string[] = [];
  const tools = {
    pay: () => {
      ran.push('pay');
      return 'paid';
    },
    read: () => 'read',
  };
  const signal = untilTheEnd();
  const never = async (): Promise<never> =>
    new Promise((_, reject) => {
      const end = (): void => {
        reject(new Error('The process was killed.'));
      };
      if (signal.aborted) end();
      signal.addEventListener('abort', end);
    });
  const client = new OpenAI({
    apiKey: 'test',
    baseURL: world.openai.baseURL,
    async fetch(url, init) {
      if (init?.method !== 'POST') return world.openai.fetch(url, init);
      if (moment === 'before the request arrives') {
        thinking.open();
        return never();
      }
      const { signal: _, ...request } = init;
      // The API ends a stream that nobody reads.
      await (await world.openai.fetch(url, request)).text();
      done.open();
      return never();
    },
  });
  const params = { model: MODEL, input: 'Pay', conversation: world.place.conversationId, ...more };
  shorten({ leaveLookMs: 1 });
  if (isHidden) world.openai.misbehave('conversations.items.list', { status: 403 });
  const assistants = { asst: { model: MODEL } };
  // A killed process does not close the calls.
  const runner = world.process(tools, { client, graceMs: 0, leaveMs: 1, assistants });
  const run = isForAssistant
    ? runner.run(params.conversation, 'asst', { signal })
    : runner.responses(params, { signal, ...options });
  run.catch(() => undefined);
  await thinking.opened;
  if (moment === 'before the response arrives') {
    answered.open();
    await done.opened;
  }
  const image = await imageOf(world.folder);
  const [id = ''] = await fileJournal(image).list();
  const next = () => world.process(tools, { in: image, assistants });
  const respond = async (input: string) => next().responses({ ...params, input });
  return { ...world, image, id, ran, answer: answered.open, next, params, respond };
}

describe.each(MOMENTS)('a run in a conversation whose process is killed %s', (moment) => {
  test.each<[string, Options]>([
    ['with calls', {}],
    ['with calls, in a stream', { transport: 'stream' }],
    ['with calls, in the background', { more: { background: true } }],
    ['with a text', { isFinal: true }],
  ])('is open, and resumes with the response that it asked for: %s', async (_, options) => {
    const { image, id, ran, answer, next, place, openai, respond } = await killed(moment, options);
    const { conversationId: threadId } = place;
    expect(await fileJournal(image).openRuns()).toMatchObject([{ id, run: { id, api: 'responses', threadId } }]);
    const resumed = next().resumeResponses(id);
    answer();
    const { isFinal = false } = options;
    expect(await resumed).toMatchObject({
      status: 'completed',
      runId: id,
      calls: isFinal ? [] : CALLS.map(() => ({})),
    });
    expect(ran).toEqual(isFinal ? [] : ['pay']);
    const inputs = openai.items(threadId).filter((item) => JSON.stringify(item['content'] ?? '').includes('"Pay"'));
    expect(inputs).toHaveLength(1);
    expect(await fileJournal(image).openRuns()).toEqual([]);
    expect(await respond('More')).toMatchObject({ status: 'completed' });
  });

  test('can be given up: the next request is accepted, and no call runs', async () => {
    const { id, ran, answer, next, respond, openai, place } = await killed(moment);
    answer();
    await waitFor(() => moment === 'before the request arrives' || openai.items(place.conversationId).length > 1);
    expect(await next().cancel(id)).toEqual({ status: 'cancelled' });
    expect(await rejection(next().resumeResponses(id))).toMatchObject({
      code: 'journal',
      message: expect.stringContaining('was cancelled'),
    });
    expect(await respond('More')).toMatchObject({ status: 'completed' });
    expect(ran).toEqual([]);
  });
});

test('a run in a conversation that was started for an assistant resumes as one', async () => {
  const { next, place, id, ran } = await killed('before the response arrives', { isForAssistant: true });
  const resumed = next().resume(place.conversationId, id);
  expect(await resumed).toMatchObject({ status: 'completed', runId: id, run: { assistant_id: 'asst' } });
  expect(ran).toEqual(['pay']);
});

test('a run that acts for a principal is not resumed for another one, also if no call of it is known', async () => {
  const { next, id, ran } = await killed('before the response arrives', { principal: { id: 'ada' } });
  for (const options of [{}, { principal: { id: 'bob' } }])
    expect(await rejection(next().resumeResponses(id, options))).toMatchObject({
      code: 'journal',
      message: expect.stringContaining('acts for another principal'),
    });
  expect(await next().resumeResponses(id, { principal: { id: 'ada' } })).toMatchObject({ status: 'completed' });
  expect(ran).toEqual(['pay']);
});

test('the next request in a conversation that waits for calls names all of them and the run to resume', async () => {
  const { id, next, respond, ran } = await killed('before the response arrives');
  const error = await rejection(respond('More'));
  expect(error).toMatchObject({ code: 'open_calls', openCalls: ['p', 'r', 's'], leftOpen: false });
  expect((error as Error).message).toContain(`p, r, s. Continue its open run with resumeResponses("${id}")`);
  expect(await next().resumeResponses(id)).toMatchObject({ status: 'completed', text: 'paid & read & read' });
  expect(await respond('More')).toMatchObject({ status: 'completed' });
  expect(ran).toEqual(['pay']);
});

test.each<Moment>(['before the request arrives', 'while the model thinks'])(
  'a request after one whose process was killed %s is refused: it names the run to resume',
  async (moment) => {
    const { id, answer, next, respond, openai } = await killed(moment);
    const before = openai.responses().length;
    expect(await rejection(respond('More'))).toMatchObject({
      code: 'active_run',
      activeRunId: id,
      leftOpen: false,
      message: expect.stringContaining(`resumeResponses("${id}")`),
    });
    expect(openai.responses()).toHaveLength(before);
    answer();
    expect(await next().resumeResponses(id)).toMatchObject({ status: 'completed' });
    expect(await respond('More')).toMatchObject({ status: 'completed' });
  },
);

test('two processes with one journal do not send their first requests in one conversation at the same time', async () => {
  const world = await killed('while the model thinks');
  const { place, openai, answer, id } = world;
  const again = world.process({}).responses({ model: MODEL, input: 'Pay', conversation: place.conversationId });
  expect(await rejection(again)).toMatchObject({
    code: 'active_run',
    activeRunId: id,
    message: expect.stringContaining(`this process (${process.pid})`),
  });
  expect(openai.responses()).toHaveLength(1);
  answer();
});

describe('a response after the same text of another client', () => {
  const alsoPay = async ({ client, params, answer }: Killed) => {
    answer();
    await client.responses.create(params);
  };

  test('is not adopted if other items are before it', async () => {
    const world = await killed('before the request arrives');
    const { client, place, next, id, ran } = world;
    const items = [{ type: 'message', role: 'user', content: 'Wait' }] as const;
    await client.conversations.items.create(place.conversationId, { items: [...items] });
    await alsoPay(world);
    expect(await rejection(next().resumeResponses(id))).toMatchObject({
      code: 'reply_lost',
      leftOpen: true,
      message: expect.stringContaining('does not show what came of the request'),
    });
    expect(ran).toEqual([]);
    expect(await next().cancel(id)).toEqual({ status: 'cancelled' });
    expect(world.openai.items(place.conversationId).at(-1)).toMatchObject({ type: 'function_call' });
  });

  test('is not adopted once another client has answered its calls', async () => {
    const world = await killed('before the response arrives');
    const { client, place, next, id, ran } = world;
    const items = CALLS.map(({ id: call_id }) => ({ type: 'function_call_output', call_id, output: 'No.' }) as const);
    await client.conversations.items.create(place.conversationId, { items });
    expect(await rejection(next().resumeResponses(id))).toMatchObject({ code: 'invalid_turn', leftOpen: false });
    expect(ran).toEqual([]);
  });
});

test('a response is not searched by its text alone when the newest item before it was not known', async () => {
  const { next, id, ran } = await killed('before the response arrives', { isHidden: true });
  expect(await rejection(next().resumeResponses(id))).toMatchObject({ code: 'reply_lost', leftOpen: true });
  expect(ran).toEqual([]);
});

describe('a run whose first request fails', () => {
  const params = (world: JournalWorld) => ({
    model: MODEL,
    input: 'Pay',
    conversation: world.place.conversationId,
  });

  test.each([
    ['is rejected', { status: 400 }],
    ['is lost again and again', { dropRequest: true, times: 3 }],
  ])('because it %s has ended: the next one is accepted', async (_, fault) => {
    shorten({ leaveLookMs: 1 });
    const world = await journalWorld([say('ok')], {});
    world.openai.misbehave('responses.create', fault);
    const error = (await rejection(world.process({}).responses(params(world)))) as { code: string; runId: string };
    expect(error).toMatchObject({ code: 'api_error', leftOpen: 'times' in fault });
    expect(await fileJournal(world.folder).openRuns()).toEqual([]);
    expect(await rejection(world.process({}).resumeResponses(error.runId))).toMatchObject({
      message: expect.stringContaining('ended before its first response was known'),
    });
    expect(await world.process({}).responses(params(world))).toMatchObject({ status: 'completed' });
    expect(await world.process({}).cancel(error.runId)).toEqual({ status: 'cancelled' });
  });

  test('while the journal cannot be written is not sent', async () => {
    const world = await journalWorld([say('ok')], {});
    const journal = { ...fileJournal(world.folder), open: async () => Promise.reject(new Error('ENOSPC')) };
    expect(await rejection(world.process({}, { journal }).responses(params(world)))).toMatchObject({
      code: 'journal',
      leftOpen: false,
    });
    expect(world.openai.responses()).toEqual([]);
  });
});

const never = async (): Promise<never> => new Promise(() => undefined);
const pay = { name: 'pay', arguments: { sum: 5 } };
const reportOutputs = ({ outputs }: ModelTurn) => say(outputs.map(({ output }) => output).join(' & '));

function paying(ran: string[], ends = true): Tools {
  const execute = async ({ sum }: { sum: number }): Promise<string> => {
    ran.push(`pay ${sum}`);
    return ends ? 'paid' : never();
  };
  return { read: () => 'read', pay: tool({ parameters: z.object({ sum: z.number() }), execute }) };
}

test.each([
  ['a later response', true],
  ['the first response', false],
])('a call of %s that was lost and found is started once, and is in doubt after a crash', async (_, isLater) => {
  const world = await journalWorld(
    ({ outputs, ...turn }) => {
      if (outputs[0]?.name === 'pay') return reportOutputs({ outputs, ...turn });
      return isLater && outputs.length === 0 ? callTools({ name: 'read' }) : callTools(pay);
    },
    { read: 'ALLOW', pay: 'ALLOW' },
    { thinkMs: 20 },
  );
  const lose = (): void => {
    world.openai.misbehave('responses.create', { cutAfterEvents: 2 });
    world.openai.misbehave('responses.retrieve', { status: 404 });
  };
  if (!isLater) lose();
  const ran: string[] = [];
  const read = (): string => {
    lose();
    return 'read';
  };
  const params = { model: MODEL, input: 'Pay', conversation: world.place.conversationId };
  const first = world.process({ ...paying(ran, false), read }, { graceMs: 0 });
  const { result } = first.streamResponses(params, { signal: untilTheEnd() });
  result.catch(() => undefined);
  await waitFor(() => ran.length > 0);

  const image = await imageOf(world.folder);
  const [id = ''] = await fileJournal(image).list();
  const { calls } = await world.process(paying(ran), { in: image }).resumeResponses(id);
  expect(calls.at(-1)).toMatchObject({ name: 'pay', outcome: 'in_doubt' });
  expect(ran).toHaveLength(1);
});

test('a run whose first response was lost and found can be resumed by its journal', async () => {
  const world = await journalWorld((turn) => (turn.outputs.length === 0 ? callTools(pay) : reportOutputs(turn)), {
    pay: 'ALLOW',
  });
  world.openai.misbehave('responses.create', { dropReply: true });
  const ran: string[] = [];
  const params = { model: MODEL, input: 'Pay', conversation: world.place.conversationId };
  expect(await world.process(paying(ran)).responses(params)).toMatchObject({ status: 'completed', text: 'paid' });
  const [id = ''] = await fileJournal(world.folder).list();
  expect(await world.process(paying(ran)).resumeResponses(id)).toMatchObject({ status: 'completed', text: 'paid' });
  expect(ran).toEqual(['pay 5']);
});

/** A run of the Responses API whose process dies during its second request. `answer` lets the API respond. */
async function interruptedRequest(more: (place: JournalWorld['place']) => object) {
  const [began, held] = [gate(), gate()];
  const world = await journalWorld(
    async ({ outputs }) => {
      if (outputs.length === 0) return callTools({ name: 'read' });
      began.open();
      await held.opened;
      return say('ok');
    },
    { read: 'ALLOW' },
  );
  const tools = { read: () => 'read' };
  const params = { model: MODEL, input: 'Go', ...more(world.place) };
  world
    .process(tools)
    .responses(params as never, { signal: untilTheEnd() })
    .catch(() => undefined);
  await began.opened;
  const image = await imageOf(world.folder);
  const [id = ''] = await fileJournal(image).list();
  const resume = async (options?: { signal: AbortSignal }) =>
    world.process(tools, { in: image }).resumeResponses(id, options);
  return { openai: world.openai, resume, answer: held.open };
}

test.each([
  [
    'is not sent again if the API runs tools',
    [{ type: 'mcp', server_label: 'shop', server_url: 'https://shop.test', require_approval: 'never' }],
    'reply_lost',
  ],
  ['is sent again if the API runs no tools', [], 'completed'],
])('a request of a chain whose process died before the response %s', async (_, hosted, end) => {
  const { openai, resume, answer } = await interruptedRequest(() => ({ tools: hosted }));
  const creations = (): number => openai.requests.filter(({ operation }) => operation === 'responses.create').length;
  const before = creations();
  const resumed = resume();
  answer();
  if (end === 'completed') expect(await resumed).toMatchObject({ status: end });
  else expect(await rejection(resumed)).toMatchObject({ code: end });
  expect(creations() - before).toBe(end === 'completed' ? 1 : 0);
});

test('an abort before the runner has found the previous process’s request leaves the run open', async () => {
  const { openai, resume, answer } = await interruptedRequest(({ conversationId }) => ({
    conversation: conversationId,
  }));
  const controller = new AbortController();
  const before = openai.requests.length;
  const resumed = resume({ signal: controller.signal });
  while (openai.requests.length === before) await new Promise((resolve) => setTimeout(resolve, 5));
  openai.misbehave('conversations.items.list', { status: 403, times: 20 });
  controller.abort();
  expect(await rejection(resumed)).toMatchObject({
    code: 'aborted',
    leftOpen: true,
    message: expect.stringContaining('The API may still be processing a request'),
  });
  answer();
});
