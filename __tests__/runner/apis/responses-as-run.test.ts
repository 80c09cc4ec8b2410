import { describe, expect, test } from '@jest/globals';
import { GuardedRunner } from 'interven-openai-assistants';
import { callTools, say, ScriptedGateway } from 'interven-openai-assistants/testing';
import { MODEL } from '../../setup/model.ts';
import { answering, assistant, ending, responding, type Item } from '../../setup/responses.ts';

describe('a run in a conversation', () => {
  test('sends what the assistant is, the conversation and the registered tools, at each turn', async () => {
    const { run, sent, conversationId, openai } = answering([callTools({ name: 'pay', id: 'call_1' }), say('ok')]);
    expect(await run()).toMatchObject({ status: 'completed', text: 'ok', calls: [{ output: 'paid' }] });
    const tools = [...assistant.tools, { type: 'function', name: 'pay', parameters: null, strict: false }];
    const around = { ...assistant, tools, conversation: conversationId };
    const input = [{ type: 'function_call_output', call_id: 'call_1', output: 'paid' }];
    expect(sent()).toEqual([around, { ...around, input }]);
    expect(openai.requests.filter(({ operation }) => operation.startsWith('runs'))).toEqual([]);
  });

  test('leaves the assistant as it is', async () => {
    const frozen = Object.freeze({ ...assistant, tools: Object.freeze([]) as never });
    const { run } = answering([say('ok')], { options: { assistants: { asst_new: frozen } } });
    await run({ model: 'gpt-6', additional_instructions: 'Be brief.', tools: [] });
    expect(frozen.instructions).toBe('Be kind.');
  });

  const schema = { name: 'receipt', strict: true, schema: { type: 'object' } };
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
    ['null, which says nothing', { model: null, tools: null, truncation_strategy: null }, { model: MODEL }],
  ])('translates %s', async (_, params, request) => {
    const { run, sent } = answering();
    await run(params);
    expect(sent()).toMatchObject([request]);
    const added = Object.keys(sent()[0] ?? {}).filter((key) => !(key in assistant) && key !== 'conversation');
    expect(added).toEqual(Object.keys(request).filter((key) => !(key in assistant)));
  });

  test('takes additional messages as its input, in that API’s words', async () => {
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
  ])('refuses params.%s, and says where to say it instead', async (name, params) => {
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

  test.each([undefined, '', 7])('that is no id, %j, is refused', async (threadId) => {
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

  test('of an assistant that is not among them is the Assistants API’s', async () => {
    const { runner, threadId, assistantId } = answering();
    expect(await runner.run(threadId, assistantId)).toMatchObject({ text: 'ok', run: { thread_id: threadId } });
  });

  test.each(['asst_old', 'constructor'])('conv_… is refused for an assistant that is not there: %s', async (id) => {
    const { runner, openai } = answering([]);
    const error = await ending(runner.run('conv_1', id));
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toContain(`assistants option has no "${id}"`);
    expect(openai.requests).toEqual([]);
  });
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
