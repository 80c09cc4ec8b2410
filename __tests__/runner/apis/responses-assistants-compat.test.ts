import { describe, expect, test } from '@jest/globals';
import { GuardedRunner } from 'interven-openai-assistants';
import { callTools, say, ScriptedGateway, fail, stopShort } from 'interven-openai-assistants/testing';
import { MODEL } from '../../setup/model.ts';
import { answering, assistant, ending, responding, type Item } from '../../setup/responses.ts';
import type OpenAI from 'openai';

describe('a run in a conversation', () => {
  test('sends the assistant’s parameters, the conversation and the registered tools, at each turn', async () => {
    const { run, sent, conversationId, openai } = answering([callTools({ name: 'pay', id: 'call_1' }), say('ok')]);
    expect(await run()).toMatchObject({ status: 'completed', text: 'ok', calls: [{ output: 'paid' }] });
    const tools = [...assistant.tools, { type: 'function', name: 'pay', parameters: null, strict: false }];
    const around = { ...assistant, tools, conversation: conversationId };
    const input = [{ type: 'function_call_output', call_id: 'call_1', output: 'paid' }];
    expect(sent()).toEqual([around, { ...around, input }]);
    expect(openai.requests.filter(({ operation }) => operation.startsWith('runs'))).toEqual([]);
  });

  test('leaves the assistant’s parameters unchanged', async () => {
    const frozen = Object.freeze({ ...assistant, tools: Object.freeze([]) as never });
    const { run } = answering([say('ok')], { options: { assistants: { asst_new: frozen } } });
    await run({ model: 'gpt-6', additional_instructions: 'Be brief.', tools: [] });
    expect(frozen.instructions).toBe('Be kind.');
  });

  const closed = { type: 'object', properties: {}, additionalProperties: false };
  const schema = { name: 'receipt', strict: true, schema: closed };
  const get = { name: 'get', description: 'Get one', parameters: { type: 'object', properties: {} } };
  test.each<[string, Item, Item]>([
    ['model', { model: 'gpt-6' }, { model: 'gpt-6' }],
    ['instructions', { instructions: 'Be brief.' }, { instructions: 'Be brief.' }],
    ['additional_instructions', { additional_instructions: 'Be brief.' }, { instructions: 'Be kind.\nBe brief.' }],
    [
      'additional_instructions before the instructions',
      { additional_instructions: 'Be brief.', instructions: 'Be fair.' },
      { instructions: 'Be fair.\nBe brief.' },
    ],
    ['temperature and top_p', { temperature: 0, top_p: 0.5 }, { temperature: 0, top_p: 0.5 }],
    ['parallel_tool_calls', { parallel_tool_calls: false }, { parallel_tool_calls: false }],
    ['metadata', { metadata: { user: '7' } }, { metadata: { user: '7' } }],
    ['max_completion_tokens', { max_completion_tokens: 300 }, { max_output_tokens: 300 }],
    ['reasoning_effort', { reasoning_effort: 'high' }, { reasoning: { effort: 'high', summary: 'auto' } }],
    ['response_format auto', { response_format: 'auto' }, { text: { verbosity: 'low', format: { type: 'text' } } }],
    [
      'response_format json_object',
      { response_format: { type: 'json_object' } },
      { text: { verbosity: 'low', format: { type: 'json_object' } } },
    ],
    [
      'response_format json_schema',
      { response_format: { type: 'json_schema', json_schema: schema } },
      { text: { verbosity: 'low', format: { type: 'json_schema', ...schema } } },
    ],
    ['tool_choice, a word', { tool_choice: 'none' }, { tool_choice: 'none' }],
    [
      'tool_choice, a function',
      { tool_choice: { type: 'function', function: { name: 'pay' } } },
      { tool_choice: { type: 'function', name: 'pay' } },
    ],
    [
      'tools',
      {
        tools: [
          { type: 'function', function: get },
          {
            type: 'function',
            function: {
              name: 'go',
              strict: true,
              parameters: { type: 'object', additionalProperties: false, properties: {} },
            },
          },
        ],
      },
      {
        tools: [
          { type: 'function', ...get, strict: false },
          {
            type: 'function',
            name: 'go',
            strict: true,
            parameters: { type: 'object', additionalProperties: false, properties: {} },
          },
          { type: 'function', name: 'pay', parameters: null, strict: false },
        ],
      },
    ],
    ['null as absent', { model: null, tools: null, truncation_strategy: null }, { model: MODEL }],
  ])('translates %s', async (_, params, request) => {
    const { run, sent } = answering();
    await run(params);
    expect(sent()).toMatchObject([request]);
    const added = Object.keys(sent()[0] ?? {}).filter((key) => !(key in assistant) && key !== 'conversation');
    expect(added).toEqual(Object.keys(request).filter((key) => !(key in assistant)));
  });

  test('takes additional messages as its input, in the format of the Responses API', async () => {
    const { run, sent, openai, conversationId } = answering();
    await run({
      additional_messages: [
        { role: 'user', content: 'Look:' },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'this' },
            { type: 'image_url', image_url: { url: 'http://pictures.test/1.png', detail: 'low' } },
            { type: 'image_file', image_file: { file_id: 'file_1' } },
          ],
        },
        { role: 'assistant', content: [{ type: 'text', text: 'I see.' }] },
        { role: 'assistant', content: 'Nice.' },
      ],
    });
    expect(sent()[0]?.['input']).toEqual([
      { type: 'message', role: 'user', content: 'Look:' },
      {
        type: 'message',
        role: 'user',
        content: [
          { type: 'input_text', text: 'this' },
          { type: 'input_image', image_url: 'http://pictures.test/1.png', detail: 'low' },
          { type: 'input_image', file_id: 'file_1', detail: 'auto' },
        ],
      },
      { type: 'message', role: 'assistant', content: 'I see.' },
      { type: 'message', role: 'assistant', content: 'Nice.' },
    ]);
    expect(openai.messages(conversationId).map(({ text }) => text)).toEqual([
      'Hello',
      'Look:',
      'this',
      'I see.',
      'Nice.',
      'ok',
    ]);
  });

  test.each<[string, Item]>([
    ['max_prompt_tokens', { max_prompt_tokens: 500 }],
    ['truncation_strategy', { truncation_strategy: { type: 'last_messages', last_messages: 5 } }],
    ['include', { include: ['step_details.tool_calls[*].file_search.results[*].content'] }],
    ['whatever', { whatever: 1 }],
    ['tools', { tools: [{ type: 'code_interpreter' }] }],
  ])('refuses params.%s, and names the alternative', async (name, params) => {
    const { run, openai } = answering([]);
    const error = await ending(run(params));
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toContain(`params.${name}`);
    expect(error.message).toContain('assistants["asst_new"]');
    expect(openai.requests).toEqual([]);
  });

  test('refuses params.stream', async () => {
    expect((await ending(answering([]).run({ stream: true }))).message).toMatch(/params\.stream cannot be set/);
  });
});

describe('an id of the other API', () => {
  test('thread_… is refused where an assistant answers in conversations, with the remedy', async () => {
    const { runner, threadId, openai } = answering([]);
    const error = await ending(runner.run(threadId, 'asst_new'));
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toContain(threadId);
    expect(error.message).toContain('copyThread');
    expect(openai.requests).toEqual([]);
  });

  test.each([undefined, '', 7])('that is malformed, %j, is refused', async (threadId) => {
    const { runner, openai } = answering([]);
    const error = await ending(runner.run(threadId as string, 'asst_new'));
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toContain('threadId');
    expect(openai.requests).toEqual([]);
  });

  test('conv_… is refused where a run is joined, with the remedy', async () => {
    const { runner } = answering([]);
    const error = await ending(runner.resume('conv_1', 'resp_1'));
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toMatch(/a run in a conversation needs a journal/);
  });

  test('of an assistant that is not in the map uses the Assistants API', async () => {
    const { runner, threadId, assistantId } = answering();
    expect(await runner.run(threadId, assistantId)).toMatchObject({ text: 'ok', run: { thread_id: threadId } });
  });

  test.each(['asst_old', 'constructor'])(
    'conv_… is refused for an assistant that is not in the map: %s',
    async (id) => {
      const { runner, openai } = answering([]);
      const error = await ending(runner.run('conv_1', id));
      expect(error).toBeInstanceOf(TypeError);
      expect(error.message).toContain(`assistants option has no "${id}"`);
      expect(openai.requests).toEqual([]);
    },
  );
});

test.each(['input', 'conversation', 'previous_response_id', 'stream'])(
  'an assistant with %s is refused at once',
  (key) => {
    const assistants = { asst_new: { model: MODEL, [key]: 'x' } };
    const { client } = responding({ script: [], decisions: {}, tools: {} });
    const make = () => new GuardedRunner({ client, gateway: new ScriptedGateway({}), assistants });
    expect(make).toThrow(TypeError);
    expect(make).toThrow(`assistants["asst_new"] has "${key}"`);
  },
);

describe('the run of its result', () => {
  test('looks like one of the Assistants API', async () => {
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
    // The sum of both responses, which is more than the last one's.
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
  ])('of an incomplete response has the reason: %s', async (reason, reported) => {
    const { run } = await answering([stopShort(reason)]).run();
    expect(run).toMatchObject({ status: 'incomplete', incomplete_details: { reason: reported }, completed_at: null });
  });

  test('is found among the items when its response was lost', async () => {
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
