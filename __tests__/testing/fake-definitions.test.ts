import { describe, expect, test } from '@jest/globals';
import OpenAI, { type APIError } from 'openai7';
import type { z } from 'zod';
import { FakeOpenAI, say } from 'interven-openai-assistants/testing';
import {
  ACCEPTED,
  asZodWrites,
  CONVERTED,
  CONVERTED_IF_STRICT,
  REFUSED,
  REFUSED_IF_STRICT,
} from '../setup/definition-cases.ts';
import { MODEL } from '../setup/model.ts';

const api = new FakeOpenAI({ script: () => say('Hello') });
const client = new OpenAI({ apiKey: 'test', baseURL: api.baseURL, fetch: api.fetch });
const { threadId, assistantId } = api.seed('Hello');

const GOOD = { type: 'function', name: 'send', description: 'Sends', parameters: { type: 'object', properties: {} } };

type Send = (tool: object) => Promise<unknown>;

/** The requests that send functions, with the path of the first function. */
const REQUESTS: readonly (readonly [request: string, path: string, send: Send])[] = [
  [
    'assistants.create',
    'tools[0].function',
    async ({ type, ...fields }: Partial<typeof GOOD>) =>
      client.beta.assistants.create({ model: MODEL, tools: [{ type, function: fields } as never] }),
  ],
  [
    'runs.create',
    'tools[0].function',
    async ({ type, ...fields }: Partial<typeof GOOD>) => {
      const tools = [{ type, function: fields } as never];
      return client.beta.threads.runs.createAndPoll(threadId, { assistant_id: assistantId, tools });
    },
  ],
  [
    'responses.create',
    'tools[0]',
    async (tool) => client.responses.create({ model: MODEL, input: 'Hi', tools: [tool as never] }),
  ],
  ['agents.create', 'tools[0]', async (tool) => client.beta.agents.create({ model: MODEL, tools: [tool as never] })],
];

async function answerTo(send: Send, fields: object): Promise<string> {
  return send({ ...GOOD, ...fields }).then(
    () => 'accepted',
    (error: unknown) => [(error as APIError).message, (error as APIError).param, (error as APIError).code].join(' | '),
  );
}

describe.each(REQUESTS)('%s of the fake', (_, path, send) => {
  const invalid = `${path}.parameters | invalid_function_parameters`;
  const problemOf = async (parameters: unknown) => answerTo(send, { parameters });

  test.each([...REFUSED, ...CONVERTED])('refuses, as parameters, %s', async (...[_title, schema, problem]) => {
    const answer = await problemOf(asZodWrites(schema, false));
    expect(answer).toContain(`400 Invalid schema for function 'send': ${problem}`);
    expect(answer).toContain(` | ${invalid}`);
  });

  test.each(ACCEPTED)('accepts %s', async (_title, schema) => {
    expect(await problemOf(asZodWrites(schema, false))).toBe('accepted');
  });

  test.each([
    [{ type: 'object' }, 'In context=(), object schema missing properties.'],
    [{ type: 'object', properties: {}, anyOf: [] }, "schema must have type 'object' and not have 'oneOf'/'anyOf'/"],
    [{ type: 'object', properties: {}, not: {} }, "schema must have type 'object' and not have 'oneOf'/'anyOf'/"],
    [{}, 'schema must be a JSON Schema of \'type: "object"\', got \'type: "None"\'.'],
    [
      { type: 'object', properties: { a: { type: 'array' } } },
      "In context=('properties', 'a'), array schema missing items.",
    ],
    [
      { type: 'object', properties: { a: { anyOf: [{ type: ['array', 'null'] }] } } },
      "In context=('properties', 'a', 'anyOf', '0'), array schema missing items.",
    ],
    [{ type: 'object', properties: { a: { type: 'text' } } }, "'text' is not valid under any of the given schemas."],
    [{ type: 'object', properties: { a: { enum: 'x' } } }, "'x' is not of type 'array'."],
  ])('refuses, as parameters, %j', async (parameters, problem) => {
    expect(await problemOf(parameters)).toContain(problem);
  });

  test('refuses a name that is long, invalid or missing, and an unknown field', async () => {
    expect(await answerTo(send, { name: 'x'.repeat(129) })).toContain(`Invalid '${path}.name': string too long.`);
    expect(await answerTo(send, { name: 'a.b' })).toContain(`Invalid '${path}.name': string does not match pattern.`);
    expect(await answerTo(send, { name: undefined })).toContain(`Missing required parameter: '${path}.name'.`);
    expect(await answerTo(send, { colour: 'red' })).toContain(`Unknown parameter: '${path}.colour'.`);
    expect(await answerTo(send, { description: 7 })).toContain(`Invalid type for '${path}.description'`);
  });

  test('refuses a tool of an unknown type', async () => {
    expect(await send({ ...GOOD, type: 'banana' }).catch(String)).toContain("Invalid value: 'banana'.");
  });
});

/** The Agents API has no strict functions. */
describe.each(REQUESTS.slice(0, 3))('%s of the fake, for a strict function,', (_, path, send) => {
  const strict = async (schema: z.ZodType) => answerTo(send, { parameters: asZodWrites(schema, true), strict: true });

  test.each([...REFUSED_IF_STRICT, ...CONVERTED_IF_STRICT])('refuses %s', async (...[_title, schema, problem]) => {
    const answer = await strict(schema);
    expect(answer).toContain(problem);
    expect(answer).toContain(
      problem.startsWith('regex lookaround')
        ? ' | tools | invalid_json_schema'
        : ` | ${path}.parameters | invalid_function_parameters`,
    );
  });

  test.each(ACCEPTED)('accepts %s', async (_title, schema) => {
    expect(await strict(schema)).toBe('accepted');
  });

  test('refuses a description of 1,025 characters', async () => {
    const tooLong = `400 Invalid '${path}.description': string too long. Expected a string with maximum length 1024, but got a string with length 1025 instead. | ${path}.description | string_above_max_length`;
    expect(await answerTo(send, { description: 'x'.repeat(1_025) })).toBe(tooLong);
    expect(await answerTo(send, { description: 'x'.repeat(1_024) })).toBe('accepted');
  });

  test('refuses a required key that is no property', async () => {
    const parameters = { type: 'object', properties: {}, required: ['a'], additionalProperties: false };
    expect(await answerTo(send, { parameters, strict: true })).toContain("Extra required key 'a' supplied.");
  });
});

test('an assistant has at most 128 tools, and each function has its fields', async () => {
  const create = async (tools: object[]) =>
    client.beta.assistants.create({ model: MODEL, tools: tools as never }).then(() => 'accepted', String);
  const file = { type: 'file_search' };
  expect(await create(Array<object>(128).fill(file))).toBe('accepted');
  expect(await create(Array<object>(129).fill(file))).toContain('Expected an array with maximum length 128');
  expect(await create([file, { type: 'function' }])).toContain("Missing required parameter: 'tools[1].function'.");
});

describe('the format of an output has the rules of a function:', () => {
  const format = { name: 'answer', schema: { type: 'object', properties: {} } };
  const requests: readonly (readonly [path: string, send: Send])[] = [
    [
      'text.format',
      async (fields) =>
        client.responses.create({
          model: MODEL,
          input: 'Hi',
          text: { format: { type: 'json_schema', ...format, ...fields } },
        }),
    ],
    [
      'response_format.json_schema',
      async (fields) =>
        client.beta.assistants.create({
          model: MODEL,
          response_format: { type: 'json_schema', json_schema: { ...format, ...fields } },
        }),
    ],
  ];

  test.each(requests)('%s', async (path, send) => {
    const answer = async (fields: object): Promise<string> => send(fields).then(() => 'accepted', String);
    expect(await answer({})).toBe('accepted');
    expect(await answer({ name: 'an answer' })).toContain(`Invalid '${path}.name': string does not match pattern.`);
    expect(await answer({ strict: true })).toContain(
      "Invalid schema for response_format 'answer': In context=(), 'additionalProperties' is required to be supplied",
    );
  });
});

test('half of a surrogate pair is no JSON', async () => {
  const halves = client.conversations.create({ metadata: { title: 'cut \ud83d' } });
  await expect(halves).rejects.toThrow('400 We could not parse the JSON body of your request.');
});
