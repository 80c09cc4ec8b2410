import { describe, expect, test } from '@jest/globals';
import OpenAI from 'openai7';
import type { z } from 'zod';
import { GuardedRunner, tool } from 'interven-openai-assistants';
import { FakeOpenAI, ScriptedGateway } from 'interven-openai-assistants/testing';
import {
  ACCEPTED,
  asZodWrites,
  CONVERTED,
  CONVERTED_IF_STRICT,
  NOT_JSON,
  REFUSED,
  REFUSED_IF_STRICT,
} from '../../setup/definition-cases.ts';
import { MODEL } from '../../setup/model.ts';

const api = new FakeOpenAI({ script: [] });
const client = new OpenAI({ apiKey: 'test', baseURL: api.baseURL, fetch: api.fetch });

function register(parameters: z.ZodType, strict: boolean) {
  const send = tool({ description: 'Sends', parameters, strict, execute: () => 'sent' });
  return new GuardedRunner({ client, gateway: new ScriptedGateway({}) }).register('send', send);
}

/** Registers the tool, and creates an assistant and an agent with its definitions. */
async function accepted(parameters: z.ZodType, strict: boolean): Promise<Record<string, unknown> | undefined> {
  const runner = register(parameters, strict);
  await client.beta.assistants.create({ model: MODEL, tools: runner.toolDefinitions() });
  await client.beta.agents.create({ model: MODEL, tools: runner.toolDefinitions('agents') });
  return runner.toolDefinitions()[0]?.function.parameters;
}

describe('registration refuses parameters that OpenAI refuses, with the field and the remedy', () => {
  test.each(REFUSED)('%s', (_, parameters, _api, problem) => {
    for (const strict of [false, true]) {
      expect(() => register(parameters, strict)).toThrow(TypeError);
      expect(() => register(parameters, strict)).toThrow(problem);
    }
  });

  test.each(REFUSED_IF_STRICT)('%s, if the tool is strict', async (_, parameters, _api, problem) => {
    expect(() => register(parameters, true)).toThrow(TypeError);
    expect(() => register(parameters, true)).toThrow(problem);
    expect(await accepted(parameters, false)).toBeDefined();
  });

  test.each(NOT_JSON)('%s, which arguments cannot have', (_, parameters, field) => {
    const problem = `parameters.${field} of tool "send" cannot be converted to JSON Schema (`;
    expect(() => register(parameters, false)).toThrow(problem);
    expect(() => register(parameters, false)).toThrow('z.iso.datetime() for a date.');
  });
});

describe('registration converts, with the same meaning,', () => {
  test.each(CONVERTED)('%s', async (_, parameters, _api, sent) => {
    expect(await accepted(parameters, false)).toEqual(sent);
  });

  test.each(CONVERTED_IF_STRICT)('%s of a strict tool', async (_, parameters, _api, sent) => {
    expect(await accepted(parameters, true)).toHaveProperty('properties.x', sent);
    expect(await accepted(parameters, false)).toBeDefined();
  });
});

describe('registration leaves unchanged', () => {
  test.each(ACCEPTED)('%s', async (_, parameters) => {
    for (const strict of [false, true]) {
      expect(await accepted(parameters, strict)).toEqual(asZodWrites(parameters, strict));
    }
  });
});
