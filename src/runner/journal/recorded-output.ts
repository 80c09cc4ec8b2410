import { factsOf, openRecord } from '../call/conclude.ts';
import type { ToolCall, ToolOutput } from '../run/driver.ts';
import type { RunJournal } from './durable.ts';
import { callKey, JOURNAL_NAMES, stored } from './journaled-calls.ts';
import { say, type Messages } from '../call/messages.ts';

/** What the model is told of a call whose run is given up: what was recorded of it. */
export function recordedOutput(journal: RunJournal, call: ToolCall, askedBy: string, messages: Messages): ToolOutput {
  const { callId, kind } = call;
  const key = callKey(askedBy, call);
  const { outcome, output } = stored(journal.records, 'end', key) ?? {};
  // What the API's own server was to run does not run any more.
  if (kind !== 'approval' && outcome !== undefined && output !== undefined) return { callId, outcome, output };
  const why = kind !== 'approval' && journal.claims.has(JOURNAL_NAMES.start(key)) ? 'in_doubt' : 'not_run';
  return { callId, outcome: why, output: say(messages, why, factsOf(openRecord(call, 0))) };
}
