import { RunFailure } from '../errors.ts';
import { isSameCall, keyOf } from '../call/tool-call.ts';
import type { Turn } from './driver.ts';
import type { ToolCall } from '../call/tool-call.ts';
import type { KnownCalls } from './known-calls.ts';
import type { ReplayedRun } from './replay.ts';

/** Consecutive times a server may request outputs that it already received, before the run fails. */
const MAX_REPEATS = 5;

export interface Admitted {
  /** The calls that the API requests for the first time. */
  readonly fresh: readonly ToolCall[];
  /** The turn's number, counted from 1. */
  readonly number: number;
}

export interface Admission {
  /**
   * Checks a turn as a whole before any of its calls. An invalid turn dispatches nothing.
   *
   * @param sourceId the id of the run, response or turn that requests the calls, as in the journal
   * @throws RunFailure for an invalid turn, and for one that exceeds `maxTurns`
   */
  admit(turn: Turn, sourceId: string): Admitted;
  /** The number of turns so far. */
  readonly turns: number;
}

/** @param history the turns that an earlier process admitted in this run */
export function createAdmission(known: KnownCalls, maxTurns: number, history: ReplayedRun | undefined): Admission {
  const numberOf = new WeakMap<object, number>();
  let turns = history?.turns ?? 0;
  let repeats = 0;
  return {
    get turns() {
      return turns;
    },
    admit({ calls, askedBy }, sourceId) {
      checkIds(calls, known);
      if (calls.length === 0) throw invalid('The run waits for tool outputs but lists no tool calls.');
      const fresh = calls.filter((call) => !known.get(call));
      repeats = fresh.length > 0 ? 0 : repeats + 1;
      if (repeats > MAX_REPEATS)
        throw invalid(`The API requested outputs that it already received, ${repeats} times in a row.`);
      const earlier = (askedBy && numberOf.get(askedBy)) ?? historyTurn(fresh, sourceId, history);
      if (fresh.length > 0 && earlier === undefined) turns += 1;
      if (askedBy) numberOf.set(askedBy, earlier ?? turns);
      // A turn that an earlier process admitted may have run calls already, so it always counts as allowed.
      if (turns > maxTurns && earlier === undefined) {
        throw new RunFailure(
          'max_turns',
          `The run needs more turns than its maxTurns of ${maxTurns}. Raise maxTurns, or check error.calls for what the model is doing.`,
        );
      }
      return { fresh, number: earlier ?? turns };
    },
  };
}

/** The number of a turn that an earlier process admitted, fully or in part. */
function historyTurn(
  calls: readonly ToolCall[],
  sourceId: string,
  history: ReplayedRun | undefined,
): number | undefined {
  return calls.map((call) => history?.turnOf(sourceId, call)).find((number) => number !== undefined);
}

function checkIds(calls: readonly ToolCall[], known: KnownCalls): void {
  const ids = new Set<string>();
  for (const call of calls) {
    const { callId } = call;
    const key = keyOf(call);
    const earlier = known.get(call)?.call;
    if (ids.has(key)) throw invalid(`Two tool calls of one turn have the id "${callId}".`);
    if (earlier && !isSameCall(earlier, call)) {
      throw invalid(`The tool call id "${callId}" was used for another call in an earlier turn.`);
    }
    ids.add(key);
  }
}

function invalid(message: string): RunFailure {
  return new RunFailure('invalid_turn', message);
}
