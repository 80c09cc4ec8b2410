import { argumentsOf } from './call-arguments.ts';
import { noteOutput } from './conclude.ts';
import type { ToolCall } from './driver.ts';
import type { RunJournal } from './durable.ts';
import { callKey, JOURNAL_NAMES, journaledCalls, type JournaledCall, type JournalRecords } from './journaled-calls.ts';
import { openApprovalOf } from './open-approval.ts';
import type { CallRecord } from './outcome.ts';
import type { RunState } from './run-state.ts';

/** Where a run was when an earlier process left it. */
export interface Past {
  /** How many turns there were. */
  readonly turns: number;
  /** In which turn the call was asked for; undefined for one that nobody saw. */
  turnOf(askedBy: string, call: ToolCall): number | undefined;
}

/**
 * Puts what an earlier process did for the run into the memory of this one: how many calls there were, what was denied, what waits for
 * an approver, and what tools returned.
 */
export function recallRun(journal: RunJournal, run: RunState): Past {
  const all = journaledCalls(journal);
  const calls = journal.run.api === 'agents' ? sinceLastEnd(journal, all) : all;
  for (const { call, turn, end } of calls) if (end) recallCall(call, turn, end, run);
  const left = calls.flatMap((call) => (call.end && openApprovalOf(call, journal)) ?? []);
  run.memory.leave(left);
  const turns = new Map(calls.map(({ key, turn }) => [key, turn]));
  return {
    turns: Math.max(0, ...turns.values()),
    turnOf: (askedBy, call) => turns.get(callKey(askedBy, call)),
  };
}

function recallCall(call: ToolCall, turn: number, end: CallRecord, { memory, provenance, settings }: RunState): void {
  memory.spend(call, Infinity);
  if (end.outcome === 'denied' || end.outcome === 'approval_denied') memory.denied(call, argumentsOf(call), turn);
  if (provenance && end.executed !== 'no') noteOutput(end, provenance, settings.messages, end.output);
}

/** A session's journal has many runs: one an input. */
function sinceLastEnd({ records }: JournalRecords, calls: readonly JournaledCall[]): readonly JournaledCall[] {
  const names = [...records.keys()];
  const last = names.findLastIndex((name) => name.startsWith(JOURNAL_NAMES.ended('')));
  const since = new Set(names.slice(last + 1));
  return calls.filter(({ key }) => since.has(JOURNAL_NAMES.call(key)));
}
