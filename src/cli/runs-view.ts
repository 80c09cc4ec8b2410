import type { JournaledRun } from '../runner/journal/journal.ts';
import { JOURNAL_NAMES, callKey, journaledCalls, type JournaledCall } from '../runner/journal/journaled-calls.ts';
import type { FileOwner } from '../internal/file-lock.ts';
import {
  endingOf,
  readJournal,
  type Ending,
  type JournalFile,
  type JournalReading,
} from '../runner/journal/read-journal.ts';
import type { Executed, Outcome } from '../runner/call/outcome.ts';

/** The state of a run, from its journal and its lock. */
export type RunState = 'running' | 'waiting' | 'interrupted' | 'ended' | 'empty';

/** A run's state according to its journal. */
export interface RunView extends JournalFile {
  /** Undefined while the journal is empty. */
  readonly run: JournaledRun | undefined;
  readonly state: RunState;
  /** The end; undefined for an open run. */
  readonly ending: Ending | undefined;
  /** The run that replaced this expired run. */
  readonly successor: string | undefined;
  readonly owner: FileOwner | undefined;
  readonly calls: readonly (RunCall & { readonly state: CallState })[];
  /** The number of a model request without a recorded response. */
  readonly openRequest: number | undefined;
  readonly tornBytes: number;
}

/** @throws Error when the journal cannot be read, or is damaged */
export async function viewRun(file: JournalFile): Promise<RunView> {
  const reading = await readJournal(file);
  const { run, owner, tornBytes, records } = reading;
  const ending = endingOf(reading);
  const successor = records.get(JOURNAL_NAMES.successor);
  const answered = modelResponses(reading).at(-1)?.['id'];
  const isPast = ({ askedBy }: RunCall): boolean => {
    // The model's next response follows only after these calls were answered.
    if (run?.api === 'responses') return answered !== undefined && askedBy !== answered;
    return run?.api === 'agents' && records.has(JOURNAL_NAMES.ended(askedBy));
  };
  const calls = callsOf(reading).map((call) => {
    const isOver = (ending !== undefined && !owner) || isPast(call);
    return { ...call, state: stateOf(call, owner !== undefined, isOver) };
  });
  const openRequest = openRequestOf(reading);
  const state = ((): RunState => {
    if (owner) return 'running';
    if (!run) return 'empty';
    if (ending) return 'ended';
    return openRequest === undefined && isLeftToApprovers(calls) ? 'waiting' : 'interrupted';
  })();
  return {
    ...file,
    run,
    state,
    owner,
    ending: state === 'ended' ? ending : undefined,
    successor: typeof successor === 'string' ? successor : undefined,
    calls,
    openRequest,
    tornBytes,
  };
}

/** Returns true if calls wait for approvers and no other work is left. */
function isLeftToApprovers(calls: RunView['calls']): boolean {
  const states = new Set(calls.map(({ state }) => state));
  return states.has('waiting') && !['approved', 'cleared', 'asked'].some((state) => states.has(state as CallState));
}

function openRequestOf({ records, claims }: JournalReading): number | undefined {
  const sent = [...claims].flatMap((claim) =>
    /^request \d+$/.test(claim) ? Number(claim.slice('request '.length)) : [],
  );
  return sent.find((number) => !records.has(`response ${number}`));
}

/** The state of a call, from its journal. */
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

/** One call with the times its journal records. */
export interface RunCall extends Omit<JournaledCall, 'turn'> {
  /** Undefined until the runner scans the call. */
  readonly turn: number | undefined;
  /** Times of the gateway's decision, the approver's decision, the handler's start and the call's end. */
  readonly times: Readonly<Record<'decided' | 'settled' | 'started' | 'ended', Date | undefined>>;
}

type Fields = Readonly<Record<string, unknown>>;

/** Lists the calls of a journal in order of first record, then the calls that the model's last response requests. */
export function callsOf(reading: JournalReading): readonly RunCall[] {
  const calls = journaledCalls(reading);
  const known = new Set(calls.map(({ key }) => key));
  return [
    ...calls,
    ...modelResponses(reading)
      .flatMap(requestedCalls)
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

/** Lists the model's responses; only journals of the Responses API have them. */
export function modelResponses({ records }: JournalReading): readonly Fields[] {
  return [...records].flatMap(([name, value]) => (name.startsWith('response ') ? [Object(value) as Fields] : []));
}

/** Names of the fields with the id and the arguments, by item type. */
const REQUEST_FIELDS: Readonly<Record<string, readonly [id: string, args: string]>> = {
  function_call: ['call_id', 'arguments'],
  custom_tool_call: ['call_id', 'input'],
  mcp_approval_request: ['id', 'arguments'],
};

function requestedCalls({ id: responseId, output }: Fields): readonly Omit<RunCall, 'times'>[] {
  return (Array.isArray(output) ? (output as readonly (Fields | null)[]) : []).flatMap((item) => {
    const [id, args, name] = (REQUEST_FIELDS[String(item?.['type'])]?.map((place) => item?.[place]) ?? []).concat(
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
 * Returns the state of a call.
 *
 * @param isServed true if a process serves the run
 * @param isOver true if the run has ended, or has continued after this call
 */
export function stateOf(call: RunCall, isServed: boolean, isOver: boolean): CallState {
  const { end, isStarted, settled, decision } = call;
  if (end) return ENDS[end.outcome] ?? EXECUTED[end.executed];
  // While its process lives, the end may still be recorded.
  if (isStarted) return isServed && !isOver ? 'running' : 'in_doubt';
  if (settled?.approval.status === 'denied') return 'approval_denied';
  if (settled?.approval.status === 'expired') return 'approval_expired';
  if (decision?.decision === 'DENY') return 'denied';
  if (isOver) return 'not_run';
  if (settled?.approval.status === 'approved') return 'approved';
  if (decision?.decision === 'REQUIRE_APPROVAL') return 'waiting';
  return decision ? 'cleared' : 'asked';
}
