import { describe, expect, test } from '@jest/globals';
import OpenAI from 'openai';
import { GuardedRunner } from 'interven-openai-assistants';
import { callTools, fail, requestApprovals, say, stopShort } from 'interven-openai-assistants/testing';
import { gate, stepsAfter } from '../../setup/gate.ts';
import { holdTimers } from '../../setup/held-timers.ts';
import { idle } from '../../setup/idle.ts';
import { MODEL } from '../../setup/model.ts';
import { ending, oneCall, responding, leftWith } from '../../setup/responses.ts';
import { waitFor } from '../../setup/wait-for.ts';
import { whenAsked } from '../../setup/when-asked.ts';

const forever = (): Promise<never> => new Promise(() => undefined);
const NOT_RUN = 'Tool not run: the run is about to end.';
const ENDED = 'The run was ended while this call was in flight.';
/** Its time passes when the test lets it. */
const LEAVE_MS = 500_000;
const isLeaving = (ms: number): boolean => ms > LEAVE_MS / 2 && ms <= LEAVE_MS;

/** A response whose second call hangs in its handler, which aborts the run; then a message for the next run. */
function hanging(extra: Partial<Parameters<typeof responding>[0]> = {}) {
  const controller = new AbortController();
  const parts = responding({
    script: [callTools({ name: 'quick', id: 'call_quick' }, { name: 'hang', id: 'call_hang' }), say('fine')],
    decisions: { quick: 'ALLOW', hang: 'ALLOW' },
    tools: {
      quick: () => 'done',
      hang: async () => {
        await idle();
        controller.abort('enough');
        return forever();
      },
    },
    ...extra,
    options: { graceMs: 20, ...extra.options },
  });
  return { ...parts, controller, signal: controller.signal };
}

/** The calls' outputs in the conversation. */
function outputsIn({ items }: Pick<ReturnType<typeof responding>, 'items'>): [unknown, unknown][] {
  return items('function_call_output').map(({ call_id: callId, output }) => [callId, output]);
}

describe('an abort', () => {
  test('before the start sends the API nothing', async () => {
    const { openai, on, respond } = responding({ script: [], decisions: {}, tools: {} });
    for (const ask of [on, respond]) {
      const error = await ending(ask({}, { signal: AbortSignal.abort('no') }));
      expect(error).toMatchObject({ code: 'aborted', cause: 'no', runId: undefined, leftOpen: false, calls: [] });
    }
    expect(openai.requests).toEqual([]);
  });

  test('while the model thinks in a chain closes the connection', async () => {
    const { openai } = responding({ script: [], decisions: {}, tools: {}, api: { thinkMs: 60_000 } });
    const signals: (AbortSignal | null | undefined)[] = [];
    const fetch: typeof globalThis.fetch = async (input, init) => {
      signals.push(init?.signal);
      return openai.fetch(input, init);
    };
    const client = new OpenAI({ apiKey: 'test', baseURL: openai.baseURL, fetch });
    const runner = new GuardedRunner({ client, gateway: { scan: forever, approvalStatus: forever } });
    const run = runner.responses({ model: MODEL, input: 'Hi' }, { signal: whenAsked(openai, 'responses.create') });
    expect(await ending(run)).toMatchObject({ code: 'aborted', threadId: undefined, leftOpen: false });
    expect(signals).toMatchObject([{ aborted: true }]);
  });

  test('while the model thinks in a conversation answers the calls that follow from it as not run', async () => {
    const thought = gate();
    const parts = oneCall({
      script: stepsAfter(
        thought.opened,
        callTools({ name: 'pay', id: 'call_1' }, { name: 'missing', id: 'call_2' }),
        say('fine'),
      ),
      decisions: {},
    });
    const signal = whenAsked(parts.openai, 'responses.create');
    signal.addEventListener('abort', thought.open);
    const error = await ending(parts.on({}, { signal }));
    expect(error).toMatchObject({ code: 'aborted', threadId: parts.conversationId, leftOpen: false, openCalls: [] });
    expect(error.runId).toBe(parts.openai.responses()[0]?.id);
    expect(error.calls).toMatchObject([
      { callId: 'call_1', outcome: 'not_run', executed: 'no' },
      { callId: 'call_2', outcome: 'not_run', executed: 'no' },
    ]);
    expect(outputsIn(parts)).toEqual([
      ['call_1', NOT_RUN],
      ['call_2', NOT_RUN],
    ]);
    expect(parts.ran).toEqual([]);
    expect(await parts.on()).toMatchObject({ text: 'fine' });
  });

  test('during a handler adds the outcome of each call to the conversation', async () => {
    const parts = hanging();
    const error = await ending(parts.on({}, { signal: parts.signal }));
    expect(error).toMatchObject({ code: 'aborted', cause: 'enough', leftOpen: false });
    expect(error.calls).toMatchObject([
      { name: 'quick', outcome: 'allowed', executed: 'yes', output: 'done' },
      { name: 'hang', outcome: 'aborted', executed: 'unknown' },
    ]);
    expect(outputsIn(parts)).toEqual([
      ['call_quick', 'done'],
      ['call_hang', ENDED],
    ]);
    expect(await parts.on()).toMatchObject({ text: 'fine' });
  });

  test('during a handler in a chain sends the API nothing more', async () => {
    const { openai, respond, signal } = hanging();
    const error = await ending(respond({}, { signal }));
    expect(error).toMatchObject({ code: 'aborted', threadId: undefined, leftOpen: false, openCalls: [] });
    expect(error.runId).toBe(openai.responses()[0]?.id);
    expect(error.calls).toMatchObject([{ outcome: 'allowed' }, { outcome: 'aborted' }]);
    expect(openai.requests).toHaveLength(1);
  });

  test('while the model thinks about outputs leaves them as they were sent', async () => {
    const thought = gate();
    const parts = oneCall({
      script: async ({ turn }) => {
        if (turn === 1) return callTools({ name: 'pay', id: 'call_1' });
        return thought.opened.then(() => say('ok'));
      },
    });
    const { conversationId } = parts;
    const controller = new AbortController();
    const run = ending(parts.on({}, { signal: controller.signal }));
    await waitFor(() => parts.sent().length === 2);
    await idle();
    controller.abort();
    thought.open();
    expect(await run).toMatchObject({ code: 'aborted', threadId: conversationId, leftOpen: false });
    expect(outputsIn(parts)).toEqual([['call_1', 'paid']]);
    expect(parts.openai.messages(conversationId).at(-1)?.text).toBe('ok');
  });

  test('before a response that fails and discards its outputs adds them to the conversation', async () => {
    const thought = gate();
    const later = stepsAfter(thought.opened, fail('Out of order.'), say('fine'));
    let thoughts = 0;
    const parts = oneCall({
      script: async () => ((thoughts += 1) === 1 ? callTools({ name: 'pay', id: 'call_1' }) : later()),
    });
    const controller = new AbortController();
    const run = ending(parts.on({}, { signal: controller.signal }));
    await waitFor(() => parts.sent().length === 2);
    await idle();
    controller.abort();
    thought.open();
    expect(await run).toMatchObject({ code: 'aborted', leftOpen: false });
    expect(outputsIn(parts)).toEqual([['call_1', 'paid']]);
    expect(await parts.on()).toMatchObject({ text: 'fine' });
  });

  test('refuses the MCP calls that wait for approval in the conversation, including allowed ones', async () => {
    const controller = new AbortController();
    const parts = responding({
      script: [requestApprovals({ name: 'read', id: 'mcpr_0' }, { name: 'wipe', id: 'mcpr_1' }), say('fine')],
      decisions: {
        read: 'ALLOW',
        wipe: async () => {
          await idle();
          controller.abort();
          return forever();
        },
      },
      tools: {},
    });
    const error = await ending(parts.on({}, { signal: controller.signal }));
    expect(error).toMatchObject({ leftOpen: false, calls: [{}, { outcome: 'aborted', executed: 'no' }] });
    expect(parts.items('mcp_approval_response')).toMatchObject([
      { approval_request_id: 'mcpr_0', approve: false },
      { approval_request_id: 'mcpr_1', approve: false },
    ]);
  });
});

test('an end by the runner leaves a conversation usable, too', async () => {
  const parts = oneCall({ script: ({ turn }) => (turn < 3 ? callTools({ name: 'pay' }) : say('fine')) });
  expect(await ending(parts.on({}, { maxTurns: 1 }))).toMatchObject({ code: 'max_turns', leftOpen: false });
  expect(outputsIn(parts).map(([, output]) => output)).toEqual(['paid', NOT_RUN]);
  expect(await parts.on()).toMatchObject({ text: 'fine' });
});

describe('an incomplete response', () => {
  test.each([
    ['is cut short', stopShort('max_completion_tokens', { name: 'pay' }, { name: 'pay' }), 'incomplete', 2],
    ['is cut short without a call', stopShort('content_filter'), 'incomplete', 0],
    ['failed', fail('Out of order.'), 'failed', 0],
  ])('runs nothing and leaves the conversation usable: it %s', async (_, step, status, open) => {
    const parts = oneCall({ script: [step, say('fine')], decisions: {} });
    const { conversationId } = parts;
    const result = await parts.on();
    expect(result).toMatchObject({ status, response: { status }, continueFrom: { conversation: conversationId } });
    expect(result.calls.map(({ outcome }) => outcome)).toEqual(Array<string>(open).fill('not_run'));
    expect(outputsIn(parts).map(([, output]) => output)).toEqual(Array<string>(open).fill(NOT_RUN));
    expect(parts.ran).toEqual([]);
    expect(await parts.on()).toMatchObject({ text: 'fine' });
  });

  test('accepted no outputs when it failed: they are added to the conversation', async () => {
    const parts = oneCall({ script: [callTools({ name: 'pay', id: 'call_1' }), fail('Out of order.'), say('fine')] });
    expect(await parts.on()).toMatchObject({ status: 'failed', calls: [{ outcome: 'allowed', executed: 'yes' }] });
    expect(outputsIn(parts)).toEqual([['call_1', 'paid']]);
    expect(await parts.on()).toMatchObject({ text: 'fine' });
  });

  test('is an error when its calls cannot be closed', async () => {
    const { openai, on, conversationId } = oneCall({
      script: [stopShort('max_completion_tokens', { name: 'pay', id: 'call_1' })],
      decisions: {},
    });
    openai.misbehave('conversations.items.list', { status: 403, times: 9 });
    const error = await ending(on());
    expect(error).toMatchObject({ code: 'open_calls', leftOpen: true, openCalls: ['call_1'] });
    expect(error).toMatchObject({ threadId: conversationId, runId: openai.responses()[0]?.id });
    expect(error.message).toContain('conversations.items.create');
  });

  test.each([
    ['is cut short', stopShort('max_completion_tokens', { name: 'pay' })],
    ['failed', fail('Out of order.')],
  ])('is continued in a chain, with the outputs that the API has not accepted: it %s', async (_, step) => {
    const first = callTools({ name: 'pay', id: 'call_1' });
    const { respond, openai } = oneCall({ script: [first, step, say('fine')] });
    const { continueFrom, history = [] } = await respond();
    const input = [...history, { role: 'user' as const, content: 'Go on' }];
    expect(await respond({ ...continueFrom, input })).toMatchObject({ text: 'fine' });
    expect(openai.responses().at(-1)?.previousResponseId).toBeDefined();
  });

  test('and is the first of its chain is continued from the caller’s previous response', async () => {
    const { client, respond } = oneCall({ script: [say('Hi'), fail('Out of order.'), say('fine')], decisions: {} });
    const { id } = await client.responses.create({ model: MODEL, input: 'Hello' });
    const { continueFrom } = await respond({ previous_response_id: id });
    expect(await respond({ input: 'Go on', ...continueFrom })).toMatchObject({ text: 'fine' });
    expect(continueFrom).toEqual({ previous_response_id: id });
  });

  test('and is replayed by its caller has a history that the next request accepts', async () => {
    const { client, respond } = oneCall({
      script: [stopShort('max_completion_tokens', { name: 'pay' }, { name: 'pay' }), say('fine')],
      decisions: {},
    });
    const { status, history = [] } = await respond({ store: false });
    expect(status).toBe('incomplete');
    const more = [...history, { role: 'user' as const, content: 'Go on' }];
    expect(await client.responses.create({ model: MODEL, input: more })).toMatchObject({ output_text: 'fine' });
  });
});

test('a conversation that refuses outputs and deletions is reported as open, with its calls and a remedy', async () => {
  const limit = holdTimers(isLeaving);
  const { openai, leave, conversationId } = leftWith(2, { options: { leaveMs: LEAVE_MS } });
  openai.misbehave('conversations.items.create', { status: 422, times: 1_000 });
  openai.misbehave('conversations.items.delete', { status: 403, times: 1_000 });
  let reads = 0;
  // The time is up when the API has refused the outputs, and the deletions.
  const rewrite = (list: object): object => {
    if (JSON.stringify(list).includes('call_0') && (reads += 1) === 3) limit.end();
    return list;
  };
  openai.misbehave('conversations.items.list', { rewrite, times: 1_000 });
  const error = await leave();
  expect(error).toMatchObject({ code: 'aborted', leftOpen: true, openCalls: ['call_0', 'call_1'] });
  expect(error.message).toContain(`Conversation ${conversationId} has calls without an output: call_0, call_1`);
  expect(error.message).toContain('conversations.items.create');
  expect(error.message).toContain('conversations.items.delete');
});

test('a request without a response is reported as possibly still active', async () => {
  const options = { leaveMs: 500 };
  const { openai, on, conversationId } = oneCall({ script: [], decisions: {}, api: { thinkMs: 60_000 }, options });
  const error = await ending(on({}, { signal: whenAsked(openai, 'responses.create') }));
  expect(error).toMatchObject({ code: 'aborted', leftOpen: true, openCalls: [], runId: undefined });
  expect(error.message).toMatch(new RegExp(`The API may still be processing a request .*in ${conversationId}`));
});

test('a background response that cannot be cancelled is reported as possibly still active', async () => {
  const options = { leaveMs: LEAVE_MS };
  const limit = holdTimers(isLeaving);
  const { openai, respond } = oneCall({ script: [], decisions: {}, api: { thinkMs: 60_000 }, options });
  openai.misbehave('responses.cancel', { status: 403 });
  openai.misbehave('responses.retrieve', { rewrite: (reply) => (limit.pass(), reply), times: 1_000 });
  const error = await ending(respond({ background: true }, { signal: whenAsked(openai, 'responses.create') }));
  const [left] = openai.responses();
  expect(error).toMatchObject({ code: 'aborted', leftOpen: true, runId: left?.id, openCalls: [] });
  expect(error.message).toContain(`${String(left?.id)} could not be cancelled`);
});
