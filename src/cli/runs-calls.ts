import type { Approval, Decision } from '../core/gateway.ts';
import type { Executed, Outcome, RecordDraft } from '../core/outcome.ts';
import type { JournalEntry } from '../journal/journal-lines.ts';

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
export interface JournaledCall {
  readonly callId: string;
  /** What asked for it: the run, the response or the turn. */
  readonly askedBy: string;
  /** Undefined where only its start was recorded. */
  readonly name: string | undefined;
  readonly turn: number | undefined;
  readonly decision: Decision | undefined;
  readonly approvalId: string | undefined;
  /** What a person has said. */
  readonly approval: Approval | undefined;
  readonly isStarted: boolean;
  /** What became of it. */
  readonly end: Partial<RecordDraft> | undefined;
  /** As the model wrote them; only the journal of a run of the Responses API has them. */
  readonly arguments: string | undefined;
}

/** Of what an API's response asks for, where its id and its arguments stand. */
const ASKED: Readonly<Record<string, readonly [id: string, args: string]>> = {
  function_call: ['call_id', 'arguments'],
  custom_tool_call: ['call_id', 'input'],
  mcp_approval_request: ['id', 'arguments'],
};

type Gathered = { -readonly [Key in keyof JournaledCall]?: JournaledCall[Key] };
type Fields = Readonly<Record<string, unknown>>;

/** The calls of a journal, in the order in which it first names them: the model's, where it has the model's answers. */
export function callsOf(entries: readonly JournalEntry[]): readonly JournaledCall[] {
  const calls = new Map<string, Gathered>();
  const at = (key: string): Gathered => {
    const known = calls.get(key) ?? {};
    calls.set(key, known);
    return known;
  };
  for (const entry of entries) {
    if ('claim' in entry) {
      const [what, key] = split(entry.claim);
      if (what === 'start') at(key).isStarted = true;
    }
    if (!('record' in entry)) continue;
    const [what, rest] = split(entry.record);
    const value = Object(entry.value) as Fields;
    if (what === 'response') noteAsked(value, at);
    if (what === 'decision') noteDecision(at(rest), value as unknown as Decided);
    if (what === 'approval') noteApproval(...split(rest), value as unknown as Approval, at);
    if (what === 'end') noteEnd(at(rest), value);
  }
  return [...calls].map(([key, gathered]) => asCall(key, gathered));
}

/** What earlier releases wrote, the next ones read: see `createCallJournal`. */
interface Decided {
  readonly name: string;
  readonly turn: number;
  readonly decision: Decision;
}

function noteAsked({ id: responseId, output }: Fields, at: (key: string) => Gathered): void {
  for (const item of Array.isArray(output) ? (output as readonly (Fields | null)[]) : []) {
    const places = ASKED[String(item?.['type'])];
    if (!item || !places) continue;
    const [id, args] = places.map((place) => item[place]);
    if (typeof id !== 'string' || typeof item['name'] !== 'string') continue;
    const call = at(`${String(responseId)}/${id}`);
    call.name = item['name'];
    if (typeof args === 'string') call.arguments = args;
  }
}

function noteDecision(call: Gathered, { name, turn, decision }: Decided): void {
  Object.assign(call, { name, turn, decision });
  if (decision.decision === 'REQUIRE_APPROVAL') call.approvalId = decision.approvalId;
}

/** A call may have the approval that was asked for an earlier one like it. */
function noteApproval(approvalId: string, key: string, approval: Approval, at: (key: string) => Gathered): void {
  Object.assign(at(key), { approvalId, approval });
}

function noteEnd(call: Gathered, end: Partial<RecordDraft>): void {
  call.end = end;
  call.name ??= end.name;
  call.turn ??= end.turn;
  call.approvalId ??= end.approvalId;
}

function asCall(key: string, gathered: Gathered): JournaledCall {
  // The first part is an id of the API, the second one may be anything.
  const slash = key.indexOf('/');
  return {
    name: undefined,
    turn: undefined,
    decision: undefined,
    approvalId: undefined,
    approval: undefined,
    isStarted: false,
    end: undefined,
    arguments: undefined,
    ...gathered,
    askedBy: key.slice(0, Math.max(slash, 0)),
    callId: key.slice(slash + 1),
  };
}

/** The first word of a name, and what stands after it. */
function split(name: string): [word: string, rest: string] {
  const space = name.indexOf(' ');
  return space === -1 ? [name, ''] : [name.slice(0, space), name.slice(space + 1)];
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
export function stateOf(call: JournaledCall, isServed: boolean, isOver: boolean): CallState {
  const { end, isStarted, approval, decision } = call;
  if (end) return ENDS[end.outcome ?? 'not_run'] ?? EXECUTED[end.executed ?? 'no'];
  // As long as its process lives it may yet tell.
  if (isStarted) return isServed && !isOver ? 'running' : 'in_doubt';
  if (approval?.status === 'denied') return 'approval_denied';
  if (approval?.status === 'expired') return 'approval_expired';
  if (decision?.decision === 'DENY') return 'denied';
  if (isOver) return 'not_run';
  if (approval?.status === 'approved') return 'approved';
  if (decision?.decision === 'REQUIRE_APPROVAL') return 'waiting';
  return decision ? 'cleared' : 'asked';
}
