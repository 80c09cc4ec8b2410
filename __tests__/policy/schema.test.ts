import { describe, expect, test } from '@jest/globals';
import { PolicyError } from '../../src/policy/policy-error.ts';
import type { PolicyInput } from '../../src/policy/policy.ts';
import { parsePolicies } from '../../src/policy/schema.ts';

const rule = { action: 'DENY' };
const withRule = (more: object): unknown => ({ name: 'p', rules: [{ ...rule, ...more }] });
const firstRule = (input: unknown) => parsePolicies(input)[0]?.rules[0];

function refused(input: unknown, source?: string): PolicyError {
  try {
    parsePolicies(input, source);
  } catch (error) {
    if (error instanceof PolicyError) return error;
    throw error;
  }
  throw new Error('It was taken.');
}

describe('a policy', () => {
  test('becomes what the engine reads, in its nested form', () => {
    const policy: PolicyInput = {
      name: 'Everything',
      description: 'd',
      env_name: 'prod',
      policy_id: 'id',
      version: 3,
      rules: [
        {
          rule_id: 'r',
          priority: -1,
          match: {
            tool_name: 'git*',
            operations: ['create_issue', 'delete_*', 'method:post', 'category:issues'],
            verbs: ['READ', 'WRITE', 'ADMIN'],
            org_patterns: ['octo'],
            repo_patterns: ['octo/*'],
            channel_patterns: ['#sec-*'],
          },
          condition: {
            is_external_principal: false,
            has_data_class: ['PII', 'secrets'],
            body_contains_any: [' a '],
            body_contains_all: ['b'],
            new_resource: true,
            volume_burst: true,
            x_from_tool_output: ['*'],
            x_instructions_in_tool_output: true,
          },
          action: 'SANITIZE',
          sanitize_fields: ['text'],
        },
      ],
    };
    expect(parsePolicies(policy)).toEqual([
      {
        policyId: 'id',
        name: 'Everything',
        description: 'd',
        rules: [
          {
            ruleId: 'r',
            priority: -1,
            action: 'SANITIZE',
            match: {
              toolName: 'git*',
              operations: ['create_issue', 'delete_*', 'method:POST', 'category:issues'],
              verbs: ['READ', 'WRITE', 'ADMIN'],
              orgPatterns: ['octo'],
              repoPatterns: ['octo/*'],
              channelPatterns: ['#sec-*'],
            },
            condition: {
              isExternalPrincipal: false,
              hasDataClass: ['PII', 'SECRETS'],
              bodyContainsAny: [' a '],
              bodyContainsAll: ['b'],
              newResource: true,
              volumeBurst: true,
              fromToolOutput: ['*'],
              instructionsInToolOutput: true,
            },
            sanitizeFields: ['text'],
          },
        ],
      },
    ]);
  });

  test('may be flat, or flat and nested at once', () => {
    const nested = firstRule(withRule({ match: { tool_name: 'slack' }, condition: { new_resource: true } }));
    expect(firstRule(withRule({ tool_name: 'slack', new_resource: true }))).toEqual(nested);
    expect(firstRule(withRule({ tool_name: 'slack', condition: { new_resource: true } }))).toEqual(nested);
  });

  test('fits every call when it asks for nothing', () => {
    expect(firstRule({ name: 'p', rules: [rule] })).toMatchObject({ match: {}, condition: {} });
  });

  test('has a priority of 100, and ids from its name', () => {
    const [policy] = parsePolicies({ name: 'Slack & co.', rules: [rule, rule] });
    expect(policy?.rules).toMatchObject([
      { ruleId: 'slack-co-1', priority: 100 },
      { ruleId: 'slack-co-2', priority: 100 },
    ]);
    expect(policy?.policyId).toMatch(/^[\da-f]{8}-[\da-f]{4}-5[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
    expect(parsePolicies({ name: 'Slack & co.', rules: [rule] })[0]?.policyId).toBe(policy?.policyId);
    expect(parsePolicies({ name: 'Slack', rules: [rule] })[0]?.policyId).not.toBe(policy?.policyId);
  });

  test('is frozen through and through, and no part of what was passed', () => {
    const input = { name: 'p', rules: [{ action: 'DENY', match: { verbs: ['READ'] }, has_data_class: ['PII'] }] };
    const [policy] = parsePolicies(input);
    const [first] = policy?.rules ?? [];
    for (const part of [
      policy,
      policy?.rules,
      first,
      first?.match,
      first?.match.verbs,
      first?.condition.hasDataClass,
    ]) {
      expect(Object.isFrozen(part)).toBe(true);
    }
    expect(Object.isFrozen(input.rules[0]?.match.verbs)).toBe(false);
  });

  test('may come alone, in a list, under "policies", or as rules only', () => {
    const one = { name: 'p', rules: [rule] };
    for (const input of [one, [one], { policies: [one] }, { version: 1, policies: [one] }]) {
      expect(parsePolicies(input)).toEqual(parsePolicies(one));
    }
    const named = parsePolicies({ name: 'slack', rules: [rule] });
    expect(parsePolicies([rule], 'policies/slack.yaml')).toEqual(named);
    expect(parsePolicies({ rules: [rule] }, 'policies/slack.yaml')).toEqual(named);
    expect(parsePolicies([{ rules: [rule] }, { rules: [rule] }], 'a.json').map(({ name }) => name)).toEqual([
      'a',
      'a-2',
    ]);
  });
});

describe('a policy that is wrong', () => {
  test('is refused with source, path, value and remedy', () => {
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

  test.each([
    ['an unknown key', withRule({ match: { toolName: 'x' } }), 'rules[0].match.toolName', 'did you mean tool_name?'],
    [
      'a key in the wrong place',
      withRule({ match: { has_data_class: ['PII'] } }),
      'rules[0].match.has_data_class',
      'a rule’s condition',
    ],
    ['a misspelt part', withRule({ conditions: {} }), 'rules[0].conditions', 'did you mean condition?'],
    ['an unknown key of ours', withRule({ x_other: true }), 'rules[0].x_other', 'is no key'],
    [
      'a prototype',
      withRule(JSON.parse('{"match":{"__proto__":{}}}') as object),
      'rules[0].match.__proto__',
      'is no key',
    ],
    ['an unknown action', { name: 'p', rules: [{ action: 'deny' }] }, 'rules[0].action', 'did you mean DENY?'],
    ['no action', { name: 'p', rules: [{}] }, 'rules[0].action', 'is missing; it must be one of ALLOW, DENY'],
    ['an unknown data class', withRule({ has_data_class: ['PIX'] }), 'rules[0].has_data_class[0]', 'did you mean PII?'],
    ['an empty list', withRule({ match: { operations: [] } }), 'rules[0].match.operations', 'must not be empty'],
    ['an empty word', withRule({ body_contains_any: [''] }), 'rules[0].body_contains_any[0]', 'must not be empty'],
    [
      'a blank around a name',
      withRule({ tool_name: 'slack ' }),
      'rules[0].tool_name',
      'must not begin or end with a blank',
    ],
    ['a text for a list', withRule({ org_patterns: 'octo' }), 'rules[0].org_patterns', 'must be a list: ["octo"]'],
    [
      'a text for a boolean',
      withRule({ new_resource: 'yes' }),
      'rules[0].new_resource',
      'must be true or false, without quotes',
    ],
    ['a number for a text', { name: 7, rules: [rule] }, 'name', 'must be a text: put it in quotes'],
    [
      'nothing for a text',
      withRule({ channel_patterns: [null] }),
      'rules[0].channel_patterns[0]',
      'begins with # in quotes',
    ],
    ['nothing for a match', withRule({ match: null }), 'rules[0].match', 'must be an object'],
    ['half a priority', withRule({ priority: 1.5 }), 'rules[0].priority', 'must be a whole number'],
    [
      'an unknown method',
      withRule({ operations: ['method:SEND'] }),
      'rules[0].operations[0]',
      'must name a method: GET',
    ],
    [
      'an unknown kind of operation',
      withRule({ operations: ['verb:READ'] }),
      'rules[0].operations[0]',
      'before a colon',
    ],
    ['an empty category', withRule({ operations: ['category:'] }), 'rules[0].operations[0]', 'must name a category'],
    [
      'a glob without end',
      withRule({ tool_name: '{a,b}'.repeat(9) }),
      'rules[0].tool_name',
      'more than 100 alternatives',
    ],
    ['a long glob', withRule({ tool_name: 'a'.repeat(201) }), 'rules[0].tool_name', 'at most 200 characters'],
    ['no rules', { name: 'p', rules: [] }, 'rules', 'must have a rule'],
    ['no name', { rules: 1, description: 'x' }, 'name', 'is missing'],
    ['no policy', [], '', 'must be a list with a policy in it'],
    ['no policies', { policies: {} }, 'policies', 'must be a list with a policy in it'],
    [
      'something beside policies',
      { policies: [{ name: 'p', rules: [rule] }], rules: [rule] },
      'rules',
      'beside policies',
    ],
    ['text', 'DENY everything', '', 'must be an object'],
    ['nothing', undefined, '', 'is missing; it must be an object'],
  ])('is refused for %s', (_, input, path, message) => {
    const problem = refused(input).problems.find((one) => one.path === path);
    expect(problem?.message.replaceAll("'", '’')).toContain(message);
  });

  test('is refused when a key stands in the rule and in its match or condition, be it with one value', () => {
    const error = refused(
      withRule({ tool_name: 'x', match: { tool_name: 'x' }, new_resource: true, condition: { new_resource: false } }),
    );
    expect(error.problems).toMatchObject([
      { path: 'rules[0].tool_name', message: "stands in the rule's match too; write it once" },
      { path: 'rules[0].new_resource', message: "stands in the rule's condition too; write it once" },
    ]);
  });

  test('is refused when two rules, two names or two ids are one', () => {
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

  test('is told of all at once, of ten in the message', () => {
    const error = refused({ name: 'p', rules: Array(12).fill({ action: 'X' }) });
    expect(error.problems).toHaveLength(12);
    expect(error.message.split('\n')).toHaveLength(12);
    expect(error.message).toMatch(
      /cannot be used, 12 things are wrong:\n {2}rules\[0\]\.action is "X".*\n {2}and 2 more$/s,
    );
  });

  test('shows at most 60 characters of a value, and values that are no JSON', () => {
    expect(refused({ name: 'p', rules: [{ action: 'x'.repeat(99) }] }).problems[0]?.value).toBe(`"${'x'.repeat(58)}…`);
    const cycle: unknown[] = [];
    cycle.push(cycle);
    expect(refused({ name: 'p', rules: cycle }).problems[0]).toMatchObject({ path: 'rules[0]', value: 'object' });
  });
});
