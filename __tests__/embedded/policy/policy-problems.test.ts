import { describe, expect, test } from '@jest/globals';
import { PolicyError } from '../../../src/embedded/policy/policy-error.ts';
import type { PolicyInput } from '../../../src/embedded/policy/policy.ts';
import { parsePolicies } from '../../../src/embedded/policy/parse-policies.ts';

const rule = { action: 'DENY' };
const withRule = (more: object): unknown => ({ name: 'p', rules: [{ ...rule, ...more }] });

function refused(input: unknown, source?: string): PolicyError {
  try {
    parsePolicies(input, source);
  } catch (error) {
    if (error instanceof PolicyError) return error;
    throw error;
  }
  throw new Error('The policy was accepted.');
}

describe('an invalid policy', () => {
  test('is rejected by the compiler if written as an object', () => {
    const policies: readonly PolicyInput[] = [
      // @ts-expect-error: no such action
      { name: 'p', rules: [{ action: 'BLOCK' }] },
      // @ts-expect-error: no such key
      { name: 'p', rules: [{ action: 'DENY', match: { tool: 'slack' } }] },
    ];
    expect(refused(policies).problems).toHaveLength(2);
  });

  test('is rejected with source, path, value and remedy', () => {
    const error = refused({ name: 'p', rules: [rule, { ...rule, match: { verbs: ['REED'] } }] }, 'policies/a.json');
    expect(error.name).toBe('PolicyError');
    expect(error.message).toBe(
      'The policies cannot be used. policies/a.json: rules[1].match.verbs[0] is "REED": must be one of READ, WRITE, ADMIN; did you mean READ?',
    );
    expect(error.problems).toEqual([
      {
        source: 'policies/a.json',
        path: 'rules[1].match.verbs[0]',
        value: '"REED"',
        message: 'must be one of READ, WRITE, ADMIN; did you mean READ?',
      },
    ]);
  });

  test('is rejected for an unknown category, with a suggestion', () => {
    const error = refused(withRule({ match: { operations: ['category:payment'] } }));
    expect(error.message).toContain('must be a known category');
    expect(error.message).toContain('did you mean category:payments?');
  });

  test('is rejected for an unknown kind of value', () => {
    const error = refused(withRule({ condition: { x_from_tool_output: ['to', '@adress'] } }));
    expect(error.message).toContain('rules[0].condition.x_from_tool_output[1] is "@adress": must be a field, *');
  });

  test.each([
    ['an unknown key', withRule({ match: { toolName: 'x' } }), 'rules[0].match.toolName', 'did you mean tool_name?'],
    [
      'a key in the wrong place',
      withRule({ match: { has_data_class: ['PII'] } }),
      'rules[0].match.has_data_class',
      'a rule’s condition',
    ],
    ['a misspelt part', withRule({ conditions: {} }), 'rules[0].conditions', 'did you mean condition?'],
    ['an unknown x_ key', withRule({ x_other: true }), 'rules[0].x_other', 'is an unknown key'],
    [
      'a prototype',
      withRule(JSON.parse('{"match":{"__proto__":{}}}') as object),
      'rules[0].match.__proto__',
      'is an unknown key',
    ],
    ['an unknown action', { name: 'p', rules: [{ action: 'deny' }] }, 'rules[0].action', 'did you mean DENY?'],
    ['no action', { name: 'p', rules: [{}] }, 'rules[0].action', 'is missing; it must be one of ALLOW, DENY'],
    ['an unknown data class', withRule({ has_data_class: ['PIX'] }), 'rules[0].has_data_class[0]', 'did you mean PII?'],
    ['an empty list', withRule({ match: { operations: [] } }), 'rules[0].match.operations', 'must not be empty'],
    ['an empty word', withRule({ body_contains_any: [''] }), 'rules[0].body_contains_any[0]', 'must not be empty'],
    [
      'a space around a name',
      withRule({ tool_name: 'slack ' }),
      'rules[0].tool_name',
      'must not begin or end with a space',
    ],
    [
      'a string for an array',
      withRule({ org_patterns: 'octo' }),
      'rules[0].org_patterns',
      'must be an array: ["octo"]',
    ],
    [
      'a text for a boolean',
      withRule({ new_resource: 'yes' }),
      'rules[0].new_resource',
      'must be true or false, without quotes',
    ],
    ['a number for a string', { name: 7, rules: [rule] }, 'name', 'must be a string; put it in quotes'],
    [
      'nothing for a text',
      withRule({ channel_patterns: [null] }),
      'rules[0].channel_patterns[0]',
      'quote a string that begins with #',
    ],
    ['nothing for a match', withRule({ match: null }), 'rules[0].match', 'must be an object'],
    ['a fractional priority', withRule({ priority: 1.5 }), 'rules[0].priority', 'must be an integer'],
    [
      'an unknown method',
      withRule({ operations: ['method:SEND'] }),
      'rules[0].operations[0]',
      'must be one of the methods GET',
    ],
    [
      'an unknown kind of operation',
      withRule({ operations: ['verb:READ'] }),
      'rules[0].operations[0]',
      'precede a colon',
    ],
    [
      'an empty category',
      withRule({ operations: ['category:'] }),
      'rules[0].operations[0]',
      'must be a known category',
    ],
    [
      'a glob without end',
      withRule({ tool_name: '{a,b}'.repeat(9) }),
      'rules[0].tool_name',
      'more than 100 alternatives',
    ],
    ['an unclosed set', withRule({ tool_name: '[a-z' }), 'rules[0].tool_name', 'has an unclosed ['],
    ['such a set in a list', withRule({ operations: ['{a,[}_b'] }), 'rules[0].operations[0]', 'has an unclosed ['],
    ['an empty set', withRule({ org_patterns: ['[]'] }), 'rules[0].org_patterns[0]', 'write [[] for a literal one'],
    ['a reversed range', withRule({ tool_name: 'x[z-a]' }), 'rules[0].tool_name', 'has the empty range z-a'],
    [
      'one that is so whatever the case',
      withRule({ tool_name: '[Z-a]' }),
      'rules[0].tool_name',
      'has the empty range z-a',
    ],
    ['unclosed braces', withRule({ operations: ['{a,b'] }), 'rules[0].operations[0]', 'an unmatched brace'],
    ['nested braces', withRule({ repo_patterns: ['{a,{b,c}}'] }), 'rules[0].repo_patterns[0]', 'nested braces'],
    ['a long glob', withRule({ tool_name: 'a'.repeat(201) }), 'rules[0].tool_name', 'at most 200 characters'],
    ['an empty reason', withRule({ reason: '' }), 'rules[0].reason', 'must not be empty'],
    ['a long reason', withRule({ reason: 'a'.repeat(501) }), 'rules[0].reason', 'must be at most 500 characters'],
    [
      'not outside of a part',
      withRule({ not: { verbs: ['READ'] } }),
      'rules[0].not',
      'move it to a rule’s match or a rule’s condition',
    ],
    ['an empty not', withRule({ match: { not: {} } }), 'rules[0].match.not', 'must not be empty; omit the key instead'],
    [
      'an unknown key within not',
      withRule({ condition: { not: { has_data_clas: ['PII'] } } }),
      'rules[0].condition.not.has_data_clas',
      'did you mean has_data_class?',
    ],
    [
      'an invalid value within not',
      withRule({ match: { not: { verbs: ['REED'] } } }),
      'rules[0].match.not.verbs[0]',
      'did you mean READ?',
    ],
    [
      'not within not',
      withRule({ match: { not: { not: { verbs: ['READ'] } } } }),
      'rules[0].match.not.not',
      'not allowed',
    ],
    ['a default of a rule', withRule({ default: 'DENY' }), 'rules[0].default', 'move it to the policy itself'],
    ['an unknown default', { name: 'p', default: 'BLOCK', rules: [rule] }, 'default', 'must be one of ALLOW, REQUIRE'],
    [
      'an unknown test',
      withRule({ condition: { x_arguments: { amount: { abov: 1 } } } }),
      'rules[0].condition.x_arguments.amount.abov',
      'did you mean above?',
    ],
    [
      'a test of another language',
      withRule({ x_arguments: { a: { gt: 1 } } }),
      'rules[0].x_arguments.a.gt',
      'mean above?',
    ],
    [
      'an unknown test of an argument that is named like a key',
      withRule({ condition: { not: { x_arguments: { match: { zzzz: 1 } } } } }),
      'rules[0].condition.not.x_arguments.match.zzzz',
      'the known keys are above, at_least, below, at_most, equals, in, not_in, matches, not_matches, longer_than',
    ],
    [
      'no test',
      withRule({ x_arguments: { a: {} } }),
      'rules[0].x_arguments.a',
      'must have a test, such as { above: 1000 }',
    ],
    ['no path', withRule({ x_arguments: {} }), 'rules[0].x_arguments', 'must not be empty'],
    ['a value for a test', withRule({ x_arguments: { a: 5 } }), 'rules[0].x_arguments.a', 'such as { equals: 5 }'],
    [
      'a string for a number',
      withRule({ x_arguments: { a: { above: '5' } } }),
      'rules[0].x_arguments.a.above',
      'without quotes',
    ],
    ['no number', withRule({ x_arguments: { a: { above: NaN } } }), 'rules[0].x_arguments.a.above', 'must be a number'],
    [
      'a list of mixed values',
      withRule({ x_arguments: { a: { in: ['a', 1] } } }),
      'rules[0].x_arguments.a.in',
      'of numbers',
    ],
    [
      'a value for a list',
      withRule({ x_arguments: { a: { in: 'EUR' } } }),
      'rules[0].x_arguments.a.in',
      'must be an array',
    ],
    [
      'a list for a value',
      withRule({ x_arguments: { a: { equals: ['x'] } } }),
      'rules[0].x_arguments.a.equals',
      'a string',
    ],
    [
      'an invalid glob',
      withRule({ x_arguments: { a: { matches: '[a' } } }),
      'rules[0].x_arguments.a.matches',
      'unclosed',
    ],
    [
      'a length that is none',
      withRule({ x_arguments: { a: { longer_than: -1 } } }),
      'rules[0].x_arguments.a.longer_than',
      'from 0',
    ],
    [
      'an index in a path',
      withRule({ x_arguments: { 'a[0]': { above: 1 } } }),
      'rules[0].x_arguments.a[0]',
      'write [] for',
    ],
    [
      'an invalid path',
      withRule({ x_arguments: { 'a..b': { above: 1 } } }),
      'rules[0].x_arguments.a..b',
      'must be a path',
    ],
    ['an empty principal', withRule({ x_principal: {} }), 'rules[0].x_principal', 'must not be empty'],
    [
      'an unknown key of a principal',
      withRule({ x_principal: { role: ['x'] } }),
      'rules[0].x_principal.role',
      'mean roles?',
    ],
    [
      'a role that is no list',
      withRule({ x_principal: { roles: 'x' } }),
      'rules[0].x_principal.roles',
      'an array: ["x"]',
    ],
    [
      'an unknown test of an attribute',
      withRule({ x_principal: { attributes: { limit: { max: 5 } } } }),
      'rules[0].x_principal.attributes.limit.max',
      'did you mean at_most?',
    ],
    ['no rules', { name: 'p', rules: [] }, 'rules', 'must contain at least one rule'],
    ['no name', { rules: 1, description: 'x' }, 'name', 'is missing'],
    ['no policy', [], '', 'must be an array with at least one policy'],
    ['no policies', { policies: {} }, 'policies', 'must be an array with at least one policy'],
    [
      'something beside policies',
      { policies: [{ name: 'p', rules: [rule] }], rules: [rule] },
      'rules',
      'next to policies',
    ],
    ['text', 'DENY everything', '', 'must be an object'],
    ['nothing', undefined, '', 'is missing; it must be an object'],
  ])('is rejected for %s', (_, input, path, message) => {
    const problem = refused(input).problems.find((one) => one.path === path);
    expect(problem?.message.replaceAll("'", '’')).toContain(message);
  });

  test('is rejected if a key is in the rule and in its match or condition, even with the same value', () => {
    const error = refused(
      withRule({ tool_name: 'x', match: { tool_name: 'x' }, new_resource: true, condition: { new_resource: false } }),
    );
    expect(error.problems).toMatchObject([
      { path: 'rules[0].tool_name', message: "is also in the rule's match; write it once" },
      { path: 'rules[0].new_resource', message: "is also in the rule's condition; write it once" },
    ]);
  });

  test('is rejected for duplicate rule ids, names or policy ids', () => {
    const two = { rule_id: 'r', ...rule };
    expect(refused({ name: 'p', rules: [two, two] }).problems).toMatchObject([
      { path: 'rules[1].rule_id', value: '"r"' },
    ]);
    const byName = refused([
      { name: 'p', rules: [rule] },
      { name: 'p', policy_id: 'q', rules: [rule] },
    ]);
    expect(byName.problems).toMatchObject([{ path: '[1].name', value: '"p"' }]);
    const byId = refused([
      { name: 'p', policy_id: 'q', rules: [rule] },
      { name: 'q', policy_id: 'q', rules: [rule] },
    ]);
    expect(byId.problems).toMatchObject([{ path: '[1].policy_id', value: '"q"' }]);
  });

  test('is reported with all problems, ten of them in the message', () => {
    const error = refused({ name: 'p', rules: Array(12).fill({ action: 'X' }) });
    expect(error.problems).toHaveLength(12);
    expect(error.message.split('\n')).toHaveLength(12);
    expect(error.message).toMatch(/cannot be used\. 12 problems:\n {2}rules\[0\]\.action is "X".*\n {2}and 2 more$/s);
  });

  test('is reported with 60 characters of a value, also of values that are not JSON', () => {
    expect(refused({ name: 'p', rules: [{ action: 'x'.repeat(99) }] }).problems[0]?.value).toBe(`"${'x'.repeat(58)}…`);
    const cycle: unknown[] = [];
    cycle.push(cycle);
    expect(refused({ name: 'p', rules: cycle }).problems[0]).toMatchObject({ path: 'rules[0]', value: 'object' });
  });
});
