import { describe, expect, test } from '@jest/globals';
import * as testing from 'interven-openai-assistants/testing';
import { idle } from '../setup/idle.ts';
import { MODEL } from '../setup/model.ts';
import { output, refusal, world, type Item } from './responses-world.ts';

const { callTools, emitItems, fail, requestApprovals, say, stopShort } = testing;
const CALL = callTools({ id: 'call_a', name: 'add' });
const command = { stdout: '', stderr: '', outcome: { type: 'exit', exit_code: 0 } };
const schema = (parts: object) => ({
  type: 'object',
  additionalProperties: false,
  required: [],
  properties: {},
  ...parts,
});

/** The error for a request with this body. */
const create = async (body: object, script: testing.Script = () => say('Done.')) => refusal(world(script).create(body));
/** The error for a request with this one item. */
const item = async (one: object) => create({ input: [one as Item] });
const tool = async (one: object) => create({ input: 'Hi', tools: [one as never] });

describe('the fake refuses a request', () => {
  test('with an unknown or missing parameter', async () => {
    const missing = "One of 'input' or 'previous_response_id' or 'prompt' or 'conversation_id' must be provided.";
    expect(await create({ inputs: 'Hi' })).toBe("400 Unknown parameter: 'inputs'. | inputs | unknown_parameter");
    expect(await create({})).toBe(`400 ${missing} | missing_required_parameter`);
    const model = "400 Missing required parameter: 'model'. | model | missing_required_parameter";
    expect(await create({ input: 'Hi', model: undefined })).toBe(model);
    expect(await create({ prompt: { id: 'pmpt_1' }, model: undefined })).toBe('accepted');
    expect(await create({ input: 7 })).toMatch("Invalid type for 'input'");
  });

  test('that has an agent of Azure Foundry and what only the agent may define', async () => {
    const agent = { agent_reference: { type: 'agent_reference', name: 'helper' }, input: 'Hi', model: undefined };
    expect(await create(agent)).toBe('accepted');
    const refused = '400 Not allowed when agent is specified. | tool_choice | invalid_payload';
    expect(await create({ ...agent, tool_choice: 'auto' })).toBe(refused);
    expect(await create({ ...agent, agent_reference: {} })).toMatch("'agent_reference.name'");
  });

  test('without a key', async () => {
    const { responses } = world([]);
    const attempt = responses.create({ model: MODEL, input: 'Hi' }, { headers: { Authorization: null } });
    expect(await refusal(attempt)).toBe("401 You didn't provide an API key.");
  });

  test('with too much metadata, or in the background without store', async () => {
    const pairs = Object.fromEntries(Array.from({ length: 17 }, (_, at) => [`k${at}`, 'v']));
    expect(await create({ input: 'Hi', metadata: pairs })).toMatch("400 Invalid 'metadata': too many properties.");
    const unstored = "400 Background mode requires 'store' to be true. | background";
    expect(await create({ input: 'Hi', background: true, store: false })).toBe(unstored);
  });

  test('with a completion window that is not in the background, or streams', async () => {
    const background_options = { completion_window: '8h' };
    const unfit =
      "400 The completion window '8h' requires 'background' to be true, and no 'stream'. | background_options.completion_window";
    expect(await create({ input: 'Hi', background_options })).toBe(unfit);
    expect(await create({ input: 'Hi', background_options, background: true, stream: true })).toBe(unfit);
    expect(await create({ input: 'Hi', background_options, background: true })).toBe('accepted');
  });

  test('with an unknown conversation, or together with a previous response', async () => {
    expect(await create({ conversation: 'conv_x' })).toBe("404 Conversation with id 'conv_x' not found.");
    expect(await create({ conversation: {} })).toMatch("Missing required parameter: 'conversation.id'");
    expect(await create({ previous_response_id: 7 })).toMatch("Invalid type for 'previous_response_id'");
    expect(await create({ conversation: { id: 'conv_x' } })).toBe("404 Conversation with id 'conv_x' not found.");
    const exclusive =
      "400 Mutually exclusive parameters: 'previous_response_id' and 'conversation'. Ensure you are only providing one of: 'previous_response_id' or 'conversation'. | mutually_exclusive_parameters";
    expect(await create({ conversation: 'conv_x', previous_response_id: 'resp_x' })).toBe(exclusive);
  });
});

describe('a previous response', () => {
  const unknown = (id: string) =>
    `400 Previous response with id '${id}' not found. | previous_response_id | previous_response_not_found`;

  test.each<[string, testing.ModelStep, object]>([
    ['was not stored', say('Done.'), { store: false }],
    ['has failed', fail('Busy.'), {}],
    ['is in progress', say('Done.'), { background: true }],
  ])('cannot be continued if it %s', async (_, step, more) => {
    // A response in the background is in flight as long as the model thinks.
    const { next } = world([step], { thinkMs: 'background' in more ? 60_000 : 5 });
    const previous = await next(undefined, 'Hello', more);
    expect(await refusal(next(previous))).toBe(unknown(previous.id));
  });

  test('cannot be continued if it is unknown, deleted or cancelled', async () => {
    const { next, responses } = world([say('Done.')], { thinkMs: 5 });
    expect(await refusal(next({ id: 'resp_x' }))).toBe(unknown('resp_x'));
    const deleted = await next(undefined);
    await responses.delete(deleted.id);
    expect(await refusal(next(deleted))).toBe(unknown(deleted.id));
    const cancelled = await next(undefined, 'Hello', { background: true });
    await responses.cancel(cancelled.id);
    expect(await refusal(next(cancelled))).toBe(unknown(cancelled.id));
  });

  test('can be continued if it is incomplete, but its truncated call needs an output', async () => {
    const { next } = world([stopShort('max_output_tokens', { id: 'call_a', name: 'add' }), say('Done.')]);
    const cut = await next(undefined);
    expect(await refusal(next(cut))).toBe('400 No tool output found for function call call_a. | input');
    expect((await next(cut, [output('call_a')])).output_text).toBe('Done.');
  });

  test('can be continued more than once', async () => {
    const { api, next } = world([CALL, say('One'), say('Two')]);
    const asking = await next(undefined);
    const forks = [await next(asking, [output('call_a')]), await next(asking, [output('call_a')])];
    expect(forks.map(({ output_text }) => output_text)).toEqual(['One', 'Two']);
    expect(api.responses().map(({ previousResponseId }) => previousResponseId)).toEqual([
      undefined,
      asking.id,
      asking.id,
    ]);
  });
});

describe('the input of a request, with its context,', () => {
  const shot = { type: 'computer_screenshot', image_url: 'data:,' };
  const kinds: [words: string, call: object, answer: object][] = [
    [
      'function call',
      { type: 'function_call', name: 'f', arguments: '{}' },
      { type: 'function_call_output', output: 'A' },
    ],
    [
      'custom tool call',
      { type: 'custom_tool_call', name: 'f', input: '' },
      { type: 'custom_tool_call_output', output: 'A' },
    ],
    ['computer call', { type: 'computer_call' }, { type: 'computer_call_output', output: shot }],
    ['local shell call', { type: 'local_shell_call' }, { type: 'local_shell_call_output', id: 'call_a', output: '{}' }],
    [
      'shell call',
      { type: 'shell_call', environment: { type: 'local' } },
      { type: 'shell_call_output', output: [command] },
    ],
    ['shell call', { type: 'shell_call', environment: null }, { type: 'shell_call_output', output: [] }],
    [
      'apply patch call',
      { type: 'apply_patch_call' },
      { type: 'apply_patch_call_output', status: 'failed', output: 'No.' },
    ],
    [
      'tool search call',
      { type: 'tool_search_call', execution: 'client', arguments: {} },
      { type: 'tool_search_output', execution: 'client', tools: [] },
    ],
  ];
  const as = (one: object) => ({ call_id: 'call_a', ...one }) as never;

  test.each(kinds)('must have one output for each %s', async (words, call, answer) => {
    const { next } = world([emitItems(as(call)), say('Done.')]);
    const asking = await next(undefined);
    const none = `400 No tool output found for ${words} call_a. | input`;
    const stray = `400 No tool call found for ${words} output with call_id call_a. | input`;
    expect(await refusal(next(asking))).toBe(none);
    expect(await refusal(next(asking, []))).toBe(none);
    expect(await refusal(next(undefined, [as(answer)]))).toBe(stray);
    const { id: _, ...twice } = as(answer) as { id?: string };
    const second = words === 'local shell call' ? as(answer) : (twice as never);
    expect(await refusal(next(asking, [as(answer), second]))).toBe(stray);
    const done = await next(asking, [as(answer)]);
    expect(done.output_text).toBe('Done.');
    expect(await refusal(next(done, [second]))).toBe(stray);
  });

  test('may have the output of a local shell with only the id of its call, as the SDK types it', async () => {
    const { next } = world([emitItems(as({ type: 'local_shell_call' })), say('Done.')]);
    const answer = { type: 'local_shell_call_output', id: 'call_a', output: '{}' } as const;
    expect((await next(await next(undefined), [answer])).output_text).toBe('Done.');
  });

  test('cannot have an output of another kind', async () => {
    const { next } = world([CALL]);
    const asking = await next(undefined);
    const answer = { type: 'custom_tool_call_output', call_id: 'call_a', output: 'A' } as const;
    const stray = '400 No tool call found for custom tool call output with call_id call_a. | input';
    expect(await refusal(next(asking, [answer]))).toBe(stray);
  });

  test.each([
    ['a shell in a container', { type: 'shell_call', environment: { type: 'container_reference' } }],
    ['a search of the server', { type: 'tool_search_call', execution: 'server', arguments: {} }],
    ['an asynchronous call', { type: 'function_call', name: 'f', arguments: '{}', async: true }],
    ['a call of an unknown type', { type: 'wand_call' }],
    ['a request for approval', { type: 'mcp_approval_request', name: 'f', server_label: 's', arguments: '{}' }],
  ])('needs no output for %s', async (_, call) => {
    const { next } = world([emitItems(as(call)), say('Done.')]);
    expect((await next(await next(undefined))).output_text).toBe('Done.');
  });

  test('may have the output of an asynchronous call later, once', async () => {
    const { next } = world(({ turn, messages }) =>
      messages.length === 1 && turn === 1 ? callTools({ id: 'call_a', name: 'f', async: true }) : say('Done.'),
    );
    const second = await next(await next(undefined));
    const third = await next(second, [output('call_a')]);
    const stray = '400 No tool call found for function call output with call_id call_a. | input';
    expect(await refusal(next(third, [output('call_a')]))).toBe(stray);
  });

  test('may have an approval once, and only for a pending request', async () => {
    const { next } = world([requestApprovals({ id: 'mcpr_1', name: 'f' }), say('Done.')]);
    const approval = (approval_request_id: string) =>
      [{ type: 'mcp_approval_response', approval_request_id, approve: true }] as Item[];
    const asking = await next(undefined);
    const refused = (id: string) => `400 No pending MCP approval request found with id '${id}'. | input`;
    expect(await refusal(next(asking, approval('mcpr_2')))).toBe(refused('mcpr_2'));
    const done = await next(asking, approval('mcpr_1'));
    expect(await refusal(next(done, approval('mcpr_1')))).toBe(refused('mcpr_1'));
  });

  test('cannot have an item twice', async () => {
    const { next } = world([say('One'), say('Two')]);
    const first = await next(undefined);
    const duplicate = `400 Duplicate item found with id ${first.output[0]?.id ?? ''}. Remove duplicate items from your input and try again. | input`;
    expect(await refusal(next(first, first.output as Item[]))).toBe(duplicate);
    expect(await refusal(next(undefined, [...first.output, ...first.output] as Item[]))).toBe(duplicate);
    expect(await refusal(next(undefined, first.output as Item[]))).toBe('accepted');
  });

  test('may refer to stored items', async () => {
    const { next, responses } = world([CALL, say('Two'), say('Three')]);
    const [call] = (await next(undefined)).output;
    const reference = { type: 'item_reference', id: call?.id ?? '' } as const;
    const { id, output_text } = await next(undefined, [reference, output('call_a')]);
    expect(output_text).toBe('Two');
    const given = (await responses.inputItems.list(id)).data;
    expect(given.at(-1)).toEqual(call);
    const forked = [reference, { type: 'item_reference', id: given[0]?.id ?? '' }] as const;
    expect((await next(undefined, [...forked])).status).toBe('completed');
    expect(await item({ id: 'fc_x' })).toBe("404 Item with id 'fc_x' not found.");
  });

  test('cannot refer to items that were not stored, nor have reasoning that is not encrypted', async () => {
    const { next } = world([emitItems({ id: 'rs_1', type: 'reasoning', summary: [] }), say('Done.')]);
    await next(undefined, 'Hello', { store: false });
    const gone = "404 Item with id 'rs_1' not found. Items are not persisted when `store` is set to false.";
    expect(await refusal(next(undefined, [{ type: 'item_reference', id: 'rs_1' }]))).toBe(gone);
    const thought: Item = { id: 'rs_1', type: 'reasoning', summary: [] };
    expect(await refusal(next(undefined, [thought]))).toBe(gone);
    const answer: Item = { role: 'assistant', content: 'Done.' };
    expect(await refusal(next(undefined, [{ ...thought, encrypted_content: 'x' }, answer]))).toBe('accepted');
  });

  const thought: Item & object = { id: 'rs_1', type: 'reasoning', summary: [], encrypted_content: 'x' };
  const call = { id: 'fc_1', type: 'function_call', call_id: 'call_a', name: 'add', arguments: '{}' } as const;

  test('has stored reasoning and the item that the model made from it together, or neither', async () => {
    const { next } = world(({ outputs }) => (outputs[0] ? say('Done.') : emitItems({ ...thought }, call)));
    const asking = await next(undefined);
    const alone = "400 Item 'fc_1' of type 'function_call' was provided without its required 'reasoning' item: 'rs_1'.";
    expect(await refusal(next(undefined, [call, output('call_a')]))).toBe(`${alone} | input`);
    const referred = { type: 'item_reference', id: 'fc_1' } as const;
    expect(await refusal(next(undefined, [referred, output('call_a')]))).toBe(`${alone} | input`);
    const { id: _, ...unnamed } = call;
    expect(await refusal(next(undefined, [unnamed, output('call_a')]))).toBe('accepted');
    const unfollowed = "400 Item 'rs_1' of type 'reasoning' was provided without its required following item. | input";
    for (const rest of [[], [{ role: 'user', content: 'Hi' } as const]]) {
      expect(await refusal(next(undefined, [thought, ...rest]))).toBe(unfollowed);
    }
    expect(await refusal(next(undefined, [thought, call, output('call_a')]))).toBe('accepted');
    expect(await refusal(next(asking, [output('call_a')]))).toBe('accepted');
  });

  test('may have a call without its reasoning if neither was stored', async () => {
    const { next } = world([emitItems({ ...thought }, call), say('Done.')]);
    await next(undefined, 'Hello', { store: false });
    expect(await refusal(next(undefined, [call, output('call_a')], { store: false }))).toBe('accepted');
  });

  test('is unchanged by a response that failed', async () => {
    const { next } = world([CALL, fail('Busy.'), say('Done.')]);
    const asking = await next(undefined);
    expect((await next(asking, [output('call_a')])).status).toBe('failed');
    expect((await next(asking, [output('call_a')])).output_text).toBe('Done.');
  });
});

describe('the fake refuses an item', () => {
  const text = (type: string, text = 'x') => ({ type, text });
  const call = { type: 'function_call_output', call_id: 'call_a' };
  test.each<[string, object, RegExp]>([
    [
      'of an unknown type',
      { type: 'wand_call' },
      /^400 Invalid value: 'wand_call'\. .*\| input\[0\]\.type \| invalid_value$/,
    ],
    ['without a type', {}, /^400 Missing required parameter: 'input\[0\]\.type'/],
    ['with an unknown key', { ...call, output: 'A', success: true }, /^400 Unknown parameter: 'input\[0\]\.success'/],
    ['without its output', call, /^400 Missing required parameter: 'input\[0\]\.output'/],
    [
      'without its call_id',
      { type: 'function_call_output', output: '' },
      /Missing required parameter: 'input\[0\]\.call_id'/,
    ],
    ['that is a call without its call_id', { type: 'shell_call', action: {} }, /Missing .* 'input\[0\]\.call_id'/],
    [
      'with a long call_id',
      { ...call, call_id: 'x'.repeat(65), output: '' },
      /'input\[0\]\.call_id': string too long\. .* 64, .* 65 instead/,
    ],
    ['with an object as output', { ...call, output: {} }, /^400 Invalid type for 'input\[0\]\.output'/],
    [
      'with an output part of the model',
      { ...call, output: [text('output_text')] },
      /^400 Invalid value: 'output_text'.* \| input\[0\]\.output\[0\]\.type/,
    ],
    [
      'with an output part that is too long',
      { ...call, output: [text('input_text', 'x'.repeat(10_485_761))] },
      /'input\[0\]\.output\[0\]\.text': string too long/,
    ],
    ...[
      [{}, /^400 Missing required parameter: 'input\[0\]\.content\[0\]\.image_url'/] as const,
      [
        { image_url: 'ftp://a.example/b.png' },
        /^400 Invalid 'input\[0\]\.content\[0\]\.image_url'\. Expected a valid URL/,
      ] as const,
    ].map(([image, words]): [string, object, RegExp] => [
      'of an image without a source, or with an odd one',
      { role: 'user', content: [{ type: 'input_image', detail: 'auto', ...image }] },
      words,
    ]),
    [
      'of a file without a source',
      { role: 'user', content: [{ type: 'input_file', filename: 'a.pdf' }] },
      /^400 Missing required parameter: 'input\[0\]\.content\[0\]\.file_id'/,
    ],
    ['of a message without content', { role: 'user' }, /Missing required parameter: 'input\[0\]\.content'/],
    ['of a message with an unknown role', { role: 'tool', content: 'Hi' }, /^400 Invalid value: 'tool'/],
    [
      'of a user with the model’s words',
      { role: 'user', content: [text('output_text')] },
      /^400 Invalid value: 'output_text'/,
    ],
    [
      'of the model with the user’s words',
      { role: 'assistant', content: [text('input_text')] },
      /^400 Invalid value: 'input_text'/,
    ],
    [
      'with an invalid screenshot',
      { type: 'computer_call_output', call_id: 'c', output: 'A' },
      /^400 Invalid type for 'input\[0\]\.output'/,
    ],
    [
      'with a screenshot of nothing',
      { type: 'computer_call_output', call_id: 'c', output: { type: 'computer_screenshot' } },
      /Missing .* 'input\[0\]\.output\.image_url'/,
    ],
    [
      'with a shell’s output as text',
      { type: 'shell_call_output', call_id: 'c', output: 'A' },
      /^400 Invalid type for 'input\[0\]\.output'/,
    ],
    [
      'with a command without outcome',
      { type: 'shell_call_output', call_id: 'c', output: [{ stdout: '', stderr: '' }] },
      /Missing .* 'input\[0\]\.output\[0\]\.outcome'/,
    ],
    [
      'with a command without exit code',
      { type: 'shell_call_output', call_id: 'c', output: [{ stdout: '', stderr: '', outcome: { type: 'exit' } }] },
      /'input\[0\]\.output\[0\]\.outcome\.exit_code'/,
    ],
    [
      'with a local shell’s output as a list',
      { type: 'local_shell_call_output', id: 'c', output: [] },
      /^400 Invalid type for 'input\[0\]\.output'/,
    ],
    [
      'with a patch that is half done',
      { type: 'apply_patch_call_output', call_id: 'c', status: 'incomplete' },
      /^400 Invalid value: 'incomplete'/,
    ],
    [
      'with found tools that are invalid',
      { type: 'tool_search_output', call_id: 'c', tools: [{ type: 'wand' }] },
      /'wand'.* \| input\[0\]\.tools\[0\]\.type/,
    ],
    ['with a number as call_id', { ...call, call_id: 7, output: '' }, /^400 Invalid type for 'input\[0\]\.call_id'/],
    [
      'that is a call with an object as arguments',
      { type: 'function_call', call_id: 'c', name: 'f', arguments: {} },
      /^400 Invalid type for 'input\[0\]\.arguments'/,
    ],
    ['of a message of no text', { role: 'user', content: 7 }, /^400 Invalid type for 'input\[0\]\.content'/],
    [
      'of a message with an invalid part',
      { role: 'user', content: ['Hi'] },
      /^400 Invalid type for 'input\[0\]\.content\[0\]'/,
    ],
    [
      'with a picture as screenshot',
      { type: 'computer_call_output', call_id: 'c', output: { type: 'input_image', image_url: 'data:,' } },
      /^400 Invalid value: 'input_image'/,
    ],
    [
      'with a command without stdout',
      { type: 'shell_call_output', call_id: 'c', output: [{ ...command, stdout: undefined }] },
      /Missing .* 'input\[0\]\.output\[0\]\.stdout'/,
    ],
    [
      'with a command without stderr',
      { type: 'shell_call_output', call_id: 'c', output: [{ ...command, stderr: undefined }] },
      /Missing .* 'input\[0\]\.output\[0\]\.stderr'/,
    ],
    [
      'with a command of another outcome',
      { type: 'shell_call_output', call_id: 'c', output: [{ ...command, outcome: { type: 'fire' } }] },
      /^400 Invalid value: 'fire'/,
    ],
    [
      'with a patch’s output as a list',
      { type: 'apply_patch_call_output', call_id: 'c', status: 'failed', output: [] },
      /^400 Invalid type for 'input\[0\]\.output'/,
    ],
    [
      'with an approval in words',
      { type: 'mcp_approval_response', approval_request_id: 'm', approve: 'yes' },
      /^400 Invalid type for 'input\[0\]\.approve'/,
    ],
  ])('%s', async (_, one, reason) => {
    expect(await item(one)).toMatch(reason);
  });

  test('with an output over 10 MiB, and not at 10 MiB', async () => {
    const max = 10_485_760;
    const { next } = world([CALL, say('Done.')]);
    const asking = await next(undefined);
    const long = `400 Invalid 'input[0].output': string too long. Expected a string with maximum length ${max}, but got a string with length ${max + 1} instead. | input[0].output | string_above_max_length`;
    expect(await refusal(next(asking, [output('call_a', 'x'.repeat(max + 1))]))).toBe(long);
    expect(await refusal(next(asking, [output('call_a', 'x'.repeat(max))]))).toBe('accepted');
  });
});

describe('the fake refuses a tool', () => {
  const strict = (parameters: object) => ({ type: 'function', name: 'x', strict: true, parameters });
  const refused = (problem: string) =>
    `400 Invalid schema for function 'x': ${problem} | tools[0].parameters | invalid_function_parameters`;
  const unit = { properties: { unit: { type: 'string' } } };
  const rule = "'required' is required to be supplied and to be an array including every key in properties.";
  const closed = "'additionalProperties' is required to be supplied and to be false.";

  test.each<[string, object, string]>([
    ['with an optional property', schema(unit), `In context=(), ${rule} Missing 'unit'.`],
    ['that takes other properties', { type: 'object', properties: {} }, `In context=(), ${closed}`],
    [
      'with an open property',
      schema({ properties: { a: { type: ['object', 'null'] } }, required: ['a'] }),
      `In context=('properties', 'a'), ${closed}`,
    ],
    [
      'with open items',
      schema({ properties: { a: { type: 'array', items: schema(unit) } }, required: ['a'] }),
      `In context=('properties', 'a', 'items'), ${rule} Missing 'unit'.`,
    ],
    [
      'with an open choice',
      schema({ properties: { a: { anyOf: [{ type: 'object' }] } }, required: ['a'] }),
      `In context=('properties', 'a', 'anyOf', '0'), ${closed}`,
    ],
    ['with an open definition', schema({ $defs: { d: { type: 'object' } } }), `In context=('$defs', 'd'), ${closed}`],
    ['of no object', { type: 'string' }, 'schema must be a JSON Schema of \'type: "object"\', got \'type: "string"\'.'],
  ])('that is strict %s', async (_, parameters, problem) => {
    expect(await tool(strict(parameters))).toBe(refused(problem));
  });

  test('in none of these cases if it is strict and closed, or not strict', async () => {
    expect(await tool(strict(schema({ ...unit, required: ['unit'] })))).toBe('accepted');
    expect(await tool({ ...strict({ type: 'object', ...unit }), strict: false })).toBe('accepted');
    expect(await tool({ type: 'function', name: 'x' })).toBe('accepted');
    expect(await tool({ type: 'web_search' })).toBe('accepted');
    expect(await create({ input: 'Hi', tools: {} })).toMatch("Invalid type for 'tools'");
  });

  const missing = (path: string) =>
    `400 Missing required parameter: 'tools[0].${path}'. | tools[0].${path} | missing_required_parameter`;
  test.each<[string, object, string | RegExp]>([
    ['of the Assistants API', { type: 'function', function: { name: 'x' } }, missing('name')],
    ['with an unknown key', { type: 'function', name: 'x', function: {} }, /Unknown parameter: 'tools\[0\]\.function'/],
    ['with an invalid name', { type: 'function', name: 'a.b' }, /'tools\[0\]\.name': string does not match pattern/],
    [
      'with a long name',
      { type: 'function', name: 'x'.repeat(129) },
      /'tools\[0\]\.name': string too long\. Expected a string with maximum length 128/,
    ],
    ['of free text without a name', { type: 'custom' }, missing('name')],
    ['of an unknown type', { type: 'wand' }, /^400 Invalid value: 'wand'.* \| tools\[0\]\.type \| invalid_value$/],
    ['of MCP without a label', { type: 'mcp' }, missing('server_label')],
    ['that is a namespace without a name', { type: 'namespace', description: 'd', tools: [] }, missing('name')],
    ['that is a namespace without a description', { type: 'namespace', name: 'n', tools: [] }, missing('description')],
    ['that is a namespace without tools', { type: 'namespace', name: 'n', description: 'd' }, missing('tools')],
    [
      'that is an empty namespace',
      { type: 'namespace', name: 'n', description: 'd', tools: [] },
      /'tools\[0\]\.tools'/,
    ],
    [
      'in a namespace, of another type',
      { type: 'namespace', name: 'n', description: 'd', tools: [{ type: 'shell' }] },
      /'shell'.* \| tools\[0\]\.tools\[0\]\.type/,
    ],
  ])('%s', async (_, one, reason) => {
    expect(await tool(one)).toMatch(reason);
  });

  test('choice of a tool that the request does not have', async () => {
    const namespace = { type: 'namespace', name: 'n', description: 'd', tools: [{ type: 'custom', name: 'b' }] };
    const chosen = async (tool_choice: unknown) =>
      create({ input: 'Hi', tools: [{ type: 'function', name: 'a' }, namespace], tool_choice });
    const absent = "400 Tool choice 'b' not found in 'tools' parameter. | tool_choice";
    expect(await chosen({ type: 'function', name: 'b' })).toBe(absent);
    expect(await chosen({ type: 'allowed_tools', mode: 'auto', tools: [{ type: 'function', name: 'b' }] })).toBe(
      absent,
    );
    expect(await chosen({ type: 'allowed_tools', mode: 'auto' })).toMatch("'tool_choice.tools'");
    expect(await chosen({ type: 'function' })).toMatch("Missing required parameter: 'tool_choice.name'");
    expect(await chosen('maybe')).toMatch("400 Invalid value: 'maybe'.");
    expect(await chosen({ type: 'function', name: 'a' })).toBe('accepted');
    expect(await chosen({ type: 'custom', name: 'b' })).toBe('accepted');
    expect(await chosen({ type: 'mcp', server_label: 's' })).toBe('accepted');
    expect(await chosen('required')).toBe('accepted');
  });
});

test('a refused request has no effect', async () => {
  const { api, on, conversationId } = world([]);
  await refusal(on([output('call_a')]));
  await refusal(on([], { stream: true, inputs: 'Hi' } as never));
  await idle();
  expect([api.responses(), api.items(conversationId).length]).toEqual([[], 1]);
  api.assertDone();
});
