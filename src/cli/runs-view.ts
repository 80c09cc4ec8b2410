import type { FileOwner } from '../internal/file-lock.ts';
import { omitUndefined } from '../internal/omit-undefined.ts';
import type { Executed, Outcome } from '../runner/call/outcome.ts';
import { callKey } from '../runner/call/tool-call.ts';
import type { JournaledRun, JournalEventOf } from '../runner/journal/events.ts';
import { recordOf, type CallHistory, type RunHistory } from '../runner/journal/history.ts';
import { readJournal, type JournalFile } from '../runner/journal/read-journal.ts';

/** The state of a run, from its journal and its lock. */
export type RunState = 'running' | 'waiting' | 'interrupted' | 'ended' | 'empty';

/** A run's state according to its journal. */
export interface RunView extends JournalFile {
  /** Undefined while the journal is empty. */
  readonly run: JournaledRun | undefined;
  readonly state: RunState;
  /** The end; undefined for an open run. */
  readonly ending: Pick<JournalEventOf<'run-end'>, 'status' | 'code'> | undefined;
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
  const { history, owner, tornBytes } = await readJournal(file);
  const { run, end, ends, replacedBy: successor } = history;
  const lastResponse = modelResponses(history).at(-1)?.['id'];
  const isPast = ({ askedBy }: RunCall): boolean => {
    // The model's next response follows only after these calls were answered.
    if (run?.api === 'responses') return lastResponse !== undefined && askedBy !== lastResponse;
    return run?.api === 'agents' && ends.some(({ runId }) => runId === askedBy);
  };
  const calls = callsOf(history).map((call) => {
    const isOver = (end !== undefined && !owner) || isPast(call);
    return { ...call, state: stateOf(call, owner !== undefined, isOver) };
  });
  const openRequest = [...history.requests].find(([, { isSent, response }]) => isSent && response === undefined)?.[0];
  const state = ((): RunState => {
    if (owner) return 'running';
    if (!run) return 'empty';
    if (end) return 'ended';
    return openRequest === undefined && isLeftToApprovers(calls) ? 'waiting' : 'interrupted';
  })();
  const ending = state === 'ended' && end ? endingOf(end) : undefined;
  return { ...file, run, state, owner, ending, successor, calls, openRequest, tornBytes };
}

function endingOf({ status, code }: JournalEventOf<'run-end'>): RunView['ending'] {
  return omitUndefined({ status, code });
}

/** Returns true if calls wait for approvers and no other work is left. */
function isLeftToApprovers(calls: RunView['calls']): boolean {
  const states = new Set(calls.map(({ state }) => state));
  return states.has('waiting') && !['approved', 'cleared', 'asked'].some((state) => states.has(state as CallState));
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

/** A call; without a turn until the runner scans it. */
export type RunCall = Omit<CallHistory, 'turn'> & { readonly turn: number | undefined };

type Fields = Readonly<Record<string, unknown>>;

/** Lists the calls in order of first record, then the calls that the model requested and no scan has reached. */
export function callsOf(history: RunHistory): readonly RunCall[] {
  const requested = modelResponses(history).flatMap(requestedCalls);
  return [...history.calls.values(), ...requested.filter(({ key }) => !history.calls.has(key))];
}

/** Lists the model's responses; only journals of the Responses API have them. */
function modelResponses({ requests }: RunHistory): readonly Fields[] {
  return [...requests.values()].flatMap(({ response }) => (response === undefined ? [] : [Object(response) as Fields]));
}

/** Names of the fields with the id and the arguments, by item type. */
const REQUEST_FIELDS: Readonly<Record<string, readonly [id: string, args: string]>> = {
  function_call: ['call_id', 'arguments'],
  custom_tool_call: ['call_id', 'input'],
  mcp_approval_request: ['id', 'arguments'],
};

function requestedCalls({ id: responseId, output }: Fields): readonly RunCall[] {
  return (Array.isArray(output) ? (output as readonly (Fields | null)[]) : []).flatMap((item) => {
    const [id, args, name] = (REQUEST_FIELDS[String(item?.['type'])]?.map((place) => item?.[place]) ?? []).concat(
      item?.['name'],
    );
    if (typeof id !== 'string' || typeof name !== 'string') return [];
    const call = { callId: id, name, arguments: typeof args === 'string' ? args : '', kind: 'function' } as const;
    const askedBy = String(responseId);
    const nothing = {
      decision: undefined,
      callHash: undefined,
      settled: undefined,
      isStarted: false,
      end: undefined,
      times: {},
    };
    const key = callKey(askedBy, call);
    return { key, askedBy, call, turn: undefined, principalId: undefined, idempotent: false, run: 0, ...nothing };
  });
}

/** States of calls whose outcome says more than whether they ran. */
const STATES: Partial<Record<Outcome, CallState>> = {
  handler_error: 'failed',
  handler_timeout: 'timed_out',
  in_doubt: 'in_doubt',
  denied: 'denied',
  repeated: 'denied',
  approval_denied: 'approval_denied',
  approval_expired: 'approval_expired',
};

const EXECUTED: Readonly<Record<Executed, CallState>> = { yes: 'ran', no: 'not_run', unknown: 'in_doubt' };

/**
 * Returns the state of a call.
 *
 * @param isServed true if a process serves the run
 * @param isOver true if the run has ended, or has continued after this call
 */
export function stateOf(call: RunCall, isServed: boolean, isOver: boolean): CallState {
  const { outcome, executed } = recordOf({ ...call, turn: call.turn ?? 0 });
  const { end, isStarted, settled, decision } = call;
  // While its process lives, the end may still be recorded.
  if (!end && isStarted && isServed && !isOver) return 'running';
  const state = STATES[outcome] ?? EXECUTED[executed];
  if (end || isOver || state !== 'not_run') return state;
  if (settled?.approval.status === 'approved') return 'approved';
  if (outcome === 'approval_pending') return 'waiting';
  return decision ? 'cleared' : 'asked';
}
