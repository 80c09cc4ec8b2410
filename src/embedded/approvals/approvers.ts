import { checkString, checkStrings } from '../../internal/checks.ts';
import { omitUndefined } from '../../internal/omit-undefined.ts';
import { normalise } from '../detection/normalise.ts';
import type { ApprovalChange, ApproverNeed, Approvers, GivenGrant, StoredApproval } from './approval-store.ts';

/** The approver of a decision. */
export interface Decider {
  /** The approver's name. To recognise the requester, it must be the id of the approver's principal. */
  readonly decidedBy?: string | undefined;
  /** The approver's roles, for rules with `x_approvers`. Default: none. */
  readonly roles?: readonly string[] | undefined;
  readonly note?: string | undefined;
}

export const DECIDER: readonly (keyof Decider)[] = ['decidedBy', 'roles', 'note'];

/** @throws TypeError for a value of another type */
export function checkDecider({ decidedBy, roles, note }: Decider): Decider {
  return {
    decidedBy: checkString('decidedBy', decidedBy),
    roles: checkStrings('roles', roles),
    note: checkString('note', note),
  };
}

/** Combines the needs of several rules: all of them have to be met. Undefined if any one approver suffices. */
export function approversOf(needs: readonly ApproverNeed[] = []): Approvers | undefined {
  const highest = new Map<string, ApproverNeed>();
  for (const need of needs.toSorted((one, other) => one.count - other.count))
    highest.set(JSON.stringify(need.roles?.toSorted() ?? null), need);
  return needs.length > 0 ? { needs: [...highest.values()], given: [] } : undefined;
}

/** Returns true if an approval has the approvers that a call of the principal needs. */
export function meets(
  needs: readonly ApproverNeed[],
  { approvers }: Pick<StoredApproval, 'approvers'>,
  principalId?: string,
): boolean {
  const others = approvers?.given.filter(({ by }) => principalId === undefined || !isSame(by, principalId)) ?? [];
  return needs.every((need) => isMet(need, others));
}

/** Returns why a person cannot decide on an approval; undefined if the person can. */
export function refusalOf(
  { approvers, principalId }: Pick<StoredApproval, 'approvers' | 'principalId'>,
  status: 'approved' | 'denied',
  { decidedBy, roles = [] }: Decider,
): string | undefined {
  if (!approvers) return undefined;
  const { needs, given } = approvers;
  if (decidedBy === undefined || plain(decidedBy) === '')
    return 'This approval needs approvers with a name: pass decidedBy.';
  if (principalId !== undefined && isSame(decidedBy, principalId))
    return `${decidedBy} is the requester, who cannot decide on this call.`;
  const counted = needs.filter((need) => counts(need, roles));
  const own = roles.length === 0 ? 'no role' : `the ${namesOf('role', roles)}`;
  if (counted.length === 0) return `This approval needs ${needsText(needs)}; ${decidedBy} has ${own}.`;
  if (status === 'denied') return undefined;
  if (given.some(({ by }) => isSame(by, decidedBy)))
    return `${decidedBy} has approved this call already; it needs another approver.`;
  const unmet = needs.filter((need) => !isMet(need, given));
  const isOfUse = unmet.some((need) => counted.includes(need));
  return isOfUse ? undefined : `This approval still needs ${needsText(unmet)}; ${decidedBy} has ${own}.`;
}

/** Builds the change that a decision makes. The call stays pending as long as approvers are missing. */
export function changeOf(
  { approvers }: StoredApproval,
  status: 'approved' | 'denied',
  { decidedBy, roles, note }: Decider,
  at: Date,
  grant?: GivenGrant,
): ApprovalChange {
  const settled = omitUndefined({ status, decidedAt: at, decidedBy, note });
  if (!approvers || status === 'denied') return settled;
  const one = omitUndefined({ by: decidedBy ?? '', roles, at, note, grant });
  const all = { needs: approvers.needs, given: [...approvers.given, one] };
  if (!meets(all.needs, { approvers: all })) return { approvers: all };
  return { ...settled, decidedBy: all.given.map(({ by }) => by).join(', '), approvers: all };
}

/** Describes a grant, such as `similar calls, in which amount may differ`. */
export function givenText({ for: kind, free = [] }: Pick<GivenGrant, 'for' | 'free'>): string {
  if (kind === 'conversation') return 'calls of this tool in this conversation';
  return free.length === 0 ? 'equal calls' : `similar calls, in which ${free.join(', ')} may differ`;
}

/** Describes the state, such as "1 of 2 approvers with the role finance; approved by ann". */
export function progressOf({ needs, given }: Approvers): string {
  const texts = needs.map((need) => `${countOf(need, given)} of ${approversText(need)}`);
  const names = given.map(({ by, grant }) => (grant ? `${by} (also ${givenText(grant)})` : by));
  const by = given.length === 0 ? '' : `; approved by ${names.join(', ')}`;
  return `${texts.join(' and ')}${by}`;
}

/** Describes needs, such as "2 approvers with the role finance". */
function needsText(needs: readonly ApproverNeed[]): string {
  return needs.map(approversText).join(' and ');
}

function approversText({ count, roles }: ApproverNeed): string {
  const who = `${count} approver${count === 1 ? '' : 's'}`;
  return roles ? `${who} with the ${namesOf('role', roles, 'or')}` : who;
}

/** Returns how many of the given approvals count towards a need. */
export function countOf(need: ApproverNeed, given: Approvers['given']): number {
  return given.filter(({ roles = [] }) => counts(need, roles)).length;
}

function isMet(need: ApproverNeed, given: Approvers['given']): boolean {
  return countOf(need, given) >= need.count;
}

function counts({ roles: wanted }: ApproverNeed, roles: readonly string[]): boolean {
  return wanted?.some((role) => roles.includes(role)) ?? true;
}

/** Compares names strictly against the person: neither case, look-alike letters nor invisible ones make another one. */
function isSame(one: string, other: string): boolean {
  return plain(one) === plain(other);
}

function plain(name: string): string {
  return normalise(name).trim().toUpperCase().toLowerCase();
}

function namesOf(what: string, names: readonly string[], word = 'and'): string {
  return `${what}${names.length === 1 ? '' : 's'} ${names.join(` ${word} `)}`;
}
