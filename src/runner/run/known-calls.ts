import type { RecordDraft } from '../call/outcome.ts';
import type { ToolCall } from '../call/tool-call.ts';
import { callFields } from './emit.ts';
import type { Emit } from '../events.ts';
import { keyOf } from '../call/tool-call.ts';
import { newRecord } from '../call/outcome.ts';
import type { TurnContext } from '../call/run-context.ts';

/** A call that the runner guards or has guarded. */
export interface KnownCall {
  readonly call: ToolCall;
  readonly turn: TurnContext;
  readonly draft: RecordDraft;
  /** Resolves with the call's record once it is no longer in flight; never rejects. */
  readonly record: Promise<RecordDraft>;
}

/** The calls of one run, by id. */
export interface KnownCalls {
  /** One record per call, in the order in which the model requested them. */
  readonly records: readonly RecordDraft[];
  /** Creates the record of a new call. */
  open(call: ToolCall, turn: number): RecordDraft;
  /** The record that `open` created for this object. */
  draftOf(call: ToolCall): RecordDraft | undefined;
  /** Adds a call whose guard has started. */
  begun(known: KnownCall): void;
  /** The started call with the same id, even if it is a different object. */
  get(call: ToolCall): KnownCall | undefined;
  /** Resolves with the records of the started calls among these. */
  recordsOf(calls: readonly ToolCall[]): Promise<readonly RecordDraft[]>;
  /** Resolves when no call is in flight. */
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

/** Emits `output-submitted` once per call, however often the API requests its output. */
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
      const { call, turn, draft } = submitted;
      const { outcome, executed, output } = draft;
      const facts = { type: 'output-submitted', ...callFields(call, turn.number), outcome, executed } as const;
      emit?.(facts, turn.runId, () => ({ output }));
    }
  };
}
