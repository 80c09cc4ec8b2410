import type { ChaosGateway, Scan } from './gateway.ts';
import { grouped } from './grouped.ts';
import type { Witnessed } from './jobs.ts';
import { callOf, type JournalFile } from './journal-file.ts';

export type Effect = Extract<Witnessed, { what: 'effect' }>;

/** What the ways of looking have in common. */
export interface Evidence {
  readonly witnessed: readonly Witnessed[];
  readonly effects: readonly Effect[];
  readonly journals: readonly JournalFile[];
  /** The journals of processes at their ends. */
  readonly snapshots: readonly JournalFile[];
  /** The approvals that runs were left to, by their calls. */
  readonly parked: ReadonlyMap<string, string>;
  readonly gateway: ChaosGateway;
}

interface Recorded {
  readonly callId: string;
  readonly traceId: string;
}

/** Calls that were done otherwise than was decided first. */
export function changedDecisions(evidence: Evidence): string[] {
  return [
    ...rewritten(evidence),
    ...toldTwice(evidence),
    ...againstDecisions(evidence),
    ...againstParked(evidence),
    ...askedAgain(evidence),
  ];
}

/** What a journal had when a process died, it has at the end. */
function rewritten({ snapshots, journals }: Evidence): string[] {
  const atTheEnd = new Map(journals.flatMap(decisionsOf).map(({ callId, traceId }) => [callId, traceId]));
  return snapshots
    .flatMap(decisionsOf)
    .filter(({ callId, traceId }) => atTheEnd.get(callId) !== traceId)
    .map(
      ({ callId, traceId }) => `${callId} was decided by ${traceId}, and then by ${atTheEnd.get(callId) ?? 'nobody'}.`,
    );
}

/** A listener gets what is recorded. */
function toldTwice({ witnessed }: Evidence): string[] {
  const told = witnessed.filter((seen) => seen.what === 'decision');
  return [...grouped(told, ({ callId }) => callId)].flatMap(([callId, same]) => {
    const words = new Set(same.map(({ decision, traceId }) => `${decision} by ${traceId}`));
    return words.size > 1 ? [`${callId} was told to be ${[...words].join(' and ')}.`] : [];
  });
}

/** Each effect is of a call that may have it, with the arguments that it may have. */
function againstDecisions({ effects, journals, gateway }: Evidence): string[] {
  const scans = new Map(gateway.scans.map((scan) => [scan.traceId, scan]));
  const decided = new Map(journals.flatMap(decisionsOf).map(({ callId, traceId }) => [callId, scans.get(traceId)]));
  const uses = new Map(journals.flatMap(approvalsUsed));
  return effects.flatMap((effect) => {
    const scan = decided.get(effect.callId);
    const why = whyNot(effect, scan, approvalFor(effect, scan, uses, gateway));
    return why === undefined ? [] : [`${effect.callId} (${effect.key}, ${effect.tool}) had its effect, ${why}.`];
  });
}

/** By which approval a call has run: its own, or one that the same call got in an earlier turn. */
function approvalFor(
  { callId, at }: Effect,
  scan: Scan | undefined,
  uses: ReadonlyMap<string, string>,
  gateway: ChaosGateway,
) {
  const id = uses.get(callId) ?? scan?.approvalId ?? '';
  const approval = gateway.approvals.get(id);
  return approval && approval.status === 'approved' && approval.decidedAt <= at ? approval : undefined;
}

function whyNot(
  { key, note }: Effect,
  scan: Scan | undefined,
  approval: { readonly key: string } | undefined,
): string | undefined {
  if (approval && approval.key !== key) return `by an approval for ${approval.key}`;
  if (scan && scan.key !== key) return `by a decision about ${scan.key}`;
  if (!scan && !approval) return 'and nobody had decided it';
  if (scan?.decision === 'DENY') return 'and was denied';
  if (scan?.decision === 'REQUIRE_APPROVAL' && !approval) return 'and nobody had approved it';
  const asDecided = scan?.decision === 'SANITIZE' ? scan.note : 'as asked';
  return note === asDecided ? undefined : `${note} instead of ${asDecided}`;
}

/** A run that was left to an approval goes on by that one. */
function againstParked({ effects, parked, gateway }: Evidence): string[] {
  return effects.flatMap(({ callId, at }) => {
    const approval = gateway.approvals.get(parked.get(callId) ?? '');
    const claimApproval = !approval || (approval.status === 'approved' && approval.decidedAt <= at);
    return claimApproval ? [] : [`${callId} was left to an approver, and had its effect without them.`];
  });
}

/** Who has an answer on the disk does not ask again. */
function askedAgain({ journals, gateway }: Evidence): string[] {
  const recorded = grouped(
    journals.flatMap(decisionsOf),
    ({ traceId }) => gateway.scans.find((scan) => scan.traceId === traceId)?.key ?? '',
  );
  return [...recorded].flatMap(([key, decisions]) => {
    // The model asks again for what waits for a person: then there are several calls.
    const [only] = decisions;
    if (!only || decisions.length > 1) return [];
    const asked = gateway.scans.filter((scan) => scan.key === key);
    const later = asked.slice(asked.findIndex(({ traceId }) => traceId === only.traceId) + 1);
    return later.length > 0 ? [`${key} was decided by ${only.traceId}, and asked about again.`] : [];
  });
}

function decisionsOf({ records }: JournalFile): Recorded[] {
  return [...records].flatMap(([name, value]) => {
    if (!name.startsWith('decision ')) return [];
    const { traceId } = value as { readonly traceId: string };
    return [{ callId: callOf(name), traceId }];
  });
}

/** The approvals by which calls were cleared, by the calls. */
function approvalsUsed({ records }: JournalFile): [callId: string, approvalId: string][] {
  return [...records].flatMap(([name, value]): [string, string][] =>
    name.startsWith('used ') ? [[callOf(value as string), name.slice('used '.length)]] : [],
  );
}
