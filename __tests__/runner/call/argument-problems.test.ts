import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { ArgumentsError, schemaError } from '../../../src/runner/call/argument-problems.ts';

/** The lines for arguments that do not fit. */
function linesOf(schema: z.ZodType, args: object): readonly string[] {
  const { error } = schema.safeParse(args);
  return schemaError(error, args).lines;
}

describe('A problem names the path and the rule:', () => {
  const todos = z.object({ todos: z.array(z.object({ title: z.string() })) });

  test.each<[string, z.ZodType, object, readonly string[]]>([
    ['JSON in a string', todos, { todos: '[{"title":"a"}]' }, ['todos: expected array, received string']],
    ['a missing field', todos, {}, ['todos: missing, expected array']],
    [
      'only the type, if that is wrong',
      z.object({ ids: z.array(z.string()).max(2) }),
      { ids: '["a"]' },
      ['ids: expected array, received string'],
    ],
    [
      'a field of an item',
      todos,
      { todos: [{ title: 'a' }, { title: null }] },
      ['todos[1].title: expected string, received null'],
    ],
    ['an integer', z.object({ n: z.int() }), { n: 1.5 }, ['n: expected integer, received number']],
    [
      'a record',
      z.object({ tags: z.record(z.string(), z.string()) }),
      { tags: [] },
      ['tags: expected object, received array'],
    ],
    ['an enumeration', z.object({ unit: z.enum(['C', 'F']) }), { unit: 'K' }, ['unit: expected "C" or "F"']],
    ['a literal', z.object({ v: z.literal(2) }), { v: 'secret' }, ['v: expected 2']],
    [
      'a format',
      z.object({ to: z.email(), id: z.uuid() }),
      { to: 'secret', id: 'secret' },
      ['to: expected the format email', 'id: expected the format uuid'],
    ],
    [
      'lengths',
      z.object({ a: z.string().min(2), b: z.array(z.any()).max(1), c: z.string().length(3) }),
      {
        a: '',
        b: [1, 2],
        c: 'secret',
      },
      ['a: expected at least 2 characters', 'b: expected at most 1 items', 'c: expected exactly 3 characters'],
    ],
    [
      'ranges',
      z.object({ a: z.number().gt(0), b: z.number().max(5), c: z.number().multipleOf(5) }),
      {
        a: 0,
        b: 6,
        c: 7,
      },
      ['a: expected more than 0', 'b: expected at most 5', 'c: expected a multiple of 5'],
    ],
    [
      'a union of types',
      z.object({ id: z.union([z.string(), z.number()]) }),
      { id: true },
      ['id: expected string or number, received boolean'],
    ],
    [
      'a union of forms',
      z.object({ at: z.union([z.object({ a: z.string() }), z.string()]) }),
      { at: {} },
      ['at: expected one of several forms, received object'],
    ],
    [
      'a discriminated union',
      z.object({
        at: z.discriminatedUnion('kind', [z.object({ kind: z.literal('a'), n: z.number() })]),
      }),
      { at: { kind: 'a', n: 'secret' } },
      ['at.n: expected number, received string'],
    ],
    [
      'unknown fields',
      z.strictObject({ a: z.string() }),
      { a: 'x', b: 1, c: 2 },
      ['b: unknown field', 'c: unknown field'],
    ],
    ['the whole arguments', z.object({ a: z.string() }).refine(() => false), { a: 'secret' }, ['invalid value']],
  ])('%s', (_, schema, args, lines) => {
    expect(linesOf(schema, args)).toEqual(lines);
  });

  test('a Standard Schema has a path only', () => {
    const cause = { issues: [{ message: 'secret', path: ['a', { key: 'b' }, 0] }, { message: 'secret' }] };
    expect(schemaError(cause, { a: { b: ['x'] } }).lines).toEqual(['a.b[0]: invalid value', 'invalid value']);
  });
});

describe('A problem never has what the model wrote:', () => {
  const secret = 'sk-secret 1';

  test.each<[string, z.ZodType, object]>([
    [
      'in a message',
      z.object({ a: z.string().refine(() => false, { error: ({ input }) => String(input) }) }),
      { a: secret },
    ],
    ['in a literal', z.object({ a: z.literal('x') }), { a: secret }],
    ['in a key of a record', z.record(z.string(), z.number()), { [secret]: 'a' }],
    ['in an unknown field', z.strictObject({}), { [secret]: 'a' }],
  ])('%s', (_, schema, args) => {
    const error = schemaError(schema.safeParse(args).error, args);
    expect(error.message).not.toContain('secret');
    expect(error.lines).toHaveLength(1);
  });

  test('when the schema throws something of its own', () => {
    expect(schemaError(new Error(secret), {})).toMatchObject({ lines: [], message: '' });
  });
});

test('Problems are at most ten lines of limited length', () => {
  const path = Array.from({ length: 200 }, () => 'a'.repeat(60));
  const { lines } = new ArgumentsError(Array.from({ length: 500 }, () => ({ path, problem: 'invalid value' })));
  expect(lines).toHaveLength(11);
  expect(lines[10]).toBe('and 490 more');
  expect(Math.max(...lines.map(({ length }) => length))).toBe(301);
});
