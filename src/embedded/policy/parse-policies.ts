import { createHash } from 'node:crypto';
import { isJsonObject } from '../../internal/json.ts';
import { pathText, valueAt, type Path } from '../../internal/json-path.ts';
import { omitUndefined } from '../../internal/omit-undefined.ts';
import { PolicyError, shortJson, type PolicyProblem } from './policy-error.ts';
import type { PolicyInput, RuleInput } from './policy-input.ts';
import type { OutputRule, Policy, Rule } from './policy.ts';
import { checkPolicy, type Problem } from './policy-problems.ts';
import { CONDITION_NAMES, MATCH_NAMES, OUTPUT_NAMES } from './policy-schema.ts';

/** The source of policies. */
export interface PolicyOrigin {
  readonly source?: string | undefined;
  /** Returns the line of a path in the source, counted from 1. */
  readonly lineOf?: (path: Path) => number | undefined;
}

type Location = Pick<PolicyProblem, 'source' | 'line' | 'path'>;

/** The policies and problems of one source. */
export interface ParseResult {
  readonly found: readonly { readonly policy: Policy; readonly location: Location }[];
  readonly problems: readonly PolicyProblem[];
}

const DEFAULT_PRIORITY = 100;
/** Maximum number of reported problems per policy, because finding the line of each takes time. */
const MAX_PROBLEMS = 100;

/**
 * Parses policies: one policy, an array, `{ policies: […] }`, or only rules (`{ rules: […] }` or an array), whose
 * policy is named after the source. The result has all defaults filled in and is frozen. Returns parsed policies
 * unchanged.
 *
 * @param source the name in messages, such as a file's path
 * @throws PolicyError with all problems
 */
export function parsePolicies(input: unknown, source?: string): readonly Policy[] {
  return policiesOf([readPolicies(input, { source })]);
}

/**
 * Parses one policy; `written` is its validated input.
 *
 * @throws PolicyError with all problems
 */
export function parsePolicy(input: unknown): { readonly written: PolicyInput; readonly policy: Policy } {
  const read = readPolicy(input);
  if ('problems' in read)
    throw new PolicyError(read.problems.map(({ path, ...rest }) => ({ path: pathText(path), ...rest })));
  return read;
}

/**
 * Combines the policies of several sources.
 *
 * @throws PolicyError for any problem, and for policies that share a name or an id
 */
export function policiesOf(results: readonly ParseResult[]): readonly Policy[] {
  const found = results.flatMap((result) => result.found);
  const problems = results.flatMap((result) => result.problems);
  const names = new Map<string, Location>();
  const ids = new Map<string, Location>();
  for (const { policy, location } of found) {
    const sameName = names.get(policy.name);
    const sameId = ids.get(policy.policyId);
    if (sameName) problems.push(notUnique('name', policy.name, location, sameName));
    else if (sameId) problems.push(notUnique('policy_id', policy.policyId, location, sameId));
    names.set(policy.name, location);
    ids.set(policy.policyId, location);
  }
  if (problems.length > 0) throw new PolicyError(problems);
  return Object.freeze(found.map(({ policy }) => policy));
}

/** Parses one file, document or object without throwing. */
export function readPolicies(input: unknown, origin: PolicyOrigin = {}): ParseResult {
  const found: ParseResult['found'][number][] = [];
  const problems: PolicyProblem[] = [];
  const locate = (path: Path): Location => {
    const line = origin.lineOf?.(path);
    const source = origin.source;
    return omitUndefined({ source, line, path: pathText(path) });
  };
  const report = ({ path, ...rest }: Problem): void => void problems.push({ ...locate(path), ...rest });

  for (const { path, written, onlyRules } of writtenPolicies(input, report)) {
    if (isParsed(written)) {
      found.push({ policy: written, location: locate(path) });
      continue;
    }
    const inInput = (within: Path): Path => [...path, ...(onlyRules ? within.slice(1) : within)];
    const read = readPolicy(named(written, origin.source, path));
    if ('policy' in read) found.push({ policy: read.policy, location: locate(path) });
    else for (const problem of read.problems) report({ ...problem, path: inInput(problem.path) });
  }
  // Sorts by line, because the schema validates key by key.
  return { found, problems: problems.sort((one, other) => (one.line ?? 0) - (other.line ?? 0)) };
}

function readPolicy(
  input: unknown,
): { readonly written: PolicyInput; readonly policy: Policy } | { readonly problems: readonly Problem[] } {
  const result = checkPolicy(input);
  if ('problems' in result) return { problems: result.problems.slice(0, MAX_PROBLEMS) };
  const { name, rules: written } = result.checked;
  const rules = written.map((rule, index) => normalRule(rule, `${slug(name)}-${index + 1}`));
  const policy = normalForm(result.checked, rules);
  const problems = duplicateRuleIds(rules);
  return problems.length > 0 ? { problems } : { written: result.checked, policy };
}

function duplicateRuleIds(rules: readonly (Rule | OutputRule)[]): readonly Problem[] {
  const problems: Problem[] = [];
  const ids = new Set<string>();
  for (const [index, { ruleId }] of rules.entries()) {
    const message = 'is a duplicate; each rule of a policy needs its own rule_id';
    if (ids.has(ruleId)) problems.push({ path: ['rules', index, 'rule_id'], value: shortJson(ruleId), message });
    ids.add(ruleId);
  }
  return problems;
}

interface UncheckedPolicy {
  readonly path: Path;
  readonly written: unknown;
  /** True for an array of rules without a policy around it. */
  readonly onlyRules?: boolean;
}

function writtenPolicies(input: unknown, report: (problem: Problem) => void): readonly UncheckedPolicy[] {
  if (isJsonObject(input) && Object.hasOwn(input, 'policies')) {
    for (const key of Object.keys(input).filter((other) => other !== 'policies' && other !== 'version')) {
      report({ path: [key], message: 'is not allowed next to policies; move it into one of them' });
    }
    return listed(input['policies'], ['policies'], report);
  }
  if (!Array.isArray(input)) return [{ path: [], written: input }];
  const has = (key: string) => (item: unknown) => isJsonObject(item) && Object.hasOwn(item, key);
  const onlyRules = input.some(has('action')) && !input.some(has('rules'));
  return onlyRules ? [{ path: [], written: { rules: input }, onlyRules }] : listed(input, [], report);
}

function listed(policies: unknown, path: Path, report: (problem: Problem) => void): readonly UncheckedPolicy[] {
  if (Array.isArray(policies) && policies.length > 0) {
    return policies.map((written: unknown, index) => ({ path: [...path, index], written }));
  }
  report({ path, value: shortJson(policies), message: 'must be an array with at least one policy' });
  return [];
}

/** Names a policy without a name after its file. Further policies of that file get their position as a suffix. */
function named(written: unknown, source: string | undefined, path: Path): unknown {
  if (!isJsonObject(written) || Object.hasOwn(written, 'name')) return written;
  if (!Array.isArray(valueAt(written, ['rules']))) return written;
  const name = source?.replace(/^.*[\\/]/, '').replace(/(?<=.)\.[^.]*$/, '') ?? 'policies';
  const position = path.at(-1);
  return { name: typeof position === 'number' && position > 0 ? `${name}-${position + 1}` : name, ...written };
}

/** The policies created here, which need no further validation. */
const parsed = new WeakSet<object>();

function isParsed(written: unknown): written is Policy {
  return typeof written === 'object' && written !== null && parsed.has(written);
}

function normalForm(
  { name, description, policy_id: policyId, default: fallback }: PolicyInput,
  rules: readonly (Rule | OutputRule)[],
): Policy {
  const policy: Policy = Object.freeze(
    omitUndefined({
      policyId: policyId ?? idOf(name),
      name,
      description: description ?? undefined,
      default: fallback,
      rules: Object.freeze(rules.filter((rule): rule is Rule => !('output' in rule))),
      outputRules: Object.freeze(rules.filter((rule): rule is OutputRule => 'output' in rule)),
    }),
  );
  parsed.add(policy);
  return policy;
}

function normalRule(rule: RuleInput, defaultId: string): Rule | OutputRule {
  const common = {
    ruleId: rule.rule_id ?? defaultId,
    priority: rule.priority ?? DEFAULT_PRIORITY,
    match: renamed({ ...rule, ...omitUndefined(rule.match ?? {}) }, MATCH_NAMES),
    reason: rule.reason,
    sanitizeFields: rule.sanitize_fields ?? undefined,
  };
  // The schema has checked which actions fit which rule.
  if (rule.x_output) {
    const output = renamed({ ...rule.x_output }, OUTPUT_NAMES);
    return Object.freeze(omitUndefined({ ...common, action: rule.action as OutputRule['action'], output }));
  }
  return Object.freeze(
    omitUndefined({
      ...common,
      action: rule.action as Rule['action'],
      condition: renamed({ ...rule, ...omitUndefined(rule.condition ?? {}) }, CONDITION_NAMES),
      approvers: approversOf(rule),
      grant: grantOf(rule),
    }),
  );
}

function approversOf({ x_approvers: approvers }: RuleInput): Rule['approvers'] {
  if (!approvers) return undefined;
  const { count = 1, roles } = approvers;
  return Object.freeze({ count, ...omitUndefined({ roles }) });
}

function grantOf({ x_grant: grant }: RuleInput): Rule['grant'] {
  return grant && Object.freeze({ for: Object.freeze([...grant.for]), maxMinutes: grant.max_minutes });
}

function renamed(values: Readonly<Record<string, unknown>>, names: Readonly<Record<string, string>>): object {
  const entries = Object.entries(names).map(([written, name]) => [name, values[written]] as const);
  const not = isJsonObject(values['not']) ? renamed(values['not'], names) : undefined;
  return Object.freeze(omitUndefined({ ...Object.fromEntries(entries), not }));
}

function notUnique(key: string, word: string, location: Location, earlier: Location): PolicyProblem {
  const other = earlier.source === undefined ? 'another policy' : `a policy in ${sourceAndLine(earlier)}`;
  const path = location.path === '' ? key : `${location.path}.${key}`;
  return {
    ...location,
    path,
    value: shortJson(word),
    message: `is also the ${key} of ${other}; each policy needs its own`,
  };
}

function sourceAndLine({ source = '', line }: Location): string {
  return line === undefined ? source : `${source}:${line}`;
}

function slug(name: string): string {
  return (
    name
      .toLowerCase()
      .replace(/[^\p{L}\p{Nd}]+/gu, '-')
      .replace(/^-|-$/g, '') || 'rule'
  );
}

/** The namespace of our names (RFC 9562): an arbitrary UUID that must not change. */
const NAMESPACE = 'f5ea766e-20ec-4498-adca-7999c0aad87f';

/** Returns a UUID of version 5, a hash of the name (RFC 9562, 5.5). */
function idOf(name: string): string {
  const hash = createHash('sha1')
    .update(Buffer.from(NAMESPACE.replaceAll('-', ''), 'hex'))
    .update(name)
    .digest();
  hash.writeUInt8((hash.readUInt8(6) & 0x0f) | 0x50, 6);
  hash.writeUInt8((hash.readUInt8(8) & 0x3f) | 0x80, 8);
  return hash.toString('hex', 0, 16).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}
