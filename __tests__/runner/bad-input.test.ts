/** Bad input gets an error that names it and the remedy, before anything is sent. */
import { describe, expect, test } from '@jest/globals';
import { GuardedRunner, tool } from 'interven-openai-assistants';
import { answering, ending, responding } from '../setup/responses.ts';

describe('params of responses', () => {
  test.each<[string, unknown, RegExp]>([
    ['nothing', undefined, /responses needs params/],
    ['null', null, /responses needs params/],
    ['a list', [], /responses needs params/],
    ['a text', 'Hello', /responses needs params/],
    ['a stream', { stream: true }, /params\.stream cannot be set/],
    ['a tool that is none', { tools: [null] }, /params\.tools\[0\] is null/],
    ['an item that is none', { input: ['Hello'] }, /params\.input\[0\] is Hello/],
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
    ['a Map', new Map(), /assistants must be an object/],
    ['a list', [], /assistants must be an object/],
    ['null for one', { asst_1: null }, /assistants\["asst_1"\] is null/],
    ['a model for one', { asst_1: 'gpt-5' }, /assistants\["asst_1"\] is gpt-5/],
    ['an input for one', { asst_1: { model: 'gpt-5', input: 'Hi' } }, /has input, which each run says/],
  ])('that are %s', (_, assistants, says) => {
    const { client, gateway } = responding({ script: [], decisions: {}, tools: {} });
    expect(() => new GuardedRunner({ client, gateway, assistants: assistants as never })).toThrow(says);
  });

  test('may spread what is undefined', () => {
    const { client, gateway } = responding({ script: [], decisions: {}, tools: {} });
    const asst_1 = { model: 'gpt-5', conversation: undefined };
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
    ['false', { text: false }, /text is set, but not to true/],
    ['a schema', { text: true, parameters: {} }, /either text: true or parameters/],
    ['strict', { text: true, strict: true }, /either text: true or strict/],
    ['a format by name', { text: true, format: 'grammar' }, /format of a text tool must be/],
    ['no format', { text: true, format: null }, /format of a text tool must be/],
    [
      'a grammar without its definition',
      { text: true, format: { type: 'grammar', syntax: 'lark' } },
      /format of a text/,
    ],
  ])('with %s', (_, options, says) => {
    expect(() => tool({ ...options, execute } as never)).toThrow(says);
  });
});

test('a tool whose namespace has its own name cannot be told from one without', () => {
  const { runner } = responding({ script: [], decisions: {}, tools: {} });
  expect(() => runner.register('crm.crm', () => 1)).toThrow(/its own name as its namespace/);
});

test.each<[string, unknown, RegExp]>([
  ['nothing', undefined, /session needs an input/],
  ['an option beside the input', { input: 'Hello', signal: new AbortController().signal }, /no "signal" beside it/],
])('what is said to a session is its input alone, not %s', async (_, said, says) => {
  const { runner } = responding({ script: [], decisions: {}, tools: {} });
  const error = await ending(runner.session('sess_1', said as never));
  expect(error).toBeInstanceOf(TypeError);
  expect(error.message).toMatch(says);
});

test.each([undefined, {}, { apiKey: 'sk' }])('a client of none of the three APIs, %j, is refused', (client) => {
  const { gateway } = responding({ script: [], decisions: {}, tools: {} });
  expect(() => new GuardedRunner({ client: client as never, gateway })).toThrow(
    /client has none of beta\.threads\.runs/,
  );
});

test('definitions are those of an API that there is', () => {
  const { runner } = responding({ script: [], decisions: {}, tools: {} });
  expect(() => runner.toolDefinitions('respones' as never)).toThrow(/toolDefinitions is "respones"/);
});
