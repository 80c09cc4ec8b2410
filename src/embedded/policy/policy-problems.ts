import type { z } from 'zod';
import { isJsonObject } from '../../internal/json.ts';
import { valueAt, type Path } from '../../internal/json-path.ts';
import { nearest } from '../../internal/nearest.ts';
import { shortJson } from './policy-error.ts';
import { CONDITION_NAMES, MATCH_NAMES, policySchema, unknownKeyProblem } from './policy-schema.ts';
import type { PolicyInput } from './policy-input.ts';

/** A problem at a path of the policy. */
export interface Problem {
  readonly path: Path;
  readonly value?: string;
  readonly message: string;
}

/** Validates a written policy. */
export function checkPolicy(
  written: unknown,
): { readonly checked: PolicyInput } | { readonly problems: readonly Problem[] } {
  const result = policySchema.safeParse(written);
  const problems = [
    ...(result.error?.issues ?? []).flatMap((issue) => problemsOf(issue, valueAt(written, issue.path))),
    ...duplicateKeys(written),
  ];
  return result.success && problems.length === 0 ? { checked: result.data } : { problems };
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
  if (code === 'invalid_type') return `must be ${KINDS[issue.expected] ?? issue.expected}${hint(issue, value)}`;
  if (code === 'invalid_value') {
    const values = issue.values.map(String);
    const meant = typeof value === 'string' ? nearest(value, values) : undefined;
    return `must be one of ${values.join(', ')}${meant ? `; did you mean ${meant}?` : ''}`;
  }
  if (code !== 'too_small') return issue.message;
  return issue.path.at(-1) === 'rules' ? 'must contain at least one rule' : 'must not be empty; omit the key instead';
}

const KINDS: Readonly<Record<string, string>> = {
  string: 'a string',
  array: 'an array',
  object: 'an object',
  boolean: 'true or false',
  int: 'an integer',
  number: 'a number',
  record: 'an object',
};

function hint({ expected, path }: z.core.$ZodIssueInvalidType, value: unknown): string {
  const isTests = path.at(-2) === 'x_arguments' || path.at(-2) === 'attributes';
  if (isTests) return `, such as { equals: ${shortJson(value)} }`;
  if (expected === 'number' && typeof value === 'string') return ', without quotes';
  if (expected === 'array' && typeof value === 'string') return `: [${shortJson(value)}]`;
  if (expected === 'boolean' && typeof value === 'string') return ', without quotes';
  if (expected === 'string' && (typeof value === 'number' || typeof value === 'boolean')) return '; put it in quotes';
  return expected === 'string' && value === null ? '; in YAML, quote a string that begins with #' : '';
}

/** Finds keys that are in a rule and again in its `match` or `condition`. */
function duplicateKeys(policy: unknown): Problem[] {
  const rules = valueAt(policy, ['rules']);
  if (!Array.isArray(rules)) return [];
  return rules.flatMap((rule: unknown, index) => {
    const duplicates = ([part, names]: (typeof PARTS)[number]): Problem[] =>
      Object.keys(names)
        .filter((key) => valueAt(rule, [key]) !== undefined && valueAt(rule, [part, key]) !== undefined)
        .map((key) => ({ path: ['rules', index, key], message: `is also in the rule's ${part}; write it once` }));
    return isJsonObject(rule) ? PARTS.flatMap(duplicates) : [];
  });
}

const PARTS = [
  ['match', MATCH_NAMES],
  ['condition', CONDITION_NAMES],
] as const;
