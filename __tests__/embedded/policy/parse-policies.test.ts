import { describe, expect, test } from '@jest/globals';
import type { PolicyInput } from '../../../src/embedded/policy/policy.ts';
import { parsePolicies } from '../../../src/embedded/policy/parse-policies.ts';

const rule = { action: 'DENY' };
const withRule = (more: object): unknown => ({ name: 'p', rules: [{ ...rule, ...more }] });
const firstRule = (input: unknown) => parsePolicies(input)[0]?.rules[0];

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

  test('that was read before may stand in a list with others', () => {
    const [loaded] = parsePolicies({ name: 'loaded', rules: [rule] });
    const both = parsePolicies([loaded, { name: 'written', rules: [rule] }]);
    expect(both[0]).toBe(loaded);
    expect(both.map(({ name }) => name)).toEqual(['loaded', 'written']);
    expect(() => parsePolicies([loaded, loaded])).toThrow('is also the name of another policy');
    expect(() => parsePolicies([{ ...loaded }])).toThrow('did you mean policy_id?');
  });
});
