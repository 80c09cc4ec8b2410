import { describe, expect, test } from '@jest/globals';
import OpenAI from 'openai';
import OpenAI5 from 'openai5';
import OpenAI7 from 'openai7';
import { z } from 'zod';
import { GuardedRunner, tool, type OpenAIClient, type ResponsesToolDefinition } from 'interven-openai-assistants';
import { FakeOpenAI, say, ScriptedGateway } from 'interven-openai-assistants/testing';
import { MODEL } from '../../setup/model.ts';

const api = new FakeOpenAI({ script: () => say('Hello') });
const options = { apiKey: 'test', baseURL: api.baseURL, fetch: api.fetch };

const pay = tool({
  description: 'Pays',
  parameters: z.object({ cents: z.int() }),
  strict: true,
  execute: () => 'paid',
});
const run = tool({ text: true, format: { type: 'grammar', syntax: 'regex', definition: '.*' }, execute: () => 'ran' });

function withTools<Client extends OpenAIClient>(client: Client): GuardedRunner<unknown, Client> {
  const tools = { pay, get_time: () => 'noon', run, 'crm.find': pay };
  return new GuardedRunner({ client, gateway: new ScriptedGateway({}), tools });
}

describe('the definitions have the types that each SDK takes, and the API accepts them:', () => {
  test('openai 5', async () => {
    const client = new OpenAI5(options);
    const runner = withTools(client);
    const tools = runner.toolDefinitions('responses') satisfies OpenAI5.Responses.Tool[];
    await client.responses.create({ model: MODEL, input: 'Hello', tools });
    await client.beta.assistants.create({ model: MODEL, tools: runner.toolDefinitions() });
    expect(tools).toHaveLength(4);
  });

  test('openai 6', async () => {
    const client = new OpenAI(options);
    const runner = withTools(client);
    const tools = runner.toolDefinitions('responses') satisfies OpenAI.Responses.Tool[];
    await client.responses.create({ model: MODEL, input: 'Hello', tools });
    await client.beta.assistants.create({ model: MODEL, tools: runner.toolDefinitions() });
    expect(tools).toHaveLength(4);
  });

  test('openai 7', async () => {
    const client = new OpenAI7(options);
    const runner = withTools(client);
    const tools = runner.toolDefinitions('responses') satisfies OpenAI7.Responses.Tool[];
    await client.responses.create({ model: MODEL, input: 'Hello', tools });
    await client.beta.assistants.create({ model: MODEL, tools: runner.toolDefinitions() });
    await client.beta.agents.create({ model: MODEL, tools: runner.toolDefinitions('agents') });
    expect(tools).toHaveLength(4);
  });

  test('Chat Completions of each', () => {
    const tools = withTools(new OpenAI(options)).toolDefinitions();
    tools satisfies OpenAI5.ChatCompletionTool[] & OpenAI.ChatCompletionTool[] & OpenAI7.ChatCompletionTool[];
    expect(tools.map(({ function: { name } }) => name)).toEqual(['pay', 'get_time']);
  });

  test('a client of your own', () => {
    const client: OpenAIClient = new OpenAI(options);
    const tools: ResponsesToolDefinition[] = withTools(client).toolDefinitions('responses');
    expect(tools).toHaveLength(4);
  });
});

test('a bare function has no arguments: of an agent, a schema without properties', () => {
  const [, time] = withTools(new OpenAI(options)).toolDefinitions('agents');
  const parameters = { type: 'object', properties: {} };
  expect(time).toEqual({ type: 'function', name: 'get_time', description: '', parameters });
});

test('a description that was cut within a character is sent with U+FFFD: strict readers refuse a half', () => {
  const parameters = z.object({ a: z.string().describe('half \ud83d') });
  const half = tool({ description: 'cut \ud83d', parameters, execute: () => 1 });
  const runner = new GuardedRunner({ client: new OpenAI7(options), gateway: new ScriptedGateway({}) });
  const [definition] = runner.register('half', half).toolDefinitions();
  expect(definition?.function).toMatchObject({
    description: 'cut \ufffd',
    parameters: { properties: { a: { description: 'half \ufffd' } } },
  });
});
