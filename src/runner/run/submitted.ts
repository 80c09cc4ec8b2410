import type { ToolCall } from './driver.ts';
import type { Tell } from './events.ts';
import type { KnownCall, KnownCalls } from './known-calls.ts';
import { ofCall } from './tell.ts';

/** Tells of each call once that the API has its output, however often it asks again. */
export function submittedTeller(known: KnownCalls, tell: Tell | undefined): (calls: readonly ToolCall[]) => void {
  const told = new Set<KnownCall>();
  return (calls) => {
    for (const one of tell ? calls : []) {
      const taken = known.get(one);
      if (!taken || told.has(taken)) continue;
      told.add(taken);
      const { call, place, draft } = taken;
      const { outcome, executed, output } = draft;
      const facts = { type: 'output-submitted', ...ofCall(call, place.number), outcome, executed } as const;
      tell?.(facts, place.runId, () => ({ output }));
    }
  };
}
