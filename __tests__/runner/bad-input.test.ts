/** The error for invalid input names the input, its value and the remedy, and comes before any request. */
import { describe, expect, test } from '@jest/globals';
import { decisionLog, fileJournal, GuardedRunner, scanToolCalls, tool } from 'interven-openai-assistants';
import { ScriptedGateway } from 'interven-openai-assistants/testing';
import { z } from 'zod';
import { MODEL } from '../setup/model.ts';
import { answering, ending, responding } from '../setup/responses.ts';

/** The options of a valid runner, with additions or replacements. */
function optionsWith(more: object): never {
  const { client, gateway } = responding({ script: [], decisions: {}, tools: {} });
  return { client, gateway, ...more } as never;
}

describe('new GuardedRunner() names the option, its value and the remedy:', () => {
  test.each<[string, object, string]>([
    [
      'no gateway',
      { gateway: undefined },
      'gateway is undefined. Pass new IntervenGateway() or new EmbeddedGateway().',
    ],
    [
      'the URL of a gateway',
      { gateway: 'https://gateway.example' },
      'gateway is "https://gateway.example". Pass new IntervenGateway() or new EmbeddedGateway().',
    ],
    [
      'the key of a gateway, which the error does not quote',
      { gateway: 'iv_live_secret' },
      'gateway is a string. Pass new IntervenGateway() or new EmbeddedGateway().',
    ],
    [
      'a gateway without its methods',
      { gateway: { scan: () => 1 } },
      'gateway needs the methods approvalStatus. Pass new IntervenGateway() or new EmbeddedGateway().',
    ],
    ['the path of a journal', { journal: './j' }, 'journal is "./j". Pass fileJournal("./j").'],
    [
      'a journal without its methods',
      { journal: {} },
      'journal needs the methods open, reopen. Pass fileJournal(directory).',
    ],
    ['a misspelt option', { timoutMs: 1 }, 'GuardedRunner: Unknown option "timoutMs". Did you mean "timeoutMs"?'],
    [
      'parking without a journal',
      { approval: 'park' },
      'approval is "park", which needs a journal. Pass journal: fileJournal(directory) to new GuardedRunner().',
    ],
    ['telemetry without its methods', { telemetry: {} }, 'telemetry needs the methods startRun. Pass openTelemetry().'],
  ])('%s', (_, more, message) => {
    expect(() => new GuardedRunner(optionsWith(more))).toThrow(new TypeError(message));
  });

  test('an unknown option that resembles none gets the list of all options', () => {
    const make = (): unknown => new GuardedRunner(optionsWith({ wombat: 1 }));
    expect(make).toThrow(/^GuardedRunner: Unknown option "wombat"\. Known options: .*\btimeoutMs\b.*\bgateway\b/);
  });

  test('no options at all', () => {
    expect(() => new GuardedRunner(undefined as never)).toThrow(
      new TypeError('GuardedRunner: The options are undefined; they must be an object.'),
    );
  });
});

describe('tool() suggests the intended option:', () => {
  test.each([
    ...['inputSchema', 'schema', 'input', 'args', 'parameter'].map((name) => [name, 'parameters']),
    ...['handler', 'run', 'fn', 'func', 'invoke', 'call', 'exec'].map((name) => [name, 'execute']),
    ['sequental', 'sequential'],
  ])('for %s, %s', (name, meant) => {
    const options = { parameters: z.object({}), execute: () => 1, [name]: z.object({}) };
    expect(() => tool(options)).toThrow(new TypeError(`tool: Unknown option "${name}". Did you mean "${meant}"?`));
  });

  test('for an unknown option that resembles none, the list, which begins with parameters and execute', () => {
    expect(() => tool({ wombat: 1 } as never)).toThrow(
      /^tool: Unknown option "wombat"\. Known options: parameters, execute, .*\bdescription\b/,
    );
  });

  test('for a missing handler, execute', () => {
    expect(() => tool({ parameters: z.object({}) } as never)).toThrow(
      new TypeError('tool: execute is undefined; it must be the handler, a function (input, call).'),
    );
  });
});

describe('A run', () => {
  test('suggests the intended option, before any request', async () => {
    const { runner, openai } = responding({ script: [], decisions: {}, tools: {} });
    const error = await ending(runner.responses({ model: 'm', input: 'Hi' }, { timoutMs: 1 } as never));
    expect(error).toEqual(new TypeError('responses: Unknown option "timoutMs". Did you mean "timeoutMs"?'));
    expect(openai.requests).toEqual([]);
  });

  const ids = { threadId: 'thread_1', assistantId: 'asst_1' } as never;
  const calls: readonly [string, (runner: GuardedRunner) => Promise<unknown>][] = [
    ['run(threadId, assistantId)', async (runner) => runner.run(ids, undefined as never)],
    ['stream(threadId, assistantId)', async (runner) => runner.stream(ids, undefined as never).result],
    ['resume(threadId, runId)', async (runner) => runner.resume(ids, undefined as never)],
    ['resumeResponses(runId)', async (runner) => runner.resumeResponses(ids)],
    ['session(sessionId, { input })', async (runner) => runner.session(ids, undefined as never)],
    ['streamSession(sessionId, { input })', async (runner) => runner.streamSession(ids, undefined as never).result],
    ['resumeSession(sessionId)', async (runner) => runner.resumeSession(ids)],
    ['cancel(runId)', async (runner) => runner.cancel(ids)],
  ];
  test.each(calls)('whose ids are passed in an object shows the correct call: %s', async (signature, start) => {
    const { runner } = responding({ script: [], decisions: {}, tools: {} });
    const error = await ending(start(runner));
    expect(error).toEqual(new TypeError(`The first argument is an object. Pass ids one by one: ${signature}.`));
  });
});

describe('scanToolCalls()', () => {
  const gateway = new ScriptedGateway({});

  test.each<[string, unknown, string]>([
    ['an object instead of an array', {}, 'toolCalls is an object; it must be an array of calls:'],
    ['null instead of a call', [null], 'toolCalls[0] is null without a name;'],
    ['an item that is not a call', [{ type: 'message', id: 'msg_1' }], 'toolCalls[0] is an object without a name;'],
  ])('refuses %s', async (_, toolCalls, message) => {
    const error = await ending(scanToolCalls(toolCalls as never, { gateway }));
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toContain(message);
  });

  test.each<[string, object, string]>([
    ['gatway', {}, 'scanToolCalls: Unknown option "gatway". Did you mean "gateway"?'],
    ['conversation', { gateway }, 'conversation is an object; it must be { userMessages: [string],'],
  ])('refuses the option %s', async (name, more, message) => {
    const error = await ending(scanToolCalls([], { ...more, [name]: {} }));
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toContain(message);
  });
});

test('decisionLog() and fileJournal() require a path', () => {
  expect(() => decisionLog(undefined as never)).toThrow(
    /^decisionLog: path is undefined; it must be the path of a file/,
  );
  expect(() => fileJournal({} as never)).toThrow(/^fileJournal: directory is an object; it must be a path/);
});

describe('runner.responses() refuses params', () => {
  test.each<[string, unknown, RegExp]>([
    ['that are undefined', undefined, /responses: params is .*; it must be an object/],
    ['that are null', null, /responses: params is .*; it must be an object/],
    ['that are an array', [], /responses: params is .*; it must be an object/],
    ['that are a string', 'Hello', /responses: params is .*; it must be an object/],
    ['with stream', { stream: true }, /params\.stream cannot be set/],
    ['with a tool that is null', { tools: [null] }, /params\.tools\[0\] is null; it must be an object/],
    ['with an input item that is a string', { input: ['Hello'] }, /params\.input\[0\] is "Hello"/],
  ])('%s', async (_, params, message) => {
    const { runner, openai } = responding({ script: [], decisions: {}, tools: {} });
    const error = await ending(runner.responses(params as never));
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toMatch(message);
    expect(openai.requests).toEqual([]);
  });
});

describe('the option assistants', () => {
  test.each<[string, unknown, RegExp]>([
    ['a Map', new Map(), /assistants is an instance of Map; it must be an object/],
    ['an array', [], /assistants is an array; it must be an object/],
    ['a map with null', { asst_1: null }, /assistants\["asst_1"\] is null/],
    ['a map with a model', { asst_1: MODEL }, /assistants\["asst_1"\] is "gpt-6.1-sol"/],
    ['a map with an input', { asst_1: { model: MODEL, input: 'Hi' } }, /has "input", which each run sets/],
  ])('cannot be %s', (_, assistants, message) => {
    const { client, gateway } = responding({ script: [], decisions: {}, tools: {} });
    expect(() => new GuardedRunner({ client, gateway, assistants: assistants as never })).toThrow(message);
  });

  test('may have undefined parameters', () => {
    const { client, gateway } = responding({ script: [], decisions: {}, tools: {} });
    const asst_1 = { model: MODEL, conversation: undefined };
    expect(() => new GuardedRunner({ client, gateway, assistants: { asst_1 } })).not.toThrow();
  });
});

test.each<[string, object, RegExp]>([
  ['attachments', { attachments: [{ file_id: 'file_1' }] }, /additional_messages has attachments/],
  ['metadata', { metadata: { from: 'ada' } }, /additional_messages has metadata/],
])('a message with %s, which conversations do not support, is refused', async (_, more, message) => {
  const { run, openai } = answering([]);
  const error = await ending(run({ additional_messages: [{ role: 'user', content: 'Hi', ...more }] }));
  expect(error).toBeInstanceOf(TypeError);
  expect(error.message).toMatch(message);
  expect(openai.requests).toEqual([]);
});

describe('tool() refuses a text tool', () => {
  const execute = (): string => '';

  test.each<[string, object, RegExp]>([
    ['text: false', { text: false }, /text is false; it must be true/],
    ['a schema', { text: true, parameters: {} }, /text: true and parameters exclude each other/],
    ['strict', { text: true, strict: true }, /text: true and strict exclude each other/],
    ['a format by name', { text: true, format: 'grammar' }, /format is "grammar"; it must be/],
    ['null as its format', { text: true, format: null }, /format is null; it must be/],
    [
      'a grammar without its definition',
      { text: true, format: { type: 'grammar', syntax: 'lark' } },
      /format is an object; it must be/,
    ],
  ])('with %s', (_, options, message) => {
    expect(() => tool({ ...options, execute } as never)).toThrow(message);
  });
});

test('a tool name that repeats its namespace is refused', () => {
  const { runner } = responding({ script: [], decisions: {}, tools: {} });
  expect(() => runner.register('crm.crm', () => 1)).toThrow(/repeats its namespace/);
});

test.each<[string, unknown, RegExp]>([
  ['undefined', undefined, /session: input is missing/],
  [
    'an option beside the input',
    { input: 'Hello', signal: new AbortController().signal },
    /Unknown key "signal" beside input\. Pass options as the third argument/,
  ],
])('session() requires an input and nothing else, and refuses %s', async (_, input, message) => {
  const { runner } = responding({ script: [], decisions: {}, tools: {} });
  const error = await ending(runner.session('sess_1', input as never));
  expect(error).toBeInstanceOf(TypeError);
  expect(error.message).toMatch(message);
});

test.each([undefined, {}, { apiKey: 'sk' }])(
  'the client %j, which has none of the three APIs, is refused',
  (client) => {
    const { gateway } = responding({ script: [], decisions: {}, tools: {} });
    expect(() => new GuardedRunner({ client: client as never, gateway })).toThrow(
      /client is .* without beta\.threads\.runs, responses or beta\.agents\.sessions/,
    );
  },
);

test('toolDefinitions() refuses an unknown API', () => {
  const { runner } = responding({ script: [], decisions: {}, tools: {} });
  expect(() => runner.toolDefinitions('respones' as never)).toThrow(/toolDefinitions is "respones"/);
});
