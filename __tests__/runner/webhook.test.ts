import { createHmac } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import OpenAI from 'openai7';
import { fileJournal, GuardedRunner, type GuardedRunnerOptions, type Tools } from 'interven-openai-assistants';
import {
  callTools,
  FakeOpenAI,
  say,
  ScriptedGateway,
  type FakeOpenAIOptions,
} from 'interven-openai-assistants/testing';
import { held, message } from '../setup/agents.ts';
import { waitFor } from '../setup/wait-for.ts';
import { rejection } from '../setup/world.ts';
import { imageOf, newFolder, untilRecorded, untilTheEnd } from './journal/world.ts';

const KEY = Buffer.from('a secret of the webhook').toString('base64');
const script = [callTools({ name: 'pay', id: 'call_1' }), say('ok')];

type Options = Partial<GuardedRunnerOptions<unknown, OpenAI>>;

/** A session that waits for a call, and runners that share a journal. */
async function webhookWorld(steps: FakeOpenAIOptions['script'] = script) {
  const openai = new FakeOpenAI({ script: steps });
  const { baseURL, fetch } = openai;
  const client = new OpenAI({ apiKey: 'test', baseURL, fetch, webhookSecret: `whsec_${KEY}` });
  const gateway = new ScriptedGateway({ pay: 'ALLOW', slow: 'ALLOW' });
  const folder = await newFolder();
  const { sessionId } = openai.seed('Hello');
  await client.beta.agents.sessions.events.create(sessionId, { events: [message('Pay')] });
  await waitFor(() => openai.session(sessionId).status === 'requires_action');
  return {
    openai,
    client,
    folder,
    sessionId,
    event: eventOf(sessionId),
    runnerOf: (tools: Tools, options: Options = {}) =>
      new GuardedRunner({ client, gateway, tools, journal: fileJournal(folder), pollIntervalMs: 5, ...options }),
  };
}

function eventOf(id: unknown, type = 'agent.session.action_required', action: string = 'function_call') {
  return {
    id: 'evt_1',
    object: 'event' as const,
    created_at: 1_796_000_000,
    type,
    data: { id, required_action: { type: action } },
  };
}

/** The request in which OpenAI delivers an event, signed as OpenAI does. */
function requestOf(event: object, key = KEY): Request {
  const body = JSON.stringify(event);
  const [id, timestamp] = ['wh_1', String(Math.floor(Date.now() / 1000))];
  const signature = createHmac('sha256', Buffer.from(key, 'base64'))
    .update(`${id}.${timestamp}.${body}`)
    .digest('base64');
  const headers = { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` };
  return new Request('https://example.com/webhook', { method: 'POST', body, headers });
}

/** Handlers that record the id of each call. */
function paying() {
  const ran: string[] = [];
  return { ran, tools: { pay: (_: unknown, { callId }: { callId: string }) => (ran.push(callId), 'paid') } };
}

describe('handleWebhook', () => {
  test.each([
    ['a signed request', requestOf],
    ['a verified event', (event: ReturnType<typeof eventOf>) => event],
  ])('serves the session that %s names', async (_, deliveryOf) => {
    const { openai, runnerOf, event, sessionId } = await webhookWorld();
    const { ran, tools } = paying();
    expect(await runnerOf(tools).handleWebhook(deliveryOf(event))).toMatchObject({
      status: 'served',
      httpStatus: 200,
      sessionId,
      result: { status: 'completed', text: 'ok', calls: [{ callId: 'call_1', outcome: 'allowed' }] },
    });
    expect(ran).toEqual(['call_1']);
    openai.assertDone();
  });

  test('passes options on to the run', async () => {
    const { runnerOf, event } = await webhookWorld();
    const seen: unknown[] = [];
    const tools: Tools = { pay: (_, { context }) => seen.push(context) };
    await runnerOf(tools).handleWebhook(event, { context: { user: 'ada' } });
    expect(seen).toEqual([{ user: 'ada' }]);
  });

  test.each([
    ['is signed with another key', (event: object) => requestOf(event, Buffer.from('other').toString('base64'))],
    [
      'has no signature',
      (event: object) => new Request('https://x.example', { method: 'POST', body: JSON.stringify(event) }),
    ],
  ])('rejects a request that %s', async (_, deliveryOf) => {
    const { openai, runnerOf, event } = await webhookWorld();
    const before = openai.requests.length;
    const { ran, tools } = paying();
    const result = await runnerOf(tools).handleWebhook(deliveryOf(event));
    expect(result).toMatchObject({ status: 'rejected', httpStatus: 400 });
    expect(result.reason).toMatch(/^The request is not signed by OpenAI: /);
    expect([ran, openai.requests.length - before]).toEqual([[], 0]);
  });

  test.each([
    ['other events', eventOf('sess_1', 'response.completed'), '"response.completed"'],
    ['unknown events', eventOf('sess_1', 'agent.session.pondering'), '"agent.session.pondering"'],
    ['an event without a session', eventOf(undefined), 'names no session'],
    ['an environment that is to connect', eventOf('sess_1', undefined, 'environment_connection'), 'environment'],
    ['a session that no longer exists', eventOf('sess_gone'), 'sess_gone'],
  ])('ignores %s', async (_, event, reason) => {
    const { runnerOf } = await webhookWorld();
    const { ran, tools } = paying();
    const result = await runnerOf(tools).handleWebhook(requestOf(event));
    expect(result).toMatchObject({ status: 'ignored', httpStatus: 200 });
    expect(result.reason).toContain(reason);
    expect(ran).toEqual([]);
  });

  test('runs no call of a second delivery', async () => {
    const { runnerOf, event } = await webhookWorld();
    const { ran, tools } = paying();
    const runner = runnerOf(tools);
    await runner.handleWebhook(event);
    for (const again of [runner, runnerOf(tools)]) {
      expect(await again.handleWebhook(event)).toMatchObject({
        status: 'served',
        result: { status: 'completed', calls: [] },
      });
    }
    expect(ran).toEqual(['call_1']);
  });

  test.each(['one process', 'two processes'])(
    'has one of two deliveries at once delivered again, in %s',
    async (how) => {
      const { runnerOf, event, sessionId } = await webhookWorld([callTools({ name: 'slow', id: 'call_1' }), say('ok')]);
      const { tools, started, release } = held('slow');
      const runner = runnerOf(tools);
      const first = runner.handleWebhook(event);
      await waitFor(() => started.length > 0);
      const other = how === 'one process' ? runner : runnerOf(tools);
      expect(await other.handleWebhook(event)).toMatchObject({ status: 'busy', httpStatus: 409, sessionId });
      release('slow');
      expect(await first).toMatchObject({ status: 'served', result: { text: 'ok' } });
      expect(started).toEqual(['slow']);
    },
  );

  test('does not run the call of an interrupted delivery again', async () => {
    const { runnerOf, event, folder } = await webhookWorld();
    const hanging = runnerOf({ pay: async () => new Promise(() => undefined) }, { graceMs: 0 });
    void hanging.handleWebhook(event, { signal: untilTheEnd() }).catch(() => undefined);
    await untilRecorded(folder, 'handler-start', 'call_1');
    const { ran, tools } = paying();
    const second = runnerOf(tools, { journal: fileJournal(await imageOf(folder)) });
    expect(await second.handleWebhook(event)).toMatchObject({
      status: 'served',
      result: { status: 'completed', calls: [{ outcome: 'in_doubt', executed: 'unknown' }] },
    });
    expect(ran).toEqual([]);
  });

  test('rejects as session does, so that the event is delivered again', async () => {
    const { runnerOf, event } = await webhookWorld();
    const handling = runnerOf(paying().tools).handleWebhook(event, { signal: AbortSignal.abort() });
    expect(await rejection(handling)).toMatchObject({ code: 'aborted' });
  });

  test('needs a journal, a secret and a delivery', async () => {
    const { openai, client, runnerOf, event } = await webhookWorld();
    const runner = runnerOf({});
    const without = new GuardedRunner({ client, gateway: new ScriptedGateway({}) });
    await expect(without.handleWebhook(event)).rejects.toThrow('handleWebhook needs a journal.');
    const { baseURL, fetch } = openai;
    const unsigned = runnerOf({}, { client: new OpenAI({ apiKey: 'test', baseURL, fetch, webhookSecret: null }) });
    await expect(unsigned.handleWebhook(requestOf(event))).rejects.toThrow('OPENAI_WEBHOOK_SECRET');
    for (const wrong of [undefined, 'evt_1', {}]) {
      await expect(runner.handleWebhook(wrong as never)).rejects.toThrow(TypeError);
    }
  });
});
