import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { tool } from 'interven-openai-assistants';
import { callTools, say, type ScriptedRule } from 'interven-openai-assistants/testing';
import { world } from '../setup/world.ts';

const DIGITS = '2512292042121000001';

/** A run with one call of a tool that returns the type and digits of its input. */
async function runWith(parameters: z.ZodType, args: string, rule: ScriptedRule = 'ALLOW') {
  const seen: unknown[] = [];
  const { runner, gateway, threadId, assistantId } = world({
    script: [callTools({ name: 'find', arguments: args }), say('ok')],
    decisions: { find: rule },
    tools: { find: tool({ parameters, execute: (input) => void seen.push(input) }) },
  });
  const { calls } = await runner.run(threadId, assistantId);
  return { seen, call: calls[0], scanned: gateway.scans.map(({ body }) => body), runner };
}

describe('A tool whose parameters have a BigInt', () => {
  test.each([
    ['z.bigint()', z.object({ id: z.bigint() })],
    ['z.int64()', z.object({ id: z.int64() })],
    ['z.coerce.bigint()', z.object({ id: z.coerce.bigint() })],
    ['an optional one', z.object({ id: z.bigint().optional() })],
    ['a member of a union', z.object({ id: z.union([z.boolean(), z.bigint()]) })],
  ])('gets every digit of a number, as the gateway does: %s', async (_, parameters) => {
    const { seen, call, scanned } = await runWith(parameters, `{"id":${DIGITS}}`);
    expect(seen).toEqual([{ id: BigInt(DIGITS) }]);
    expect(scanned).toEqual([{ id: DIGITS }]);
    expect(call).toMatchObject({ outcome: 'allowed', arguments: { id: DIGITS } });
  });

  test('gets small numbers, strings of digits, negative numbers and items of lists', async () => {
    const parameters = z.object({ ids: z.array(z.bigint()), name: z.string() });
    const { seen } = await runWith(parameters, `{"ids":[5,"6",-${DIGITS}],"name":"7"}`);
    expect(seen).toEqual([{ ids: [5n, 6n, -BigInt(DIGITS)], name: '7' }]);
  });

  test('runs with the digits that the gateway returns after SANITIZE', async () => {
    const parameters = z.object({ id: z.bigint(), to: z.string() });
    const sanitizedBody = { id: DIGITS, to: '[REDACTED]' };
    const args = `{"id":${DIGITS},"to":"ada"}`;
    const { seen, call } = await runWith(parameters, args, { decision: 'SANITIZE', sanitizedBody });
    expect(seen).toEqual([{ id: BigInt(DIGITS), to: '[REDACTED]' }]);
    expect(call).toMatchObject({ outcome: 'sanitized', fields: ['to'] });
  });

  test.each([
    ['a fraction with too many digits', `{"id":0.12345678901234567890123}`, 'The number has more digits'],
    ['a number that overflows', `{"id":1e999}`, 'The number is too large.'],
    ['a fraction', `{"id":1.5}`, 'id: expected integer, received number'],
    ['text', `{"id":"x"}`, 'id: expected integer, received string'],
    ['nothing', `{}`, 'id: missing, expected integer'],
    ['a long integer for a number', `{"id":1,"cents":${DIGITS}}`, 'cents: expected number, received string'],
  ])('does not run with %s', async (_, args, problem) => {
    const { seen, call, scanned } = await runWith(z.object({ id: z.bigint(), cents: z.number().optional() }), args);
    expect([seen, scanned]).toEqual([[], []]);
    expect(call).toMatchObject({ outcome: 'invalid_arguments' });
    expect(call?.output).toContain(problem);
  });

  test('is defined with an integer', async () => {
    const { runner } = await runWith(z.object({ id: z.int64().optional(), ids: z.array(z.bigint()) }), '{"ids":[]}');
    expect(runner.toolDefinitions()).toMatchObject([
      {
        function: {
          parameters: { properties: { id: { type: 'integer' }, ids: { type: 'array', items: { type: 'integer' } } } },
        },
      },
    ]);
  });

  test('may not have other types that JSON lacks', () => {
    const { runner } = world({ script: [], decisions: {}, tools: {} });
    const parameters = z.object({ id: z.bigint(), at: z.date() });
    expect(() => runner.register('find', tool({ parameters, execute: () => 1 }))).toThrow(
      /cannot be converted to JSON Schema/,
    );
  });
});
