import { argumentsOf, keyOf, type ToolCall } from '../call/tool-call.ts';
import type { CallRecord, Outcome } from '../call/outcome.ts';
import { recordOf, type CallHistory, type RunHistory } from '../journal/history.ts';
import type { RunContext } from '../call/run-context.ts';

/** The part of a run that an earlier process's events restore. */
type Replaying = Pick<RunContext, 'memory' | 'provenance' | 'settings'>;

/** The state of a run as an earlier process left it. */
export class ReplayedRun {
  /** True if an earlier process served the run, or sent its first request. */
  readonly isJoined: boolean;
  /** The number of turns so far. */
  readonly turns: number;
  /** The number of replayed calls that had already ended, and so are not run again. */
  replayed = 0;
  readonly #calls: ReadonlyMap<string, CallHistory>;
  /** Those that the API has not requested again. */
  readonly #left: Map<string, CallHistory>;

  /**
   * Restores the run's memory from its history: the calls counted, the denials, the pending approvals and the tools'
   * outputs.
   */
  constructor(history: RunHistory, run: Replaying) {
    const all = history.currentCalls;
    this.#calls = new Map(all.map((call) => [call.key, call]));
    this.#left = new Map(this.#calls);
    this.isJoined = all.length > 0 || history.requests.size > 0;
    this.turns = Math.max(0, ...all.map(({ turn }) => turn));
    for (const call of all) if (call.end) replayCall(call, call.end, run);
    const approvals = all.flatMap((call) => (call.end && history.openApprovalOf(call)) ?? []);
    run.memory.addPending([...history.inheritedApprovals, ...approvals]);
    // A call in doubt may need its approval again.
    for (const [approvalId, key] of history.usedApprovals)
      if (this.#calls.get(key)?.end) run.memory.useApproval(approvalId);
  }

  /** Returns the turn that requested one of the calls with these keys; undefined for unknown calls. */
  turnOf(keys: readonly string[]): number | undefined {
    return this.#calls.get(keys.find((key) => this.#calls.has(key)) ?? '')?.turn;
  }

  /** Marks a call that the API requests again. */
  markReplayed(key: string): void {
    if (this.#calls.get(key)?.end) this.replayed += 1;
    this.#left.delete(key);
  }

  /** Takes the record of a call that gets an output without being started again; undefined if it was never started. */
  take(call: ToolCall): CallRecord | undefined {
    // The source of the call is unknown here, so the latest call with its id counts.
    const journaled = [...this.#left.values()].findLast((one) => keyOf(one.call) === keyOf(call));
    if (!journaled) return undefined;
    this.#left.delete(journaled.key);
    return journaled.end || journaled.isStarted ? recordOf(journaled) : undefined;
  }

  /** Adds the records of the calls that the API has not requested again. All are in the model's order. */
  inOrder(requested: readonly { readonly key: string; readonly record: CallRecord }[]): readonly CallRecord[] {
    const rest = [...this.#left.values()].map((call) => ({ key: call.key, record: recordOf(call) }));
    const places = new Map([...this.#calls.keys()].map((key, place) => [key, place]));
    const placeOf = ({ key }: { readonly key: string }): number => places.get(key) ?? places.size;
    return [...rest, ...requested].toSorted((a, b) => placeOf(a) - placeOf(b)).map(({ record }) => record);
  }
}

const DENIED: ReadonlySet<Outcome> = new Set(['denied', 'approval_denied', 'repeated']);

function replayCall(
  { call, turn }: CallHistory,
  end: CallRecord,
  { memory, provenance, settings: { messages } }: Replaying,
): void {
  memory.spend(call, Infinity, Infinity);
  if (DENIED.has(end.outcome)) memory.denied(call, argumentsOf(call), turn);
  if (end.executed !== 'no') provenance?.noteOutput(end, messages, end.output);
}
