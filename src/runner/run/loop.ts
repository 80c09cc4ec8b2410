import { setMaxListeners } from 'node:events';
import { RunFailure, SuspendRun, type RunErrorCode } from '../errors.ts';
import { limitedController, TimeLimitError } from '../../internal/abort.ts';
import { createLazyJournal, type JournalSource, type LazyJournal } from '../journal/lazy-journal.ts';
import type { Begun, LeftOpen, Loop, ToolOutput, Turn } from './driver.ts';
import type { ToolCall } from '../call/tool-call.ts';
import { createAdmission, type Admitted } from './admission.ts';
import { createEmitter, type EventSink } from '../events.ts';
import { factsOf } from '../call/finish.ts';
import { createKnownCalls, createSubmittedEmitter, type KnownCalls } from './known-calls.ts';
import { say } from '../call/messages.ts';
import { createRunMemory } from '../call/memory.ts';
import type { OpenApproval } from '../journal/events.ts';
import type { CallRecord, RecordDraft } from '../call/outcome.ts';
import { fitOutputs } from '../call/output.ts';
import { createProvenance } from '../call/provenance.ts';
import { replayRun, type ReplayedRun } from './replay.ts';
import type { LoopSettings, ParkedApproval, RunState, TurnContext } from '../call/run-context.ts';
import { callFields } from './emit.ts';
import { createTextFeed } from './text-feed.ts';
import type { RunTrace } from '../trace.ts';
import { guard } from '../call/guard.ts';

/** The loop of one run, plus what its runner reports. */
export interface GuardedLoop extends Loop {
  /** One record per call, in the order in which the model requested them. */
  readonly calls: readonly CallRecord[];
  /** The first and the latest id that the API gave the run. The journal is named after the first. */
  readonly runIds: { readonly first: string | undefined; readonly last: string | undefined };
  /** The approvals that a suspended run waits for. */
  readonly approvals: readonly ParkedApproval[];
  /** Closes the journal. Call it when no call is in flight. */
  readonly closeJournal: () => Promise<void>;
  /** The work that stays open at the API, if any. */
  readonly left: LeftOpen | undefined;
  /** Emits the run's end and records it in the journal. */
  readonly ended: (how: { readonly status?: string; readonly code?: string }) => Promise<void>;
  /** Resolves when no call is in flight: after an end, within the handlers' grace period. */
  readonly settled: () => Promise<unknown>;
  /** Removes the listeners and timers. */
  readonly close: () => void;
}

export interface LoopOptions {
  /** The thread, conversation or session; undefined for responses without one, which use their first response's id. */
  readonly threadId: string | undefined;
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
  /** Receives the run's id once the API returns it. */
  readonly onOpened?: (runId: string) => void;
  /** The sinks that receive every event. */
  readonly sinks: readonly EventSink[];
  readonly trace: RunTrace | undefined;
  readonly journal: JournalSource | undefined;
  /** Approvals that an earlier run left pending. */
  readonly openApprovals?: readonly OpenApproval[] | undefined;
}

export function createLoop(
  settings: LoopSettings,
  { threadId, timeoutMs, signal, onOpened, sinks, trace, journal: journalSource, openApprovals = [] }: LoopOptions,
): GuardedLoop {
  // Many runs may share one signal, such as a shutdown signal. Each run removes its listener when it ends.
  if (signal instanceof EventTarget) setMaxListeners(0, signal);
  const { controller, close } = limitedController(
    signal,
    timeoutMs,
    () => new RunFailure('timeout', `The run took longer than its timeoutMs of ${timeoutMs}.`),
  );
  // Every call adds a listener, so many listeners are no leak.
  setMaxListeners(0, controller.signal);
  const known = createKnownCalls();
  let runId: string | undefined;
  let firstRunId: string | undefined;
  let left: LeftOpen | undefined;
  let isClosed = false;

  const parked = new Map<RecordDraft, ParkedApproval>();
  const journal =
    journalSource &&
    createLazyJournal(
      journalSource.opened,
      async () => journalSource.open(firstRunId ?? '', run.threadId),
      controller.signal,
      (reason) => {
        run.end(reason);
      },
    );
  const startedAt = performance.now();
  const emit = createEmitter(sinks, () => run.threadId);
  const text =
    emit &&
    createTextFeed((itemId, delta) => {
      emit({ type: 'text-delta', itemId, delta }, runId ?? '');
    });
  const provenance = settings.provenance ? createProvenance(settings.scanTimeoutMs, controller.signal) : undefined;
  const run: RunState = {
    settings,
    get threadId() {
      return threadId ?? firstRunId ?? '';
    },
    signal: controller.signal,
    memory: createRunMemory(settings.maxToolCalls),
    provenance,
    emit,
    get isSettled() {
      return isClosed;
    },
    get journal() {
      return journal?.calls;
    },
    park: (draft, approval) => void parked.set(draft, approval),
    trace,
    end: (reason) => {
      controller.abort(reason);
    },
  };

  run.memory.addPending(openApprovals);
  const history = journalSource?.opened && replayRun(journalSource.opened.history, run);
  const admission = createAdmission(known, settings.maxTurns, history);
  const start = createCallStarter({ known, run, journal, history });

  function admit(turn: Turn, sourceId: string): Admitted {
    try {
      return admission.admit(turn, sourceId);
    } catch (error) {
      for (const call of turn.calls) if (!known.get(call)) known.open(call, admission.turns);
      run.end(error as RunFailure);
      throw controller.signal.reason;
    }
  }

  function begin(turn: Turn): Begun {
    controller.signal.throwIfAborted();
    const sourceId = turn.askedBy?.id || (runId ?? '');
    const { fresh, number } = admit(turn, sourceId);
    const deadline = turn.expiresAt ? turn.expiresAt.getTime() - settings.expiryMarginMs : Infinity;
    // One timer and one listener for all calls of the turn.
    const expiry = limitedController(
      controller.signal,
      deadline - Date.now(),
      () => new TimeLimitError('The run expires.'),
    );
    setMaxListeners(0, expiry.signal);
    const { keyScope = sourceId } = turn;
    if (fresh.length > 0)
      emit?.({ type: 'turn', turn: number, callIds: Object.freeze(fresh.map(({ callId }) => callId)) }, sourceId);
    start(fresh, { number, deadline, signal: expiry.signal, runId: sourceId, keyScope }, turn.askedBy);

    void known.recordsOf(turn.calls).finally(expiry.close);
    return async (calls) => outputsFor(calls, turn.maxOutputBytes);
  }

  async function outputsFor(calls: readonly ToolCall[], maxOutputBytes = Infinity): Promise<readonly ToolOutput[]> {
    const drafts = await known.recordsOf(calls);
    controller.signal.throwIfAborted();
    if (drafts.some((draft) => parked.has(draft))) throw new SuspendRun('The turn waits for approvals.');
    // Recorded before submission: after a crash, the same outputs are submitted, even if a new decision would differ.
    if (journal) await Promise.all(calls.map(async (call) => journal.recordOutput(known.get(call))));
    controller.signal.throwIfAborted();
    const outputs = fitOutputs(drafts, maxOutputBytes, (draft, bytes) =>
      say(settings.messages, 'output_cut', factsOf(draft, bytes)),
    );
    for (const [index, { output }] of outputs.entries()) Object.assign(drafts[index] ?? {}, { output });
    return outputs.map(toolOutput);
  }

  async function outputsOf(calls: readonly ToolCall[]): Promise<readonly ToolOutput[]> {
    await known.settled();
    return calls.map((call) => {
      const draft = known.draftOf(call) ?? Object.assign(known.open(call, admission.turns), history?.take(call));
      // A call that an earlier process started without recording its end.
      const isBegun = draft.outcome === 'in_doubt' && draft.output === '';
      if (isBegun) draft.output = say(settings.messages, 'in_doubt', factsOf(draft));
      if (draft.outcome === 'not_run') draft.output = say(settings.messages, 'not_run', factsOf(draft));
      // The call was allowed, but its approval can no longer be submitted to the API.
      if (call.kind === 'approval' && draft.outcome === 'allowed') {
        Object.assign(draft, { outcome: 'aborted', executed: 'no' } satisfies Partial<RecordDraft>);
        draft.output = say(settings.messages, 'aborted', factsOf(draft));
      }
      return toolOutput(draft);
    });
  }

  return {
    signal: controller.signal,
    get calls() {
      return history ? [...history.records, ...known.records] : known.records;
    },
    get runIds() {
      return { first: firstRunId, last: runId };
    },
    get left() {
      return left;
    },
    opened: (id) => {
      if (isClosed) return;
      runId = id;
      firstRunId ??= id;
      onOpened?.(id);
    },
    recall: (read) => provenance?.recall(read),
    note: (more) => provenance?.note(more()),
    end: () => {
      controller.abort(new RunFailure('api_error', 'The driver stopped serving the run.'));
    },
    resumableAs: (why) => {
      const hasStarted = known.records.length > (history?.replayed ?? 0) || controller.signal.aborted;
      return resumableAs(why, { isJoined: (history?.turns ?? 0) > 0, hasStarted });
    },
    leftOpen: (what = { message: '', callIds: [] }) => {
      left = what;
    },
    get approvals() {
      return [...parked.values()];
    },
    journal: async () => journal?.open(),
    closeJournal: async () => journal?.close(),
    text,
    submitted: createSubmittedEmitter(known, emit),
    ended: async (how) => {
      // A run that stays open at the API can be resumed.
      if (how.status !== 'awaiting_approval' && !left) await journal?.ended(runId ?? '', how);
      emit?.({ type: 'run-end', ...how, durationMs: performance.now() - startedAt }, runId ?? '');
    },
    begin,
    answer: async (turn) => begin(turn)(turn.calls),
    outputsOf,
    settled: async () => known.settled(),
    close: () => {
      isClosed = true;
      provenance?.close();
      close();
    },
  };
}

function toolOutput({ callId, output, outcome }: RecordDraft): ToolOutput {
  return { callId, output, outcome };
}

/** Codes of errors that are temporary or fixable: with its journal, the run can be resumed afterwards. */
const RECOVERABLE_CODES: ReadonlySet<RunErrorCode> = new Set<RunErrorCode>(['gateway_configuration', 'journal']);

/**
 * Returns the argument for `leftOpen` if a run that ends for this reason stays open at the API, to be resumed, instead
 * of being cancelled: another process owns it, or this process resumed it and could not serve it. Otherwise undefined.
 *
 * @param facts `isJoined`: an earlier process served calls of the run; `hasStarted`: this process received calls or an
 * abort
 */
export function resumableAs(
  why: unknown,
  { isJoined, hasStarted }: { readonly isJoined: boolean; readonly hasStarted: boolean },
): LeftOpen | undefined {
  if (why instanceof RunFailure && why.ownedByAnotherProcess) return { message: '', callIds: [] };
  const staysOpen = isJoined && (why instanceof RunFailure ? RECOVERABLE_CODES.has(why.code) : !hasStarted);
  return staysOpen
    ? { message: 'The run stays open at the API. Resume it once this is fixed.', callIds: [] }
    : undefined;
}

interface StarterParts {
  readonly known: KnownCalls;
  readonly run: RunState;
  readonly journal: LazyJournal | undefined;
  readonly history: ReplayedRun | undefined;
}

/**
 * Creates the function that starts the calls of a turn. All calls run concurrently; only the calls of a `sequential`
 * tool wait for each other.
 *
 * @returns a function whose `askedBy` is the source of the calls, in a run with several sources
 */
export function createCallStarter({
  known,
  run,
  journal,
  history,
}: StarterParts): (calls: readonly ToolCall[], turn: TurnContext, askedBy?: object) => void {
  /** The last call of each sequential tool, by the source of the calls. */
  const lastOf = new WeakMap<object, Map<string, Promise<unknown>>>();
  return (calls, turn, askedBy = turn) => {
    const last = lastOf.get(askedBy) ?? new Map<string, Promise<unknown>>();
    lastOf.set(askedBy, last);
    for (const call of calls) {
      const draft = known.open(call, turn.number);
      history?.markReplayed(turn.runId, call);
      const { number, runId: sourceId } = turn;
      const payload = (): object => ({ arguments: call.arguments });
      run.emit?.({ type: 'tool-call', ...callFields(call, number) }, sourceId, payload);
      const before = last.get(call.name);
      const guarded = async (): Promise<void> => guard(call, draft, turn, run, before);
      const record = (journal ? journal.before(guarded) : guarded()).then(() => draft);
      known.begun({ call, turn, draft, record });
      // A blocked call settles before the calls that precede it, so the next call waits for all of them.
      if (run.settings.tools.get(call.name)?.sequential)
        last.set(call.name, Promise.all([last.get(call.name), record]));
    }
  };
}
