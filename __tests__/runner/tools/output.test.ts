import { expect, test } from '@jest/globals';
import { GuardedRunner, tool, type Tool } from 'interven-openai-assistants';
import { callTools, say, ScriptedGateway } from 'interven-openai-assistants/testing';
import { z } from 'zod';
import { world } from '../../setup/world.ts';

const parameters = z.object({});
const output = z.object({ name: z.string(), visits: z.array(z.object({ at: z.iso.date() })).default([]) });

async function callOf(customer: Tool) {
  const { runner, threadId, assistantId } = world({
    script: ({ turn }) => (turn === 1 ? callTools({ name: 'customer' }) : say('ok')),
    decisions: { customer: 'ALLOW' },
    tools: { customer },
  });
  const { calls } = await runner.run(threadId, assistantId);
  return calls[0];
}

/** A handler in JavaScript may return anything. */
const returning = (value: unknown): Tool => tool({ parameters, output, execute: async () => value as never });

test('The model gets the output of the schema, without fields that the schema does not have', async () => {
  const call = await callOf(returning({ name: 'Ann', passwordHash: 'x' }));
  expect(call).toMatchObject({ outcome: 'allowed', output: '{"name":"Ann","visits":[]}' });
});

test.each<[string, unknown, string]>([
  ['a field', { name: 7 }, 'name: expected string, received number'],
  ['an item', { name: 'Ann', visits: [{ at: 'Secret' }] }, 'visits[0].at: expected the format date'],
  ['everything', 'Secret', 'expected object, received string'],
])('A result of which %s does not fit is an error of the handler, without a value', async (_, returned, problem) => {
  const call = await callOf(returning(returned));
  expect(call).toMatchObject({ outcome: 'handler_error', executed: 'yes' });
  const message = `The handler's result does not fit its output schema: ${problem}`;
  expect(call?.error).toEqual(new TypeError(message));
  expect(JSON.stringify(call)).not.toContain('Secret');
});

test('An error that the handler returns stays that error, and a schema that throws is an error of the handler', async () => {
  const full = new Error('The disk is full.');
  expect(await callOf(returning(full))).toMatchObject({ outcome: 'handler_error', error: full });
  const throwing = z.string().refine(() => {
    throw full;
  });
  const call = await callOf(tool({ parameters, output: throwing, execute: () => 'text' }));
  expect(call).toMatchObject({ outcome: 'handler_error', error: full });
});

test('The schema types what the handler returns, also of a text tool', () => {
  tool({ parameters, output, execute: async () => ({ name: 'Ann' }) });
  tool({ text: true, output: z.string(), execute: (input) => input });
  // @ts-expect-error the name is missing
  tool({ parameters, output, execute: async () => ({ visits: [] }) });
  // @ts-expect-error the schema takes a string
  tool({ text: true, output: z.string(), execute: () => 7 });
  expect(tool({ parameters, output, execute: () => ({ name: 'Ann' }) }).output).toBe(output);
});

test('Anything but a zod 4 schema is refused', () => {
  const { client } = world({ script: [], decisions: {}, tools: {} });
  const wrong = tool({ parameters, output: { type: 'object' } as never, execute: () => '' as never });
  expect(() => new GuardedRunner({ client, gateway: new ScriptedGateway({}), tools: { wrong } })).toThrow(
    'output of tool "wrong" must be a zod 4 schema, such as z.object({ … }).',
  );
});
