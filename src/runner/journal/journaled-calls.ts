import type { RunJournal } from './journal.ts';
import type { ToolCall } from '../run/driver.ts';
import type { Approval, Decision } from '../gateway/gateway.ts';
import { keyOf, hashOf } from '../call/call-arguments.ts';
import type { CallRecord } from '../call/outcome.ts';

/** The part of a journal that its calls are read from. */
export type JournalRecords = Pick<RunJournal, 'records' | 'claims'>;

/** A call of a run, as recorded in its journal. */
export interface JournaledCall {
  /** Tells the call from all others of the journal. */
  readonly key: string;
  /** The id of the run, response or turn that requested it. */
  readonly askedBy: string;
  /** As the model made it. */
  readonly call: ToolCall;
  /** Counted from 1. */
  readonly turn: number;
  readonly decision: Decision | undefined;
  /** The approver's decision on it, and the approval's id. */
  readonly settled: SettledApproval | undefined;
  /** Whether its handler was started, or was about to be. */
  readonly isStarted: boolean;
  /** True if its tool was declared idempotent when the call was requested. */
  readonly idempotent?: boolean;
  /** Its outcome. */
  readonly end: CallRecord | undefined;
}

export interface SettledApproval {
  readonly approvalId: string;
  readonly approval: Approval;
}

/** The first record of a call. */
export interface AskedCall {
  readonly askedBy: string;
  readonly turn: number;
  readonly call: ToolCall;
  /** What is done about it when it is in doubt. */
  readonly idempotent?: boolean;
}

/** Names are a storage format: what one release writes, the next one reads. */
export const JOURNAL_NAMES = {
  call: (key: string): string => `call ${key}`,
  decision: (key: string): string => `decision ${key}`,
  approval: (key: string): string => `approval ${key}`,
  start: (key: string): string => `start ${key}`,
  end: (key: string): string => `end ${key}`,
  /** Its value is the key of the call that has used the approval. */
  used: (approvalId: string): string => `used ${approvalId}`,
  ended: (runId: string): string => `ended ${runId}`,
  /** Of an expired run: its value is the id of the run that took its place. */
  successor: 'successor',
  /** Of the run that took its place: the approvals that it was left. */
  inherited: 'inherited',
} as const;

/** For what may be recorded more than once: the first record of a name stays. */
export function freeName({ records }: Pick<RunJournal, 'records'>, name: string): string {
  return records.has(name) ? freeName({ records }, `${name} again`) : name;
}

/** @param askedBy ids of the API have no slash in them */
export function callKey(askedBy: string, call: ToolCall): string {
  return `${askedBy}/${keyOf(call)}`;
}

/** What stands under the names that a call's key, or nothing, follows. */
interface Stored {
  readonly call: AskedCall;
  readonly decision: Decision;
  readonly approval: SettledApproval;
  readonly end: CallRecord;
}

/** What is recorded of a call. Its journal vouches for it being as it was written: the one place that takes it at its word. */
export function stored<Word extends keyof Stored>(
  records: JournalRecords['records'],
  word: Word,
  key: string,
): Stored[Word] | undefined {
  const value: unknown = records.get(JOURNAL_NAMES[word](key));
  return value === undefined ? undefined : (dated(value) as Stored[Word]);
}

/** Every call that the journal knows, in the order in which it first names them. */
export function journaledCalls({ records, claims }: JournalRecords): readonly JournaledCall[] {
  const start = JOURNAL_NAMES.call('');
  return [...records.keys()].flatMap((name) => {
    const key = name.slice(start.length);
    const asked = name.startsWith(start) ? stored(records, 'call', key) : undefined;
    if (!asked) return [];
    return {
      key,
      ...asked,
      decision: stored(records, 'decision', key),
      settled: stored(records, 'approval', key),
      isStarted: claims.has(JOURNAL_NAMES.start(key)),
      end: stored(records, 'end', key),
    };
  });
}

/** JSON stores dates as strings. */
function dated(recorded: unknown): unknown {
  const fields = Object.entries(recorded as object).map(([key, value]: [string, unknown]) => {
    const isDate = (key === 'decidedAt' || key === 'approvalExpiresAt') && typeof value === 'string';
    return [key, isDate ? new Date(value) : key === 'approval' ? dated(value) : value];
  });
  return Object.fromEntries(fields);
}

/** A call's approval that is still unused. */
export interface OpenApproval {
  readonly approvalId: string;
  readonly approvalUrl: string | undefined;
  /** What it is for: see `callHashOf`. */
  readonly callHash: string;
}

/** Those that a run was left by the one in whose place it is, as far as no call has used them. */
export function inheritedApprovals({ records }: JournalRecords): readonly OpenApproval[] {
  const inherited: unknown = records.get(JOURNAL_NAMES.inherited) ?? [];
  return (inherited as readonly OpenApproval[]).filter(
    ({ approvalId }) => !records.has(JOURNAL_NAMES.used(approvalId)),
  );
}

/** Undefined for a call that waits for no approver, or that may have run. */
export function openApprovalOf(
  { key, call, decision, isStarted, end }: JournaledCall,
  { records }: JournalRecords,
): OpenApproval | undefined {
  const waits = end ? end.outcome === 'approval_pending' : decision?.decision === 'REQUIRE_APPROVAL';
  const { approvalId, approvalUrl } = (end ?? decision ?? {}) as Partial<OpenApproval>;
  const callHash = hashOf(call);
  if (!waits || isStarted || approvalId === undefined || callHash === undefined) return undefined;
  const usedBy = records.get(JOURNAL_NAMES.used(approvalId));
  // Cleared by it and not started, it may still have it.
  return usedBy === undefined || usedBy === key ? { approvalId, approvalUrl, callHash } : undefined;
}
