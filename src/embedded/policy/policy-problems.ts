import type { z } from 'zod';
import { isJsonObject } from '../../internal/json.ts';
import { nearest } from '../../internal/nearest.ts';
import { shortJson } from './policy-error.ts';
import { CONDITION_NAMES, MATCH_NAMES, policySchema, unknownKeyProblem } from './policy-schema.ts';
import type { PolicyInput } from './policy-input.ts';

export type Path = readonly PropertyKey[];

/** What is wrong, and at which place of the policy. */
export interface Problem {
  readonly path: Path;
  readonly value?: string;
  readonly message: string;
}

/** The policy as the schema makes it, or everything that is wrong with it. */
export function checkPolicy(
  written: unknown,
): { readonly checked: PolicyInput } | { readonly problems: readonly Problem[] } {
  const result = policySchema.safeParse(written);
  const problems = [
    ...(result.error?.issues ?? []).flatMap((issue) => problemsOf(issue, valueAt(written, issue.path))),
    ...keysGivenTwice(written),
  ];
  return result.success && problems.length === 0 ? { checked: result.data } : { problems };
}

export function valueAt(within: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (value, step) => (value as Record<PropertyKey, unknown> | null | undefined)?.[step],
    within,
  );
}

/** `rules[2].match.verbs[0]` */
export function pathText(path: Path): string {
  return path
    .map((step, index) => (typeof step === 'number' ? `[${step}]` : `${index === 0 ? '' : '.'}${String(step)}`))
    .join('');
}

function problemsOf(issue: z.core.$ZodIssue, value: unknown): Problem[] {
  const { path } = issue;
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ path: [...path, key], message: unknownKeyProblem(key, path) }));
  }
  const message = messageOf(issue, value);
  return [
    value === undefined ? { path, message: `is missing; it ${message}` } : { path, value: shortJson(value), message },
  ];
}

function messageOf(issue: z.core.$ZodIssue, value: unknown): string {
  const { code } = issue;
  if (code === 'invalid_type')
    return `must be ${KINDS[issue.expected] ?? issue.expected}${hint(issue.expected, value)}`;
  if (code === 'invalid_value') {
    const values = issue.values.map(String);
    const meant = typeof value === 'string' ? nearest(value, values) : undefined;
    return `must be one of ${values.join(', ')}${meant ? `; did you mean ${meant}?` : ''}`;
  }
  if (code !== 'too_small') return issue.message;
  return issue.path.at(-1) === 'rules'
    ? 'must have a rule'
    : 'must not be empty; leave out a key that asks for nothing';
}

const KINDS: Readonly<Record<string, string>> = {
  string: 'a text',
  array: 'a list',
  object: 'an object with keys',
  boolean: 'true or false',
  int: 'a whole number',
  number: 'a whole number',
};

function hint(expected: string, value: unknown): string {
  if (expected === 'array' && typeof value === 'string') return `: [${shortJson(value)}]`;
  if (expected === 'boolean' && typeof value === 'string') return ', without quotes';
  if (expected === 'string' && (typeof value === 'number' || typeof value === 'boolean')) return ': put it in quotes';
  return expected === 'string' && value === null ? '; in YAML put one that begins with # in quotes' : '';
}

/** A key in the rule and in its `match` or `condition`: which of the two is meant cannot be told. */
function keysGivenTwice(policy: unknown): Problem[] {
  const rules = valueAt(policy, ['rules']);
  if (!Array.isArray(rules)) return [];
  return rules.flatMap((rule: unknown, index) => {
    const twice = ([part, names]: (typeof PARTS)[number]): Problem[] =>
      Object.keys(names)
        .filter((key) => valueAt(rule, [key]) !== undefined && valueAt(rule, [part, key]) !== undefined)
        .map((key) => ({ path: ['rules', index, key], message: `stands in the rule's ${part} too; write it once` }));
    return isJsonObject(rule) ? PARTS.flatMap(twice) : [];
  });
}

const PARTS = [
  ['match', MATCH_NAMES],
  ['condition', CONDITION_NAMES],
] as const;
