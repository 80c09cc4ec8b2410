import { setMaxListeners } from 'node:events';
import { EndRun } from '../errors.ts';
import { limitedController, TimeLimitError } from '../internal/abort.ts';
import type { Begun, LeftOpen, Loop, ToolCall, ToolOutput, Turn } from './driver.ts';
import { tellingAll, type EventSink, type RunEventOf } from './events.ts';
import { factsOf, guard, openRecord } from './guard.ts';
import { say } from './messages.ts';
import { createRunMemory } from './memory.ts';
import type { CallRecord } from './outcome.ts';
import { fitOutputs } from './output.ts';
import { createProvenance } from './provenance.ts';
import type { LoopSettings, RecordDraft, RunState, TurnPlace } from './run-state.ts';
import { ofCall } from './tell.ts';
import { createTextFeed } from './text-feed.ts';
import type { RunTrace } from './trace.ts';

/** How often a server may ask again for outputs that it was given, before we stop believing it. */
const MAX_REPEATS = 5;

/** The loop of one run, with what its runner needs to report on it. */
export interface GuardedLoop extends Loop {
  /** One record per call, in the order in which the model asked. */
  readonly calls: readonly CallRecord[];
  readonly runId: string | undefined;
  /** What stays open at the API. */
  readonly left: LeftOpen | undefined;
  /** Tells how the run has ended. */
  readonly ended: (how: Pick<RunEventOf<'run-end'>, 'status' | 'code'>) => void;
  /** Resolves when no call is under way any more: after an end, at most the handlers' grace later. */
  readonly settled: () => Promise<unknown>;
  /** Removes the listeners and timers. */
  readonly close: () => void;
}

export interface LoopOptions {
  /** Where the run is; what asked first stands for it where it is nowhere. */
  readonly threadId: string | undefined;
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
  /** Told the run's id once it has one. */
  readonly onOpened?: (runId: string) => void;
  /** Told of everything that happens. */
  readonly sinks: readonly EventSink[];
  readonly trace: RunTrace | undefined;
}

interface Answered {
  readonly call: ToolCall;
  readonly place: TurnPlace;
  readonly draft: RecordDraft;
  readonly record: Promise<RecordDraft>;
}

export function createLoop(
  settings: LoopSettings,
  { threadId, timeoutMs, signal, onOpened, sinks, trace }: LoopOptions,
): GuardedLoop {
  // Many runs may share one signal, such as that of a shutdown. Each takes its listener away again.
  if (signal instanceof EventTarget) setMaxListeners(0, signal);
  const { controller, close } = limitedController(
    signal,
    timeoutMs,
    () => new EndRun('timeout', `The run took longer than its timeoutMs of ${timeoutMs}.`),
  );
  // Every call listens: many listeners are no leak here.
  setMaxListeners(0, controller.signal);
  const answered = new Map<string, Answered>();
  const records: RecordDraft[] = [];
  const draftOf = new WeakMap<ToolCall, RecordDraft>();
  const submitted = new Set<string>();
  const turnOf = new WeakMap<object, number>();
  /** The last call of each sequential tool, by what asked. */
  const lastOf = new WeakMap<object, Map<string, Promise<unknown>>>();
  let runId: string | undefined;
  let firstRunId: string | undefined;
  let left: LeftOpen | undefined;
  let isClosed = false;
  let turns = 0;
  let repeats = 0;

  const startedAt = performance.now();
  const tell = tellingAll(sinks, () => run.threadId);
  const text = tell && createTextFeed((itemId, delta) => void tell({ type: 'text-delta', itemId, delta }, runId ?? ''));
  const provenance = settings.provenance ? createProvenance(settings.scanTimeoutMs, controller.signal) : undefined;
  const run: RunState = {
    settings,
    get threadId() {
      return threadId ?? firstRunId ?? '';
    },
    signal: controller.signal,
    memory: createRunMemory(settings.maxToolCalls),
    provenance,
    tell,
    trace,
    end: (reason) => {
      controller.abort(reason);
    },
  };

  function openDraft(call: ToolCall, turn: number): RecordDraft {
    const draft = openRecord(call, turn);
    records.push(draft);
    draftOf.set(call, draft);
    return draft;
  }

  /** Looks at a turn as a whole before any of its calls; what is wrong here dispatches nothing. */
  function admit({ calls, askedBy }: Turn): { fresh: readonly ToolCall[]; number: number } {
    const refuse = (code: 'invalid_turn' | 'max_turns', message: string): never => {
      for (const call of calls) if (!answered.has(keyOf(call))) openDraft(call, turns);
      run.end(new EndRun(code, message));
      throw controller.signal.reason;
    };
    const ids = new Set<string>();
    for (const call of calls) {
      const { callId } = call;
      const key = keyOf(call);
      const earlier = answered.get(key)?.call;
      if (ids.has(key)) refuse('invalid_turn', `Two tool calls of one turn have the id "${callId}".`);
      if (earlier && !isSameCall(earlier, call)) {
        refuse('invalid_turn', `The tool call id "${callId}" was used for another call in an earlier turn.`);
      }
      ids.add(key);
    }
    if (calls.length === 0) refuse('invalid_turn', 'The run waits for tool outputs but names no tool calls.');

    const fresh = calls.filter((call) => !answered.has(keyOf(call)));
    repeats = fresh.length > 0 ? 0 : repeats + 1;
    if (repeats > MAX_REPEATS) {
      refuse('invalid_turn', `The run asked ${repeats} times more for outputs that were submitted.`);
    }
    const known = askedBy && turnOf.get(askedBy);
    if (fresh.length > 0 && known === undefined) turns += 1;
    if (askedBy) turnOf.set(askedBy, known ?? turns);
    if (turns > settings.maxTurns)
      refuse(
        'max_turns',
        `The run wants more turns than its maxTurns of ${settings.maxTurns}: raise it, or look at error.calls for what it is after.`,
      );
    return { fresh, number: known ?? turns };
  }

  function begin(turn: Turn): Begun {
    controller.signal.throwIfAborted();
    const { fresh, number } = admit(turn);
    const deadline = turn.expiresAt ? turn.expiresAt.getTime() - settings.expiryMarginMs : Infinity;
    // One timer and one listener for all calls of the turn.
    const expiry = limitedController(
      controller.signal,
      deadline - Date.now(),
      () => new TimeLimitError('The run expires.'),
    );
    setMaxListeners(0, expiry.signal);
    const askerId = turn.askedBy?.id || (runId ?? '');
    const { keyScope = askerId } = turn;
    if (fresh.length > 0) tell?.({ type: 'turn', turn: number, callIds: fresh.map(({ callId }) => callId) }, askerId);
    start(fresh, { number, deadline, signal: expiry.signal, runId: askerId, keyScope }, turn.askedBy);

    void Promise.all(recordsOf(turn.calls)).finally(expiry.close);
    return async (calls) => outputsFor(calls, turn.maxOutputBytes);
  }

  async function outputsFor(calls: readonly ToolCall[], maxOutputBytes = Infinity): Promise<readonly ToolOutput[]> {
    const concluded = await Promise.all(recordsOf(calls));
    controller.signal.throwIfAborted();
    const outputs = fitOutputs(concluded, maxOutputBytes, (draft, bytes) =>
      say(settings.messages, 'output_cut', factsOf(draft, bytes)),
    );
    for (const [index, { output }] of outputs.entries()) Object.assign(concluded[index] ?? {}, { output });
    return outputs.map(toolOutput);
  }

  function recordsOf(calls: readonly ToolCall[]): Promise<RecordDraft>[] {
    return calls.flatMap((call) => answered.get(keyOf(call))?.record ?? []);
  }

  async function settled(): Promise<unknown> {
    return Promise.all([...answered.values()].map(async ({ record }) => record));
  }

  async function outputsOf(calls: readonly ToolCall[]): Promise<readonly ToolOutput[]> {
    await settled();
    return calls.map((call) => {
      const draft = draftOf.get(call) ?? openDraft(call, turns);
      if (draft.outcome === 'not_run') draft.output = say(settings.messages, 'not_run', factsOf(draft));
      // It was cleared, and the API is not told so any more.
      if (call.kind === 'approval' && draft.outcome === 'allowed') {
        Object.assign(draft, { outcome: 'aborted', executed: 'no' } satisfies Partial<RecordDraft>);
        draft.output = say(settings.messages, 'aborted', factsOf(draft));
      }
      return toolOutput(draft);
    });
  }

  /** Each is told once, however often the API asks again. */
  function tellSubmitted(calls: readonly ToolCall[]): void {
    for (const key of tell ? calls.map(keyOf) : []) {
      const known = answered.get(key);
      if (!known || submitted.has(key)) continue;
      submitted.add(key);
      const { outcome, executed, output } = known.draft;
      const { number, runId: askerId } = known.place;
      tell?.({ type: 'output-submitted', ...ofCall(known.call, number), outcome, executed, output }, askerId);
    }
  }

  /** All calls side by side, each at its own pace; the calls of a `sequential` tool wait for each other. */
  function start(calls: readonly ToolCall[], place: TurnPlace, askedBy: object = place): void {
    const last = lastOf.get(askedBy) ?? new Map<string, Promise<unknown>>();
    lastOf.set(askedBy, last);
    for (const call of calls) {
      const draft = openDraft(call, place.number);
      const { number, runId: askerId } = place;
      tell?.({ type: 'tool-call', ...ofCall(call, number), arguments: call.arguments }, askerId);
      const record = guard(call, draft, place, run, last.get(call.name)).then(() => draft);
      answered.set(keyOf(call), { call, place, draft, record });
      // A call that is blocked ends before those that it came after: the next one waits for all of them.
      if (settings.tools.get(call.name)?.sequential) last.set(call.name, Promise.all([last.get(call.name), record]));
    }
  }

  return {
    signal: controller.signal,
    calls: records,
    get runId() {
      return runId;
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
    recall: (read) => {
      provenance?.recall(read);
    },
    note: (more) => {
      provenance?.note(more());
    },
    end: () => {
      controller.abort(new EndRun('api_error', 'The run was left.'));
    },
    leftOpen: (what = { says: '', callIds: [] }) => {
      left = what;
    },
    text,
    submitted: tellSubmitted,
    ended: (how) => {
      tell?.({ type: 'run-end', ...how, durationMs: performance.now() - startedAt }, runId ?? '');
    },
    begin,
    answer: async (turn) => begin(turn)(turn.calls),
    outputsOf,
    settled,
    close: () => {
      isClosed = true;
      provenance?.close();
      close();
    },
  };
}

function keyOf({ scope, callId }: ToolCall): string {
  return scope === undefined ? callId : JSON.stringify([scope, callId]);
}

function toolOutput({ callId, output, outcome }: RecordDraft): ToolOutput {
  return { callId, output, outcome };
}

/** Whether two calls of one id are one call. */
function isSameCall(one: ToolCall, other: ToolCall): boolean {
  const keys = ['kind', 'server', 'name', 'arguments'] as const;
  return keys.every((key) => one[key] === other[key]);
}
