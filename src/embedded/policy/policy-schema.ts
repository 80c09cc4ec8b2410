import { z } from 'zod';
import { DATA_CLASSES } from '../detection/span.ts';
import { pathProblem } from './arguments.ts';
import { globProblem, isGlob } from './glob.ts';
import { freezeJson } from '../../internal/json.ts';
import { nearest } from '../../internal/nearest.ts';
import type {
  Action,
  ApproversInput,
  Condition,
  ConditionInput,
  Default,
  GrantInput,
  GrantKind,
  Match,
  MatchInput,
  OutputInput,
  OutputRule,
  PolicyInput,
  PrincipalTests,
  RuleInput,
  ValueTests,
} from './policy.ts';
import { CATEGORY_NAMES } from '../catalog/services.ts';
import type { Verb } from '../catalog/target.ts';

/** The keys of a written `match` but `not`, and their names in `Match`. */
export const MATCH_NAMES: Readonly<Record<keyof Omit<MatchInput, 'not'>, keyof Match>> = {
  tool_name: 'toolName',
  operations: 'operations',
  verbs: 'verbs',
  org_patterns: 'orgPatterns',
  repo_patterns: 'repoPatterns',
  channel_patterns: 'channelPatterns',
};

/** The keys of a written `condition` but `not`, and their names in `Condition`. */
export const CONDITION_NAMES: Readonly<Record<keyof Omit<ConditionInput, 'not'>, keyof Condition>> = {
  is_external_principal: 'isExternalPrincipal',
  has_data_class: 'hasDataClass',
  body_contains_any: 'bodyContainsAny',
  body_contains_all: 'bodyContainsAll',
  new_resource: 'newResource',
  volume_burst: 'volumeBurst',
  x_from_tool_output: 'fromToolOutput',
  x_from_tool_prose: 'fromToolProse',
  x_from_tool_unasked: 'fromToolUnasked',
  x_asked_by_user: 'askedByUser',
  x_not_from_user: 'notFromUser',
  x_secrets_from_user: 'secretsFromUser',
  x_data_from_user: 'dataFromUser',
  x_instructions_in_tool_output: 'instructionsInToolOutput',
  x_arguments: 'arguments',
  x_principal: 'principal',
};

/** The keys of a written `x_output`, and their names in `OutputRule`. */
export const OUTPUT_NAMES: Readonly<Record<keyof OutputInput, keyof OutputRule['output']>> = {
  any: 'any',
  instructions: 'instructions',
  data_classes: 'dataClasses',
};

const ACTIONS = ['ALLOW', 'DENY', 'SANITIZE', 'REQUIRE_APPROVAL'] as const satisfies readonly Action[];
const OUTPUT_ACTIONS = ['SANITIZE', 'FENCE', 'DENY'] as const satisfies readonly RuleInput['action'][];
const DEFAULTS = ['ALLOW', 'REQUIRE_APPROVAL', 'DENY'] as const satisfies readonly Default[];
const VERBS = ['READ', 'WRITE', 'ADMIN'] as const satisfies readonly Verb[];
const METHODS: readonly string[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];
const MAX_GLOB_LENGTH = 200;
const MAX_REASON_LENGTH = 500;

const phrase = z.string().min(1);
const phrases = z.array(phrase).min(1).readonly();

const word = phrase.refine((text) => text.trim() === text, 'must not begin or end with a space');
const reason = word.max(MAX_REASON_LENGTH, `must be at most ${MAX_REASON_LENGTH} characters`);
const words = z.array(word).min(1).readonly();

const trueOr = <Word extends string>(other: Word) =>
  z.union([z.boolean(), z.literal(other)], `must be true, false or ${other}`);
/** @param kinds of values, in any field */
const selectors = (...kinds: readonly string[]) => {
  const selector = word.refine(
    (text) => !text.startsWith('@') || kinds.includes(text),
    `must be a field, * or one of ${kinds.join(', ')}`,
  );
  return z.array(selector).min(1).readonly();
};

const glob = word.check(({ value, issues }) => {
  const message =
    value.length > MAX_GLOB_LENGTH ? `must be at most ${MAX_GLOB_LENGTH} characters` : globProblem(value.toLowerCase());
  if (message) issues.push({ code: 'custom', message, input: value });
});
const globs = z.array(glob).min(1).readonly();

const operation = glob
  .check(({ value, issues }) => {
    const message = operationProblem(value);
    if (message) issues.push({ code: 'custom', message, input: value });
  })
  .transform((text) => text.replace(/^method:.*/, (method) => `method:${method.slice(7).toUpperCase()}`));

/** A data class in upper or lower case, because `pii` is common. */
const dataClass = z.preprocess(
  (value) => (typeof value === 'string' ? value.toUpperCase() : value),
  z.enum(DATA_CLASSES),
);

const EMPTY = 'must not be empty; omit the key instead';
const isFilled = (keys: object): boolean => Object.keys(keys).length > 0;
const isString = (value: unknown): boolean => typeof value === 'string';
const isNumber = (value: unknown): boolean => typeof value === 'number' && Number.isFinite(value);
const scalar = z.custom<string | number | boolean>(
  (value) => isString(value) || isNumber(value) || typeof value === 'boolean',
  'must be a string, a number, true or false',
);
const scalars = z.custom<readonly string[] | readonly number[]>(
  (value) => Array.isArray(value) && value.length > 0 && (value.every(isString) || value.every(isNumber)),
  'must be an array of strings or of numbers, such as ["EUR", "USD"]',
);
const length = z.number().refine((value) => Number.isInteger(value) && value >= 0, 'must be an integer from 0');
const integer = (min: number, max: number) =>
  z.int().refine((value) => value >= min && value <= max, `must be from ${min} to ${max}`);

const testShape = {
  above: z.number().optional(),
  at_least: z.number().optional(),
  below: z.number().optional(),
  at_most: z.number().optional(),
  equals: scalar.optional(),
  in: scalars.optional(),
  not_in: scalars.optional(),
  matches: glob.optional(),
  not_matches: glob.optional(),
  longer_than: length.optional(),
  shorter_than: length.optional(),
  present: z.boolean().optional(),
} satisfies Record<keyof ValueTests, z.ZodType>;

const tests = z
  .record(z.string(), z.strictObject(testShape).refine(isFilled, 'must have a test, such as { above: 1000 }'))
  .refine(isFilled, EMPTY)
  .transform((value) => freezeJson(structuredClone(value)));

const testsByPath = tests.check(({ value, issues }) => {
  for (const path of Object.keys(value)) {
    const message = pathProblem(path);
    if (message) issues.push({ code: 'custom', message, input: value, path: [path] });
  }
});

const principalShape = {
  id: globs.optional(),
  roles: globs.optional(),
  attributes: tests.optional(),
} satisfies Record<keyof PrincipalTests, z.ZodType>;

/** 30 days: a longer exception belongs into the policy. */
const MAX_GRANT_MINUTES = 43_200;
const GRANT_KINDS = ['conversation', 'similar'] as const satisfies readonly GrantKind[];
const grantShape = {
  for: z.array(z.enum(GRANT_KINDS)).min(1),
  max_minutes: integer(1, MAX_GRANT_MINUTES),
} satisfies Record<keyof GrantInput, z.ZodType>;

const onlyTrue = z.literal(true);
const outputShape = {
  any: onlyTrue.optional(),
  instructions: onlyTrue.optional(),
  data_classes: z.array(dataClass).min(1).readonly().optional(),
} satisfies Record<keyof OutputInput, z.ZodType>;

const MAX_APPROVERS = 10;
const approversShape = {
  count: integer(1, MAX_APPROVERS).optional(),
  roles: words.optional(),
} satisfies Record<keyof ApproversInput, z.ZodType>;

const matchShape = {
  tool_name: glob.optional(),
  operations: z.array(operation).min(1).readonly().optional(),
  verbs: z.array(z.enum(VERBS)).min(1).readonly().optional(),
  org_patterns: globs.optional(),
  repo_patterns: globs.optional(),
  channel_patterns: globs.optional(),
} satisfies Record<keyof Omit<MatchInput, 'not'>, z.ZodType>;

const conditionShape = {
  is_external_principal: z.boolean().optional(),
  has_data_class: z.array(dataClass).min(1).readonly().optional(),
  body_contains_any: phrases.optional(),
  body_contains_all: phrases.optional(),
  new_resource: z.boolean().optional(),
  volume_burst: z.boolean().optional(),
  x_from_tool_output: selectors('@address', '@composed_url').optional(),
  x_from_tool_prose: selectors('@address', '@composed_url').optional(),
  x_from_tool_unasked: selectors('@address', '@composed_url').optional(),
  x_asked_by_user: trueOr('with_values').optional(),
  x_not_from_user: selectors('@address', '@unseen_address', '@unseen_url').optional(),
  x_secrets_from_user: trueOr('in_own_field').optional(),
  x_data_from_user: z.boolean().optional(),
  x_instructions_in_tool_output: trueOr('followed').optional(),
  x_arguments: testsByPath.optional(),
  x_principal: z.strictObject(principalShape).refine(isFilled, EMPTY).optional(),
} satisfies Record<keyof Omit<ConditionInput, 'not'>, z.ZodType>;

/** The keys of a `match` or `condition`, and the same keys within `not`. */
function withNot<Shape extends z.ZodRawShape>(shape: Shape) {
  const inner = z.strictObject(shape).refine(isFilled, EMPTY);
  return { ...shape, not: inner.optional() };
}

const matchWithNot = withNot(matchShape);
const conditionWithNot = withNot(conditionShape);

const ruleShape = {
  rule_id: word.optional(),
  priority: z.int().optional(),
  action: z.enum([...ACTIONS, 'FENCE']),
  x_output: z.strictObject(outputShape).refine(isFilled, EMPTY).optional(),
  match: z.strictObject(matchWithNot).optional(),
  condition: z.strictObject(conditionWithNot).optional(),
  reason: reason.optional(),
  x_approvers: z.strictObject(approversShape).refine(isFilled, EMPTY).optional(),
  x_grant: z.strictObject(grantShape).optional(),
  sanitize_fields: words.nullish(),
  ...matchShape,
  ...conditionShape,
} satisfies Record<keyof RuleInput, z.ZodType>;

const rule = z.strictObject(ruleShape).check(({ value, issues }) => {
  for (const key of ['x_approvers', 'x_grant'] as const) {
    if (value[key] === undefined || value.action === 'REQUIRE_APPROVAL') continue;
    issues.push({ code: 'custom', message: 'is for REQUIRE_APPROVAL only', input: value, path: [key] });
  }
  const problem = outputProblem(value);
  if (problem) issues.push({ code: 'custom', input: value, ...problem });
});

/** A rule is for calls or for outputs, and neither has what only the other one can use. */
function outputProblem({ action, x_output: output, condition, ...others }: Partial<RuleInput>) {
  if (!output)
    return action === 'FENCE' ? { path: ['action'], message: 'is for outputs only; add x_output' } : undefined;
  if (!OUTPUT_ACTIONS.some((each) => each === action))
    return { path: ['action'], message: `must be one of ${OUTPUT_ACTIONS.join(', ')} in a rule with x_output` };
  const keys = { condition, ...others };
  const odd = (['condition', ...Object.keys(conditionShape)] as (keyof typeof keys)[]).find((key) => keys[key]);
  return odd && { path: [odd], message: 'is about the call; a rule with x_output has match and x_output only' };
}

const policyShape = {
  name: word,
  description: z.string().nullish(),
  policy_id: word.nullish(),
  default: z.enum(DEFAULTS).optional(),
  rules: z.array(rule).min(1),
  env_name: z.unknown().optional(),
  version: z.unknown().optional(),
  applied_by: z.string().nullish(),
  applied_at: z.string().nullish(),
} satisfies Record<keyof PolicyInput, z.ZodType>;

/** A written policy in Interven's nested form, the flat one, or a mix. */
export const policySchema: z.ZodType<Omit<PolicyInput, 'env_name' | 'version'>> = z.strictObject(policyShape);

/** The known keys by the object that contains them. */
const KEYS_IN: Readonly<Record<string, readonly string[]>> = {
  policies: Object.keys(policyShape),
  rules: Object.keys(ruleShape),
  match: Object.keys(matchWithNot),
  condition: Object.keys(conditionWithNot),
  x_principal: Object.keys(principalShape),
  x_output: Object.keys(outputShape),
  x_approvers: Object.keys(approversShape),
  x_grant: Object.keys(grantShape),
  tests: Object.keys(testShape),
};

const SECTIONS = [
  ['match', "a rule's match"],
  ['condition', "a rule's condition"],
  ['rules', 'a rule'],
  ['policies', 'the policy itself'],
] as const;

/** Describes the problem of an unknown key. */
export function unknownKeyProblem(key: string, within: readonly PropertyKey[]): string {
  const known = KEYS_IN[sectionOf(within)] ?? [];
  const elsewhere = SECTIONS.filter(([other]) => KEYS_IN[other]?.includes(key)).map(([, name]) => name);
  if (elsewhere.length > 0)
    return `is not allowed here; move it to ${key === 'not' ? elsewhere.join(' or ') : elsewhere[0]}`;
  const meant = Object.hasOwn(OTHER_NAMES, key) && known.includes('above') ? OTHER_NAMES[key] : nearest(key, known);
  return `is an unknown key; ${meant ? `did you mean ${meant}?` : `the known keys are ${known.join(', ')}`}`;
}

/** Names of tests in other languages. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  gt: 'above',
  greater_than: 'above',
  over: 'above',
  gte: 'at_least',
  min: 'at_least',
  lt: 'below',
  less_than: 'below',
  under: 'below',
  lte: 'at_most',
  max: 'at_most',
  eq: 'equals',
  is: 'equals',
  one_of: 'in',
  like: 'matches',
  glob: 'matches',
  pattern: 'matches',
  regex: 'matches',
  min_length: 'longer_than',
  max_length: 'shorter_than',
  exists: 'present',
};

function sectionOf(within: readonly PropertyKey[]): string {
  const [above, last = 'policies'] = [undefined, ...within.filter((step) => typeof step === 'string')].slice(-2);
  if (above === 'x_arguments' || above === 'attributes') return 'tests';
  return last === 'not' ? String(above) : last;
}

function categoryProblem(name: string): string {
  const meant = nearest(name, [...CATEGORY_NAMES]);
  return `must be a known category, such as category:payments${meant ? `; did you mean category:${meant}?` : ''}`;
}

function operationProblem(text: string): string | undefined {
  const [, kind, name = ''] = /^([^:]*):(.*)$/s.exec(text) ?? [];
  if (kind === undefined) return undefined;
  if (kind === 'method') {
    return METHODS.includes(name.toUpperCase()) ? undefined : `must be one of the methods ${METHODS.join(', ')}`;
  }
  if (kind === 'category')
    return isGlob(name) || CATEGORY_NAMES.has(name.toLowerCase()) ? undefined : categoryProblem(name);
  return 'must be an operation such as create_issue, method:POST or category:issues; only method and category may precede a colon';
}
