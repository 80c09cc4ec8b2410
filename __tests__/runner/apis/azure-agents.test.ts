import { afterEach, describe, expect, test } from '@jest/globals';
import { AgentsClient, type ThreadRun } from '@azure/ai-agents';
import {
  azureAgents,
  fileJournal,
  GuardedRunner,
  type GuardedRunnerOptions,
  type Tools,
} from 'interven-openai-assistants';
import {
  callTools,
  FakeOpenAI,
  requestApprovals,
  say,
  ScriptedGateway,
  type FakeOpenAIOptions,
} from 'interven-openai-assistants/testing';
import { agentsClient, toOpenAI } from '../../setup/azure.ts';
import { shorten } from '../../setup/limits.ts';
import { whenAsked } from '../../setup/when-asked.ts';
import { rejection } from '../../setup/world.ts';
import { imageOf, newFolder, untilRecorded, untilTheEnd } from '../journal/world.ts';
import { readUsage } from '../../../src/runner/run/budget.ts';

const closing: (() => Promise<void>)[] = [];

afterEach(async () => {
  await Promise.all(closing.splice(0).map(async (close) => close()));
});

/** The real client over its own HTTP transport, and a runner with it. */
async function azureWorld(script: FakeOpenAIOptions['script'], api: Partial<FakeOpenAIOptions> = {}) {
  const openai = new FakeOpenAI({ script, ...api });
  const { url, close } = await openai.listen();
  closing.push(close);
  /** The requests that left the client, in the API's own form. */
  const requests: string[] = [];
  const client = agentsClient({
    additionalPolicies: [
      {
        position: 'perRetry',
        policy: {
          name: 'toFake',
          sendRequest: async (request, next) => {
            const { pathname, searchParams } = new URL(request.url);
            requests.push(
              `${request.method} ${pathname.replace(/(thread|run)_\w+/g, '$1')} ${searchParams.get('api-version')}`,
            );
            expect([...request.headers].filter(([name]) => name.startsWith('x-interven'))).toEqual([]);
            toOpenAI(request, `${url}/v1`);
            request.allowInsecureConnection = true;
            return next(request);
          },
        },
      },
    ],
  });
  const gateway = new ScriptedGateway({ pay: 'ALLOW' });
  const runnerOf = (tools: Tools, options: Partial<GuardedRunnerOptions<unknown, ReturnType<typeof adapted>>> = {}) =>
    new GuardedRunner({ client: adapted(client), gateway, tools, pollIntervalMs: 5, ...options });
  return { openai, client, gateway, requests, runnerOf, ...openai.seed('Hello') };
}

function adapted(client: AgentsClient) {
  return azureAgents(client);
}

type RunOptions = NonNullable<Parameters<GuardedRunner<unknown, ReturnType<typeof adapted>>['run']>[2]>;

const paying = [callTools({ name: 'pay', id: 'call_1' }), say('ok')];
const POST_RUN = 'POST /api/projects/tests/threads/thread/runs v1';

describe('azureAgents()', () => {
  test.each(['poll', 'stream'] as const)(
    'serves a run with the real client (%s), as an object of its SDK',
    async (transport) => {
      const { openai, runnerOf, threadId, assistantId, requests } = await azureWorld(paying);
      const { status, text, calls, run, usage } = await runnerOf({ pay: () => 'paid' }).run(threadId, assistantId, {
        transport,
      });
      expect({ status, text }).toEqual({ status: 'completed', text: 'ok' });
      expect(calls).toMatchObject([{ callId: 'call_1', output: 'paid', outcome: 'allowed' }]);
      const own: ThreadRun = run;
      expect(own).toMatchObject({ threadId, assistantId, createdAt: expect.any(Date) as unknown });
      expect(usage?.totalTokens).toBeGreaterThan(0);
      expect(readUsage(usage)).toBeDefined();
      expect(requests[0]).toBe(POST_RUN);
      expect(requests.filter((request) => request.includes('submit_tool_outputs'))).toHaveLength(1);
      openai.assertDone();
    },
  );

  test('streams text', async () => {
    const { runnerOf, threadId, assistantId } = await azureWorld([say('Hello there.')]);
    const deltas: string[] = [];
    const stream = runnerOf({}).stream(threadId, assistantId);
    for await (const event of stream) if (event.type === 'text-delta') deltas.push(event.delta);
    expect(deltas.join('')).toBe('Hello there.');
    expect((await stream.result).text).toBe('Hello there.');
  });

  test('takes params with the SDK’s names, and keeps the caller’s metadata', async () => {
    const { openai, runnerOf, threadId, assistantId } = await azureWorld([say('ok')]);
    await runnerOf({}).run(threadId, assistantId, {
      params: {
        additionalInstructions: 'Be brief.',
        additionalMessages: [{ role: 'user', content: 'Really?' }],
        metadata: { team: 'ops' },
        parallelToolCalls: false,
        topP: 0.5,
      },
    });
    expect(openai.requests.find(({ operation }) => operation === 'runs.create')?.body).toMatchObject({
      additional_instructions: 'Be brief.',
      additional_messages: [{ role: 'user', content: 'Really?' }],
      metadata: { team: 'ops', interven_run: expect.any(String) as unknown },
      parallel_tool_calls: false,
      top_p: 0.5,
    });
    // @ts-expect-error The SDK has other names.
    const wrong: RunOptions = { params: { additional_instructions: 'Be brief.' } };
    expect(wrong).toBeDefined();
  });

  test.each(['poll', 'stream'] as const)('names the active run of a thread (%s)', async (transport) => {
    const { openai, client, runnerOf, threadId, assistantId } = await azureWorld([callTools({ name: 'pay' })]);
    const { id } = await client.runs.create(threadId, assistantId);
    const error = await rejection(runnerOf({}).run(threadId, assistantId, { transport }));
    expect(error).toMatchObject({ code: 'active_run', activeRunId: id });
    expect(openai.runs(threadId)).toHaveLength(1);
  });

  test.each(['poll', 'stream'] as const)(
    'repeats a failed creation only after a look at the API (%s)',
    async (transport) => {
      const { openai, runnerOf, threadId, assistantId, requests } = await azureWorld(paying);
      openai.misbehave('runs.create', { status: 500, headers: { 'retry-after-ms': '1' }, times: 2 });
      await runnerOf({ pay: () => 'paid' }).run(threadId, assistantId, { transport });
      const list = POST_RUN.replace('POST', 'GET');
      expect(requests.slice(0, 5)).toEqual([POST_RUN, list, POST_RUN, list, POST_RUN]);
      expect(openai.runs(threadId)).toHaveLength(1);
    },
  );

  test.each(['poll', 'stream'] as const)('finds a run whose creation response was lost (%s)', async (transport) => {
    const { openai, runnerOf, threadId, assistantId } = await azureWorld(paying);
    openai.misbehave('runs.create', { dropReply: true });
    openai.misbehave('runs.submitToolOutputs', { dropReply: true });
    const result = await runnerOf({ pay: () => 'paid' }).run(threadId, assistantId, { transport });
    expect(result).toMatchObject({ status: 'completed', calls: [{ outcome: 'allowed' }] });
    expect(openai.runs(threadId)).toHaveLength(1);
    openai.assertDone();
  });

  test('reports the API’s error, with its status and the SDK’s error as its cause', async () => {
    const { runnerOf, threadId, requests } = await azureWorld([]);
    const error = await rejection(runnerOf({}).resume(threadId, 'run_unknown'));
    expect(error).toMatchObject({ code: 'api_error', cause: { name: 'RestError', statusCode: 404 } });
    expect(requests.filter((request) => request.startsWith('GET'))).toHaveLength(1);
  });

  test('retries an error of the API that has no body', async () => {
    const { openai, runnerOf, threadId, assistantId } = await azureWorld(paying);
    openai.misbehave('runs.retrieve', { rewrite: () => undefined });
    expect(await runnerOf({ pay: () => 'paid' }).run(threadId, assistantId)).toMatchObject({ status: 'completed' });
  });

  test('waits for no response for ever', async () => {
    shorten({ azureRequestMs: 50 });
    const { openai, runnerOf, threadId, assistantId } = await azureWorld(paying);
    openai.misbehave('runs.retrieve', { delayMs: 600_000 });
    expect(await runnerOf({ pay: () => 'paid' }).run(threadId, assistantId)).toMatchObject({ status: 'completed' });
  });

  test.each(['poll', 'stream'] as const)('cancels the run at an abort (%s)', async (transport) => {
    const { openai, runnerOf, threadId, assistantId } = await azureWorld([callTools({ name: 'pay' })], {
      thinkMs: 600_000,
    });
    const signal = whenAsked(openai, 'runs.create');
    const error = await rejection(runnerOf({ pay: () => 'paid' }).run(threadId, assistantId, { signal, transport }));
    expect(error).toMatchObject({ code: 'aborted', leftOpen: false });
    expect(openai.runs(threadId)).toMatchObject([{ status: 'cancelled' }]);
  });

  test('ends a run that asks for the approval of an MCP call, which the SDK cannot answer', async () => {
    const { openai, runnerOf, threadId, assistantId } = await azureWorld([requestApprovals({ name: 'wipe' })]);
    const error = await rejection(runnerOf({}).run(threadId, assistantId));
    expect(error).toMatchObject({ code: 'unknown_action', leftOpen: false });
    expect((error as Error).message).toContain('submit_tool_approval');
    expect(openai.runs(threadId)).toMatchObject([{ status: 'cancelled' }]);
  });

  test('sends the thread and earlier outputs with a scan', async () => {
    const { openai, client, gateway, runnerOf, threadId, assistantId } = await azureWorld(
      [callTools({ name: 'pay', id: 'call_1' }), callTools({ name: 'pay', id: 'call_2' }), say('ok')],
      { thinkMs: 5 },
    );
    const { id } = await client.runs.create(threadId, assistantId);
    while (openai.runs(threadId)[0]?.status !== 'requires_action') await new Promise(setImmediate);
    await client.runs.submitToolOutputs(threadId, id, [{ toolCallId: 'call_1', output: 'paid elsewhere' }]);
    await runnerOf({ pay: () => 'paid' }).resume(threadId, id, { provenance: true });
    expect(gateway.scans[0]?.conversation).toEqual({
      userMessages: ['Hello'],
      toolOutputs: [{ functionName: 'pay', output: 'paid elsewhere' }],
    });
  });

  describe('with a journal', () => {
    test('resumes the run of another process, without running its call again', async () => {
      const { openai, runnerOf, threadId, assistantId } = await azureWorld(paying);
      const folder = await newFolder();
      openai.misbehave('runs.submitToolOutputs', { delayMs: 600_000 });
      const first = runnerOf({ pay: () => 'paid' }, { journal: fileJournal(folder), graceMs: 0 });
      void first.run(threadId, assistantId, { signal: untilTheEnd() }).catch(() => undefined);
      await untilRecorded(folder, 'call-end', 'call_1');
      const ran: string[] = [];
      const journal = fileJournal(await imageOf(folder));
      const second = runnerOf({ pay: (_, { callId }) => ran.push(callId) }, { journal });
      const result = await second.resume(threadId, openai.runs(threadId)[0]?.id ?? '');
      expect(result).toMatchObject({ status: 'completed', calls: [{ output: 'paid' }] });
      expect(ran).toEqual([]);
    });

    test('cancels an interrupted run', async () => {
      const { openai, runnerOf, threadId, assistantId } = await azureWorld([callTools({ name: 'pay', id: 'call_1' })]);
      const folder = await newFolder();
      const hanging = { pay: async () => new Promise(() => undefined) };
      const first = runnerOf(hanging, { journal: fileJournal(folder), graceMs: 0 });
      void first.run(threadId, assistantId, { signal: untilTheEnd() }).catch(() => undefined);
      await untilRecorded(folder, 'handler-start', 'call_1');
      const second = runnerOf({}, { journal: fileJournal(await imageOf(folder)) });
      const runId = openai.runs(threadId)[0]?.id ?? '';
      expect(await second.cancel(runId)).toEqual({ status: 'cancelled' });
      expect(openai.runs(threadId)).toMatchObject([{ status: 'cancelled' }]);
    });

    test('replaces an expired run with its params, without its messages', async () => {
      const { openai, runnerOf, threadId, assistantId } = await azureWorld([
        callTools({ name: 'pay', id: 'call_1' }),
        say('ok'),
      ]);
      const folder = await newFolder();
      const hanging = { pay: async () => new Promise(() => undefined) };
      const first = runnerOf(hanging, { journal: fileJournal(folder), graceMs: 0 });
      const params = {
        additionalInstructions: 'Be brief.',
        additionalMessages: [{ role: 'user' as const, content: 'Hi' }],
      };
      void first.run(threadId, assistantId, { signal: untilTheEnd(), params }).catch(() => undefined);
      await untilRecorded(folder, 'handler-start', 'call_1');
      const runId = openai.runs(threadId)[0]?.id ?? '';
      openai.endRun(runId, 'expired');
      const second = runnerOf({}, { journal: fileJournal(await imageOf(folder)) });
      expect(await second.resume(threadId, runId, { onExpired: 'new-run' })).toMatchObject({ status: 'completed' });
      const bodies = openai.requests.filter(({ operation }) => operation === 'runs.create').map(({ body }) => body);
      expect(bodies[1]).not.toHaveProperty('additional_messages');
      const { additional_instructions: instructions } = bodies[1] as { additional_instructions: string };
      expect(instructions).toMatch(/^Be brief\.\n\n/);
    });
  });

  test('comes with definitions that fit an agent of the SDK', () => {
    const runner = new GuardedRunner({ client: adapted(agentsClient({})), gateway: new ScriptedGateway({}) });
    const tools: Parameters<AgentsClient['createAgent']>[1] = { tools: runner.toolDefinitions() };
    expect(tools).toEqual({ tools: [] });
  });

  test('adapts a client twice', async () => {
    const { client, gateway, threadId, assistantId } = await azureWorld([say('one'), say('two')]);
    const [one, two] = [azureAgents(client), azureAgents(client)].map(
      (adapted) => new GuardedRunner({ client: adapted, gateway, pollIntervalMs: 5 }),
    );
    expect((await one?.run(threadId, assistantId))?.text).toBe('one');
    expect((await two?.run(threadId, assistantId))?.text).toBe('two');
  });

  test.each([
    ['nothing', undefined],
    ['a client of OpenAI', { beta: { threads: {} } }],
    ['a class', AgentsClient],
  ])('refuses %s', (_, value) => {
    expect(() => azureAgents(value as never)).toThrow(
      /^azureAgents: client\.runs needs the methods create, get, .*new/,
    );
  });

  test('is named by the error for a client that is not adapted', () => {
    const client = agentsClient({}) as never;
    expect(() => new GuardedRunner({ client, gateway: new ScriptedGateway({}) })).toThrow('Pass azureAgents(client).');
  });
});
