import { describe, expect, test } from '@jest/globals';
import nock from 'nock';
import OpenAI from 'openai';
import OpenAI5 from 'openai5';
import OpenAI7 from 'openai7';
import { GuardedRunner, type GuardedRunError } from 'interven-openai-assistants';
import { callTools, requestApprovals, say, ScriptedGateway } from 'interven-openai-assistants/testing';
import { shorten } from '../../setup/limits.ts';
import { rejection, world } from '../../setup/world.ts';
import { whenAsked } from '../../setup/when-asked.ts';

/** A run with one call; `ran` counts how often its handler started. */
function oneCall() {
  const ran: string[] = [];
  const parts = world({
    script: [callTools({ name: 'pay' }), say('ok')],
    decisions: { pay: 'ALLOW' },
    tools: { pay: (_, { callId }) => ran.push(callId) },
  });
  const requests = (operation: string): number =>
    parts.openai.requests.filter((request) => request.operation === operation).length;
  return { ran, requests, ...parts };
}

const fullMetadata = Object.fromEntries(Array.from({ length: 16 }, (_, index) => [`key${index}`, 'x']));

describe('a create whose response is lost', () => {
  test.each([
    ['the connection breaks after it', { dropReply: true }],
    ['the response is truncated', { cutBody: true }],
  ])('is found by its tag, not sent again: %s', async (_, how) => {
    const { runner, openai, ran, requests, threadId, assistantId } = oneCall();
    openai.misbehave('runs.create', how);
    expect(await runner.run(threadId, assistantId)).toMatchObject({ status: 'completed', text: 'ok' });
    expect(openai.runs(threadId)).toHaveLength(1);
    expect(requests('runs.create')).toBe(1);
    expect(ran).toHaveLength(1);
  });

  test.each([
    ['the connection broke before it', { dropRequest: true }],
    ['the server failed', { status: 500 }],
    ['the server was busy', { status: 409 }],
    ['the rate limit was met', { status: 429, headers: { 'retry-after-ms': '5' } }],
  ])('is sent again when it created no run: %s', async (_, how) => {
    const { runner, openai, threadId, assistantId } = oneCall();
    openai.misbehave('runs.create', how);
    expect(await runner.run(threadId, assistantId)).toMatchObject({ status: 'completed' });
    expect(openai.runs(threadId)).toHaveLength(1);
  });

  test('is given up after three attempts', async () => {
    const { runner, openai, requests, threadId, assistantId } = oneCall();
    openai.misbehave('runs.create', { status: 503, headers: { 'retry-after-ms': '1' }, times: 3 });
    const error = (await rejection(runner.run(threadId, assistantId))) as GuardedRunError;
    expect(error).toMatchObject({ code: 'api_error', cause: { status: 503 } });
    expect(requests('runs.list')).toBe(3);
  });

  test('does not guess its run when the metadata leave no room for a tag', async () => {
    const { runner, openai, ran, requests, threadId, assistantId } = oneCall();
    openai.misbehave('runs.create', { dropReply: true });
    const error = await rejection(runner.run(threadId, assistantId, { params: { metadata: fullMetadata } }));
    expect(error).toMatchObject({ code: 'run_not_found', threadId });
    expect((error as Error).message).toContain('runner.resume');
    expect(requests('runs.create')).toBe(1);
    expect(ran).toEqual([]);
  });
});

test('metadata of sixteen pairs pass unchanged', async () => {
  const { runner, openai, threadId, assistantId } = oneCall();
  await runner.run(threadId, assistantId, { params: { metadata: fullMetadata } });
  expect(openai.runs(threadId)).toMatchObject([{ metadata: fullMetadata }]);
});

test('a thread with an active run is an error that names the run and how to join it', async () => {
  const { runner, client, openai, threadId, assistantId } = oneCall();
  const { id } = await client.beta.threads.runs.create(threadId, { assistant_id: assistantId });
  const error = (await rejection(runner.run(threadId, assistantId))) as GuardedRunError;
  expect(error).toMatchObject({ code: 'active_run', activeRunId: id, runId: undefined, leftOpen: false });
  expect(error.message).toContain(`runner.resume('${threadId}', '${id}')`);
  expect(openai.runs(threadId)).toMatchObject([{ status: 'requires_action' }]);
  expect(await runner.resume(threadId, id)).toMatchObject({ status: 'completed' });
});

describe('a submit whose response is lost', () => {
  test.each([
    ['the connection breaks after it', { dropReply: true }, 1],
    ['the response is truncated', { cutBody: true }, 1],
    ['the connection breaks before it', { dropRequest: true }, 1],
    ['the server fails', { status: 502 }, 1],
    ['the rate limit is met', { status: 429, headers: { 'retry-after-ms': '5' } }, 1],
  ])('is followed up at the run, and no handler runs again: %s', async (_, how, landed) => {
    const { runner, openai, ran, requests, threadId, assistantId } = oneCall();
    openai.misbehave('runs.submitToolOutputs', how);
    expect(await runner.run(threadId, assistantId)).toMatchObject({ status: 'completed', text: 'ok' });
    expect(ran).toHaveLength(1);
    expect(requests('runs.submitToolOutputs')).toBe(landed);
    openai.assertDone();
  });

  test('and whose run has ended meanwhile gives a result', async () => {
    const { runner, openai, threadId, assistantId } = world({
      script: [callTools({ name: 'pay' })],
      decisions: { pay: 'ALLOW' },
      tools: {
        pay: (_, { runId }) => {
          openai.endRun(runId, 'expired');
          return 'paid';
        },
      },
    });
    openai.misbehave('runs.submitToolOutputs', { dropRequest: true });
    expect(await runner.run(threadId, assistantId)).toMatchObject({ status: 'expired', calls: [{ executed: 'yes' }] });
  });

  test('that the API refuses for its content ends the run', async () => {
    const { runner, openai, threadId, assistantId } = oneCall();
    openai.misbehave('runs.submitToolOutputs', { status: 422 });
    const error = await rejection(runner.run(threadId, assistantId));
    expect(error).toMatchObject({ code: 'api_error', cause: { status: 422 }, calls: [{ executed: 'yes' }] });
    expect(openai.runs(threadId)).toMatchObject([{ status: 'cancelled' }]);
  });
});

describe('a run that asks again', () => {
  test.each([
    ['has the call once in its steps', undefined],
    ['cannot list its steps now', 500],
    ['has no steps', 404],
  ])('for submitted outputs gets the same ones, and no handler runs again, if it %s', async (_, status) => {
    const { runner, openai, ran, threadId, assistantId } = oneCall();
    let waiting: unknown;
    if (status !== undefined) openai.misbehave('steps.list', { status, times: Infinity });
    openai.misbehave('runs.retrieve', { rewrite: (run) => (waiting = run) });
    // As observed on Azure: the status flips back once after the outputs were accepted.
    openai.misbehave('runs.retrieve', { rewrite: () => waiting });
    expect(await runner.run(threadId, assistantId)).toMatchObject({ status: 'completed', text: 'ok' });
    expect(ran).toHaveLength(1);
  });

  test('forever, although its steps have the call once, is cancelled', async () => {
    const ran: string[] = [];
    const { runner, openai, threadId, assistantId } = world({
      script: () => callTools({ name: 'pay', id: 'call_1' }),
      decisions: { pay: 'ALLOW' },
      tools: { pay: (_, { callId }) => ran.push(callId) },
    });
    const onlyOne = ({ data }: Record<string, unknown>) => ({ data: (data as unknown[]).slice(0, 1), has_more: false });
    openai.misbehave('steps.list', { rewrite: onlyOne, times: Infinity });
    shorten({ outputsSettleMs: 20 });
    const error = await rejection(runner.run(threadId, assistantId));
    expect(error).toMatchObject({ code: 'invalid_turn' });
    expect(ran).toEqual(['call_1']);
    expect(openai.runs(threadId)).toMatchObject([{ status: 'cancelled' }]);
  });
});

test('a call that has the id and arguments of an answered one runs on a server without steps, too', async () => {
  const call = callTools({ name: 'pay', id: 'pay:0' });
  const ran: string[] = [];
  const { runner, openai, threadId, assistantId } = world({
    script: [call, call, say('ok')],
    decisions: { pay: 'ALLOW' },
    tools: { pay: (_, { idempotencyKey }) => ran.push(idempotencyKey) },
  });
  shorten({ outputsSettleMs: 20 });
  openai.misbehave('steps.list', { status: 404, times: Infinity });
  expect(await runner.run(threadId, assistantId)).toMatchObject({ calls: [{ output: '1' }, { output: '2' }] });
  expect(new Set(ran).size).toBe(2);
});

describe('a run that requires action', () => {
  test.each([
    ['null', { required_action: null }],
    ['absent', { required_action: undefined }],
  ])('is polled again while its required_action is %s', async (_, missing) => {
    const { runner, openai, threadId, assistantId } = oneCall();
    openai.misbehave('runs.retrieve', { rewrite: (run) => ({ ...run, ...missing }), times: 2 });
    expect(await runner.run(threadId, assistantId)).toMatchObject({ status: 'completed' });
  });

  test('and never names an action is cancelled', async () => {
    const { runner, openai, threadId, assistantId } = oneCall();
    openai.misbehave('runs.retrieve', { rewrite: (run) => ({ ...run, required_action: null }), times: 6 });
    expect(await rejection(runner.run(threadId, assistantId))).toMatchObject({ code: 'unknown_action' });
    expect(openai.runs(threadId)).toMatchObject([{ status: 'cancelled' }]);
  });
});

test('a poll with a truncated response is repeated', async () => {
  const { runner, openai, threadId, assistantId } = oneCall();
  openai.misbehave('runs.retrieve', { cutBody: true });
  expect(await runner.run(threadId, assistantId)).toMatchObject({ status: 'completed' });
});

test('the expiry of a run follows the server’s clock, not this machine’s', async () => {
  const ran: string[] = [];
  const hour = 3_600_000;
  const run = (status: string, more = {}): Record<string, unknown> => ({
    id: 'run_1',
    status,
    thread_id: 'thread_1',
    expires_at: Math.floor((Date.now() - hour) / 1000) + 600,
    ...more,
  });
  const call = { id: 'call_1', type: 'function', function: { name: 'pay', arguments: '{}' } };
  const action = { type: 'submit_tool_outputs', submit_tool_outputs: { tool_calls: [call] } };
  const date = new Date(Date.now() - hour).toUTCString();
  const api = nock('http://openai.test').defaultReplyHeaders({ date });
  api.post('/threads/thread_1/runs').reply(200, run('queued'));
  api.get('/threads/thread_1/runs/run_1').reply(200, run('requires_action', { required_action: action }));
  api.post('/threads/thread_1/runs/run_1/submit_tool_outputs').reply(200, run('queued'));
  api.get('/threads/thread_1/runs/run_1').reply(200, run('failed'));
  const runner = new GuardedRunner({
    client: new OpenAI({ apiKey: 'test', baseURL: 'http://openai.test' }),
    gateway: new ScriptedGateway({ pay: 'ALLOW' }),
    tools: { pay: () => ran.push('paid') },
  });
  await runner.run('thread_1', 'asst_1');
  expect(ran).toEqual(['paid']);
  expect(api.isDone()).toBe(true);
  nock.restore();
});

test.each([
  ['openai 5', OpenAI5],
  ['openai 6', OpenAI],
  ['openai 7', OpenAI7],
])('%s: lost responses, an abort between polls and an unknown status have the same results', async (_, Client) => {
  const { openai, threadId, assistantId, gateway } = oneCall();
  const client = new Client({ apiKey: 'test', baseURL: openai.baseURL, fetch: openai.fetch });
  const ran: string[] = [];
  const runner = new GuardedRunner({ client, gateway, tools: { pay: () => ran.push('paid') }, pollIntervalMs: 5 });
  openai.misbehave('runs.create', { dropReply: true });
  openai.misbehave('runs.submitToolOutputs', { dropReply: true });
  const result = await runner.run(threadId, assistantId);
  expect(result).toMatchObject({ status: 'completed', text: 'ok' });
  expect(ran).toEqual(['paid']);
  expect(openai.runs(threadId)).toHaveLength(1);
  openai.assertDone();

  const slow = world({ script: [say('late')], decisions: {}, tools: {}, api: { thinkMs: 60_000 } });
  const slowClient = new Client({ apiKey: 'test', baseURL: slow.openai.baseURL, fetch: slow.openai.fetch });
  const patient = new GuardedRunner({ client: slowClient, gateway, pollIntervalMs: 60_000 });
  const signal = whenAsked(slow.openai, 'runs.create');
  const error = await rejection(patient.run(slow.threadId, slow.assistantId, { signal }));
  expect(error).toMatchObject({ code: 'aborted', leftOpen: false });
  expect(slow.openai.runs(slow.threadId)).toMatchObject([{ status: 'cancelled' }]);

  const odd = world({ script: [say('never')], decisions: {}, tools: {} });
  odd.openai.misbehave('runs.retrieve', { rewrite: (run) => ({ ...run, status: 'pondering' }) });
  const oddClient = new Client({ apiKey: 'test', baseURL: odd.openai.baseURL, fetch: odd.openai.fetch });
  const asking = new GuardedRunner({ client: oddClient, gateway });
  expect(await rejection(asking.run(odd.threadId, odd.assistantId))).toMatchObject({ code: 'unknown_status' });
});

describe('Azure Foundry asks for the approval of MCP calls', () => {
  test('each is scanned: ALLOW approves, every other decision refuses', async () => {
    const { runner, openai, gateway, threadId, assistantId } = world({
      script: ({ turn, outputs }) =>
        turn === 1
          ? requestApprovals(
              { name: 'read', arguments: { path: '/a' } },
              { name: 'leak' },
              { name: 'redact' },
              { name: 'ask' },
              { name: 'broken', arguments: 'not json' },
              { name: 'down' },
            )
          : say(outputs.map(({ name, output }) => `${name}=${output}`).join(' ')),
      decisions: {
        read: 'ALLOW',
        leak: 'DENY',
        redact: { decision: 'SANITIZE', sanitizedBody: {} },
        ask: 'REQUIRE_APPROVAL',
        down: { fault: 'unreachable' },
      },
      tools: {},
      options: { onGatewayError: 'allow' },
    });
    const { text, calls } = await runner.run(threadId, assistantId);
    expect(text).toBe('read=true leak=false redact=false ask=false broken=false down=false');
    expect(calls.map(({ outcome, executed }) => `${outcome} ${executed}`)).toEqual([
      'allowed unknown',
      'denied no',
      'sanitized_invalid no',
      'approval_pending no',
      'invalid_arguments no',
      'scan_unavailable no',
    ]);
    expect(gateway.scans[0]).toMatchObject({ functionName: 'read', body: { path: '/a' } });
    openai.assertDone();
    gateway.assertDone();
  });

  test('and continues with function calls in the same run', async () => {
    const { runner, threadId, assistantId } = world({
      script: [requestApprovals({ name: 'read' }), callTools({ name: 'pay' }), say('ok')],
      decisions: { read: 'ALLOW', pay: 'ALLOW' },
      tools: { pay: () => 'paid' },
    });
    const { calls, text } = await runner.run(threadId, assistantId);
    expect(text).toBe('ok');
    expect(calls).toMatchObject([{ name: 'read' }, { name: 'pay', output: 'paid' }]);
  });
});
