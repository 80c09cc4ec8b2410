import { describe, expect, test } from '@jest/globals';
import OpenAI from 'openai';
import { GuardedRunner } from 'interven-openai-assistants';
import { callTools, emitItems, say } from 'interven-openai-assistants/testing';
import { gate } from '../../setup/gate.ts';
import { holdTimers } from '../../setup/held-timers.ts';
import { shorten } from '../../setup/limits.ts';
import { MODEL } from '../../setup/model.ts';
import { ending, misbehaveAt, oneCall, responding, soon } from '../../setup/responses.ts';
import { waitFor } from '../../setup/wait-for.ts';
import { over } from '../../setup/wire.ts';

test.each([
  ['the API did not process the request', { status: 429, headers: soon }],
  ['the API processed the request', { dropReply: true }],
])('a lost response is not confused with an earlier one whose call had the same id: %s', async (_, how) => {
  const pay = callTools({ name: 'pay', id: 'pay:0' });
  const { openai, on, ran, items } = oneCall({ script: [pay, pay, say('ok')] });
  misbehaveAt(openai, 2, how);
  expect(await on()).toMatchObject({ text: 'ok', calls: [{ turn: 1 }, { turn: 2 }] });
  expect(ran).toHaveLength(2);
  expect(items('function_call_output')).toHaveLength(2);
  openai.assertDone();
});

test('outputs for ids that are used again are sent once in a conversation: the API could take them for later calls', async () => {
  shorten({ apiRetryFirstMs: 1 });
  const pay = callTools({ name: 'pay', id: 'pay:0' });
  const { openai, on, sent } = oneCall({ script: [pay, pay] });
  misbehaveAt(openai, 2, { dropRequest: true });
  expect(await ending(on())).toMatchObject({ code: 'reply_lost', calls: [{ executed: 'yes' }, { executed: 'yes' }] });
  expect(sent()).toHaveLength(2);
});

test('a call is not answered if outputs for its id were sent twice: the API could take the first ones, late, for it', async () => {
  shorten({ apiRetryFirstMs: 1 });
  const pay = callTools({ name: 'pay', id: 'pay:0' });
  const { openai, on, sent } = oneCall({ script: [pay, pay] });
  misbehaveAt(openai, 1, { dropRequest: true });
  expect(await ending(on())).toMatchObject({ code: 'reply_lost', calls: [{ executed: 'yes' }, { executed: 'no' }] });
  expect(sent()).toHaveLength(2);
});

describe.each([
  ['the first request', 0],
  ['the request with the outputs', 1],
])('in a conversation, the response to %s', (_, number) => {
  test.each([
    ['the connection breaks after processing', { dropReply: true }],
    ['it is truncated', { cutBody: true }],
    ['it is no response', { rewrite: () => ({}) }],
  ])('is found among the items when it is lost, and nothing is sent again: %s', async (_how, how) => {
    const { openai, on, ran, sent } = oneCall();
    misbehaveAt(openai, number, how);
    expect(await on()).toMatchObject({ status: 'completed', text: 'ok', calls: [{ outcome: 'allowed' }] });
    expect(sent()).toHaveLength(2);
    expect(openai.responses()).toHaveLength(2);
    expect(ran).toEqual(['call_1']);
    openai.assertDone();
  });

  test.each([
    ['the connection broke before processing', { dropRequest: true }],
    ['the server failed', { status: 500, headers: soon }],
    ['the server was busy', { status: 409, headers: soon }],
    ['the server waited for the rest of it', { status: 408, headers: soon }],
    ['the rate limit was met', { status: 429, headers: soon }],
  ])('is requested again if the API did not process the request: %s', async (_how, how) => {
    const { openai, on, ran, items } = oneCall();
    misbehaveAt(openai, number, how);
    expect(await on()).toMatchObject({ status: 'completed', text: 'ok' });
    expect(openai.responses()).toHaveLength(2);
    expect(items('function_call_output')).toHaveLength(1);
    expect(items('message').filter(({ role }) => role === 'user')).toHaveLength(2);
    expect(ran).toEqual(['call_1']);
    openai.assertDone();
  });

  test('is found when the request reaches the API twice, and the second one is rejected', async () => {
    let posts = 0;
    const parts = oneCall({
      through: (fetch) =>
        over((passing) => {
          const isMeant = passing.method === 'POST' && passing.path.endsWith('/responses') && posts++ === number;
          return isMeant ? passing.send().then(passing.send) : undefined;
        }, fetch),
    });
    expect(await parts.on()).toMatchObject({ status: 'completed', text: 'ok' });
    expect(parts.openai.responses()).toHaveLength(2);
    expect(parts.ran).toEqual(['call_1']);
  });

  test('is given up after three attempts', async () => {
    const { openai, on, sent } = oneCall();
    misbehaveAt(openai, number, { status: 503, headers: soon, times: 3 });
    expect(await ending(on())).toMatchObject({ code: 'api_error', cause: { status: 503 } });
    expect(sent()).toHaveLength(number);
  });

  test('is awaited when the API is still processing the request', async () => {
    const steps = [callTools({ name: 'pay', id: 'call_1' }), say('ok')];
    let thoughts = 0;
    const { openai, gateway, conversationId, sent } = oneCall({
      script: async () => {
        thoughts += 1;
        // The model thinks until the runner has sent the request again.
        if (thoughts === number + 1) await waitFor(() => sent().length > number + 1);
        return steps.shift() ?? say('too many');
      },
    });
    let seen = 0;
    const fetch: typeof globalThis.fetch = async (input, init) => {
      if (init?.method !== 'POST' || seen++ !== number) return openai.fetch(input, init);
      void openai.fetch(input, { ...init, signal: null });
      return Response.json({ error: { message: 'Bad gateway' } }, { status: 502, headers: soon });
    };
    const client = new OpenAI({ apiKey: 'test', baseURL: openai.baseURL, fetch });
    const runner = new GuardedRunner({ client, gateway, tools: { pay: () => 'paid' } });
    const result = await runner.responses({ model: MODEL, input: 'Pay', conversation: conversationId });
    expect(result).toMatchObject({ status: 'completed', text: 'ok', calls: [{ output: 'paid' }] });
    expect(openai.responses()).toHaveLength(2);
    expect(sent().length).toBeGreaterThan(2);
  });
});

describe('in a conversation, a lost response', () => {
  test('is not confused with the response to the same text earlier', async () => {
    const { openai, client, conversationId, on } = responding({
      script: [say('One more?'), say('Two more?')],
      decisions: {},
      tools: {},
    });
    await client.responses.create({ model: MODEL, conversation: conversationId, input: 'Yes' });
    openai.misbehave('responses.create', { dropRequest: true });
    expect(await on({ input: 'Yes' })).toMatchObject({ text: 'Two more?' });
    openai.assertDone();
  });

  test('of a request without input is recognised by the model’s items before it', async () => {
    const { openai, client, conversationId, on } = responding({
      script: [say('One'), say('Two')],
      decisions: {},
      tools: {},
    });
    await client.responses.create({ model: MODEL, conversation: conversationId });
    openai.misbehave('responses.create', { dropRequest: true });
    expect(await on({ input: [] })).toMatchObject({ text: 'Two' });
    openai.assertDone();
  });

  test('is found, too, when the API was slow to return the baseline', async () => {
    const { openai, on, ran } = oneCall();
    openai.misbehave('conversations.items.list', { delayMs: 100 });
    openai.misbehave('responses.create', { dropReply: true });
    expect(await on()).toMatchObject({ text: 'ok' });
    expect(openai.responses()).toHaveLength(2);
    expect(ran).toHaveLength(1);
  });

  test('is found, too, when the API does not return the baseline', async () => {
    const { openai, on } = oneCall();
    openai.misbehave('conversations.items.list', { status: 403 });
    openai.misbehave('responses.create', { dropReply: true });
    expect(await on()).toMatchObject({ text: 'ok' });
    expect(openai.responses()).toHaveLength(2);
  });

  test('is found, too, when it arrives between a search and the next attempt', async () => {
    const next = gate();
    const { openai, gateway, conversationId, sent } = oneCall({
      script: async ({ turn }) => {
        if (turn === 1) return callTools({ name: 'pay', id: 'call_1' });
        return next.opened.then(() => say('ok'));
      },
    });
    let first: Promise<unknown> | undefined;
    const fetch: typeof globalThis.fetch = async (input, init) => {
      const isOutputs = typeof init?.body === 'string' && init.body.includes('function_call_output');
      if (!isOutputs || first) {
        if (isOutputs) next.open();
        if (isOutputs) await first;
        return openai.fetch(input, init);
      }
      first = openai.fetch(input, { ...init, signal: null });
      return Response.json({ error: { message: 'Bad gateway' } }, { status: 502, headers: soon });
    };
    const client = new OpenAI({ apiKey: 'test', baseURL: openai.baseURL, fetch });
    const runner = new GuardedRunner({ client, gateway, tools: { pay: () => 'paid' } });
    const run = runner.responses({ model: MODEL, input: 'Pay', conversation: conversationId });
    expect(await run).toMatchObject({ status: 'completed', text: 'ok', calls: [{ output: 'paid' }] });
    expect(sent()).toHaveLength(3);
    expect(openai.responses()).toHaveLength(2);
  });

  test('is found behind more outputs than a page of items has', async () => {
    const calls = Array.from({ length: 120 }, () => ({ name: 'pay' }));
    const { openai, on, ran } = oneCall({ script: [callTools(...calls), say('ok')] });
    misbehaveAt(openai, 1, { dropReply: true });
    expect(await on()).toMatchObject({ text: 'ok' });
    expect(ran).toHaveLength(120);
  });

  test('with an unfinished item is an incomplete response', async () => {
    const { openai, on, ran, items } = oneCall({
      script: [
        emitItems(
          { type: 'function_call', call_id: 'call_1', name: 'pay', arguments: '{}', status: 'completed' },
          { type: 'message', role: 'assistant', status: 'in_progress', content: [] },
        ),
      ],
      decisions: {},
    });
    openai.misbehave('responses.create', { dropReply: true });
    expect(await on()).toMatchObject({ status: 'incomplete', calls: [{ outcome: 'not_run' }] });
    expect(items('function_call_output')).toMatchObject([{ call_id: 'call_1' }]);
    expect(ran).toEqual([]);
  });

  test('counts as one turn, however many asynchronous calls it has', async () => {
    const pay = { name: 'pay', arguments: {}, async: true };
    const { openai, on, ran } = oneCall({ script: [callTools(pay, pay, { name: 'pay' }), say('so far'), say('ok')] });
    openai.misbehave('responses.create', { dropReply: true });
    openai.misbehave('responses.create', { rewrite: (reply) => reply });
    expect(await on({}, { maxTurns: 1 })).toMatchObject({ status: 'completed' });
    expect(ran).toHaveLength(3);
  });

  test('cannot be found without conversations.items in the client, and the request is not sent again', async () => {
    const { openai, client, gateway, conversationId, sent } = oneCall({ decisions: {} });
    const { responses } = client;
    const runner = new GuardedRunner({ client: { responses }, gateway, tools: { pay: () => 'paid' } });
    openai.misbehave('responses.create', { dropReply: true });
    const error = await ending(runner.responses({ model: MODEL, conversation: conversationId, input: 'Pay' }));
    expect(error).toMatchObject({ code: 'reply_lost', threadId: conversationId, leftOpen: true });
    expect(error.message).toContain('conversations.items');
    expect(sent()).toHaveLength(1);
  });

  test('cannot be searched for when the items cannot be read, and the lost response is the cause', async () => {
    const { openai, on, sent } = oneCall({ decisions: {} });
    openai.misbehave('responses.create', { status: 502 });
    openai.misbehave('conversations.items.list', { status: 403, times: 3 });
    const error = await ending(on());
    expect(error).toMatchObject({ code: 'reply_lost', cause: { status: 502 }, leftOpen: true });
    expect(error.message).toContain('403');
    expect(sent()).toHaveLength(0);
  });
});

describe('a conversation that another request has locked', () => {
  test('is awaited', async () => {
    const steps = [say('theirs'), callTools({ name: 'pay' }), say('ok')];
    const { client, conversationId, on, openai, sent } = oneCall({
      script: async () => {
        const step = steps.shift() ?? say('too many');
        await waitFor(() => sent().length > 1);
        return step;
      },
    });
    const theirs = client.responses.create({ model: MODEL, conversation: conversationId, input: 'First' });
    await waitFor(() => openai.responses().length === 1);
    expect(await on()).toMatchObject({ status: 'completed', text: 'ok' });
    expect((await theirs).output_text).toBe('theirs');
    expect(openai.responses()).toHaveLength(3);
  });

  test('is awaited until the time limit of the run', async () => {
    const { client, conversationId, on, openai, sent } = oneCall({ decisions: {}, api: { thinkMs: 60_000 } });
    const limit = holdTimers(100);
    const other = new AbortController();
    const theirs = ending(
      client.responses.create({ model: MODEL, conversation: conversationId, input: 'First' }, { signal: other.signal }),
    );
    await waitFor(() => openai.responses().length === 1);
    const left = ending(on({}, { timeoutMs: 100 }));
    await waitFor(() => sent().length > 1);
    limit.end();
    const error = await left;
    other.abort();
    await theirs;
    expect(error).toMatchObject({ code: 'timeout', threadId: conversationId, leftOpen: false, calls: [] });
    expect(openai.responses()).toHaveLength(1);
  });
});
