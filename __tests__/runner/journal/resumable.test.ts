import { describe, expect, test } from '@jest/globals';
import OpenAI from 'openai7';
import { GatewayError, tool } from 'interven-openai-assistants';
import { callTools, say } from 'interven-openai-assistants/testing';
import { z } from 'zod';
import { MODEL } from '../../setup/model.ts';
import { rejection } from '../../setup/world.ts';
import { viewRun } from '../../../src/runner/journal/run-summary.ts';
import { journalFiles, readJournal } from '../../../src/runner/journal/read-journal.ts';
import { journalWorld } from './world.ts';

/** A run that is parked after a tool with the limit 1. The model calls the tool again after the approval. */
async function parked(api: 'run' | 'responses' | 'session') {
  const world = await journalWorld(
    ({ turn }) =>
      turn === 2 ? callTools({ name: 'pay' }) : turn > 3 ? say('ok') : callTools({ name: 'mail', id: `m${turn}` }),
    { mail: 'ALLOW', pay: { decision: 'REQUIRE_APPROVAL', approvalId: 'a1' } },
  );
  const ran: string[] = [];
  const mail = tool({ parameters: z.object({}), limit: 1, execute: () => void ran.push('mail') });
  const process = (options = {}) => world.process({ mail, pay: () => 'paid' }, { approval: 'park', ...options });
  const { threadId, assistantId, sessionId, conversationId: conversation } = world.place;
  const first = {
    run: async () => process().run(threadId, assistantId),
    responses: async () => process().responses({ model: MODEL, input: 'Pay', conversation }),
    session: async () => process().session(sessionId, { input: 'Pay' }),
  };
  const { runId } = await first[api]();
  const resume = async (options = {}) => {
    if (api === 'run') return process(options).resume(threadId, runId);
    return api === 'session' ? process(options).resumeSession(runId) : process(options).resumeResponses(runId);
  };
  const state = async (): Promise<unknown> => {
    const [file] = await journalFiles(world.folder);
    return file && viewRun(file.id, await readJournal(file)).state;
  };
  return { ...world, resume, state, ran };
}

describe.each(['run', 'session', 'responses'] as const)('a parked %s whose resumption fails', (api) => {
  test('is listed as waiting, and keeps its state for the next process', async () => {
    const { resume, gateway, state, ran } = await parked(api);
    const approvalStatus = async (): Promise<never> =>
      Promise.reject(new GatewayError('configuration', 'The key is wrong.', { status: 401 }));
    for (const _ of [1, 2]) {
      const error = await rejection(resume({ gateway: { scan: gateway.scan.bind(gateway), approvalStatus } }));
      expect(error).toMatchObject({ code: 'gateway_configuration', leftOpen: true });
      expect(await state()).toBe('waiting');
    }
    gateway.approve('a1');
    const { calls } = await resume();
    expect(calls.map(({ outcome }) => outcome)).toEqual(['allowed', 'allowed', 'budget_exceeded']);
    expect(ran).toEqual(['mail']);
  });
});

test('a parked session whose API refuses access is left unchanged', async () => {
  const { resume, openai, gateway, ran } = await parked('session');
  const fetch = async (): Promise<Response> => Promise.resolve(Response.json({ error: {} }, { status: 401 }));
  const client = new OpenAI({ apiKey: 'test', baseURL: openai.baseURL, fetch });
  expect(await rejection(resume({ client }))).toMatchObject({ code: 'api_error', leftOpen: true });
  gateway.approve('a1');
  expect((await resume()).calls.map(({ outcome }) => outcome)).toEqual(['allowed', 'allowed', 'budget_exceeded']);
  expect(ran).toEqual(['mail']);
});

test('a parked conversation that cannot be read is left unchanged: an approved call can still run', async () => {
  const { resume, openai, gateway, place } = await parked('responses');
  gateway.approve('a1');
  openai.misbehave('conversations.items.list', { status: 403, times: 1 });
  expect(await rejection(resume())).toMatchObject({ code: 'api_error', leftOpen: true });
  const outputs = openai.items(place.conversationId).filter(({ type }) => type === 'function_call_output');
  expect(outputs).toHaveLength(1);
  expect(await resume()).toMatchObject({ status: 'completed', calls: [{}, { name: 'pay', outcome: 'allowed' }, {}] });
});

const refusal = async (promise: Promise<unknown>): Promise<string> => ((await rejection(promise)) as Error).message;

async function waiting() {
  const world = await journalWorld(
    ({ outputs }) =>
      outputs.length === 0
        ? callTools({ name: 'read' })
        : outputs[0]?.name === 'read'
          ? callTools({ name: 'pay' })
          : say('ok'),
    { read: 'ALLOW', pay: { decision: 'REQUIRE_APPROVAL', approvalId: 'a1' } },
  );
  const assistants = { asst: { model: MODEL } };
  return {
    ...world,
    runner: world.process({ read: () => 'read', pay: () => 'paid' }, { approval: 'park', assistants }),
  };
}

test('a result of the Responses API has the id that resumes its run', async () => {
  const { runner, gateway, place } = await waiting();
  const first = await runner.responses({ model: MODEL, input: 'Go' });
  const second = await runner.run(place.conversationId, 'asst');
  gateway.approve('a1');
  expect([first.status, second.status]).toEqual(['awaiting_approval', 'awaiting_approval']);
  const { runId } = first;
  expect(await runner.resumeResponses(runId)).toMatchObject({ status: 'completed', runId });
  // A run that was started for an assistant also returns one.
  const { conversationId } = place;
  expect(await runner.resume(conversationId, second.runId)).toMatchObject({
    status: 'completed',
    runId: second.runId,
    run: { thread_id: conversationId, assistant_id: 'asst', status: 'completed' },
  });
});

test('the error for a run of another API says how to resume it', async () => {
  const { runner, place } = await waiting();
  const { run } = await runner.run(place.threadId, place.assistantId);
  expect(await refusal(runner.resumeResponses(run.id))).toContain(`call resume("${place.threadId}", "${run.id}")`);
  await runner.session(place.sessionId, { input: 'Go' });
  expect(await refusal(runner.resumeResponses(place.sessionId))).toContain(`call resumeSession("${place.sessionId}")`);
  const { id } = (await runner.responses({ model: MODEL, input: 'Go' })).response as { id: string };
  expect(await refusal(runner.resumeResponses(id))).toContain('Pass the runId of its result');
  expect(await refusal(runner.resume(place.conversationId, id))).toContain('Pass the runId of its result');
  const { runId: own } = await runner.responses({ model: MODEL, input: 'Go' });
  expect(await refusal(runner.resume(place.conversationId, own))).toContain(`resumeResponses("${own}")`);
  expect(await refusal(runner.resume(place.threadId, own))).toContain(`resumeResponses("${own}")`);
});

test.each([true, false])(
  'of two concurrent resumptions of a run in one runner, one is refused (journal: %p)',
  async (has) => {
    const world = await journalWorld([callTools({ name: 'pay' }), say('ok')], { pay: 'ALLOW' });
    const { threadId, assistantId } = world.place;
    const { id } = await world.client.beta.threads.runs.create(threadId, { assistant_id: assistantId });
    let ran = 0;
    const runner = world.process({ pay: () => void (ran += 1) }, has ? {} : { journal: undefined });
    const both = await Promise.allSettled([runner.resume(threadId, id), runner.resume(threadId, id)]);
    expect(both).toMatchObject([
      { value: { status: 'completed' } },
      { reason: { code: 'active_run', activeRunId: id } },
    ]);
    expect(ran).toBe(1);
  },
);
