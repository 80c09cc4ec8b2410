import type { RecordDraft } from '../call/outcome.ts';
import type { ToolCall } from './driver.ts';
import { ofCall } from './emit.ts';
import type { Emit } from './events.ts';
import { keyOf } from '../call/call-arguments.ts';
import { newRecord } from '../call/finish.ts';
import type { TurnContext } from './run-state.ts';

/** A call that is being guarded, or was. */
export interface KnownCall {
  readonly call: ToolCall;
  readonly place: TurnContext;
  readonly draft: RecordDraft;
  /** Resolves with the call's record once it is not under way any more; never rejects. */
  readonly record: Promise<RecordDraft>;
}

/** The calls of one run, each by its id. */
export interface KnownCalls {
  /** One record per call, in the order in which the model asked. */
  readonly records: readonly RecordDraft[];
  /** The record of a call that nobody has looked at yet. */
  open(call: ToolCall, turn: number): RecordDraft;
  /** The record that was opened for this very object. */
  draftOf(call: ToolCall): RecordDraft | undefined;
  begun(known: KnownCall): void;
  /** The call of that id that was begun, whatever object it was. */
  get(call: ToolCall): KnownCall | undefined;
  /** Resolves with the records of those of the calls that were begun. */
  recordsOf(calls: readonly ToolCall[]): Promise<readonly RecordDraft[]>;
  /** Resolves when no call is under way any more. */
  settled(): Promise<unknown>;
}

export function createKnownCalls(): KnownCalls {
  const records: RecordDraft[] = [];
  const drafts = new WeakMap<ToolCall, RecordDraft>();
  const begun = new Map<string, KnownCall>();
  return {
    records,
    open(call, turn) {
      const draft = newRecord(call, turn);
      records.push(draft);
      drafts.set(call, draft);
      return draft;
    },
    draftOf: (call) => drafts.get(call),
    begun: (known) => void begun.set(keyOf(known.call), known),
    get: (call) => begun.get(keyOf(call)),
    recordsOf: async (calls) => Promise.all(calls.flatMap((call) => begun.get(keyOf(call))?.record ?? [])),
    settled: async () => Promise.all([...begun.values()].map(async ({ record }) => record)),
  };
}

/** Emits `output-submitted` once for each call, however often the API asks for its output. */
export function createSubmittedEmitter(
  known: KnownCalls,
  emit: Emit | undefined,
): (calls: readonly ToolCall[]) => void {
  const emitted = new Set<KnownCall>();
  return (calls) => {
    for (const one of emit ? calls : []) {
      const submitted = known.get(one);
      if (!submitted || emitted.has(submitted)) continue;
      emitted.add(submitted);
      const { call, place, draft } = submitted;
      const { outcome, executed, output } = draft;
      const facts = { type: 'output-submitted', ...ofCall(call, place.number), outcome, executed } as const;
      emit?.(facts, place.runId, () => ({ output }));
    }
  };
}
