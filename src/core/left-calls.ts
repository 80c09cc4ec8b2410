import type { RunJournal } from './durable.ts';
import type { Decision } from './gateway.ts';
import type { OpenApproval } from './memory.ts';
import type { CallRecord } from './outcome.ts';

/** A call of a run that is over, by its journal. */
export interface LeftCall {
  readonly record: CallRecord;
  /** Set when the call waits for a person. */
  readonly openApproval?: OpenApproval;
}

interface Decided {
  readonly callId: string;
  readonly name: string;
  readonly turn: number;
  readonly callHash: string;
  readonly decision: Decision;
}

/** What became of the calls of a run that the API has given up, or that was interrupted: by what was recorded, oldest first. */
export function leftCalls(journal: RunJournal): readonly LeftCall[] {
  const calls = new Map<string, LeftCall>();
  for (const [name, value] of journal.records) {
    const [what = ''] = name.split(' ', 1);
    // An id may have anything in it.
    const key = name.slice(what.length + 1);
    if (what === 'end') calls.set(key, { record: value as unknown as CallRecord });
    if (what === 'decision') calls.set(key, leftCall(journal, key, value as unknown as Decided));
  }
  return [...calls.values()];
}

function leftCall(journal: RunJournal, key: string, { callId, name, turn, callHash, decision }: Decided): LeftCall {
  const { decision: word, reasonCodes, traceId } = decision;
  const facts = { callId, name, turn, decision: word, reasonCodes, ...(traceId === undefined ? {} : { traceId }) };
  const without = { ...facts, executed: 'no', output: '' } as const;
  if (journal.isClaimed(`start ${key}`)) {
    return { record: { ...without, outcome: 'in_doubt', executed: 'unknown' } };
  }
  if (word === 'DENY') return { record: { ...without, outcome: 'denied' } };
  if (decision.decision !== 'REQUIRE_APPROVAL') return { record: { ...without, outcome: 'not_run' } };
  const { approvalId, approvalUrl } = decision;
  const approval = {
    ...(approvalId === undefined ? {} : { approvalId }),
    ...(approvalUrl === undefined ? {} : { approvalUrl }),
  };
  const record: CallRecord = { ...without, ...approval, outcome: 'approval_pending' };
  return approvalId === undefined ? { record } : { record, openApproval: { callHash, approvalId, approvalUrl } };
}
