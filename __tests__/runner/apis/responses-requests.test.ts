import { describe, expect, test } from '@jest/globals';
import { zodTextFormat } from 'openai/helpers/zod';
import { z } from 'zod';
import { tool, type Tools } from 'interven-openai-assistants';
import { callTools, emitItems, type Misbehaviour, say } from 'interven-openai-assistants/testing';
import { MODEL } from '../../setup/model.ts';
import { ending, type Item, oneCall, type Params, responding } from '../../setup/responses.ts';
import { waitFor } from '../../setup/wait-for.ts';
import { rejection } from '../../setup/world.ts';
import { imageOf, journalWorld, untilRecorded, untilTheEnd } from '../journal/world.ts';

const parameters = z.object({ id: z.number(), note: z.string().optional() });

/** The definitions of these tools that the API gets, beside those of the params. */
async function sentTools(tools: Tools, params: Params = {}): Promise<unknown> {
  const { respond, sent } = responding({ script: [say('ok')], decisions: {}, tools });
  await respond(params);
  return sent()[0]?.['tools'];
}

describe('the tools of a request', () => {
  test('are declared as not strict, because the API’s default is true', async () => {
    const get = tool({ description: 'Get one', parameters, execute: () => 1 });
    expect(await sentTools({ get })).toEqual([
      {
        type: 'function',
        name: 'get',
        description: 'Get one',
        strict: false,
        parameters: {
          type: 'object',
          properties: { id: { type: 'number' }, note: { type: 'string' } },
          required: ['id'],
        },
      },
    ]);
  });

  test('are strict where they are registered as strict', async () => {
    const strict = tool({ parameters: z.object({ id: z.number() }), strict: true, execute: () => 1 });
    expect(await sentTools({ strict })).toMatchObject([{ strict: true, parameters: { additionalProperties: false } }]);
  });

  test('have no parameters where the registration is a bare function', async () => {
    expect(await sentTools({ get: () => 1 })).toEqual([
      { type: 'function', name: 'get', parameters: null, strict: false },
    ]);
  });

  test('of text are custom tools, with their format', async () => {
    const format = { type: 'grammar', syntax: 'regex', definition: '\\d+' } as const;
    const tools = {
      sql: tool({ text: true, description: 'Ask', execute: () => 1 }),
      digits: tool({ text: true, format, execute: () => 1 }),
    };
    expect(await sentTools(tools)).toEqual([
      { type: 'custom', name: 'sql', description: 'Ask', format: { type: 'text' } },
      { type: 'custom', name: 'digits', format },
    ]);
  });

  test('of one namespace are grouped', async () => {
    const sql = tool({ text: true, execute: () => 1 });
    const tools = { 'crm.get': () => 1, get: () => 1, 'crm.sql': sql, 'erp.get': () => 1 };
    const get = { type: 'function', name: 'get', parameters: null, strict: false };
    expect(await sentTools(tools)).toEqual([
      {
        type: 'namespace',
        name: 'crm',
        description: 'The tools of crm.',
        tools: [get, { type: 'custom', name: 'sql', format: { type: 'text' } }],
      },
      get,
      { type: 'namespace', name: 'erp', description: 'The tools of erp.', tools: [get] },
    ]);
  });

  test('that the caller defines override ours of that name, and all others of the caller stay', async () => {
    const own = [
      { type: 'web_search' },
      { type: 'function', name: 'get', parameters: { type: 'object', properties: {} }, strict: false },
      { type: 'custom', name: 'sql' },
      { type: 'namespace', name: 'crm', description: 'Mine', tools: [{ type: 'custom', name: 'sql' }] },
      { type: 'web_search' },
    ] as const;
    const tools = { get: () => 1, sql: tool({ text: true, execute: () => 1 }), 'crm.get': () => 1, more: () => 1 };
    const params = { tools: [...own] } as unknown as Params;
    expect(await sentTools(tools, params)).toEqual([
      ...own,
      { type: 'function', name: 'more', parameters: null, strict: false },
    ]);
  });

  test('are omitted when there are none', async () => {
    expect(await sentTools({})).toBeUndefined();
  });

  test('are those of toolDefinitions, and of the moment of each request', async () => {
    const { runner, respond, sent } = oneCall({
      tools: {
        pay: () => {
          runner.register('late', () => 1);
          return 'paid';
        },
      },
    });
    await respond();
    expect(sent()[0]?.['tools']).toHaveLength(1);
    expect(sent()[1]?.['tools']).toEqual(runner.toolDefinitions('responses'));
    expect(sent()[1]?.['tools']).toHaveLength(2);
  });
});

describe('every request', () => {
  test('repeats the tools, the instructions and the caller’s other parameters', async () => {
    const around = {
      model: 'gpt-6',
      instructions: 'Be brief.',
      temperature: 0.2,
      metadata: { user: '7' },
      text: { format: zodTextFormat(z.object({ paid: z.boolean() }), 'receipt') },
      reasoning: { effort: 'low' },
      include: ['reasoning.encrypted_content'],
      max_output_tokens: 500,
      parallel_tool_calls: false,
      prompt_cache_key: 'k',
    } satisfies Params;
    const { respond, sent } = oneCall();
    await respond(around);
    // The text format must be serializable.
    const wire = JSON.parse(JSON.stringify(around)) as object;
    const tools = [{ type: 'function', name: 'pay', parameters: null, strict: false }];
    expect(sent()).toMatchObject([
      { ...wire, tools, input: 'Pay' },
      { ...wire, tools },
    ]);
    expect(wire).toMatchObject({ text: { format: { type: 'json_schema', name: 'receipt', strict: true } } });
  });

  test('leaves the params unchanged', async () => {
    const frozen = <T extends object>(value: T): T => {
      for (const inner of Object.values(value))
        if (typeof inner === 'object' && inner !== null) frozen(inner as object);
      return Object.freeze(value);
    };
    const params: Params = {
      input: [{ role: 'user', content: 'Pay' }],
      tools: [{ type: 'web_search' }],
      tool_choice: { type: 'allowed_tools', mode: 'required', tools: [{ type: 'function', name: 'pay' }] },
    };
    for (const more of [{}, { store: false }]) {
      const { respond } = oneCall();
      expect(await respond(frozen({ ...params, ...more }))).toMatchObject({ text: 'ok' });
    }
  });

  test.each([
    ['required', 'auto'],
    [{ type: 'function', name: 'pay' }, 'auto'],
    [{ type: 'web_search' }, 'auto'],
    [
      { type: 'allowed_tools', mode: 'required', tools: [{ type: 'function', name: 'pay' }] },
      { type: 'allowed_tools', mode: 'auto', tools: [{ type: 'function', name: 'pay' }] },
    ],
    ['auto', 'auto'],
    ['none', 'none'],
  ] as const)('after the first forces no tool: %j becomes %j', async (choice, later) => {
    const { respond, sent } = oneCall();
    await respond({ tool_choice: choice as NonNullable<Params['tool_choice']> });
    expect(sent().map((body) => body['tool_choice'])).toEqual([choice, later]);
  });
});

describe('the conversation so far', () => {
  const output = { type: 'function_call_output', call_id: 'call_1', output: 'paid' };

  test('in a chain is the previous response, and the caller continues from the last', async () => {
    const { respond, sent, openai } = oneCall({
      script: [callTools({ name: 'pay', id: 'call_1' }), say('ok'), say('more')],
    });
    const { continueFrom, response } = await respond();
    expect(continueFrom).toEqual({ previous_response_id: response.id });
    const { text, history } = await respond({ input: 'Go on', ...continueFrom });
    expect([text, history]).toEqual(['more', undefined]);
    const ids = openai.responses().map(({ id }) => id);
    expect(sent()).toMatchObject([
      { input: 'Pay' },
      { input: [output], previous_response_id: ids[0] },
      { input: 'Go on', previous_response_id: ids[1] },
    ]);
    expect(sent()[0]).not.toHaveProperty('previous_response_id');
  });

  test.each(['as its id', 'as an object'])('in a conversation is kept by it, given %s', async (how) => {
    const { respond, sent, conversationId, openai } = oneCall({
      script: [callTools({ name: 'pay', id: 'call_1' }), say('ok'), say('more')],
    });
    const conversation = how === 'as its id' ? conversationId : { id: conversationId };
    const { continueFrom } = await respond({ conversation });
    expect(continueFrom).toEqual({ conversation: conversationId });
    await respond({ input: 'Go on', ...continueFrom });
    expect(sent()).toMatchObject([
      { input: 'Pay', conversation },
      { input: [output], conversation },
      { input: 'Go on', conversation: conversationId },
    ]);
    expect(openai.messages(conversationId).map(({ text }) => text)).toEqual(['Hello', 'Pay', 'ok', 'Go on', 'more']);
  });

  test('in a conversation is kept by it even with store: false', async () => {
    const { on, sent } = oneCall();
    expect(await on({ store: false })).toMatchObject({
      text: 'ok',
      continueFrom: { conversation: expect.any(String) },
    });
    expect(sent()[1]?.['input']).toEqual([output]);
  });

  test('with store: false is sent again, including reasoning, and returned to the caller', async () => {
    const reasoning = { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'abc' };
    const call = { type: 'function_call', call_id: 'call_1', name: 'pay', arguments: '{}', status: 'completed' };
    const { respond, sent } = oneCall({ script: [emitItems(reasoning, call), say('ok'), say('more')] });
    const { continueFrom, history = [] } = await respond({ store: false });
    const conversation = [{ role: 'user', content: 'Pay' }, reasoning, expect.objectContaining(call), output];
    expect(sent()[1]?.['input']).toEqual(conversation);
    expect(sent()[1]).not.toHaveProperty('previous_response_id');
    expect(history).toEqual([...conversation, expect.objectContaining({ type: 'message', role: 'assistant' })]);
    expect(continueFrom).toEqual({});
    const input = [...history, { role: 'user', content: 'Go on' } as const];
    expect(await respond({ store: false, input, ...continueFrom })).toMatchObject({ text: 'more' });
    expect(sent()[2]?.['input']).toEqual(input);
  });

  test('with store: false still continues from a stored response', async () => {
    const { client, respond, sent } = oneCall({ script: [say('Hi'), callTools({ name: 'pay' }), say('ok')] });
    const { id } = await client.responses.create({ model: MODEL, input: 'Hello' });
    expect(await respond({ store: false, previous_response_id: id })).toMatchObject({ text: 'ok' });
    expect(sent()).toMatchObject([{}, { previous_response_id: id }, { previous_response_id: id }]);
  });

  test.each<[string, Params]>([
    ['null means absent', { previous_response_id: null, conversation: null }],
    ['without input', {}],
  ])('may be %s', async (_, params) => {
    const { on, conversationId } = oneCall();
    expect(await on({ ...params, conversation: conversationId })).toMatchObject({ text: 'ok' });
  });
});

describe('params', () => {
  const never = () => responding({ script: [], decisions: {}, tools: {} });

  test.each<[string, object, RegExp]>([
    ['stream', { stream: true }, /params\.stream cannot be set/],
    [
      'two places to continue from',
      { conversation: 'conv_1', previous_response_id: 'resp_1' },
      /both conversation and/,
    ],
  ])('with %s are a TypeError, before anything is sent', async (_, params, message) => {
    const { respond, openai } = never();
    const error = await ending(respond(params));
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toMatch(message);
    expect(openai.requests).toEqual([]);
  });

  test.each([undefined, null, MODEL])('that are %j are a TypeError', async (params) => {
    expect(await ending(never().runner.responses(params as never))).toBeInstanceOf(TypeError);
  });

  test('of a run are unknown options', async () => {
    const error = await ending(never().respond({}, { params: {} } as object));
    expect(error.message).toMatch(/responses: Unknown option "params"/);
  });
});

describe('a background response', () => {
  test('is polled until it has ended, at each turn', async () => {
    const steps = [callTools({ name: 'pay', id: 'call_1' }), say('ok')];
    const { respond, count, openai } = oneCall({
      script: async () => {
        const before = count('responses.retrieve');
        await waitFor(() => count('responses.retrieve') >= before + 2);
        return steps.shift() ?? say('too many');
      },
      api: { thinkMs: 1 },
    });
    expect(await respond({ background: true })).toMatchObject({ status: 'completed', text: 'ok' });
    expect(openai.responses()).toHaveLength(2);
    expect(count('responses.retrieve')).toBeGreaterThan(3);
  });

  test.each<[string, Misbehaviour]>([
    ['is cut', { cutBody: true }],
    ['is lost', { dropReply: true }],
    ['is no response', { rewrite: () => ({}) }],
  ])('is polled again when the response %s', async (_, how) => {
    const { openai, respond } = oneCall();
    openai.misbehave('responses.retrieve', how);
    expect(await respond({ background: true })).toMatchObject({ status: 'completed' });
    openai.assertDone();
  });

  test('that reads as a page is an error, which does not quote the page', async () => {
    const { openai, respond } = oneCall({ options: { leaveMs: 100 } });
    openai.misbehave('responses.retrieve', { rewrite: () => '<html>Log in</html>', times: 9 });
    const { code, message } = await ending(respond({ background: true }));
    expect(code).toBe('api_error');
    expect(message).toContain('The API response is not a model response, but an HTML page.');
    expect(message).not.toContain('Log in');
  });

  test.each(['cancelled', 'failed'] as const)('that another client ended as %s is a result', async (status) => {
    const { openai, respond } = oneCall({ script: [], decisions: {}, api: { thinkMs: 60_000 } });
    const run = respond({ background: true });
    await waitFor(() => openai.responses().length > 0);
    openai.endRun(String(openai.responses()[0]?.id), status);
    expect(await run).toMatchObject({ status, text: null, calls: [] });
  });
});

const agent_reference = { name: 'helper', type: 'agent_reference' } as const;
const own: Params = {
  tools: [{ type: 'function', name: 'mine', parameters: null, strict: false }],
  tool_choice: 'required',
  parallel_tool_calls: false,
};

/** The parameters of a request that say something about tools. */
function toolParams(body: Item): string[] {
  return Object.keys(body).filter((key) => key.includes('tool'));
}

describe('a request that names an agent of Azure Foundry', () => {
  const rows: [string, (on: string) => Params][] = [
    ['in a chain', () => ({})],
    ['in a conversation', (conversation) => ({ conversation })],
    ['with store: false', () => ({ store: false })],
    ['in the background', () => ({ background: true })],
    ['with tools of the caller’s own', () => own],
  ];

  test.each(rows)('leaves tools to the agent and guards its calls, %s', async (_, paramsOf) => {
    const { openai, runner, sent, ran, conversationId } = oneCall();
    const { status, calls } = await runner.responses({
      agent_reference,
      input: 'Pay',
      ...paramsOf(conversationId),
    });
    expect({ status, outcomes: calls.map(({ outcome }) => outcome) }).toEqual({
      status: 'completed',
      outcomes: ['allowed'],
    });
    expect(ran).toEqual(['call_1']);
    expect(sent().map((body) => [body['agent_reference'], toolParams(body)])).toEqual([
      [agent_reference, []],
      [agent_reference, []],
    ]);
    openai.assertDone();
  });

  test('runs no denied call', async () => {
    const { runner, ran } = oneCall({ decisions: { pay: 'DENY' } });
    const { calls } = await runner.responses({ agent_reference, input: 'Pay' });
    expect(calls).toMatchObject([{ outcome: 'denied' }]);
    expect(ran).toEqual([]);
  });

  test('can be streamed', async () => {
    const { runner, sent, ran } = oneCall();
    expect(await runner.streamResponses({ agent_reference, input: 'Pay' }).result).toMatchObject({ text: 'ok' });
    expect(ran).toEqual(['call_1']);
    expect(sent().flatMap(toolParams)).toEqual([]);
  });

  test('can be an assistant that runs in conversations', async () => {
    const { runner, sent, conversationId, ran } = oneCall({ options: { assistants: { helper: { agent_reference } } } });
    expect(await runner.run(conversationId, 'helper')).toMatchObject({ status: 'completed', text: 'ok' });
    expect(ran).toEqual(['call_1']);
    expect(sent().flatMap(toolParams)).toEqual([]);
  });

  test('is the same when another process resumes it', async () => {
    const world = await journalWorld([callTools({ name: 'pay', id: 'call_1' }), say('ok')], { pay: 'ALLOW' });
    const { openai, folder } = world;
    const hanging = world.process({ pay: async () => new Promise(() => undefined) }, { graceMs: 0 });
    void hanging.responses({ agent_reference, input: 'Pay' }, { signal: untilTheEnd() }).catch(() => undefined);
    await untilRecorded(folder, 'handler-start', 'call_1');
    const resumed = world.process({ pay: () => 'paid' }, { in: await imageOf(folder), onInDoubt: () => 'run' });
    const runId = openai.responses()[0]?.id ?? '';
    expect(await resumed.resumeResponses(runId)).toMatchObject({ status: 'completed', text: 'ok' });
    const bodies = openai.requests.map(({ body }) => body as Item);
    expect(bodies.map((body) => [body['agent_reference'], toolParams(body)])).toEqual([
      [agent_reference, []],
      [agent_reference, []],
    ]);
  });

  test('is not repeated after a lost response: the agent’s own tools may have acted', async () => {
    const { openai, runner } = oneCall({ script: [callTools({ name: 'pay' })] });
    openai.misbehave('responses.create', { dropReply: true });
    const error = await rejection(runner.responses({ agent_reference, input: 'Pay' }));
    expect(error).toMatchObject({ code: 'reply_lost' });
    expect((error as Error).message).toContain('the tools of the agent');
    expect(openai.responses()).toHaveLength(1);
  });
});

test('a request without an agent has its tools', async () => {
  const { runner, sent } = oneCall();
  await runner.responses({ model: MODEL, input: 'Pay', agent_reference: null });
  expect(sent().map(toolParams)).toEqual([['tools'], ['tools']]);
});
