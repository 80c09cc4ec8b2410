import { describe, expect, test } from '@jest/globals';
import type OpenAI from 'openai';
import { callTools, fail, say, stopShort } from 'interven-openai-assistants/testing';
import { MODEL } from '../../setup/model.ts';
import { answering, ending } from '../../setup/responses.ts';

describe('the run of its result', () => {
  test('reads like one of the Assistants API', async () => {
    const { run, openai, conversationId } = answering([callTools({ name: 'pay' }), say('ok')]);
    const result = await run({ metadata: { user: '7' }, max_completion_tokens: 300, temperature: 0.5 });
    const [, last] = openai.responses();
    expect(result.response).toMatchObject({ id: last?.id, object: 'response', status: 'completed' });
    expect(result.run).toMatchObject({
      id: last?.id,
      object: 'thread.run',
      thread_id: conversationId,
      assistant_id: 'asst_new',
      status: 'completed',
      completed_at: expect.any(Number) as unknown,
      failed_at: null,
      cancelled_at: null,
      expires_at: null,
      required_action: null,
      last_error: null,
      incomplete_details: null,
      model: MODEL,
      instructions: 'Be kind.',
      metadata: { user: '7' },
      temperature: 0.5,
      max_completion_tokens: 300,
    });
    const { usage } = result;
    expect(usage).toEqual(result.run.usage);
    expect(usage?.total_tokens).toBe(Number(usage?.prompt_tokens) + Number(usage?.completion_tokens));
    // Of both responses: the last alone has told of less.
    expect(usage?.total_tokens).toBeGreaterThan(Number(result.response?.usage?.total_tokens));
  });

  test('has every key of the SDK’s type', async () => {
    const keys: Record<keyof OpenAI.Beta.Threads.Run, true> = {
      ...{ id: true, object: true, created_at: true, thread_id: true, assistant_id: true, status: true },
      ...{ required_action: true, last_error: true, expires_at: true, started_at: true, cancelled_at: true },
      ...{ failed_at: true, completed_at: true, incomplete_details: true, model: true, instructions: true },
      ...{ tools: true, metadata: true, usage: true, temperature: true, top_p: true, max_prompt_tokens: true },
      ...{ max_completion_tokens: true, truncation_strategy: true, response_format: true, tool_choice: true },
      parallel_tool_calls: true,
    };
    const { run } = await answering().run();
    expect(
      Object.entries(run)
        .flatMap(([key, value]) => (value === undefined ? [] : [key]))
        .sort(),
    ).toEqual(Object.keys(keys).sort());
  });

  test('of a failed response has its error', async () => {
    const { status, run, usage, text } = await answering([fail('Out of order.', 'server_error')]).run();
    expect([status, usage, text]).toEqual(['failed', null, null]);
    expect(run).toMatchObject({
      status: 'failed',
      failed_at: expect.any(Number) as unknown,
      completed_at: null,
      last_error: { code: 'server_error', message: 'Out of order.' },
    });
  });

  test.each([
    ['max_completion_tokens', 'max_completion_tokens'],
    ['content_filter', 'content_filter'],
  ])('of a response that was cut short says why: %s', async (reason, told) => {
    const { run } = await answering([stopShort(reason)]).run();
    expect(run).toMatchObject({ status: 'incomplete', incomplete_details: { reason: told }, completed_at: null });
  });

  test('is found among the items when its reply was lost', async () => {
    const { openai, run, conversationId } = answering();
    openai.misbehave('responses.create', { dropReply: true });
    const result = await run();
    expect(result).toMatchObject({ status: 'completed', text: 'ok', run: { thread_id: conversationId } });
    expect(openai.responses()).toHaveLength(1);
  });
});

test('an error names the conversation and the last response', async () => {
  const { run, openai, conversationId, items } = answering([callTools({ name: 'pay' })], {
    options: { maxTurns: 1 },
  });
  openai.misbehave('responses.create', { rewrite: (reply) => reply });
  openai.misbehave('responses.create', { status: 422 });
  const error = await ending(run());
  expect(error).toMatchObject({ code: 'api_error', threadId: conversationId, runId: openai.responses()[0]?.id });
  expect(items('function_call_output')).toMatchObject([{ output: 'paid' }]);
});
