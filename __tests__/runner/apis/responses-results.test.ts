import { describe, expect, test } from '@jest/globals';
import OpenAI from 'openai';
import OpenAI5 from 'openai5';
import OpenAI7 from 'openai7';
import { GuardedRunner, type ResponsesClient } from 'interven-openai-assistants';
import {
  callTools,
  emitItems,
  fail,
  FakeOpenAI,
  reportStatus,
  say,
  ScriptedGateway,
} from 'interven-openai-assistants/testing';
import { MODEL } from '../../setup/model.ts';
import { ending, type Item, oneCall, type Params, responding } from '../../setup/responses.ts';
import { holdTimers } from '../../setup/held-timers.ts';

const gateway = new ScriptedGateway({ pay: 'ALLOW' });
const message = (...texts: string[]): Item => ({
  type: 'message',
  role: 'assistant',
  status: 'completed',
  content: texts.map((text) => ({ type: 'output_text', text, annotations: [] })),
});

describe('a result', () => {
  test('has the text of all messages of the last response, as in the SDK', async () => {
    const refusal = { type: 'message', role: 'assistant', content: [{ type: 'refusal', refusal: 'No.' }] };
    const { respond } = responding({
      script: [emitItems(message('One', ' two'), { type: 'reasoning', summary: [] }, refusal, message(' three'))],
      decisions: {},
      tools: {},
    });
    const { text, response } = await respond();
    expect(text).toBe('One two three');
    expect(response.output_text).toBe(text);
  });

  test('has no text without a message', async () => {
    const { respond } = responding({ script: [emitItems()], decisions: {}, tools: {} });
    expect(await respond()).toMatchObject({ status: 'completed', text: null, calls: [] });
  });

  test('has the usage of all responses together', async () => {
    const { openai, respond } = oneCall();
    const usages: Item[] = [];
    const noted = (reply: Item) => {
      usages.push(reply['usage'] as Item);
      return reply;
    };
    openai.misbehave('responses.create', { rewrite: noted, times: 2 });
    const { usage } = await respond();
    expect(usages).toHaveLength(2);
    for (const key of ['input_tokens', 'output_tokens', 'total_tokens'])
      expect(usage).toHaveProperty(key, Number(usages[0]?.[key]) + Number(usages[1]?.[key]));
    expect(usage?.input_tokens_details.cached_tokens).toBe(0);
  });

  test('has the reported usage, also when the last response reports none', async () => {
    const { respond } = oneCall({ script: [callTools({ name: 'pay' }), fail('Out of order.')] });
    const { status, usage, response } = await respond();
    expect([status, response.usage]).toEqual(['failed', null]);
    expect(usage?.total_tokens).toBeGreaterThan(0);
  });

  test('of a failed response has its error', async () => {
    const { respond } = responding({
      script: [fail('Out of order.', 'rate_limit_exceeded')],
      decisions: {},
      tools: {},
    });
    expect(await respond()).toMatchObject({
      status: 'failed',
      text: null,
      response: { error: { code: 'rate_limit_exceeded', message: 'Out of order.' } },
    });
  });

  test('is not returned when the API reports an unknown status', async () => {
    const { respond, openai } = responding({ script: [reportStatus('pondering')], decisions: {}, tools: {} });
    const error = await ending(respond());
    expect(error).toMatchObject({ code: 'unknown_status', runId: openai.responses()[0]?.id });
    expect(error.message).toContain('"pondering"');
  });

  test('is not returned when the response is in progress and the client cannot follow it', async () => {
    const openai = new FakeOpenAI({ script: [say('ok')] });
    const { responses } = new OpenAI({ apiKey: 'test', baseURL: openai.baseURL, fetch: openai.fetch });
    const create: typeof responses.create = responses.create.bind(responses);
    const runner = new GuardedRunner({ client: { responses: { create } }, gateway });
    const error = await ending(runner.responses({ input: 'Hi', model: MODEL, background: true }));
    expect(error.code).toBe('unknown_status');
    expect(error.message).toContain('responses.retrieve');
  });
});

test('a handler gets the id of the response with its call, and the conversation or the first response of its run', async () => {
  const seen: unknown[] = [];
  const parts = responding({
    script: ({ turn }) => (turn < 3 ? callTools({ name: 'look' }) : say('ok')),
    decisions: { look: 'ALLOW' },
    tools: { look: (_, { runId, threadId, turn }) => seen.push([runId, threadId, turn]) },
  });
  await parts.respond();
  await parts.on();
  const ids = parts.openai.responses().map(({ id }) => id);
  expect(seen).toEqual([
    [ids[0], ids[0], 1],
    [ids[1], ids[0], 2],
    [ids[3], parts.conversationId, 1],
    [ids[4], parts.conversationId, 2],
  ]);
});

describe.each([
  ['openai 5', OpenAI5],
  ['openai 6', OpenAI],
  ['openai 7', OpenAI7],
])('with %s', (_, Client) => {
  const setUp = () => {
    const openai = new FakeOpenAI({ script: [callTools({ name: 'pay' }), say('ok')] });
    const client = new Client({ apiKey: 'test', baseURL: openai.baseURL, fetch: openai.fetch });
    return { openai, client, tools: { pay: () => 'paid' }, ...openai.seed('Hello') };
  };

  test('a client with only responses serves a chain', async () => {
    const { client, tools, openai } = setUp();
    const { responses } = client;
    const runner = new GuardedRunner({ client: { responses }, gateway, tools });
    expect(await runner.responses({ input: 'Hi', model: MODEL })).toMatchObject({ text: 'ok' });
    openai.assertDone();
  });

  test('a client with wrapped methods serves a conversation', async () => {
    const { client, tools, conversationId } = setUp();
    const wrapped = new Proxy(client.responses, {
      get: (target, key) => {
        const value: unknown = Reflect.get(target, key);
        return typeof value === 'function'
          ? (...args: unknown[]): unknown => Reflect.apply(value, target, args)
          : value;
      },
    });
    const both = { responses: wrapped, conversations: client.conversations } as unknown as ResponsesClient;
    const runner = new GuardedRunner({ client: both, gateway, tools });
    const params = { model: MODEL, conversation: conversationId };
    expect(await runner.responses(params)).toMatchObject({ text: 'ok', calls: [{ output: 'paid' }] });
  });
});

test('the types of a result are those of the client’s SDK', async () => {
  const script = () => say('ok');
  const openai = new FakeOpenAI({ script });
  const options = { apiKey: 'test', baseURL: openai.baseURL, fetch: openai.fetch };
  const params = { model: MODEL, input: 'Hi', store: false };

  const five = await new GuardedRunner({ client: new OpenAI5(options), gateway }).responses(params);
  const response5: OpenAI5.Responses.Response = five.response;
  const usage5: OpenAI5.Responses.ResponseUsage | null = five.usage;
  const history5: OpenAI5.Responses.ResponseInput | undefined = five.history;

  const six = await new GuardedRunner({ client: new OpenAI(options), gateway }).responses(params);
  const response6: OpenAI.Responses.Response = six.response;
  const usage6: OpenAI.Responses.ResponseUsage | null = six.usage;
  const history6: OpenAI.Responses.ResponseInput | undefined = six.history;

  const seven = await new GuardedRunner({ client: new OpenAI7(options), gateway }).responses(params);
  const response7: OpenAI7.Responses.Response = seven.response;
  const usage7: OpenAI7.Responses.ResponseUsage | null = seven.usage;
  const history7: OpenAI7.Responses.ResponseInput | undefined = seven.history;

  for (const { output_text: text } of [response5, response6, response7]) expect(text).toBe('ok');
  for (const usage of [usage5, usage6, usage7]) expect(usage?.total_tokens).toBeGreaterThan(0);
  for (const history of [history5, history6, history7]) expect(history).toHaveLength(2);
});

test('what the types refuse is also refused at run time: a stream, and a parameter of another type', async () => {
  const { runner } = responding({ script: [], decisions: {}, tools: {} });
  // @ts-expect-error The runner waits for the whole response.
  const streamed = runner.responses({ model: MODEL, input: 'Hi', stream: true });
  expect(await ending(streamed)).toBeInstanceOf(TypeError);
  // @ts-expect-error The SDK's own type of it is a list.
  const mistyped = runner.responses({ model: MODEL, input: 'Hi', tools: {} });
  await expect(mistyped).rejects.toThrow();
});

describe('a client', () => {
  const create = async () => Promise.resolve({ id: 'resp_1', status: 'completed', output: [] });

  test.each([{}, { responses: {} }, { responses: { create: 1 } }, { beta: {} }, null, undefined])(
    'with neither API is refused at once: %j',
    (client) => {
      expect(() => new GuardedRunner({ client: client as never, gateway })).toThrow(TypeError);
    },
  );

  test('without the Assistants API is refused where a run needs it, and the error names what is missing', async () => {
    const runner = new GuardedRunner({ client: { responses: { create } }, gateway });
    for (const run of [runner.run('thread_1', 'asst_1'), runner.resume('thread_1', 'run_1')]) {
      const error = await ending(run);
      expect(error).toBeInstanceOf(TypeError);
      expect(error.message).toMatch(/client\.beta\.threads\.runs needs the methods createAndPoll/);
    }
  });

  test('without the Responses API is refused where a response needs it, and the error names what is missing', async () => {
    const { client } = responding({ script: [], decisions: {}, tools: {} });
    const runner = new GuardedRunner({ client: { beta: client.beta }, gateway });
    const error = await ending(runner.responses({ model: MODEL, input: 'Hi' }));
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toMatch(/client\.responses needs the methods create/);
  });

  test('of another make needs only create', async () => {
    const runner = new GuardedRunner({ client: { responses: { create } }, gateway });
    expect(await runner.responses({})).toMatchObject({ status: 'completed', text: null, usage: null });
  });
});

const HOUR_MS = 3_600_000;
const MINUTES_15 = 900_000;

/** openai 6 does not know the option yet. */
function inWindow(window: string, more: Params = {}): Params {
  return { background: true, ...more, ...{ background_options: { completion_window: window } } };
}

/** The run's own time limit: its only timer of so many minutes. */
async function limitOf(params: Params, options?: { timeoutMs?: number; maxTurns?: number }): Promise<number[]> {
  const seen: number[] = [];
  holdTimers((ms) => {
    if (ms >= MINUTES_15) seen.push(ms);
    return false;
  });
  const { respond } = oneCall();
  expect(await respond(params, options)).toMatchObject({ status: 'completed', calls: [{ outcome: 'allowed' }] });
  return seen;
}

describe('the time limit of a run', () => {
  test.each([
    ['2h', 2],
    ['8h', 8],
  ])('leaves each response a completion window of %s', async (window, hours) => {
    expect(await limitOf(inWindow(window), { maxTurns: 3 })).toEqual([MINUTES_15 + 4 * hours * HOUR_MS]);
  });

  test('is the longest timer when turns are unlimited', async () => {
    expect(await limitOf(inWindow('8h'), { maxTurns: Infinity })).toEqual([2 ** 31 - 1]);
  });

  test.each([
    ['without a window', { background: true }],
    ['with the window "soonest"', inWindow('soonest')],
  ])('is 15 minutes %s', async (_, params) => {
    expect(await limitOf(params)).toEqual([MINUTES_15]);
  });

  test('is timeoutMs where it is set', async () => {
    expect(await limitOf(inWindow('2h'), { timeoutMs: 1_000_000 })).toEqual([1_000_000]);
  });
});
