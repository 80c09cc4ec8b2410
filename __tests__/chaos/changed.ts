import type { ChaosGateway, Scan } from './gateway.ts';
import { groupBy } from './grouped.ts';
import type { Witnessed } from './jobs.ts';
import { callOf, type JournalFile } from './journal-file.ts';

export type Effect = Extract<Witnessed, { what: 'effect' }>;

/** The evidence that every check reads. */
export interface Evidence {
  readonly witnessed: readonly Witnessed[];
  readonly effects: readonly Effect[];
  readonly journals: readonly JournalFile[];
  /** The journals of each process when it died. */
  readonly snapshots: readonly JournalFile[];
  /** The approval that a run was parked for, by call id. */
  readonly parked: ReadonlyMap<string, string>;
  /** The plans whose process was paused while it served them: it may have sent a scan that it could not record. */
  readonly paused: ReadonlySet<string>;
  readonly gateway: ChaosGateway;
}

interface Recorded {
  readonly callId: string;
  readonly traceId: string;
}

/** Calls that did not follow their first decision. */
export function changedDecisions(evidence: Evidence): string[] {
  return [
    ...rewritten(evidence),
    ...conflictingEvents(evidence),
    ...againstDecisions(evidence),
    ...againstParked(evidence),
    ...scannedAgain(evidence),
  ];
}

/** A decision in the journal of a process that died is in the journal at the end. */
function rewritten({ snapshots, journals }: Evidence): string[] {
  const atTheEnd = new Map(journals.flatMap(decisionsOf).map(({ callId, traceId }) => [callId, traceId]));
  return snapshots
    .flatMap(decisionsOf)
    .filter(({ callId, traceId }) => atTheEnd.get(callId) !== traceId)
    .map(({ callId, traceId }) => `${callId} had the decision ${traceId}, and then ${atTheEnd.get(callId) ?? 'none'}.`);
}

/** All decision events of a call report the same decision. */
function conflictingEvents({ witnessed }: Evidence): string[] {
  const events = witnessed.filter((seen) => seen.what === 'decision');
  return [...groupBy(events, ({ callId }) => callId)].flatMap(([callId, same]) => {
    const decisions = new Set(same.map(({ decision, traceId }) => `${decision} by ${traceId}`));
    return decisions.size > 1
      ? [`${callId} has events with different decisions: ${[...decisions].join(' and ')}.`]
      : [];
  });
}

/** Each effect belongs to a call that may run, and has the arguments that may run. */
function againstDecisions({ effects, journals, gateway }: Evidence): string[] {
  const scans = new Map(gateway.scans.map((scan) => [scan.traceId, scan]));
  const decided = new Map(journals.flatMap(decisionsOf).map(({ callId, traceId }) => [callId, scans.get(traceId)]));
  const uses = new Map(journals.flatMap(approvalsUsed));
  const edits = new Map(journals.flatMap(editsOf));
  return effects.flatMap((effect) => {
    const scan = decided.get(effect.callId);
    const why = whyNot(effect, scan, approvalFor(effect, scan, uses, gateway), edits.get(effect.callId));
    return why === undefined ? [] : [`${effect.callId} (${effect.key}, ${effect.tool}) had its effect ${why}.`];
  });
}

/** The approval by which a call ran: its own, or one for the same call in an earlier turn. */
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
  approval: { readonly key: string; readonly isEdited: boolean } | undefined,
  edited: string | undefined,
): string | undefined {
  if (approval && approval.key !== key) return `by an approval for ${approval.key}`;
  if (scan && scan.key !== key) return `by a decision about ${scan.key}`;
  if (!scan && !approval) return 'without a decision';
  if (scan?.decision === 'DENY') return 'although it was denied';
  if (scan?.decision === 'REQUIRE_APPROVAL' && !approval) return 'without an approval';
  const asApproved = approval?.isEdited ? (edited ?? 'an edit on disk') : 'original';
  const asDecided = scan?.decision === 'SANITIZE' ? scan.note : asApproved;
  return note === asDecided ? undefined : `with the note "${note}" instead of "${asDecided}"`;
}

/** A call of a parked run runs only by the approval that the run was parked for. */
function againstParked({ effects, parked, gateway }: Evidence): string[] {
  return effects.flatMap(({ callId, at }) => {
    const approval = gateway.approvals.get(parked.get(callId) ?? '');
    const mayRun = !approval || (approval.status === 'approved' && approval.decidedAt <= at);
    return mayRun ? [] : [`${callId} was parked for an approver, and had its effect without the approval.`];
  });
}

/** The runner does not scan a call again whose decision is on disk. */
function scannedAgain({ journals, gateway, paused }: Evidence): string[] {
  const recorded = groupBy(
    journals.flatMap(decisionsOf),
    ({ traceId }) => gateway.scans.find((scan) => scan.traceId === traceId)?.key ?? '',
  );
  return [...recorded].flatMap(([key, decisions]) => {
    // The model repeats a call that waits for an approver: then several calls share one key.
    const [only] = decisions;
    const [planId = ''] = key.split('.');
    if (!only || decisions.length > 1 || paused.has(planId)) return [];
    const scans = gateway.scans.filter((scan) => scan.key === key);
    const later = scans.slice(scans.findIndex(({ traceId }) => traceId === only.traceId) + 1);
    return later.length > 0 ? [`${key} had the decision ${only.traceId}, and was scanned again.`] : [];
  });
}

function decisionsOf({ events }: JournalFile): Recorded[] {
  return [...events].flatMap(([key, { decision }]) =>
    decision ? [{ callId: callOf(key), traceId: decision.traceId }] : [],
  );
}

/** The note of each call that an approver edited, by call id. */
function editsOf({ events }: JournalFile): [callId: string, note: string][] {
  return [...events].flatMap(([key, { approval }]): [string, string][] =>
    approval?.editedArguments ? [[callOf(key), approval.editedArguments.note]] : [],
  );
}

/** The approvals that cleared calls, by call id. */
function approvalsUsed({ events }: JournalFile): [callId: string, approvalId: string][] {
  return [...events].flatMap(([key, { call = '' }]): [string, string][] =>
    key.startsWith('approval-used ') ? [[callOf(call), key.slice('approval-used '.length)]] : [],
  );
}
