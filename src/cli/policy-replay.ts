import type { EmbeddedGateway } from '../embedded/embedded-gateway.ts';
import { strictness } from '../embedded/policy/evaluate.ts';
import type { ExplainedRule, Explanation } from '../embedded/policy/explain.ts';
import type { Action } from '../embedded/policy/policy.ts';
import { isJsonObject } from '../internal/json.ts';
import type { ScanRequest } from '../runner/gateway/gateway.ts';
import { scanRequestOf } from './call-input.ts';
import { command, CommandError, type Command } from './command.ts';
import { readDecisions, type DecisionLines, type LoggedDecision } from './decision-lines.ts';
import { ruleOf, shortName, unreadText } from './decisions-summary.ts';
import { oneLine } from './format.ts';
import { JUDGING_OPTIONS, localGateway } from './local-gateway.ts';

export const policyReplay: Command = command({
  name: 'replay',
  summary: 'Show which recorded decisions a change of the policies would change',
  description:
    'It reads decision logs and audit logs that have arguments (decisionLog with arguments: true and the runner’s payloads: true, or gateway --record-arguments). ' +
    'Logs have no conversations, roles or earlier calls: an outcome that depends on them is unknown, and the rule is named. ' +
    'The exit code is 1 if an outcome changes or is unknown, or if a call or a line could not be read.',
  operands: 'FILE…',
  options: {
    with: { type: 'string', value: 'PATH', description: 'the new policies: a file, a folder or a glob in quotes' },
    'allow-unknown': { type: 'boolean', description: 'exit with 1 only if an outcome changes' },
    ...JUDGING_OPTIONS,
  },
  examples: [
    [
      'interven-openai-assistants policy replay decisions.jsonl --with policies --agent-safety',
      'what the policies of a folder would have decided',
    ],
  ],
  async run({ values, operands, json }, io) {
    if (values.with === undefined) throw new CommandError(2, 'Missing --with: pass the new policies.');
    const gateway = localGateway([values.with], values);
    await gateway.policies();
    const lines = await readDecisions(operands);
    const results: Replayed[] = [];
    for (const decision of lines.decisions) results.push(await replay(gateway, decision));
    const count = (kind: Replayed['kind']) => results.filter((result) => result.kind === kind).length;
    const counts = {
      same: count('same'),
      changed: count('changed'),
      unknown: count('unknown'),
      skipped: count('skipped'),
    };
    const groups = grouped(results);
    io.write(json ? `${JSON.stringify(replayJson(counts, groups, lines))}\n` : replayText(counts, groups, lines));
    const isUnknown = counts.unknown + counts.skipped + lines.unread.length > 0;
    return counts.changed > 0 || (isUnknown && !values['allow-unknown']) ? 1 : 0;
  },
});

/** The recorded call under the new policies. */
type Replayed = { readonly decision: LoggedDecision } & (
  | { readonly kind: 'same' }
  | { readonly kind: 'changed'; readonly from: Action; readonly to: Action; readonly by: string }
  | { readonly kind: 'unknown'; readonly rules: readonly UnknownRule[] }
  | { readonly kind: 'skipped'; readonly why: string }
);

interface UnknownRule {
  /** Such as `large of Shop (DENY)`. */
  readonly name: string;
  /** The facts that logs do not have. */
  readonly lacks: readonly string[];
}

async function replay(gateway: EmbeddedGateway, decision: LoggedDecision): Promise<Replayed> {
  const recorded = recordedAction(decision);
  if ('why' in recorded) return { decision, kind: 'skipped', ...recorded };
  const request = requestOf(decision);
  if (!request) return { decision, kind: 'skipped', why: 'its arguments are not recorded' };
  const explanation = await gateway.explain(request);
  const outcome = outcomeOf(explanation, decision.principal !== undefined);
  if (typeof outcome !== 'string') return { decision, kind: 'unknown', rules: outcome };
  const byRules = outcome === 'SANITIZE' ? (await gateway.scan(request)).decision : outcome;
  const isAsked =
    decision.reasonCodes.includes('NEEDS_APPROVAL') && strictness(byRules) < strictness('REQUIRE_APPROVAL');
  const to = isAsked ? 'REQUIRE_APPROVAL' : byRules;
  if (to === recorded.action) return { decision, kind: 'same' };
  const { policyName, ruleId, reasonCodes } = explanation;
  const by = ruleOf({ ...decision, policyName, ruleId, reasonCodes, effect: to === 'ALLOW' ? 'allowed' : 'blocked' });
  return { decision, kind: 'changed', from: recorded.action, to, by };
}

/** Reason codes of a call that needed an approval, whatever became of it. */
const APPROVAL_CODES = ['APPROVAL_GRANTED', 'APPROVAL_DENIED', 'GRANT_USED', 'x_too_many_approvals'];
/** Reason codes of a decision without a rule that this command knows how to make. */
const KNOWN_CODES = ['NO_RULE_ALLOWS', 'NEEDS_APPROVAL', ...APPROVAL_CODES];

/** Returns what the rules of that time required, or why it is unknown. */
function recordedAction(logged: LoggedDecision): { action: Action } | { why: string } {
  const { decision, reasonCodes, ruleId, policyName } = logged;
  if (decision === undefined) return { why: 'the gateway did not answer' };
  if (reasonCodes.includes('FROZEN')) return { why: 'the gateway was frozen' };
  const has = (codes: readonly string[]): boolean => reasonCodes.some((code) => codes.includes(code));
  if (has(APPROVAL_CODES)) return { action: 'REQUIRE_APPROVAL' };
  if (decision !== 'ALLOW' && ruleId === undefined && policyName === undefined && !has(KNOWN_CODES)) {
    return { why: 'no rule decided, but a judge or another gateway' };
  }
  return { action: decision };
}

/** Builds the request again. Undefined if the log lacks its arguments. */
function requestOf(logged: LoggedDecision): ScanRequest | undefined {
  const { place, tool, arguments: body, method, url, principal, source } = logged;
  if (!isJsonObject(body)) return undefined;
  const call = { function: tool, arguments: body, principal: principal === undefined ? undefined : { id: principal } };
  const derived = scanRequestOf(call);
  // Of a URL that the model wrote, the decision log has the origin.
  const isOrigin = source === 'runner' && url !== undefined && derived.url.startsWith(`${url}/`);
  const isDerived = url === undefined || url === derived.url || isOrigin;
  const target = isDerived ? {} : source === 'runner' ? { method, url, isTargetDeclared: true } : { method, url };
  // Each call has a history of its own.
  return { ...derived, ...target, agentName: place };
}

/** The keys of conditions that a log has the facts for. */
const RECORDED_KEYS = [
  'is_external_principal',
  'has_data_class',
  'body_contains_any',
  'body_contains_all',
  'x_arguments',
];

/** Returns the fact that a key of a rule needs and logs do not have. */
function lackOf(key: string, hasPrincipal: boolean): string | undefined {
  const [, name = '', part = ''] = /^condition\.(?:not\.)?(\w+)(?:\.(\w+))?/.exec(key) ?? [];
  if (name === '' || name === 'not' || RECORDED_KEYS.includes(name)) return undefined;
  if (name === 'x_principal')
    return hasPrincipal && part !== 'id' ? 'the roles and attributes of the principal' : undefined;
  return name === 'new_resource' || name === 'volume_burst' ? 'the earlier calls' : 'the conversation';
}

/** Returns the rules' action, or the rules that make it unknown. */
function outcomeOf({ rules, default: last }: Explanation, hasPrincipal: boolean): Action | readonly UnknownRule[] {
  const states = rules.map((rule) => ({ rule, ...stateOf(rule, hasPrincipal) }));
  const applying = states.filter(({ applies }) => applies === true).map(({ rule }) => rule.action as Action);
  const unknown = states.filter(({ applies }) => applies === 'unknown');
  const [allowing, others] = [
    unknown.filter(({ rule }) => rule.action === 'ALLOW'),
    unknown.filter(({ rule }) => rule.action !== 'ALLOW'),
  ];
  const decide = (more: typeof unknown): Action => {
    const actions = [...applying, ...more.map(({ rule }) => rule.action as Action)];
    const all = actions.includes('ALLOW') ? actions : [...actions, last.action];
    return all.reduce((one, other) => (strictness(other) > strictness(one) ? other : one));
  };
  const [lowest, highest] = [decide(allowing), decide(others)];
  if (lowest === highest) return lowest;
  const deciding = [
    ...allowing,
    ...others.filter(({ rule }) => strictness(rule.action as Action) > strictness(lowest)),
  ];
  return deciding.map(({ rule, lacks }) => ({ name: `${rule.ruleId} of ${rule.policyName} (${rule.action})`, lacks }));
}

function stateOf({ checks, applies }: ExplainedRule, hasPrincipal: boolean) {
  const lackOfEach = checks.map(({ key }) => lackOf(key, hasPrincipal));
  const lacks = [...new Set(lackOfEach.filter((lack) => lack !== undefined))];
  if (lacks.length === 0) return { applies, lacks };
  const isRuledOut = checks.some(({ key, holds }, index) => {
    const isWhole = key !== 'condition.not' && !/^(?:match|condition)\.not\./.test(key);
    return holds === false && isWhole && lackOfEach[index] === undefined;
  });
  return { applies: isRuledOut ? false : ('unknown' as const), lacks };
}

interface Group {
  readonly kind: 'changed' | 'unknown' | 'skipped';
  readonly title: string;
  readonly decisions: readonly LoggedDecision[];
}

function grouped(results: readonly Replayed[]): readonly Group[] {
  const groups = new Map<string, { kind: Group['kind']; title: string; decisions: LoggedDecision[] }>();
  const add = (kind: Group['kind'], title: string, decision: LoggedDecision): void => {
    const group = groups.get(title) ?? { kind, title, decisions: [] };
    groups.set(title, group);
    group.decisions.push(decision);
  };
  for (const result of results) {
    const { decision } = result;
    if (result.kind === 'skipped') add('skipped', result.why, decision);
    if (result.kind === 'unknown') {
      for (const { name, lacks } of result.rules) add('unknown', `${name}: needs ${lacks.join(' and ')}`, decision);
    }
    if (result.kind === 'changed') {
      const { from, to, by } = result;
      const direction = strictness(to) > strictness(from) ? 'stricter' : 'looser';
      add('changed', `${from} → ${to} (${direction}), by ${by}`, decision);
    }
  }
  return [...groups.values()].sort((one, other) => other.decisions.length - one.decisions.length);
}

type ReplayCounts = Readonly<Record<Replayed['kind'], number>>;

const TITLES = {
  changed: 'Changed',
  unknown: 'Unknown: logs do not have what a rule needs',
  skipped: 'Not replayed',
} as const;
const MAX_PLACES = 5;

function replayText(counts: ReplayCounts, groups: readonly Group[], lines: DecisionLines): string {
  const { same, changed, unknown, skipped } = counts;
  const sections = (['changed', 'unknown', 'skipped'] as const).flatMap((kind) => {
    const own = groups.filter((group) => group.kind === kind);
    return own.length === 0 ? [] : ['', TITLES[kind], ...own.flatMap(groupLines)];
  });
  return [
    `Outcomes: ${same} same, ${changed} changed, ${unknown} unknown, ${skipped} not replayed.`,
    ...unreadText(lines),
    ...sections,
  ]
    .map((line) => `${oneLine(line)}\n`)
    .join('');
}

function groupLines({ title, decisions }: Group): readonly string[] {
  const more = decisions.length - MAX_PLACES;
  return [
    `  ${decisions.length === 1 ? '1 call' : `${decisions.length} calls`}  ${title}`,
    ...decisions.slice(0, MAX_PLACES).map(({ place, tool }) => `    ${place}: ${shortName(tool)}`),
    ...(more > 0 ? [`    … and ${more} more`] : []),
  ];
}

function replayJson(counts: ReplayCounts, groups: readonly Group[], { unread, missed }: DecisionLines) {
  const lists = groups.map(({ kind, title, decisions }) => {
    return { kind, title, calls: decisions.map(({ place, tool }) => ({ place, function: tool })) };
  });
  return { ...counts, groups: lists, unread, missed };
}
