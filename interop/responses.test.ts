/** The runner with the Responses API, through the real client, against a third-party mock. */
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { LLMock, type ChatCompletionRequest } from '@copilotkit/aimock';
import OpenAI from 'openai';
import { z } from 'zod';
import { GuardedRunError, GuardedRunner, tool, type Tools } from 'interven-openai-assistants';
import { EmbeddedGateway } from 'interven-openai-assistants/embedded';
import { MODEL } from '../examples/model.ts';
import { policies } from './policies.ts';

const model = MODEL;
const mock = new LLMock({ port: 0 });

before(async () => mock.start());
afterEach(() => mock.reset());
after(async () => mock.stop());

interface Item {
  readonly type?: string;
  readonly call_id?: string;
  readonly output?: string;
}

interface Exchange {
  readonly sent: {
    readonly input: string | readonly Item[];
    readonly tools?: readonly { readonly name: string }[];
    readonly previous_response_id?: string;
    readonly conversation?: string;
  };
  readonly status: number;
  readonly got: { readonly id: string; readonly output: readonly Item[] };
}

/** A runner for the mock. The mock's journal has translated requests, so this records the original ones. */
function guarded(tools: Tools) {
  const exchanges: Exchange[] = [];
  const client = new OpenAI({
    apiKey: 'none',
    baseURL: `${mock.url}/v1`,
    fetch: async (url, init) => {
      // The mock does not have conversations that can be read.
      if (init?.method?.toUpperCase() !== 'POST') return fetch(url, init);
      assert.ok(typeof init.body === 'string');
      const sent = JSON.parse(init.body) as Exchange['sent'];
      const response = await fetch(url, init);
      const got = (await response.clone().json()) as Exchange['got'];
      exchanges.push({ sent, status: response.status, got });
      return response;
    },
  });
  const runner = new GuardedRunner({
    client,
    gateway: new EmbeddedGateway({ policies }),
    tools,
    handlerTimeoutMs: 5_000,
  });
  return { runner, exchanges };
}

/**
 * The mock accepts any input for any call. Its fixtures therefore match exact requests, so that a missing or extra
 * output matches none and causes a 404.
 */
const asked = ({ messages }: ChatCompletionRequest): boolean => messages.at(-1)?.role === 'user';
const answered =
  (...callIds: string[]) =>
  ({ messages }: ChatCompletionRequest): boolean => {
    const outputs = messages.slice(messages.findLastIndex(({ role }) => role !== 'tool') + 1);
    return isDeepStrictEqual(
      outputs.map(({ tool_call_id: callId }) => callId),
      callIds,
    );
  };

const call = (id: string, name: string, args: Record<string, unknown> = {}) => ({ id, name, arguments: args });

const used = (inputTokens: number) => ({ usage: { input_tokens: inputTokens, output_tokens: 1 } });

const essence = ({ type = 'message', call_id: callId }: Item): string =>
  callId === undefined ? type : `${type} ${callId}`;

function itemsOf({ sent: { input } }: Exchange): string[] {
  return typeof input === 'string' ? ['message'] : input.map(essence);
}

function outputsOf(exchange: Exchange | undefined): (string | undefined)[] {
  const input = exchange?.sent.input ?? [];
  return typeof input === 'string' ? [] : input.flatMap(({ output }) => output ?? []);
}

/** One call of `post_note`; then a text. */
function oneCall(args: Record<string, unknown>, execute: (text: string) => unknown) {
  mock.on({ predicate: asked }, { toolCalls: [call('call_1', 'post_note', args)] });
  mock.on({ predicate: answered('call_1') }, { content: 'Done.' });
  return guarded({
    post_note: tool({
      description: 'Post a note',
      parameters: z.object({ text: z.string() }),
      execute: ({ text }) => execute(text),
    }),
  });
}

test('eight calls of a turn run concurrently, and the runner submits their outputs together, in order', async () => {
  const ids = Array.from({ length: 8 }, (_, index) => `call_${index}`);
  mock.on({ predicate: asked }, { toolCalls: ids.map((id, n) => call(id, 'square', { n })) });
  mock.on({ predicate: answered(...ids) }, { content: 'All squared.' });

  let started = 0;
  let open: () => void = () => undefined;
  const allStarted = new Promise<void>((resolve) => (open = resolve));
  const { runner, exchanges } = guarded({
    square: tool({
      parameters: z.object({ n: z.number() }),
      execute: async ({ n }) => {
        started += 1;
        if (started === ids.length) open();
        await allStarted;
        await sleep((ids.length - n) * 5);
        return n * n;
      },
    }),
  });
  const { status, text, calls } = await runner.responses({ model, input: 'Square the numbers below eight.' });

  assert.equal(status, 'completed');
  assert.equal(text, 'All squared.');
  assert.deepEqual(
    calls.map(({ callId, outcome, executed, output, turn }) => [callId, outcome, executed, output, turn]),
    ids.map((id, n) => [id, 'allowed', 'yes', String(n * n), 1]),
  );
  assert.equal(exchanges.length, 2);
});

const modes: readonly { where: string; params: { conversation?: string; store?: boolean } }[] = [
  { where: 'from response to response', params: {} },
  { where: 'in a conversation', params: { conversation: 'conv_1' } },
  { where: 'with nothing stored', params: { store: false } },
];

for (const { where, params } of modes) {
  test(`the runner serves two turns ${where}`, async () => {
    mock.on(
      { predicate: asked },
      { reasoning: 'The city first.', content: 'Let me look.', toolCalls: [call('call_1', 'find_city')], ...used(10) },
    );
    mock.on(
      { predicate: answered('call_1') },
      { toolCalls: [call('call_2', 'get_weather', { city: 'Oslo' }), call('call_3', 'find_city')], ...used(20) },
    );
    mock.on({ predicate: answered('call_2', 'call_3') }, { content: 'It snows.', ...used(30) });
    const { runner, exchanges } = guarded({
      find_city: tool({ parameters: z.object({}), execute: () => 'Oslo' }),
      get_weather: tool({ parameters: z.object({ city: z.string() }), execute: ({ city }) => ({ city, snow: true }) }),
    });
    const { text, response, usage, calls } = await runner.responses({ model, input: 'How is the weather?', ...params });

    assert.equal(text, 'It snows.');
    assert.deepEqual(
      calls.map(({ name, output, turn }) => [name, output, turn]),
      [
        ['find_city', 'Oslo', 1],
        ['get_weather', '{"city":"Oslo","snow":true}', 2],
        ['find_city', 'Oslo', 2],
      ],
    );
    assert.equal(usage?.input_tokens, 60);

    const [first, second, third] = exchanges;
    assert.ok(first && second && third && exchanges.length === 3);
    assert.equal(response.id, third.got.id);
    for (const { sent } of exchanges) {
      assert.deepEqual(
        sent.tools?.map(({ name }) => name),
        ['find_city', 'get_weather'],
      );
    }

    // The mock ignores these fields.
    const isChained = params.conversation === undefined && params.store !== false;
    for (const [{ got }, { sent }] of [[first, second] as const, [second, third] as const]) {
      assert.equal(sent.previous_response_id, isChained ? got.id : undefined);
      assert.equal(sent.conversation, params.conversation);
    }
    const isRepeated = params.store === false;
    assert.deepEqual(itemsOf(third), [
      ...(isRepeated ? [...itemsOf(first), ...first.got.output.map(essence), 'function_call_output call_1'] : []),
      ...(isRepeated ? second.got.output.map(essence) : []),
      'function_call_output call_2',
      'function_call_output call_3',
    ]);
  });
}

test('the next request continues from the end of a run', async () => {
  const { runner, exchanges } = oneCall({ text: 'hello' }, () => 'posted');
  const { continueFrom } = await runner.responses({ model, input: 'Note this.' });
  mock.prependFixture({ match: { userMessage: 'And now?' }, response: { content: 'Nothing more.' } });
  const { text } = await runner.responses({ model, input: 'And now?', ...continueFrom });

  assert.equal(text, 'Nothing more.');
  assert.equal(exchanges[2]?.sent.previous_response_id, exchanges[1]?.got.id);
});

test('a call with a secret is denied: no handler runs, and the model receives the reason', async () => {
  const ran: string[] = [];
  const { runner, exchanges } = oneCall({ text: 'the key is ' + 'AKIA' + 'IOSFODNN7EXAMPLE' }, (text) =>
    ran.push(text),
  );
  const { status, text, calls } = await runner.responses({ model, input: 'Note the key.' });

  assert.deepEqual(ran, []);
  assert.deepEqual([status, text], ['completed', 'Done.']);
  assert.deepEqual(
    calls.map(({ outcome, executed, decision }) => [outcome, executed, decision]),
    [['denied', 'no', 'DENY']],
  );
  assert.deepEqual(outputsOf(exchanges[1]), ['Tool blocked by Interven: SECRET_DETECTED; policy "Agent safety"']);
});

test('a call with an e-mail address runs without it, and the model receives the redacted field’s name', async () => {
  const ran: string[] = [];
  const { runner, exchanges } = oneCall({ text: 'ask ana@example.com' }, (text) => {
    ran.push(text);
    return 'posted';
  });
  const { calls } = await runner.responses({ model, input: 'Note whom to ask.' });

  assert.deepEqual(ran, ['ask [REDACTED:EMAIL]']);
  assert.deepEqual(
    calls.map(({ outcome, executed }) => [outcome, executed]),
    [['sanitized', 'yes']],
  );
  const [output = ''] = outputsOf(exchanges[1]);
  assert.match(output, /removed from these arguments before the tool ran: text\.\s+posted$/);
});

test('a handler that throws fails one output, and the model does not receive the error', async () => {
  const failure = new Error('password of the database: hunter2');
  const { runner, exchanges } = oneCall({ text: 'hello' }, () => {
    throw failure;
  });
  const { status, calls } = await runner.responses({ model, input: 'Note this.' });

  assert.equal(status, 'completed');
  assert.deepEqual(
    calls.map(({ outcome, executed, error }) => [outcome, executed, error]),
    [['handler_error', 'yes', failure]],
  );
  assert.doesNotMatch(JSON.stringify(exchanges), /hunter2/);
});

test('a call with arguments that are not JSON does not run', async () => {
  const ran: string[] = [];
  const { runner } = oneCall({}, (text) => ran.push(text));
  mock.prependFixture({
    match: { predicate: asked },
    response: { toolCalls: [{ id: 'call_1', name: 'post_note', arguments: '{"text": "hal' }] },
  });
  const { calls } = await runner.responses({ model, input: 'Note this.' });

  assert.deepEqual(ran, []);
  assert.deepEqual(
    calls.map(({ outcome, executed }) => [outcome, executed]),
    [['invalid_arguments', 'no']],
  );
});

test('the calls of an incomplete response do not run', async () => {
  const ran: string[] = [];
  const { runner, exchanges } = oneCall({}, (text) => ran.push(text));
  mock.prependFixture({
    match: { predicate: asked },
    response: { toolCalls: [{ id: 'call_1', name: 'post_note', arguments: '{"text":"h"}' }], finishReason: 'length' },
  });
  const { status } = await runner.responses({ model, input: 'Note this.' });

  assert.equal(status, 'incomplete');
  assert.deepEqual(ran, []);
  assert.equal(exchanges.length, 1);
});

for (const status of [500, 429]) {
  test(`a ${status} for the submitted outputs does not affect the run, and no handler runs twice`, async () => {
    const ran: string[] = [];
    const { runner, exchanges } = oneCall({ text: 'hello' }, (text) => ran.push(text));
    mock.prependFixture({
      match: { predicate: answered('call_1'), sequenceIndex: 0 },
      response: { error: { message: 'Not now.' }, status, retryAfter: 0 },
    });
    const { text } = await runner.responses({ model, input: 'Note this.' });

    assert.equal(text, 'Done.');
    assert.deepEqual(ran, ['hello']);
    assert.deepEqual(
      exchanges.map((exchange) => exchange.status),
      [200, status, 200],
    );
    assert.deepEqual(exchanges[2]?.sent, exchanges[1]?.sent);
  });
}

test('an abort during a handler aborts its signal and ends the run without another request', async () => {
  mock.on({ predicate: asked }, { toolCalls: [call('call_1', 'wait')] });
  const controller = new AbortController();
  const reason = new Error('The user closed the tab.');
  let abortReason: unknown;
  const { runner, exchanges } = guarded({
    wait: tool({
      parameters: z.object({}),
      execute: async (_, { signal }) => {
        setTimeout(() => {
          controller.abort(reason);
        }, 10);
        await sleep(5_000, undefined, { signal }).catch((error: unknown) => {
          abortReason = signal.reason;
          throw error;
        });
      },
    }),
  });

  await assert.rejects(runner.responses({ model, input: 'Wait.' }, { signal: controller.signal }), (error: unknown) => {
    assert.ok(error instanceof GuardedRunError);
    assert.deepEqual([error.code, error.cause], ['aborted', reason]);
    assert.deepEqual(
      error.calls.map(({ name, outcome, executed }) => [name, outcome, executed]),
      [['wait', 'aborted', 'unknown']],
    );
    return true;
  });
  assert.ok(abortReason instanceof Error);
  assert.equal(exchanges.length, 1);
});
