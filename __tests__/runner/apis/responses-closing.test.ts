import { describe, expect, test } from '@jest/globals';
import OpenAI from 'openai';
import { GuardedRunner, type ResponsesClient } from 'interven-openai-assistants';
import { callTools, emitItems, say, type Misbehaviour } from 'interven-openai-assistants/testing';
import { idle } from '../../setup/idle.ts';
import { shorten } from '../../setup/limits.ts';
import { MODEL } from '../../setup/model.ts';
import { ending, leftWith, misbehaveAt, oneCall, soon } from '../../setup/responses.ts';
import { waitFor } from '../../setup/wait-for.ts';
import { whenAsked } from '../../setup/when-asked.ts';

describe('a conversation whose run is aborted', () => {
  test.each([1, 20, 21, 45, 150])('gets the outputs of %d calls, as many at once as the API accepts', async (calls) => {
    const { leave, items, on } = leftWith(calls);
    expect(await leave()).toMatchObject({ code: 'aborted', leftOpen: false, openCalls: [] });
    expect(new Set(items('function_call_output').map((item) => item['call_id'])).size).toBe(calls);
    expect(await on()).toMatchObject({ text: 'fine' });
  });

  const troubles: [string, Misbehaviour][] = [
    ['is lost', { dropReply: true }],
    ['is cut', { cutBody: true }],
    ['never came of it', { dropRequest: true }],
    ['is a server error', { status: 500, headers: soon }],
    ['is a rate limit error', { status: 429, headers: soon }],
    ['is a lock of another request', { status: 400 }],
  ];
  test.each(troubles)('gets each output once when the response to that %s', async (_, how) => {
    const { openai, leave, items, on } = leftWith(30);
    openai.misbehave('conversations.items.create', how);
    expect(await leave()).toMatchObject({ leftOpen: false });
    expect(items('function_call_output')).toHaveLength(30);
    expect(await on()).toMatchObject({ text: 'fine' });
    openai.assertDone();
  });

  test('is read again when the response to that is truncated', async () => {
    const { openai, leave, on } = leftWith(1);
    openai.misbehave('conversations.items.list', { cutBody: true, times: 2 });
    expect(await leave()).toMatchObject({ leftOpen: false });
    expect(await on()).toMatchObject({ text: 'fine' });
    openai.assertDone();
  });

  test('loses the calls whose outputs the API refuses', async () => {
    const { openai, leave, items, on } = leftWith(2);
    openai.misbehave('conversations.items.create', { status: 422, times: 3 });
    expect(await leave()).toMatchObject({ leftOpen: false, openCalls: [], calls: [{ output: 'paid' }, {}] });
    expect(items('function_call')).toEqual([]);
    expect(items('function_call_output')).toEqual([]);
    expect(await on()).toMatchObject({ text: 'fine' });
    openai.assertDone();
  });

  test.each<[string, Misbehaviour]>([
    ['it is forbidden', { status: 403 }],
    ['an empty object is no list', { rewrite: () => ({}) }],
    ['an empty array is no list', { rewrite: () => [] }],
  ])('and cannot be read is reported as open: %s', async (_, how) => {
    shorten({ apiRetryFirstMs: 1 });
    const { openai, leave } = leftWith(1, { options: { leaveMs: 200 } });
    openai.misbehave('conversations.items.list', { ...how, times: Infinity });
    expect(await leave()).toMatchObject({ code: 'aborted', leftOpen: true, openCalls: ['call_0'] });
  });

  test('names no call as open whose output the API has accepted', async () => {
    const { openai, leave, on } = leftWith(2);
    openai.misbehave('conversations.items.list', { rewrite: (list) => list, times: 2 });
    openai.misbehave('conversations.items.list', { status: 403, times: 9 });
    expect(await leave()).toMatchObject({ leftOpen: false, openCalls: [] });
    expect(await on()).toMatchObject({ text: 'fine' });
  });

  test.each(troubles.slice(0, 4))(
    'names no call as open whose output may have arrived: the response to that %s',
    async (_, how) => {
      const { openai, leave } = leftWith(2);
      openai.misbehave('conversations.items.create', how);
      openai.misbehave('conversations.items.list', { rewrite: (list) => list, times: 2 });
      openai.misbehave('conversations.items.list', { status: 403, times: 9 });
      const error = await leave();
      expect(error).toMatchObject({ leftOpen: true, openCalls: [] });
      expect(error.message).toContain('may have calls without an output: call_0, call_1');
    },
  );

  test('keeps a call whose output only an outdated list lacks', async () => {
    const { openai, leave, items, on } = leftWith(1);
    let old: object | undefined;
    const rewrite = (list: object): object => {
      if (JSON.stringify(list).includes('call_0')) old ??= list;
      return old ?? list;
    };
    openai.misbehave('conversations.items.create', { dropReply: true });
    openai.misbehave('conversations.items.list', { rewrite, times: 4 });
    expect(await leave()).toMatchObject({ leftOpen: false, openCalls: [] });
    expect(items('function_call')).toHaveLength(1);
    expect(items('function_call_output')).toHaveLength(1);
    expect(await on()).toMatchObject({ text: 'fine' });
  });

  test('answers a call that only an outdated list lacks', async () => {
    const { openai, leave, items, on } = leftWith(1);
    let old: object | undefined;
    openai.misbehave('conversations.items.list', { rewrite: (list) => (old ??= list), times: 2 });
    expect(await leave()).toMatchObject({ leftOpen: false, openCalls: [] });
    expect(items('function_call_output')).toHaveLength(1);
    expect(await on()).toMatchObject({ text: 'fine' });
    openai.assertDone();
  });

  test('at an API that no longer answers is left after leaveMs', async () => {
    const { openai, leave } = leftWith(1, { options: { leaveMs: 50 } });
    openai.misbehave('conversations.items.list', { delayMs: 60_000, times: 9 });
    expect(await leave()).toMatchObject({ code: 'aborted', leftOpen: true, openCalls: ['call_0'] });
  });

  test('is reported as open where the client has no conversations', async () => {
    const { openai, client, gateway, conversationId } = leftWith(1);
    const { responses } = client;
    const only: ResponsesClient = { responses };
    const controller = new AbortController();
    const pay = () => {
      controller.abort();
    };
    const runner = new GuardedRunner({ client: only, gateway, tools: { pay } });
    const params = { model: MODEL, input: 'Pay', conversation: conversationId };
    const error = await ending(runner.responses(params, { signal: controller.signal }));
    expect(error).toMatchObject({ code: 'aborted', leftOpen: true, openCalls: ['call_0'] });
    expect(error.message).toContain('conversations.items.create');
    expect(openai.requests).toHaveLength(1);
  });

  test('while the response to its outputs is lost does not get them twice', async () => {
    const { openai, on, items } = oneCall();
    misbehaveAt(openai, 1, { dropReply: true });
    openai.misbehave('conversations.items.list', { status: 403, times: 9 });
    const error = await ending(on());
    expect(error).toMatchObject({ code: 'reply_lost', calls: [{ outcome: 'allowed', executed: 'yes' }] });
    expect(items('function_call_output')).toMatchObject([{ output: 'paid' }]);
  });

  test.each([
    ['an item that only a screenshot answers', { type: 'computer_call', call_id: 'call_screen', actions: [] }],
    ['an unknown item', { type: 'teleport_call', call_id: 'call_screen' }],
  ])('for %s accepts the next request, or reports what is open', async (_, item) => {
    const call = { type: 'function_call', call_id: 'call_1', name: 'pay', arguments: '{}', status: 'completed' };
    const { client, on, conversationId, ran } = oneCall({
      script: [emitItems({ ...item, status: 'completed' }, call), say('fine')],
      decisions: {},
    });
    const error = await ending(on());
    expect(error).toMatchObject({ code: 'unknown_action', calls: [{ callId: 'call_1', outcome: 'not_run' }] });
    expect(ran).toEqual([]);
    const next = client.responses.create({ model: MODEL, input: 'Go on', conversation: conversationId });
    const takes = await next.then(
      () => true,
      () => false,
    );
    expect(takes || (error.leftOpen && error.openCalls.includes('call_screen'))).toBe(true);
  });
});

describe('a request of an aborted run', () => {
  test.each([
    ['while the model thinks', 'in_progress'],
    ['after its response was lost', 'completed'],
  ])('and whose response is lost is searched for, and its calls are closed: aborted %s', async (_, status) => {
    const controller = new AbortController();
    let thoughts = 0;
    const { openai, on, items, ran } = oneCall({
      script: async () => {
        if ((thoughts += 1) > 1) return say('fine');
        await idle();
        if (status === 'in_progress') controller.abort();
        return callTools({ name: 'pay', id: 'call_1' });
      },
      decisions: {},
    });
    openai.misbehave('responses.create', { dropReply: true });
    const rewrite = (list: object): object => {
      if (openai.responses()[0]?.status === 'completed') controller.abort();
      return list;
    };
    openai.misbehave('conversations.items.list', { rewrite, times: Infinity });
    const error = await ending(on({}, { signal: controller.signal }));
    expect(error).toMatchObject({ code: 'aborted', leftOpen: false, openCalls: [] });
    expect(items('function_call_output')).toMatchObject([{ call_id: 'call_1' }]);
    expect(ran).toEqual([]);
    expect(await on()).toMatchObject({ text: 'fine' });
  });

  test('and whose response is lost for good is reported as possibly still active', async () => {
    const { openai, on } = oneCall({ script: [say('late')], decisions: {} });
    openai.misbehave('responses.create', { dropRequest: true });
    const controller = new AbortController();
    let lists = 0;
    // The first list is the baseline, the second the search for the lost response.
    const rewrite = (list: object): object => {
      if ((lists += 1) === 2) controller.abort();
      return list;
    };
    openai.misbehave('conversations.items.list', { rewrite, times: Infinity });
    const error = await ending(on({}, { signal: controller.signal }));
    expect(error).toMatchObject({ code: 'aborted', leftOpen: true, openCalls: [] });
  });
});

describe('a response in the background', () => {
  const background = { background: true } as const;
  const slow = { api: { thinkMs: 60_000 }, script: [], decisions: {} };

  test.each(['on', 'respond'] as const)('is cancelled when its run is aborted: %s', async (ask) => {
    const parts = oneCall(slow);
    const error = await ending(parts[ask](background, { signal: whenAsked(parts.openai, 'responses.create') }));
    expect(parts.openai.responses()).toMatchObject([{ status: 'cancelled' }]);
    expect(error).toMatchObject({ code: 'aborted', leftOpen: false, runId: parts.openai.responses()[0]?.id });
  });

  test.each<[string, Misbehaviour]>([
    ['its response is lost', { dropReply: true }],
    ['its response is truncated', { cutBody: true }],
  ])('is cancelled once, and retrieved, when %s', async (_, how) => {
    const { openai, respond } = oneCall(slow);
    openai.misbehave('responses.cancel', how);
    const error = await ending(respond(background, { signal: whenAsked(openai, 'responses.create') }));
    expect(openai.responses()).toMatchObject([{ status: 'cancelled' }]);
    expect(error).toMatchObject({ leftOpen: false });
  });

  test('that is cancelled with outputs for a conversation loses them: they are added to the conversation', async () => {
    let thoughts = 0;
    const parts = oneCall({
      script: async () => {
        thoughts += 1;
        if (thoughts === 2) return new Promise(() => undefined);
        return thoughts === 1 ? callTools({ name: 'pay', id: 'call_1' }) : say('fine');
      },
      api: { thinkMs: 1 },
    });
    const controller = new AbortController();
    const run = ending(parts.on(background, { signal: controller.signal }));
    await waitFor(() => thoughts === 2);
    await idle();
    controller.abort();
    expect(await run).toMatchObject({ code: 'aborted', leftOpen: false });
    expect(parts.openai.responses()).toMatchObject([{ status: 'completed' }, { status: 'cancelled' }]);
    expect(parts.items('function_call_output')).toMatchObject([{ call_id: 'call_1', output: 'paid' }]);
    expect(await parts.on()).toMatchObject({ text: 'fine' });
  });

  test('that is being created when its run is aborted is cancelled, too', async () => {
    const { openai, gateway } = oneCall(slow);
    const signal = whenAsked(openai, 'responses.create');
    const isLeft = new Promise((resolve) => {
      signal.addEventListener('abort', resolve);
    });
    // A server that does not notice a disconnect.
    const fetch: typeof globalThis.fetch = async (input, init) => {
      const reply = await openai.fetch(input, { ...init, signal: null });
      if (init?.method === 'POST') await isLeft;
      init?.signal?.throwIfAborted();
      return reply;
    };
    const client = new OpenAI({ apiKey: 'test', baseURL: openai.baseURL, fetch });
    const runner = new GuardedRunner({ client, gateway });
    const params = { model: MODEL, input: 'Pay', ...background };
    const error = await ending(runner.responses(params, { signal }));
    expect(openai.responses()).toMatchObject([{ status: 'cancelled' }]);
    expect(error).toMatchObject({ code: 'aborted', leftOpen: false });
  });
});
