import { describe, expect, test } from '@jest/globals';
import type { PolicyInput } from '../../../src/embedded/policy/policy.ts';
import { parsePolicies } from '../../../src/embedded/policy/parse-policies.ts';

const rule = { action: 'DENY' };
const withRule = (more: object): unknown => ({ name: 'p', rules: [{ ...rule, ...more }] });
const firstRule = (input: unknown) => parsePolicies(input)[0]?.rules[0];

describe('a policy', () => {
  test('is parsed from its nested form', () => {
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
        outputRules: [],
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

  test('can be flat, or flat and nested at once', () => {
    const nested = firstRule(withRule({ match: { tool_name: 'slack' }, condition: { new_resource: true } }));
    expect(firstRule(withRule({ tool_name: 'slack', new_resource: true }))).toEqual(nested);
    expect(firstRule(withRule({ tool_name: 'slack', condition: { new_resource: true } }))).toEqual(nested);
  });

  test('matches every call if it has no keys', () => {
    expect(firstRule({ name: 'p', rules: [rule] })).toMatchObject({ match: {}, condition: {} });
  });

  test('defaults to priority 100 and ids derived from the name', () => {
    const [policy] = parsePolicies({ name: 'Slack & co.', rules: [rule, rule] });
    expect(policy?.rules).toMatchObject([
      { ruleId: 'slack-co-1', priority: 100 },
      { ruleId: 'slack-co-2', priority: 100 },
    ]);
    expect(policy?.policyId).toMatch(/^[\da-f]{8}-[\da-f]{4}-5[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
    expect(parsePolicies({ name: 'Slack & co.', rules: [rule] })[0]?.policyId).toBe(policy?.policyId);
    expect(parsePolicies({ name: 'Slack', rules: [rule] })[0]?.policyId).not.toBe(policy?.policyId);
  });

  test('is deeply frozen, and shares nothing with the input', () => {
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

  test('can be alone, in an array, under "policies", or rules only', () => {
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

  test('can be an already parsed policy in an array', () => {
    const [loaded] = parsePolicies({ name: 'loaded', rules: [rule] });
    const both = parsePolicies([loaded, { name: 'written', rules: [rule] }]);
    expect(both[0]).toBe(loaded);
    expect(both.map(({ name }) => name)).toEqual(['loaded', 'written']);
    expect(() => parsePolicies([loaded, loaded])).toThrow('is also the name of another policy');
    expect(() => parsePolicies([{ ...loaded }])).toThrow('did you mean policy_id?');
  });
});
