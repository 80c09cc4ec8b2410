import { afterEach, describe, expect, jest, test } from '@jest/globals';
import OpenAI from 'openai';
import OpenAI5 from 'openai5';
import OpenAI7 from 'openai7';
import * as testing from 'interven-openai-assistants/testing';
import { holdTimers } from '../setup/held-timers.ts';
import { idle } from '../setup/idle.ts';

const { callTools, reportStatus, say } = testing;
const CALLS = callTools({ id: 'call_a', name: 'add' });
const OUTPUTS = [{ tool_call_id: 'call_a', output: 'A' }];
const clients: [string, typeof OpenAI][] = [
  ['openai 5', OpenAI5 as unknown as typeof OpenAI],
  ['openai 6', OpenAI],
  ['openai 7', OpenAI7 as unknown as typeof OpenAI],
];

type Options = Partial<testing.FakeOpenAIOptions & { Client: typeof OpenAI; maxRetries: number }>;

function world(script: testing.Script, { Client = OpenAI, maxRetries = 0, ...options }: Options = {}) {
  const api = new testing.FakeOpenAI({ script, ...options });
  const client = new Client({ apiKey: 'test', baseURL: api.baseURL, fetch: api.fetch, maxRetries });
  const { threadId, assistantId } = api.seed('Hello');
  const { runs, messages } = client.beta.threads;
  const at = { thread_id: threadId };
  const body = { assistant_id: assistantId };
  const create = async (signal?: AbortSignal) => runs.create(threadId, body, { signal });
  const run = async () => runs.createAndPoll(threadId, body, { pollIntervalMs: 5 });
  const submit = async (id: string) => runs.submitToolOutputs(id, { ...at, tool_outputs: OUTPUTS });
  const made = () => api.runs(threadId).map(({ status }) => status);
  return { api, client, runs, messages, threadId, at, create, run, submit, made };
}

const refused = (text: string) => ({ status: 400, message: `400 ${text}`, param: null, code: null });
const tooLate = (status: string) => refused(`Runs in status "${status}" do not accept tool outputs.`);

afterEach(() => {
  jest.restoreAllMocks();
});

describe('a run', () => {
  test('whose model thinks is queued, then in progress, before it completes', async () => {
    const half = holdTimers(50);
    const { runs, at, create } = world([say('Done.')], { thinkMs: 100 });
    const { id, status } = await create();
    const seen: string[] = [status];
    for (let look = 0; look < 2; look += 1) {
      half.pass();
      await idle();
      seen.push((await runs.retrieve(id, at)).status);
    }
    expect(seen).toEqual(['queued', 'in_progress', 'completed']);
  });

  test('that waits for outputs locks its thread until it is cancelled', async () => {
    const { run, runs, messages, threadId, at, create } = world([CALLS, say('Done.')]);
    const { id } = await run();
    const message = async () => messages.create(threadId, { role: 'user', content: 'Hi' });
    const during = refused(`Can't add messages to ${threadId} while a run ${id} is active.`);
    await expect(create()).rejects.toMatchObject(refused(`Thread ${threadId} already has an active run ${id}.`));
    await expect(message()).rejects.toMatchObject(during);
    const cancelling = await runs.cancel(id, at);
    expect([cancelling.status, cancelling.cancelled_at]).toEqual(['cancelling', null]);
    const cancelled = await runs.retrieve(id, at);
    expect([cancelled.status, typeof cancelled.cancelled_at]).toEqual(['cancelled', 'number']);
    await message();
    expect((await run()).status).toBe('completed');
  });

  test('expires at the end of its lifetime, even while it waits for outputs, and unlocks its thread', async () => {
    const { run, runs, at, made } = world([CALLS, say('Done.')], { lifetimeMs: 5_000 });
    const born = Date.now();
    const now = jest.spyOn(Date, 'now').mockReturnValue(born);
    const { id, expires_at } = await run();
    expect(expires_at).toBe(Math.ceil((born + 5_000) / 1_000));
    now.mockReturnValue(born + 4_999);
    expect((await runs.retrieve(id, at)).status).toBe('requires_action');
    now.mockReturnValue(born + 5_000);
    await run();
    expect(made()).toEqual(['expired', 'completed']);
  });

  test('that waits for outputs has expired when they come too late', async () => {
    const { run, submit } = world([CALLS], { lifetimeMs: 5_000 });
    const { id } = await run();
    jest.spyOn(Date, 'now').mockReturnValue(Date.now() + 5_000);
    await expect(submit(id)).rejects.toMatchObject(tooLate('expired'));
  });

  const outside = ['cancelled', 'expired', 'failed'] as const;
  test.each(outside)('that the test ends as %s while the model thinks keeps that status', async (status) => {
    const half = holdTimers(5);
    const { api, create, runs, at, submit } = world([CALLS], { thinkMs: 10 });
    const { id } = await create();
    api.endRun(id, status);
    api.endRun(id, status === 'failed' ? 'expired' : 'failed');
    half.end();
    await idle();
    const ended = await runs.retrieve(id, at);
    expect(ended).toMatchObject({ status, required_action: null, expires_at: null });
    const times = [ended.cancelled_at, ended.failed_at].map((time) => time !== null);
    expect(times).toEqual([status === 'cancelled', status === 'failed']);
    await expect(submit(id)).rejects.toMatchObject(tooLate(status));
  });

  const ends = ['completed', 'failed', 'cancelled', 'expired', 'incomplete'];
  test.each([...ends, 'queued', 'in_progress', 'on_fire'])('that is %s refuses outputs', async (status) => {
    const { create, submit } = world([reportStatus(status)]);
    const { id } = await create();
    await expect(submit(id)).rejects.toMatchObject(tooLate(status));
  });

  test.each(ends)('that is %s cannot be cancelled', async (status) => {
    const { create, runs, at } = world([reportStatus(status)]);
    const { id } = await create();
    await expect(runs.cancel(id, at)).rejects.toMatchObject(refused(`Cannot cancel run with status '${status}'.`));
  });
});

describe.each(clients)('misbehaving towards %s', (_, Client) => {
  const lost = { message: 'Connection error.', cause: { message: 'fetch failed' } };
  test.each<[string, testing.Misbehaviour, object, number]>([
    ['a request before it is processed', { dropRequest: true }, lost, 0],
    ['a response after the request is processed', { dropReply: true }, lost, 1],
    ['half of a response after the request is processed', { cutBody: true }, { message: 'terminated' }, 1],
  ])('the fake loses %s', async (_, how, error, done) => {
    const { api, create, made } = world([say('Done.')], { Client });
    api.misbehave('runs.create', how);
    await expect(create()).rejects.toMatchObject(error);
    expect([made().length, api.requests.length]).toEqual([done, done]);
  });

  test.each([
    [429, 'rate_limit_error'],
    [500, 'server_error'],
  ])(
    'the fake responds with %i without processing the request, and the client retries after retry-after-ms',
    async (status, type) => {
      const { api, create, made } = world([say('Done.')], { Client, maxRetries: 1 });
      api.misbehave('runs.create', { status, headers: { 'retry-after-ms': '1' }, times: 3 });
      const pauses = jest.spyOn(globalThis, 'setTimeout');
      const message = `${status} The test planned the status ${status}.`;
      await expect(create()).rejects.toMatchObject({ status, type, param: null, code: null, message });
      expect(made()).toEqual([]);
      await create();
      expect(made()).toHaveLength(1);
      // Without the header, each of the two retries waits at least 375 ms.
      expect(pauses.mock.calls.filter(([, ms]) => ms === 1)).toHaveLength(2);
      api.assertDone();
    },
  );
});

describe('misbehaving', () => {
  test('a delayed request is processed later', async () => {
    const { api, create } = world([say('Done.')]);
    api.misbehave('runs.create', { delayMs: 30 });
    const began = performance.now();
    await create();
    expect(performance.now() - began).toBeGreaterThanOrEqual(29);
  });

  test('a request that is aborted during its delay has no effect', async () => {
    const { api, create, made } = world([]);
    api.misbehave('runs.create', { delayMs: 60_000 });
    await expect(create(AbortSignal.timeout(10))).rejects.toThrow('Request was aborted.');
    await idle();
    expect(made()).toEqual([]);
  });

  test('a request that is aborted while the model thinks ends at once', async () => {
    const { create, runs, at } = world(() => new Promise(() => undefined));
    const { id } = await create();
    await expect(runs.retrieve(id, at, { signal: AbortSignal.timeout(10) })).rejects.toThrow('Request was aborted.');
  });

  test('a rewritten response does not change the state of the fake', async () => {
    const { api, create, runs, at } = world([say('Done.')]);
    api.misbehave('runs.create', { rewrite: (body) => ({ ...body, status: 'on_fire' }) });
    const { id, status } = await create();
    expect([status, (await runs.retrieve(id, at)).status]).toEqual(['on_fire', 'completed']);
  });

  test('affects the planned number of requests of one operation, in the planned order', async () => {
    const { api, create, run, client } = world([say('Done.')]);
    api.misbehave('runs.create', { status: 503, times: 2 });
    api.misbehave('runs.create', { status: 418 });
    for (const status of [503, 503, 418]) {
      await client.beta.threads.create();
      await expect(create()).rejects.toMatchObject({ status });
    }
    expect((await run()).status).toBe('completed');
  });
});

describe('on a real port', () => {
  let server = { url: '', close: async () => Promise.resolve() };
  afterEach(async () => server.close());

  async function served() {
    const { api, threadId } = world([]);
    server = await api.listen();
    const { beta } = new OpenAI({ apiKey: 'test', baseURL: `${server.url}/v1`, maxRetries: 0 });
    return { api, threadId, messages: beta.threads.messages };
  }

  test.each(['dropReply', 'cutBody'] as const)(
    '%s breaks the connection after the request is processed',
    async (how) => {
      const { api, threadId, messages } = await served();
      api.misbehave('messages.create', { [how]: true });
      const attempt = messages.create(threadId, { role: 'user', content: how });
      await expect(attempt).rejects.toThrow(/^Connection error|^terminated/);
      expect(api.messages(threadId).map(({ text }) => text)).toEqual(['Hello', how]);
      expect((await messages.list(threadId)).data).toHaveLength(2);
    },
  );

  test('a request in flight ends when the port is closed', async () => {
    const { api, threadId, messages } = await served();
    api.misbehave('messages.list', { delayMs: 60_000 });
    setTimeout(() => void server.close(), 30);
    await expect(messages.list(threadId)).rejects.toThrow('Connection error.');
  });
});

describe('assertDone', () => {
  test('reports everything unexpected or unused', async () => {
    const { api, client, run } = world([say('One'), CALLS, say('Two')]);
    await run();
    api.misbehave('runs.cancel', { status: 500, times: 2 });
    await expect(client.models.list()).rejects.toThrow('404 Invalid URL (GET /v1/models)');
    const complaints = [
      'GET /v1/models was requested, but is not served.',
      'Unused steps of the script: call-tools, say.',
      'Unused misbehaviour of runs.cancel, 2 times.',
    ];
    expect(api.assertDone.bind(api)).toThrow(new Error(['FakeOpenAI:', ...complaints].join('\n- ')));
  });

  test("reports a step past the script's end, which fails the run", async () => {
    const { api, run } = world([CALLS]);
    const { id } = await run();
    api.endRun(id, 'cancelled');
    const next = await run();
    const last_error = { code: 'server_error', message: 'The script of the fake model has no step left.' };
    expect(next).toMatchObject({ status: 'failed', last_error });
    const complaint = `FakeOpenAI:\n- The script has 1 steps, but turn 1 of ${next.id} needed one more.`;
    expect(api.assertDone.bind(api)).toThrow(new Error(complaint));
  });

  test('does not throw if everything was used as planned', async () => {
    const { api, run } = world([say('Done.')]);
    await run();
    expect(api.assertDone.bind(api)).not.toThrow();
  });
});
