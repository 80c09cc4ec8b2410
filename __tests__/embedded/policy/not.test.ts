import { describe, expect, test } from '@jest/globals';
import { evaluate } from '../../../src/embedded/policy/evaluate.ts';
import { parsePolicies } from '../../../src/embedded/policy/parse-policies.ts';
import type { Action, RuleInput } from '../../../src/embedded/policy/policy-input.ts';
import { all, any, not, type Truth } from '../../../src/embedded/policy/truth.ts';
import { factsOf } from './facts.ts';

const applies = (rule: Omit<RuleInput, 'action'>, action: Action, facts: Parameters<typeof factsOf>[0]): boolean =>
  evaluate(parsePolicies({ name: 'p', rules: [{ ...rule, action }] }), factsOf(facts)).rule !== undefined;
const conversation = { userMessages: [], toolOutputs: [] };
const incomplete = { findings: [], classes: new Set<never>(), isComplete: false };
const repositories = (...names: string[]) => ({
  target: { tool: 'github', aliases: [], repositories: names.map((repo) => ({ org: 'octo', repo })) },
});

describe('not', () => {
  test.each<[string, Omit<RuleInput, 'action'>, Parameters<typeof factsOf>[0], boolean]>([
    ['another tool', { match: { not: { tool_name: 'get_time' } } }, {}, true],
    ['the tool', { match: { not: { tool_name: 'transfer_*' } } }, {}, false],
    ['a verb', { match: { not: { verbs: ['READ'] } } }, {}, true],
    ['one key of two', { match: { not: { tool_name: 'transfer_money', verbs: ['READ'] } } }, {}, true],
    ['both keys of two', { match: { not: { tool_name: 'transfer_money', verbs: ['WRITE'] } } }, {}, false],
    ['with a key beside it', { match: { tool_name: 'x', not: { verbs: ['READ'] } } }, {}, false],
    ['what does not delete', { match: { not: { operations: ['category:deletes'] } } }, {}, true],
    ['an outsider', { condition: { not: { is_external_principal: true } } }, { isExternal: true }, false],
    ['no outsider', { condition: { not: { is_external_principal: true } } }, {}, true],
    ['one condition of two', { condition: { not: { is_external_principal: true, new_resource: true } } }, {}, true],
    ['a value of the user’s', { condition: { not: { x_from_tool_output: ['to'] } } }, { conversation }, true],
  ])('of %s is known for every action', (_, rule, facts, isMatch) => {
    expect([applies(rule, 'DENY', facts), applies(rule, 'ALLOW', facts)]).toEqual([isMatch, isMatch]);
  });

  test.each<[string, Omit<RuleInput, 'action'>, Parameters<typeof factsOf>[0]]>([
    ['data of a scan that stopped', { condition: { not: { has_data_class: ['PII'] } } }, { detection: incomplete }],
    ['a source, without provenance', { condition: { not: { x_from_tool_output: ['*'] } } }, {}],
    ['instructions, without provenance', { condition: { not: { x_instructions_in_tool_output: true } } }, {}],
    ['a repository of two', { match: { not: { repo_patterns: ['octo/a'] } } }, repositories('a', 'b')],
    ['a repository of none', { match: { not: { repo_patterns: ['octo/a'] } } }, repositories()],
    ['a channel of none', { match: { not: { channel_patterns: ['#a'] } } }, {}],
    [
      'a category of none',
      { match: { not: { operations: ['category:web'] } } },
      { target: { category: undefined, categories: [] } },
    ],
    ['a condition that throws', { condition: { not: { body_contains_any: ['x'] } } }, { body: nested(900) }],
  ])('of %s is unknown: it blocks, and does not allow', (_, rule, facts) => {
    expect([applies(rule, 'DENY', facts), applies(rule, 'ALLOW', facts)]).toEqual([true, false]);
  });

  test('does not change what its condition means outside of it', () => {
    expect(applies({ condition: { x_from_tool_output: ['*'] } }, 'DENY', {})).toBe(false);
    expect(applies({ match: { repo_patterns: ['octo/a'] } }, 'DENY', repositories())).toBe(false);
  });
});

function nested(levels: number): unknown {
  let value: unknown = 'x';
  for (let level = 0; level < levels; level += 1) value = [value];
  return value;
}

describe('truth', () => {
  const truths: readonly Truth[] = [true, false, 'unknown', 'absent'];

  test('of all is false if one is; of any is true if one is', () => {
    for (const truth of truths) {
      expect([all([truth, false]), all([truth, true]), all([truth])]).toEqual([false, truth, truth]);
      expect([any([truth, true]), any([truth, false]), any([truth])]).toEqual([true, truth, truth]);
    }
    expect([all([]), any([])]).toEqual([true, false]);
  });

  test('of not is unknown for what is not known', () => {
    expect(truths.map(not)).toEqual([false, true, 'unknown', 'unknown']);
  });
});
