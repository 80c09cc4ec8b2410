import { describe, expect, test } from '@jest/globals';
import OpenAI from 'openai';
import { z } from 'zod';
import { z as mini } from 'zod/mini';
import { GuardedRunner, tool, type Tool } from 'interven-openai-assistants';
import { FakeOpenAI, ScriptedGateway } from 'interven-openai-assistants/testing';
import { MODEL } from '../setup/model.ts';

const openai = new FakeOpenAI({ script: [] });
const client = new OpenAI({ apiKey: 'test', baseURL: openai.baseURL, fetch: openai.fetch });
const gateway = new ScriptedGateway({});
const runner = (): GuardedRunner => new GuardedRunner({ client, gateway });

describe('a tool', () => {
  test('has a definition for OpenAI that is made from its registration', () => {
    const guarded = new GuardedRunner({
      client,
      gateway,
      tools: {
        post_message: tool({
          description: 'Post a message',
          parameters: z.object({
            channel: z.string().describe('Without the #'),
            urgent: z.boolean().default(false),
            at: z.iso.datetime().optional(),
            count: z.string().transform(Number),
          }),
          execute: () => 'posted',
        }),
        get_time: () => 'noon',
      },
    });
    expect(guarded.toolDefinitions()).toEqual([
      {
        type: 'function',
        function: {
          name: 'post_message',
          description: 'Post a message',
          parameters: {
            type: 'object',
            properties: {
              channel: { type: 'string', description: 'Without the #' },
              urgent: { default: false, type: 'boolean' },
              at: expect.objectContaining({ type: 'string', format: 'date-time' }),
              count: { type: 'string' },
            },
            required: ['channel', 'count'],
          },
        },
      },
      { type: 'function', function: { name: 'get_time' } },
    ]);
  });

  test('has a definition that the SDK accepts as an assistant’s tool', async () => {
    const guarded = runner().register('get_time', () => 'noon');
    const assistant = await client.beta.assistants.create({ model: MODEL, tools: guarded.toolDefinitions() });
    expect(assistant.tools).toEqual(guarded.toolDefinitions());
  });

  test('is unchanged when the caller changes the definitions', () => {
    const guarded = runner().register('a', () => 1);
    guarded.toolDefinitions().pop();
    expect(guarded.toolDefinitions()).toHaveLength(1);
  });

  test('may be written with zod/mini', () => {
    const parameters = mini.object({ city: mini.string() });
    const guarded = runner().register('weather', tool({ parameters, execute: ({ city }) => city }));
    expect(guarded.toolDefinitions()[0]?.function.parameters).toMatchObject({ required: ['city'] });
  });

  test('may be strict', () => {
    const parameters = z.object({ city: z.string(), at: z.object({ day: z.string().nullable() }) });
    const guarded = runner().register('weather', tool({ parameters, strict: true, execute: () => 'sun' }));
    expect(guarded.toolDefinitions()[0]?.function).toMatchObject({
      strict: true,
      parameters: { additionalProperties: false, properties: { at: { additionalProperties: false } } },
    });
  });

  test('that is strict must require every argument, nested ones too', () => {
    const parameters = z.object({ to: z.object({ name: z.string().optional() }) });
    const strict = tool({ parameters, strict: true, execute: () => 1 });
    expect(() => runner().register('send', strict)).toThrow(
      /parameters\.to\.name of tool "send" is optional, which strict: true does not allow\. Use \.nullable\(\)/,
    );
  });

  test('cannot have the name of a registered tool', () => {
    const guarded = runner().register('pay', () => 1);
    expect(() => guarded.register('pay', () => 2)).toThrow(
      new TypeError('Tool "pay" is already registered. Choose another name: each name has one handler.'),
    );
  });

  test.each(['', 'no spaces', 'ümlaut', 'x'.repeat(65), 'a.b.c', '.b'])(
    'cannot have the name %j, which OpenAI refuses',
    (name) => {
      expect(() => runner().register(name, () => 1)).toThrow(TypeError);
    },
  );

  test.each([
    [
      'a zod 3 schema',
      { _def: {}, parse: () => ({}) },
      /parameters of tool "pay" is a zod 3 schema; zod 4 is needed\. Run npm install zod@4/,
    ],
    ['no schema', undefined, /parameters of tool "pay" must be a zod 4 schema/],
    ['a JSON Schema', { type: 'object' }, /must be a zod 4 schema, .* Convert a JSON Schema with z\.fromJSONSchema\(/],
    ['another Standard Schema', { '~standard': { version: 1, vendor: 'valibot' } }, /must be a zod 4 schema/],
    ['a schema that is not an object’s', z.string(), /parameters of tool "pay" must describe an object/],
    [
      'a date',
      z.object({ at: z.date() }),
      /parameters\.at of tool "pay" cannot be converted to JSON Schema .*z\.iso\.datetime\(\)/,
    ],
  ])('is refused at registration with %s; the error names the tool and the remedy', (_, parameters, message) => {
    const made = { parameters, execute: () => 1, settings: {} } as unknown as Tool;
    expect(() => runner().register('pay', made)).toThrow(message);
    expect(() => runner().register('pay', made)).toThrow(TypeError);
  });

  test.each([null, {}, 'text', { parameters: z.object({}), execute: () => 1 }])(
    'must be a function or made with tool(), and not %j',
    (made) => {
      expect(() => runner().register('pay', made as never)).toThrow(
        /Tool "pay" is .*; it must be a function or the result of tool\(/,
      );
    },
  );

  test.each([
    [{ target: { url: '/relative' } }, /target.url of tool "pay"/],
    [{ target: { url: 'ftp://host/x' } }, /target.url of tool "pay"/],
    [
      { target: { url: 'https://x.example', methd: 'GET' } },
      /target of tool "pay": Unknown option "methd". Did you mean "method"/,
    ],
    [{ description: 5 }, /description of tool "pay" is 5; it must be a string/],
    [{ description: 'x'.repeat(1_025) }, /description of tool "pay" has 1025 characters, and OpenAI accepts 1024\. /],
    [{ sequential: 'yes' }, /sequential of tool "pay" is "yes"; it must be true or false/],
    [{ strict: 'yes' }, /strict of tool "pay" is "yes"; it must be true or false/],
    [{ limit: 0 }, /limit of tool "pay" is 0/],
    [{ timeoutMs: -1 }, /timeoutMs of tool "pay" is -1/],
    [{ approval: 'maybe' }, /approval of tool "pay" is "maybe"; it must be one of "message", "wait"/],
    [{ onGatewayError: 'open' }, /onGatewayError of tool "pay" is "open"/],
  ])('with the setting %j is refused; the error names the setting', (settings, message) => {
    const made = tool({ parameters: z.object({}), execute: () => 1, ...(settings as object) });
    expect(() => runner().register('pay', made)).toThrow(message);
  });

  test('with a misspelt setting is refused, even if it was not made with tool()', () => {
    const made = { parameters: z.object({}), execute: () => 1, settings: { sequental: true } } as unknown as Tool;
    expect(() => runner().register('pay', made)).toThrow(
      'Tool "pay": Unknown option "sequental". Did you mean "sequential"?',
    );
  });
});

describe('a runner', () => {
  const make = (options: object) => new GuardedRunner({ client, gateway, ...options });

  test.each([
    [{ client: null }, /without beta.threads.runs, responses or beta.agents.sessions/],
    [{ client: { beta: {} } }, /without beta.threads.runs, responses or beta.agents.sessions/],
    [
      { client: { beta: { threads: { runs: {} } } } },
      /client.beta.threads.runs needs the methods createAndPoll, submitToolOutputsAndPoll, cancel/,
    ],
    [
      { client: { beta: { threads: { runs: { createAndPoll: () => 1 } } } } },
      /needs the methods submitToolOutputsAndPoll, cancel/,
    ],
    [{ gateway: {} }, /gateway needs the methods scan, approvalStatus. Pass new IntervenGateway/],
    [{ timeoutMs: Number.NaN }, /timeoutMs is NaN; it must be milliseconds/],
    [{ scanTimeoutMs: 2 ** 31 }, /scanTimeoutMs is 2147483648/],
    [{ maxTurns: 0 }, /maxTurns is 0; it must be a positive integer/],
    [{ maxConcurrentScans: 1.5 }, /maxConcurrentScans is 1.5/],
    [{ approval: 'always' }, /approval is "always"/],
    [{ agentId: 5 }, /agentId is 5; it must be a string/],
    [{ agentName: {} }, /agentName is an object; it must be a string/],
    [{ onGatewayError: 'ignore' }, /onGatewayError is "ignore"; it must be one of "block", "allow"/],
    [{ onApprovalRequested: 'mail' }, /onApprovalRequested is "mail"; it must be a function/],
    [{ messages: { denied: 'no' } }, /messages.denied is "no"; it must be a function/],
    [{ messages: { refused: () => 'no' } }, /messages: Unknown option "refused"/],
    [{ onGatewayFault: 'allow' }, /GuardedRunner: Unknown option "onGatewayFault"/],
  ])('refuses the options %j', (options, message) => {
    expect(() => make(options)).toThrow(message);
    expect(() => make(options)).toThrow(TypeError);
  });

  test('refuses an unknown option of a run, before it creates one', async () => {
    const { threadId, assistantId } = openai.seed('Hello');
    const before = openai.requests.length;
    await expect(runner().run(threadId, assistantId, { maxTurn: 3 } as object)).rejects.toThrow(
      /run: Unknown option "maxTurn"/,
    );
    expect(openai.requests).toHaveLength(before);
  });

  test.each([{ signal: 'now' }, { signal: {} }])('refuses %j', async (options) => {
    const { threadId, assistantId } = openai.seed('Hello');
    await expect(runner().run(threadId, assistantId, options as object)).rejects.toThrow(/signal needs the methods/);
  });

  test('refuses params for resume()', async () => {
    await expect(runner().resume('thread_1', 'run_1', { params: {} } as object)).rejects.toThrow(
      /resume: Unknown option/,
    );
  });

  test('refuses params.stream, before it creates a run', async () => {
    const { threadId, assistantId } = openai.seed('Hello');
    const options = { params: { stream: true } } as object;
    await expect(runner().run(threadId, assistantId, options)).rejects.toThrow(/params.stream cannot be set/);
  });

  test.each([[[() => 1]], [new Map([['a', () => 1]])]])('refuses tools that are an array or a Map: %p', (tools) => {
    expect(() => make({ tools })).toThrow(/tools is an (array|instance of Map); it must be an object/);
  });

  test('reports a class that is passed instead of an instance', () => {
    expect(() => make({ gateway: ScriptedGateway })).toThrow(/It is a class: pass an instance/);
  });

  test('does not change the caller’s options', () => {
    const options = Object.freeze({ client, gateway, tools: Object.freeze({ a: () => 1 }) });
    expect(() => new GuardedRunner(options)).not.toThrow();
  });
});
