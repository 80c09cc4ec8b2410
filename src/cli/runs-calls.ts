import { callKey, JOURNAL_NAMES, journaledCalls, type JournaledCall } from '../runner/journal/journaled-calls.ts';
import type { Executed, Outcome } from '../runner/call/outcome.ts';
import type { JournalReading } from '../runner/journal/read-journal.ts';

/** What is known of a call whose run has left its journal. */
export type CallState =
  | 'ran'
  | 'failed'
  | 'timed_out'
  | 'in_doubt'
  | 'running'
  | 'denied'
  | 'approval_denied'
  | 'approval_expired'
  | 'waiting'
  | 'approved'
  | 'cleared'
  | 'asked'
  | 'not_run';

/** One call, by what its journal has of it. */
export interface SeenCall extends Omit<JournaledCall, 'turn'> {
  /** Undefined as long as nothing was done about it. */
  readonly turn: number | undefined;
  /** When it was decided, by the gateway and by a person, and when its handler started and the call came to its end. */
  readonly times: Readonly<Record<'decided' | 'settled' | 'started' | 'ended', Date | undefined>>;
}

type Fields = Readonly<Record<string, unknown>>;

/** The calls of a journal, in the order in which it first names them; after them those that the model's last answer asks for. */
export function callsOf(reading: JournalReading): readonly SeenCall[] {
  const calls = journaledCalls(reading);
  const known = new Set(calls.map(({ key }) => key));
  return [
    ...calls,
    ...answersOf(reading)
      .flatMap(askedIn)
      .filter(({ key }) => !known.has(key)),
  ].map((call) => ({
    ...call,
    times: {
      decided: reading.times.get(JOURNAL_NAMES.decision(call.key)),
      settled: reading.times.get(JOURNAL_NAMES.approval(call.key)),
      started: reading.times.get(JOURNAL_NAMES.start(call.key)),
      ended: reading.times.get(JOURNAL_NAMES.end(call.key)),
    },
  }));
}

/** The model's answers: the journal of a run of the Responses API has them. */
export function answersOf({ records }: JournalReading): readonly Fields[] {
  return [...records].flatMap(([name, value]) => (name.startsWith('response ') ? [Object(value) as Fields] : []));
}

/** Of what an API's response asks for, where its id and its arguments stand. */
const ASKED: Readonly<Record<string, readonly [id: string, args: string]>> = {
  function_call: ['call_id', 'arguments'],
  custom_tool_call: ['call_id', 'input'],
  mcp_approval_request: ['id', 'arguments'],
};

function askedIn({ id: responseId, output }: Fields): readonly Omit<SeenCall, 'times'>[] {
  return (Array.isArray(output) ? (output as readonly (Fields | null)[]) : []).flatMap((item) => {
    const [id, args, name] = (ASKED[String(item?.['type'])]?.map((place) => item?.[place]) ?? []).concat(
      item?.['name'],
    );
    if (typeof id !== 'string' || typeof name !== 'string') return [];
    const call = { callId: id, name, arguments: typeof args === 'string' ? args : '', kind: 'function' } as const;
    const askedBy = String(responseId);
    const nothing = { decision: undefined, settled: undefined, isStarted: false, end: undefined };
    return { key: callKey(askedBy, call), askedBy, call, turn: undefined, ...nothing };
  });
}

const ENDS: Partial<Record<Outcome, CallState>> = {
  handler_error: 'failed',
  handler_timeout: 'timed_out',
  in_doubt: 'in_doubt',
};

const EXECUTED: Readonly<Record<Executed, CallState>> = { yes: 'ran', no: 'not_run', unknown: 'in_doubt' };

/**
 * What is to be said of a call.
 *
 * @param isServed whether a process has the run
 * @param isOver whether the run has ended, or has gone on to what came after this call
 */
export function stateOf(call: SeenCall, isServed: boolean, isOver: boolean): CallState {
  const { end, isStarted, settled, decision } = call;
  if (end) return ENDS[end.outcome] ?? EXECUTED[end.executed];
  // As long as its process lives it may yet tell.
  if (isStarted) return isServed && !isOver ? 'running' : 'in_doubt';
  if (settled?.approval.status === 'denied') return 'approval_denied';
  if (settled?.approval.status === 'expired') return 'approval_expired';
  if (decision?.decision === 'DENY') return 'denied';
  if (isOver) return 'not_run';
  if (settled?.approval.status === 'approved') return 'approved';
  if (decision?.decision === 'REQUIRE_APPROVAL') return 'waiting';
  return decision ? 'cleared' : 'asked';
}
