import { describe, expect, test } from '@jest/globals';
import { EmbeddedGateway } from 'interven-openai-assistants/embedded';
import { evaluate } from '../../../src/embedded/policy/evaluate.ts';
import { parsePolicies } from '../../../src/embedded/policy/parse-policies.ts';
import type { Action, Default, RuleInput } from '../../../src/embedded/policy/policy-input.ts';
import { factsOf } from './facts.ts';

const ACTIONS: readonly Action[] = ['ALLOW', 'SANITIZE', 'REQUIRE_APPROVAL', 'DENY'];
const DEFAULTS: readonly Default[] = ['ALLOW', 'REQUIRE_APPROVAL', 'DENY'];

/** The decision when rules with these actions apply. */
const decide = (actions: readonly Action[], fallback: Default) => {
  const other: RuleInput = { match: { tool_name: 'other' }, action: 'DENY' };
  const rules = [other, ...actions.map((action): RuleInput => ({ action }))];
  return evaluate(parsePolicies({ name: 'p', rules }), factsOf(), fallback);
};

describe('the default', () => {
  // The table of docs/policies.md.
  test.each<[readonly Action[], ...Action[]]>([
    [[], 'ALLOW', 'REQUIRE_APPROVAL', 'DENY'],
    [['ALLOW'], 'ALLOW', 'ALLOW', 'ALLOW'],
    [['SANITIZE'], 'SANITIZE', 'REQUIRE_APPROVAL', 'DENY'],
    [['REQUIRE_APPROVAL'], 'REQUIRE_APPROVAL', 'REQUIRE_APPROVAL', 'DENY'],
    [['ALLOW', 'SANITIZE'], 'SANITIZE', 'SANITIZE', 'SANITIZE'],
    [['ALLOW', 'REQUIRE_APPROVAL'], 'REQUIRE_APPROVAL', 'REQUIRE_APPROVAL', 'REQUIRE_APPROVAL'],
    [['DENY'], 'DENY', 'DENY', 'DENY'],
    [['ALLOW', 'DENY'], 'DENY', 'DENY', 'DENY'],
  ])('combines with rules that %j as the table of the docs says', (actions, ...expected) => {
    expect(DEFAULTS.map((fallback) => decide(actions, fallback).action)).toEqual(expected);
  });

  test('is only lifted by an ALLOW rule: no other rule makes a decision less strict', () => {
    const subsets = ACTIONS.reduce<Action[][]>(
      (sets, action) => [...sets, ...sets.map((set) => [...set, action])],
      [[]],
    );
    for (const fallback of DEFAULTS) {
      for (const actions of subsets) {
        for (const more of ['SANITIZE', 'REQUIRE_APPROVAL', 'DENY'] as const) {
          const [before, after] = [decide(actions, fallback), decide([...actions, more], fallback)];
          expect(ACTIONS.indexOf(after.action)).toBeGreaterThanOrEqual(ACTIONS.indexOf(before.action));
        }
      }
    }
  });

  test('that decides says so, without a rule', () => {
    expect(decide([], 'DENY')).toMatchObject({ reasonCodes: ['NO_RULE_ALLOWS'], reason: 'No rule allows this call.' });
    expect(decide([], 'DENY').rule).toBeUndefined();
    expect(decide(['DENY'], 'DENY').rule).toBeDefined();
  });

  test('is the strictest of the gateway’s and all policies’, whose policy the decision names', () => {
    const rules: RuleInput[] = [{ match: { tool_name: 'other' }, action: 'DENY' }];
    const policies = parsePolicies([
      { name: 'lax', default: 'ALLOW', rules },
      { name: 'strict', default: 'DENY', rules },
      { name: 'middle', default: 'REQUIRE_APPROVAL', rules },
    ]);
    expect(evaluate(policies, factsOf())).toMatchObject({ action: 'DENY', policy: { name: 'strict' } });
    expect(evaluate(policies, factsOf(), 'DENY').policy).toBeUndefined();
  });

  test('is not lifted by an ALLOW rule whose condition is unknown', () => {
    const rules: RuleInput[] = [{ condition: { not: { has_data_class: ['PII'] } }, action: 'ALLOW' }];
    const detection = { findings: [], classes: new Set<never>(), isComplete: false };
    expect(evaluate(parsePolicies({ name: 'p', rules }), factsOf({ detection }), 'DENY').action).toBe('DENY');
    expect(evaluate(parsePolicies({ name: 'p', rules }), factsOf(), 'DENY').action).toBe('ALLOW');
  });
});

const scan = async (
  gateway: EmbeddedGateway,
  functionName: string,
  body: object = {},
  url?: string,
  method = 'GET',
) => {
  const address = url ?? `https://tools.invalid/${functionName}`;
  const request = { functionName, method, url: address, body, runtimeType: 'openai_assistants' };
  const { decision, reasonCodes, reason } = await gateway.scan(request);
  return { decision, reasonCodes, reason };
};
const allowing = (...rules: Partial<RuleInput>[]) =>
  new EmbeddedGateway({
    policies: { name: 'allowed', rules: rules.map((rule) => ({ ...rule, action: 'ALLOW' })) },
    default: 'DENY',
  });

describe('an allow-list', () => {
  test('lets pass what it names, and nothing else', async () => {
    const gateway = allowing({ match: { tool_name: 'get_time' } });
    expect(await scan(gateway, 'get_time')).toEqual({ decision: 'ALLOW', reasonCodes: [], reason: undefined });
    expect(await scan(gateway, 'transfer_money')).toEqual({
      decision: 'DENY',
      reasonCodes: ['NO_RULE_ALLOWS'],
      reason: 'No rule allows this call.',
    });
  });

  test('is not a DENY rule for every call, which denies the allowed ones too', async () => {
    const rules: RuleInput[] = [{ action: 'DENY' }, { match: { tool_name: 'get_time' }, action: 'ALLOW' }];
    const gateway = new EmbeddedGateway({ policies: { name: 'p', rules } });
    expect(await scan(gateway, 'get_time')).toMatchObject({ decision: 'DENY' });
  });

  test('can be in a policy, whose default holds for all policies', async () => {
    const gateway = new EmbeddedGateway({
      policies: [
        { name: 'a', default: 'REQUIRE_APPROVAL', rules: [{ match: { tool_name: 'get_time' }, action: 'ALLOW' }] },
        { name: 'b', rules: [{ match: { tool_name: 'get_date' }, action: 'ALLOW' }] },
      ],
    });
    expect(await scan(gateway, 'get_time')).toMatchObject({ decision: 'ALLOW' });
    expect(await scan(gateway, 'get_date')).toMatchObject({ decision: 'ALLOW' });
    expect(await scan(gateway, 'get_name')).toMatchObject({ decision: 'REQUIRE_APPROVAL' });
  });

  test.each<[string, RuleInput['match'], string, object, string]>([
    [
      'a service by a URL of the model’s',
      { tool_name: 'github' },
      'wire_money',
      { url: 'https://api.github.com/user' },
      'DENY',
    ],
    [
      'a service by a URL with credentials',
      { tool_name: 'github' },
      'wire_money',
      { url: 'https://a:b@api.github.com/user' },
      'DENY',
    ],
    ['a host of the model’s', { tool_name: 'bank.example' }, 'wire_money', { url: 'https://bank.example/x' }, 'DENY'],
    [
      'an operation of such a service',
      { operations: ['get_authenticated_user', 'get_user'] },
      'wire_money',
      { url: 'https://api.github.com/user' },
      'DENY',
    ],
    [
      'a repository of such a service',
      { repo_patterns: ['octo/*'] },
      'wire_money',
      { url: 'https://api.github.com/repos/octo/x' },
      'DENY',
    ],
    [
      'the function, at any URL',
      { tool_name: 'fetch_page' },
      'fetch_page',
      { url: 'https://api.github.com/x' },
      'ALLOW',
    ],
  ])('knows %s', async (_, match, functionName, body, expected) => {
    const url = new URL((body as { url: string }).url);
    url.username = '';
    url.password = '';
    expect(await scan(allowing({ match }), functionName, body, url.href)).toMatchObject({ decision: expected });
  });

  test.each([
    ['mutation { issueCreate(input: {}) { issue { id } } }', 'ALLOW'],
    ['mutation { issueCreate(input: {}) { issue { id } } issueDelete(id: 1) { success } }', 'DENY'],
    ['mutation { ...F } fragment F on Mutation { issueDelete(id: 1) { success } issueCreate { id } }', 'DENY'],
  ])('of an operation lets a GraphQL document with it alone pass: %s', async (query, expected) => {
    const gateway = allowing({ match: { tool_name: 'linear', operations: ['issueCreate'] } });
    const request = { functionName: 'linear_query', method: 'POST', url: 'https://api.linear.app/graphql' };
    const decision = await gateway.scan({ ...request, body: { query }, runtimeType: '', isTargetDeclared: true });
    expect(decision.decision).toBe(expected);
  });

  test('of an operation lets no request to Amazon pass that names another one too', async () => {
    const gateway = allowing({ match: { operations: ['list_users'] } });
    const url = 'https://iam.amazonaws.com/';
    expect(await scan(gateway, 'iam', { Action: 'ListUsers' }, url, 'POST')).toMatchObject({ decision: 'ALLOW' });
    const two = await scan(gateway, 'iam', { Action: 'ListUsers', nested: { Action: 'DeleteUser' } }, url, 'POST');
    expect(two).toMatchObject({ decision: 'DENY' });
  });
});

test('a default other than the three is an error', () => {
  expect(() => new EmbeddedGateway({ default: 'SANITIZE' as 'DENY' })).toThrow(
    'default is "SANITIZE"; it must be one of "ALLOW", "REQUIRE_APPROVAL", "DENY".',
  );
});
