/** Bad input gets an error that names it, its value and the remedy, before anything is sent. */
import { describe, expect, test } from '@jest/globals';
import { decisionLog, fileJournal, GuardedRunner, scanToolCalls, tool } from 'interven-openai-assistants';
import { ScriptedGateway } from 'interven-openai-assistants/testing';
import { z } from 'zod';
import { MODEL } from '../setup/model.ts';
import { answering, ending, responding } from '../setup/responses.ts';

/** The options of a runner that is set up right, and what it is given beside or instead of them. */
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
      'the address of a gateway',
      { gateway: 'https://gateway.example' },
      'gateway is "https://gateway.example". Pass new IntervenGateway() or new EmbeddedGateway().',
    ],
    [
      'a key of a gateway, which it does not repeat',
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

  test('an unknown option without a similar one gets the list of all options', () => {
    const make = (): unknown => new GuardedRunner(optionsWith({ wombat: 1 }));
    expect(make).toThrow(/^GuardedRunner: Unknown option "wombat"\. Known options: .*\btimeoutMs\b.*\bgateway\b/);
  });

  test('no options at all', () => {
    expect(() => new GuardedRunner(undefined as never)).toThrow(
      new TypeError('GuardedRunner: The options are undefined; they must be an object.'),
    );
  });
});

describe('tool() names the option that is meant:', () => {
  test.each([
    ...['inputSchema', 'schema', 'input', 'args', 'parameter'].map((name) => [name, 'parameters']),
    ...['handler', 'run', 'fn', 'func', 'invoke', 'call', 'exec'].map((name) => [name, 'execute']),
    ['sequental', 'sequential'],
  ])('%s for %s', (name, meant) => {
    const options = { parameters: z.object({}), execute: () => 1, [name]: z.object({}) };
    expect(() => tool(options)).toThrow(new TypeError(`tool: Unknown option "${name}". Did you mean "${meant}"?`));
  });

  test('an unknown option without a similar one gets the list, in which parameters and execute are', () => {
    expect(() => tool({ wombat: 1 } as never)).toThrow(
      /^tool: Unknown option "wombat"\. Known options: parameters, execute, .*\bdescription\b/,
    );
  });

  test('no handler', () => {
    expect(() => tool({ parameters: z.object({}) } as never)).toThrow(
      new TypeError('tool: execute is undefined; it must be the handler, a function (input, call).'),
    );
  });
});

describe('A run', () => {
  test('names the option that is meant, before anything is sent', async () => {
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
  test.each(calls)('whose ids are passed in an object shows the call that is meant: %s', async (signature, start) => {
    const { runner } = responding({ script: [], decisions: {}, tools: {} });
    const error = await ending(start(runner));
    expect(error).toEqual(new TypeError(`The first argument is an object. Pass ids one by one: ${signature}.`));
  });
});

describe('scanToolCalls()', () => {
  const gateway = new ScriptedGateway({});

  test.each<[string, unknown, string]>([
    ['no array', {}, 'toolCalls is an object; it must be an array of calls:'],
    ['nothing in place of a call', [null], 'toolCalls[0] is null without a name;'],
    ['an item that is no call', [{ type: 'message', id: 'msg_1' }], 'toolCalls[0] is an object without a name;'],
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

test('decisionLog() and fileJournal() ask for a path', () => {
  expect(() => decisionLog(undefined as never)).toThrow(
    /^decisionLog: path is undefined; it must be the path of a file/,
  );
  expect(() => fileJournal({} as never)).toThrow(/^fileJournal: directory is an object; it must be a path/);
});

describe('params of responses', () => {
  test.each<[string, unknown, RegExp]>([
    ['nothing', undefined, /responses: params is .*; it must be an object/],
    ['null', null, /responses: params is .*; it must be an object/],
    ['a list', [], /responses: params is .*; it must be an object/],
    ['a string', 'Hello', /responses: params is .*; it must be an object/],
    ['a stream', { stream: true }, /params\.stream cannot be set/],
    ['a tool that is null', { tools: [null] }, /params\.tools\[0\] is null; it must be an object/],
    ['an item that is a string', { input: ['Hello'] }, /params\.input\[0\] is "Hello"/],
  ])('that are %s', async (_, params, says) => {
    const { runner, openai } = responding({ script: [], decisions: {}, tools: {} });
    const error = await ending(runner.responses(params as never));
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toMatch(says);
    expect(openai.requests).toEqual([]);
  });
});

describe('assistants', () => {
  test.each<[string, unknown, RegExp]>([
    ['a Map', new Map(), /assistants is an instance of Map; it must be an object/],
    ['an array', [], /assistants is an array; it must be an object/],
    ['null for one', { asst_1: null }, /assistants\["asst_1"\] is null/],
    ['a model for one', { asst_1: MODEL }, /assistants\["asst_1"\] is "gpt-6.1-sol"/],
    ['an input for one', { asst_1: { model: MODEL, input: 'Hi' } }, /has "input", which each run sets/],
  ])('that are %s', (_, assistants, says) => {
    const { client, gateway } = responding({ script: [], decisions: {}, tools: {} });
    expect(() => new GuardedRunner({ client, gateway, assistants: assistants as never })).toThrow(says);
  });

  test('may spread what is undefined', () => {
    const { client, gateway } = responding({ script: [], decisions: {}, tools: {} });
    const asst_1 = { model: MODEL, conversation: undefined };
    expect(() => new GuardedRunner({ client, gateway, assistants: { asst_1 } })).not.toThrow();
  });
});

test.each<[string, object, RegExp]>([
  ['attachments', { attachments: [{ file_id: 'file_1' }] }, /additional_messages has attachments/],
  ['metadata', { metadata: { from: 'ada' } }, /additional_messages has metadata/],
])('a message of a run that has %s, for which a conversation has no place, is refused', async (_, more, says) => {
  const { run, openai } = answering([]);
  const error = await ending(run({ additional_messages: [{ role: 'user', content: 'Hi', ...more }] }));
  expect(error).toBeInstanceOf(TypeError);
  expect(error.message).toMatch(says);
  expect(openai.requests).toEqual([]);
});

describe('a text tool', () => {
  const execute = (): string => '';

  test.each<[string, object, RegExp]>([
    ['false', { text: false }, /text is false; it must be true/],
    ['a schema', { text: true, parameters: {} }, /text: true and parameters exclude each other/],
    ['strict', { text: true, strict: true }, /text: true and strict exclude each other/],
    ['a format by name', { text: true, format: 'grammar' }, /format is "grammar"; it must be/],
    ['no format', { text: true, format: null }, /format is null; it must be/],
    [
      'a grammar without its definition',
      { text: true, format: { type: 'grammar', syntax: 'lark' } },
      /format is an object; it must be/,
    ],
  ])('with %s', (_, options, says) => {
    expect(() => tool({ ...options, execute } as never)).toThrow(says);
  });
});

test('a tool name that repeats its namespace is refused', () => {
  const { runner } = responding({ script: [], decisions: {}, tools: {} });
  expect(() => runner.register('crm.crm', () => 1)).toThrow(/repeats its namespace/);
});

test.each<[string, unknown, RegExp]>([
  ['nothing', undefined, /session: input is missing/],
  [
    'an option beside the input',
    { input: 'Hello', signal: new AbortController().signal },
    /Unknown key "signal" beside input\. Pass options as the third argument/,
  ],
])('what is said to a session is its input alone, not %s', async (_, said, says) => {
  const { runner } = responding({ script: [], decisions: {}, tools: {} });
  const error = await ending(runner.session('sess_1', said as never));
  expect(error).toBeInstanceOf(TypeError);
  expect(error.message).toMatch(says);
});

test.each([undefined, {}, { apiKey: 'sk' }])('a client of none of the three APIs, %j, is refused', (client) => {
  const { gateway } = responding({ script: [], decisions: {}, tools: {} });
  expect(() => new GuardedRunner({ client: client as never, gateway })).toThrow(
    /client is .* without beta\.threads\.runs, responses or beta\.agents\.sessions/,
  );
});

test('definitions are those of an API that there is', () => {
  const { runner } = responding({ script: [], decisions: {}, tools: {} });
  expect(() => runner.toolDefinitions('respones' as never)).toThrow(/toolDefinitions is "respones"/);
});
