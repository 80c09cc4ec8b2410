import { omitUndefined } from '../../internal/omit-undefined.ts';
import type { Executed, Outcome } from '../call/outcome.ts';
import { callKey } from '../call/tool-call.ts';
import type { JournaledRun, JournalEventOf, RecordedUsage } from './events.ts';
import { NO_STEPS, recordOf, RunHistory, type CallHistory } from './history.ts';
import type { StoredRun } from './open-run.ts';
import type { CallState, CallStep, RunState } from './runs.ts';

/** A call; without a turn until the runner scans it. */
export type RunCall = Omit<CallHistory, 'turn'> & { readonly turn: number | undefined };

export type CallSummary = RunCall & { readonly state: CallState; readonly steps: readonly CallStep[] };

/** A run and its journal, as `runs list`, `runs show` and the page of a gateway server show them. */
export interface RunView extends Omit<StoredRun, 'entries'> {
  readonly id: string;
  /** Undefined while the journal is empty. */
  readonly run: JournaledRun | undefined;
  readonly state: RunState;
  /** The end; undefined for an open run. */
  readonly ending: Pick<JournalEventOf<'run-end'>, 'status' | 'code'> | undefined;
  /** The run that replaced this expired run. */
  readonly successor: string | undefined;
  readonly calls: readonly CallSummary[];
  /** The number of a model request without a recorded response. */
  readonly openRequest: number | undefined;
  /** Of all ends together; undefined if none records it. */
  readonly usage: RecordedUsage | undefined;
  /** The times of the first and of the newest event; undefined while there is none. */
  readonly begunAt: Date | undefined;
  readonly writtenAt: Date | undefined;
}

export function viewRun(id: string, { entries, ...stored }: StoredRun): RunView {
  const history = new RunHistory(entries);
  const { run, end, ends, requests, replacedBy: successor } = history;
  const isServed = stored.owner !== undefined;
  const lastResponse = modelResponses(history).at(-1)?.['id'];
  const isPast = ({ askedBy }: RunCall): boolean => {
    // The model's next response follows only after these calls were answered.
    if (run?.api === 'responses') return lastResponse !== undefined && askedBy !== lastResponse;
    return run?.api === 'agents' && ends.some(({ runId }) => runId === askedBy);
  };
  const calls = callsOf(history).map((call) => {
    const state = stateOf(call, isServed, (end !== undefined && !isServed) || isPast(call));
    return { ...call, state, steps: stepsOf(call, state) };
  });
  const openRequest = [...requests].find(([, { isSent, response }]) => isSent && response === undefined)?.[0];
  const state = ((): RunState => {
    if (isServed) return 'running';
    if (!run) return 'empty';
    if (end) return 'ended';
    return openRequest === undefined && isLeftToApprovers(calls) ? 'waiting' : 'interrupted';
  })();
  const ending = state === 'ended' && end ? omitUndefined({ status: end.status, code: end.code }) : undefined;
  const times = { begunAt: entries[0]?.at, writtenAt: entries.at(-1)?.at };
  return { ...stored, id, run, state, ending, successor, calls, openRequest, usage: usageOf(history), ...times };
}

/** Returns true if calls wait for approvers and no other work is left. */
function isLeftToApprovers(calls: readonly CallSummary[]): boolean {
  const states = new Set(calls.map(({ state }) => state));
  return states.has('waiting') && !['approved', 'cleared', 'asked'].some((state) => states.has(state as CallState));
}

/** Each end of a session has the usage of its own input. */
function usageOf({ ends }: RunHistory): RecordedUsage | undefined {
  const all = ends.flatMap(({ usage }) => (usage ? [usage] : []));
  if (all.length === 0) return undefined;
  const sum = (one: (usage: RecordedUsage) => number | undefined): number =>
    all.reduce((total, usage) => total + (one(usage) ?? NaN), 0);
  const cost = sum((usage) => usage.cost);
  const tokens = { inputTokens: sum((usage) => usage.inputTokens), outputTokens: sum((usage) => usage.outputTokens) };
  return Number.isNaN(cost) ? tokens : { ...tokens, cost };
}

type Fields = Readonly<Record<string, unknown>>;

/** Lists the calls in order of first record, then the calls that the model requested and no scan has reached. */
function callsOf(history: RunHistory): readonly RunCall[] {
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
    const key = callKey(askedBy, call);
    return { key, askedBy, call, turn: undefined, principalId: undefined, idempotent: false, run: 0, ...NO_STEPS };
  });
}

/** A call may reuse the approval of an earlier identical call. */
export function approvalIdOf({ settled, decision, end }: RunCall): string | undefined {
  const asked = decision?.decision === 'REQUIRE_APPROVAL' ? decision.approvalId : undefined;
  return settled?.approvalId ?? asked ?? end?.approvalId;
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

/**
 * Lists what a call went through, with times: those of the process that measured a step, otherwise those between two
 * events of the journal, such as an approval for which the run was parked.
 */
function stepsOf({ decision, settled, end, times }: RunCall, state: CallState): readonly CallStep[] {
  const { decided, settled: approved, started, ended } = times;
  const steps: CallStep[] = [];
  const add = (name: CallStep['name'], at: Date, ms: number | undefined, isOpen = false): void => {
    steps.push({ name, at, ms: ms === undefined ? undefined : Math.max(0, Math.round(ms)), isOpen });
  };
  const scanned = decided ?? (end?.scanMs === undefined ? undefined : (started ?? ended));
  if (scanned) add('scan', before(scanned, end?.scanMs), end?.scanMs);
  if (decided && (settled ?? decision?.decision === 'REQUIRE_APPROVAL'))
    add('approval', decided, between(decided, approved ?? started ?? ended), state === 'waiting');
  const handled = end?.handlerMs ?? (started && between(started, ended));
  if (started) add('handler', started, handled, state === 'running');
  if (ended) {
    const from = started ? new Date(started.getTime() + (handled ?? 0)) : (approved ?? decided ?? ended);
    add('output', from, between(from, ended));
  }
  return steps;
}

function before(at: Date, ms = 0): Date {
  return new Date(at.getTime() - ms);
}

function between(from: Date, to: Date | undefined): number | undefined {
  return to && to.getTime() - from.getTime();
}
