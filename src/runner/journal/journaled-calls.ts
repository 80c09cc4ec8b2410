import type { RunJournal } from './journal.ts';
import type { ToolCall } from '../run/driver.ts';
import type { Approval, Decision } from '../gateway/gateway.ts';
import { keyOf, hashOf } from '../call/call-arguments.ts';
import type { CallRecord } from '../call/outcome.ts';

/** The part of a journal that its calls are read from. */
export type JournalRecords = Pick<RunJournal, 'records' | 'claims'>;

/** A call of a run, as recorded in its journal. */
export interface JournaledCall {
  /** Unique within the journal. */
  readonly key: string;
  /** The id of the run, response or turn that requested it. */
  readonly askedBy: string;
  /** The call as the model made it. */
  readonly call: ToolCall;
  /** The turn's number, counted from 1. */
  readonly turn: number;
  readonly decision: Decision | undefined;
  /** The approver's decision, with the approval's id. */
  readonly settled: SettledApproval | undefined;
  /** True if its handler was started, or was about to be. */
  readonly isStarted: boolean;
  /** True if its tool was declared idempotent when the call was requested. */
  readonly idempotent?: boolean;
  /** The outcome; undefined while the call has not ended. */
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
  /** True if its tool is idempotent: a call in doubt then runs again. */
  readonly idempotent?: boolean;
}

/** Names are a storage format: what one release writes, the next one reads. */
export const JOURNAL_NAMES = {
  call: (key: string): string => `call ${key}`,
  decision: (key: string): string => `decision ${key}`,
  approval: (key: string): string => `approval ${key}`,
  start: (key: string): string => `start ${key}`,
  end: (key: string): string => `end ${key}`,
  /** The value is the key of the call that used the approval. */
  used: (approvalId: string): string => `used ${approvalId}`,
  ended: (runId: string): string => `ended ${runId}`,
  /** In the journal of an expired run: the id of its replacement run. */
  successor: 'successor',
  /** In the journal of a replacement run: the pending approvals of the expired run. */
  inherited: 'inherited',
} as const;

/** Returns an unused name, for what can occur more than once: the journal keeps only the first record of a name. */
export function freeName({ records }: Pick<RunJournal, 'records'>, name: string): string {
  return records.has(name) ? freeName({ records }, `${name} again`) : name;
}

/** @param askedBy the id of the run, response or turn; ids of the API contain no slash, so that keys are unique */
export function callKey(askedBy: string, call: ToolCall): string {
  return `${askedBy}/${keyOf(call)}`;
}

/** The type of the record under each name that ends with a call's key. */
interface Stored {
  readonly call: AskedCall;
  readonly decision: Decision;
  readonly approval: SettledApproval;
  readonly end: CallRecord;
}

/** Reads a record of a call. The cast is safe: the journal checks that its lines are as this library wrote them. */
export function stored<Word extends keyof Stored>(
  records: JournalRecords['records'],
  word: Word,
  key: string,
): Stored[Word] | undefined {
  const value: unknown = records.get(JOURNAL_NAMES[word](key));
  return value === undefined ? undefined : (dated(value) as Stored[Word]);
}

/** Lists all calls of a journal, in the order in which they were first recorded. */
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

/** Restores dates, which JSON stores as strings. */
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
  /** The hash of the tool and arguments that it is for: see `callHashOf`. */
  readonly callHash: string;
}

/** Lists the approvals that a replacement run received from the expired run and that no call has used. */
export function inheritedApprovals({ records }: JournalRecords): readonly OpenApproval[] {
  const inherited: unknown = records.get(JOURNAL_NAMES.inherited) ?? [];
  return (inherited as readonly OpenApproval[]).filter(
    ({ approvalId }) => !records.has(JOURNAL_NAMES.used(approvalId)),
  );
}

/** Returns the unused approval of a call; undefined for a call that needs none or may have run. */
export function openApprovalOf(
  { key, call, decision, isStarted, end }: JournaledCall,
  { records }: JournalRecords,
): OpenApproval | undefined {
  const waits = end ? end.outcome === 'approval_pending' : decision?.decision === 'REQUIRE_APPROVAL';
  const { approvalId, approvalUrl } = (end ?? decision ?? {}) as Partial<OpenApproval>;
  const callHash = hashOf(call);
  if (!waits || isStarted || approvalId === undefined || callHash === undefined) return undefined;
  const usedBy = records.get(JOURNAL_NAMES.used(approvalId));
  // A call that used its approval but was not started may still use it.
  return usedBy === undefined || usedBy === key ? { approvalId, approvalUrl, callHash } : undefined;
}
