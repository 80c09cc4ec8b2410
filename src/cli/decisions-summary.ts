import { EFFECTS, type DecisionLines, type Effect, type LoggedDecision } from './decision-lines.ts';
import { oneLine } from './format.ts';

export type Counts = Readonly<Record<Effect, number>>;

export interface Group {
  readonly name: string;
  readonly counts: Counts;
  /** The first decisions that were not `allowed`. */
  readonly examples: readonly LoggedDecision[];
}

export type Summary = ReturnType<typeof summaryOf>;

type Unit = 'hour' | 'day';

const HOUR_MS = 3_600_000;
const MAX_BARS = 72;
const MAX_EXAMPLES = 3;
const MAX_NAME = 100;

export function summaryOf({ decisions, approvals }: DecisionLines) {
  const times = decisions.map(({ at }) => at);
  const [from, to] = times.reduce(
    ([first, last], at) => [Math.min(first, at), Math.max(last, at)],
    [Infinity, -Infinity],
  );
  const unit: Unit = (to - from) / HOUR_MS > MAX_BARS ? 'day' : 'hour';
  const settled = new Map<string, number>();
  for (const status of approvals.values()) settled.set(status, (settled.get(status) ?? 0) + 1);
  return {
    total: decisions.length,
    /** The first and the last decision, in epoch milliseconds. */
    from,
    to,
    /** By what the logs know of them: `enforced`, `not enforced` (monitor mode), `gateway only`. */
    modes: grouped(decisions, modeOf),
    rules: grouped(decisions, ruleOf),
    tools: grouped(decisions, ({ tool }) => tool),
    principals: grouped(decisions, ({ principal, agent }) => principal ?? agent ?? 'unknown'),
    /** One for each hour (or day) between the first decision and the last, in UTC. */
    times: grouped(decisions, ({ at }) => startOf(at, unit)).toSorted((one, other) => (one.name < other.name ? -1 : 1)),
    unit,
    /** Held calls whose approval was settled, by status. */
    settled: [...settled],
  };
}

function modeOf({ isEnforced }: LoggedDecision): string {
  if (isEnforced === undefined) return 'gateway only';
  return isEnforced ? 'enforced' : 'not enforced';
}

/** Names the rule, or what decided without one. */
export function ruleOf({ ruleId, policyName, effect, reasonCodes }: LoggedDecision): string {
  if (ruleId !== undefined) return `${ruleId} of ${policyName ?? 'its policy'}`;
  if (policyName !== undefined) return `the default of ${policyName}`;
  return effect === 'allowed' ? 'no rule' : `no rule (${reasonCodes.join(', ') || 'no reason'})`;
}

/** Returns `2026-11-23 10:00`, or for days `2026-11-23`. */
function startOf(at: number, unit: Unit): string {
  const iso = new Date(at).toISOString();
  return unit === 'day' ? iso.slice(0, 10) : `${iso.slice(0, 10)} ${iso.slice(11, 13)}:00`;
}

function grouped(decisions: readonly LoggedDecision[], nameOf: (decision: LoggedDecision) => string): readonly Group[] {
  const groups = new Map<string, { counts: Record<Effect, number>; examples: LoggedDecision[] }>();
  for (const decision of decisions) {
    const name = shortName(nameOf(decision));
    const group = groups.get(name) ?? { counts: { blocked: 0, held: 0, changed: 0, allowed: 0 }, examples: [] };
    groups.set(name, group);
    group.counts[decision.effect] += 1;
    if (decision.effect !== 'allowed' && group.examples.length < MAX_EXAMPLES) group.examples.push(decision);
  }
  const order = [...groups].map(([name, group]): Group => ({ name, ...group }));
  return order.sort((one, other) => notAllowed(other.counts) - notAllowed(one.counts) || totalOf(other) - totalOf(one));
}

export function notAllowed({ blocked, held, changed }: Counts): number {
  return blocked + held + changed;
}

function totalOf({ counts }: Group): number {
  return EFFECTS.reduce((sum, effect) => sum + counts[effect], 0);
}

/** Escapes and cuts a name, which a model may have chosen. */
export function shortName(name: string): string {
  const text = oneLine(name);
  return text.length <= MAX_NAME ? text : `${text.slice(0, MAX_NAME)}…`;
}

/** Describes one decision, without arguments: `post_message, SECRET_DETECTED, fields text`. */
export function exampleText({ tool, reasonCodes, fields, principal, reason }: LoggedDecision): string {
  const parts = [
    tool,
    ...reasonCodes,
    ...(fields.length > 0 ? [`fields ${fields.join(', ')}`] : []),
    ...(principal === undefined ? [] : [`for ${principal}`]),
    ...(reason === undefined ? [] : [reason]),
  ];
  return parts.map(shortName).join(' · ');
}

/** Says which lines were not read: `3 lines are from neither log, or damaged: a.jsonl:4, …`. */
export function unreadText({ unread, missed }: DecisionLines): readonly string[] {
  const count = unread.length === 1 ? '1 line is' : `${unread.length} lines are`;
  const more = unread.length > 20 ? `, and ${unread.length - 20} more` : '';
  return [
    ...(unread.length > 0 ? [`${count} damaged, or from neither log: ${unread.slice(0, 20).join(', ')}${more}.`] : []),
    ...(missed > 0 ? [`The gateway did not log ${missed} more decisions, because its disk was too slow.`] : []),
  ];
}
