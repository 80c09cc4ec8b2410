import type { ToolCall } from './driver.ts';
import { guard } from '../call/guard.ts';
import type { LazyJournal } from '../journal/journaling.ts';
import type { KnownCalls } from './known-calls.ts';
import type { Past } from './recall.ts';
import type { RunState, TurnPlace } from './run-state.ts';
import { ofCall } from './tell.ts';

interface Started {
  readonly known: KnownCalls;
  readonly run: RunState;
  readonly journal: LazyJournal | undefined;
  readonly past: Past | undefined;
}

/**
 * Begins the calls of a turn: all side by side, each at its own pace; the calls of a `sequential` tool wait for each other.
 *
 * @returns a function that takes what asked for the calls, where a run has several that do
 */
export function createStarter({
  known,
  run,
  journal,
  past,
}: Started): (calls: readonly ToolCall[], place: TurnPlace, askedBy?: object) => void {
  /** The last call of each sequential tool, by what asked. */
  const lastOf = new WeakMap<object, Map<string, Promise<unknown>>>();
  return (calls, place, askedBy = place) => {
    const last = lastOf.get(askedBy) ?? new Map<string, Promise<unknown>>();
    lastOf.set(askedBy, last);
    for (const call of calls) {
      const draft = known.open(call, place.number);
      past?.again(place.runId, call);
      const { number, runId: askerId } = place;
      const payload = (): object => ({ arguments: call.arguments });
      run.tell?.({ type: 'tool-call', ...ofCall(call, number) }, askerId, payload);
      const before = last.get(call.name);
      const guarded = async (): Promise<void> => guard(call, draft, place, run, before);
      const record = (journal ? journal.before(guarded) : guarded()).then(() => draft);
      known.begun({ call, place, draft, record });
      // A call that is blocked ends before those that it came after: the next one waits for all of them.
      if (run.settings.tools.get(call.name)?.sequential)
        last.set(call.name, Promise.all([last.get(call.name), record]));
    }
  };
}
