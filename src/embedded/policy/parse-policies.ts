import { createHash } from 'node:crypto';
import { isJsonObject } from '../../internal/json.ts';
import { PolicyError, shortJson, type PolicyProblem } from './policy-error.ts';
import type { PolicyInput, RuleInput } from './policy-input.ts';
import type { Policy, Rule } from './policy.ts';
import { checkPolicy, pathText, valueAt, type Path, type Problem } from './policy-problems.ts';
import { CONDITION_NAMES, MATCH_NAMES } from './policy-schema.ts';

/** Where policies were read. */
export interface Origin {
  readonly source?: string | undefined;
  /** The line of a place in what was read, counted from 1. */
  readonly lineOf?: (path: Path) => number | undefined;
}

type Place = Pick<PolicyProblem, 'source' | 'line' | 'path'>;

/** What one reading gave: policies, problems, or some of each. */
export interface Reading {
  readonly found: readonly { readonly policy: Policy; readonly place: Place }[];
  readonly problems: readonly PolicyProblem[];
}

const DEFAULT_PRIORITY = 100;
/** Of one policy. More help nobody, and finding all their lines takes long. */
const MOST_PROBLEMS = 100;

/**
 * Policies from what was written: one, a list of them, `{ policies: […] }`, or only rules (`{ rules: […] }` or a list),
 * whose policy then has the source's name. They are checked, completed with the defaults and frozen. A policy that came out of here
 * before is taken as it is.
 *
 * @param source what messages call it, such as a file's path
 * @throws PolicyError with everything that is wrong
 */
export function parsePolicies(input: unknown, source?: string): readonly Policy[] {
  return policiesOf([readPolicies(input, { source })]);
}

/**
 * One policy: as it was written, and as calls are judged by it.
 *
 * @throws PolicyError with everything that is wrong
 */
export function parsePolicy(input: unknown): { readonly written: PolicyInput; readonly policy: Policy } {
  const read = readPolicy(input);
  if ('problems' in read)
    throw new PolicyError(read.problems.map(({ path, ...rest }) => ({ path: pathText(path), ...rest })));
  return read;
}

/**
 * The policies of all the readings.
 *
 * @throws PolicyError when anything is wrong with one of them, or two policies have one name or one id
 */
export function policiesOf(readings: readonly Reading[]): readonly Policy[] {
  const found = readings.flatMap((reading) => reading.found);
  const problems = readings.flatMap((reading) => reading.problems);
  const names = new Map<string, Place>();
  const ids = new Map<string, Place>();
  for (const { policy, place } of found) {
    const sameName = names.get(policy.name);
    const sameId = ids.get(policy.policyId);
    if (sameName) problems.push(notUnique('name', policy.name, place, sameName));
    else if (sameId) problems.push(notUnique('policy_id', policy.policyId, place, sameId));
    names.set(policy.name, place);
    ids.set(policy.policyId, place);
  }
  if (problems.length > 0) throw new PolicyError(problems);
  return Object.freeze(found.map(({ policy }) => policy));
}

/** One file, document or object, with nothing thrown. */
export function readPolicies(input: unknown, origin: Origin = {}): Reading {
  const found: Reading['found'][number][] = [];
  const problems: PolicyProblem[] = [];
  const placed = (path: Path): Place => {
    const line = origin.lineOf?.(path);
    const source = origin.source;
    return { ...(source !== undefined && { source }), ...(line !== undefined && { line }), path: pathText(path) };
  };
  const report = ({ path, ...rest }: Problem): void => void problems.push({ ...placed(path), ...rest });

  for (const { path, written, onlyRules } of writtenPolicies(input, report)) {
    if (isChecked(written)) {
      found.push({ policy: written, place: placed(path) });
      continue;
    }
    const inInput = (within: Path): Path => [...path, ...(onlyRules ? within.slice(1) : within)];
    const read = readPolicy(named(written, origin.source, path));
    if ('policy' in read) found.push({ policy: read.policy, place: placed(path) });
    else for (const problem of read.problems) report({ ...problem, path: inInput(problem.path) });
  }
  // The schema looks at one key after the other; people read from top to bottom.
  return { found, problems: problems.sort((one, other) => (one.line ?? 0) - (other.line ?? 0)) };
}

function readPolicy(
  input: unknown,
): { readonly written: PolicyInput; readonly policy: Policy } | { readonly problems: readonly Problem[] } {
  const result = checkPolicy(input);
  if ('problems' in result) return { problems: result.problems.slice(0, MOST_PROBLEMS) };
  const policy = normalForm(result.checked);
  const problems = sameRuleIds(policy);
  return problems.length > 0 ? { problems } : { written: result.checked, policy };
}

function sameRuleIds({ rules }: Policy): readonly Problem[] {
  const problems: Problem[] = [];
  const ids = new Set<string>();
  for (const [index, { ruleId }] of rules.entries()) {
    const message = 'is the rule_id of another rule of this policy; each needs its own';
    if (ids.has(ruleId)) problems.push({ path: ['rules', index, 'rule_id'], value: shortJson(ruleId), message });
    ids.add(ruleId);
  }
  return problems;
}

interface Written {
  readonly path: Path;
  readonly written: unknown;
  /** The rules stand there without a policy around them. */
  readonly onlyRules?: boolean;
}

function writtenPolicies(input: unknown, report: (problem: Problem) => void): readonly Written[] {
  if (isJsonObject(input) && Object.hasOwn(input, 'policies')) {
    for (const key of Object.keys(input).filter((other) => other !== 'policies' && other !== 'version')) {
      report({ path: [key], message: 'does not belong beside policies; put it into one of them' });
    }
    return listed(input['policies'], ['policies'], report);
  }
  if (!Array.isArray(input)) return [{ path: [], written: input }];
  const has = (key: string) => (item: unknown) => isJsonObject(item) && Object.hasOwn(item, key);
  const onlyRules = input.some(has('action')) && !input.some(has('rules'));
  return onlyRules ? [{ path: [], written: { rules: input }, onlyRules }] : listed(input, [], report);
}

function listed(policies: unknown, path: Path, report: (problem: Problem) => void): readonly Written[] {
  if (Array.isArray(policies) && policies.length > 0) {
    return policies.map((written: unknown, index) => ({ path: [...path, index], written }));
  }
  report({ path, value: shortJson(policies), message: 'must be a list with a policy in it' });
  return [];
}

/** A policy without a name has its file's; further ones in that file are told apart by their position. */
function named(written: unknown, source: string | undefined, path: Path): unknown {
  if (!isJsonObject(written) || Object.hasOwn(written, 'name')) return written;
  if (!Array.isArray(valueAt(written, ['rules']))) return written;
  const name = source?.replace(/^.*[\\/]/, '').replace(/(?<=.)\.[^.]*$/, '') ?? 'policies';
  const position = path.at(-1);
  return { name: typeof position === 'number' && position > 0 ? `${name}-${position + 1}` : name, ...written };
}

/** The policies that were made here; an object that only looks like one is not known to be checked. */
const made = new WeakSet<object>();

function isChecked(written: unknown): written is Policy {
  return typeof written === 'object' && written !== null && made.has(written);
}

function normalForm({ name, description, policy_id: policyId, rules }: PolicyInput): Policy {
  const policy: Policy = Object.freeze({
    policyId: policyId ?? idOf(name),
    name,
    ...(description != null && { description }),
    rules: Object.freeze(rules.map((rule, index) => normalRule(rule, `${slug(name)}-${index + 1}`))),
  });
  made.add(policy);
  return policy;
}

function normalRule(rule: RuleInput, defaultId: string): Rule {
  return Object.freeze({
    ruleId: rule.rule_id ?? defaultId,
    priority: rule.priority ?? DEFAULT_PRIORITY,
    action: rule.action,
    match: renamed({ ...rule, ...defined(rule.match) }, MATCH_NAMES),
    condition: renamed({ ...rule, ...defined(rule.condition) }, CONDITION_NAMES),
    ...(rule.sanitize_fields && { sanitizeFields: rule.sanitize_fields }),
  });
}

function defined(values: object = {}): object {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}

function renamed(values: Readonly<Record<string, unknown>>, names: Readonly<Record<string, string>>): object {
  const entries = Object.entries(names).map(([written, name]) => [name, values[written]] as const);
  return Object.freeze(defined(Object.fromEntries(entries)));
}

function notUnique(key: string, word: string, place: Place, earlier: Place): PolicyProblem {
  const other = earlier.source === undefined ? 'another policy' : `a policy in ${sourceAndLine(earlier)}`;
  const path = place.path === '' ? key : `${place.path}.${key}`;
  return { ...place, path, value: shortJson(word), message: `is the ${key} of ${other} too; each needs its own` };
}

function sourceAndLine({ source = '', line }: Place): string {
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

/** Where our names live, as RFC 9562 has it; any UUID, once chosen. */
const NAMESPACE = 'f5ea766e-20ec-4498-adca-7999c0aad87f';

/** A UUID of version 5, which is a hash of the name (RFC 9562, 5.5). */
function idOf(name: string): string {
  const hash = createHash('sha1')
    .update(Buffer.from(NAMESPACE.replaceAll('-', ''), 'hex'))
    .update(name)
    .digest();
  hash.writeUInt8((hash.readUInt8(6) & 0x0f) | 0x50, 6);
  hash.writeUInt8((hash.readUInt8(8) & 0x3f) | 0x80, 8);
  return hash.toString('hex', 0, 16).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}
