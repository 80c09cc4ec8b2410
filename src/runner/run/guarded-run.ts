import { setMaxListeners } from 'node:events';
import { Limit, TimeLimitError } from '../../internal/abort.ts';
import { omitUndefined } from '../../internal/omit-undefined.ts';
import { GuardedCall } from '../call/guarded-call.ts';
import { guard } from '../call/guard.ts';
import { RunMemory } from '../call/memory.ts';
import type { CallRecord } from '../call/outcome.ts';
import { fitOutputs } from '../call/output.ts';
import { Provenance } from '../call/provenance.ts';
import type { ParkedApproval } from '../call/open-call.ts';
import type { RunContext, SharedState, TurnContext } from '../call/run-context.ts';
import { callKey, isSameCall, type ToolCall } from '../call/tool-call.ts';
import { JOURNALED_CODES, RECOVERABLE_CODES, RunFailure, SuspendRun } from '../errors.ts';
import { createEmitter, type Emit, type EventSink, type RunUsage } from '../events.ts';
import { journalFailed } from '../journal/run-log.ts';
import type { RunSettings } from '../settings.ts';
import type { RunTrace } from '../trace.ts';
import type { Budget, UsageReport } from './budget.ts';
import type { LeftOpen, Loop, ToolOutput, Turn } from './driver.ts';
import { Recorder, type RunFacts } from './recorder.ts';
import { ReplayedRun } from './replay.ts';
import { TextFeed } from './text-feed.ts';

/** Consecutive times a server may request outputs that it already received, before the run fails. */
const MAX_REPEATS = 5;

/** Statuses of a run that a later process resumes. */
export const SUSPENDED: ReadonlySet<string | undefined> = new Set(['awaiting_approval', 'budget_reached']);

/** What a run needs beside its settings. */
interface RunTools {
  readonly budget: Budget;
  /** The sinks that receive every event. */
  readonly sinks: readonly EventSink[];
  readonly trace: RunTrace | undefined;
  /** Ends the run when it aborts. */
  readonly signal: AbortSignal | undefined;
}

/** One run: its turns and calls, its limits and its end. Drivers use it as their `Loop`, calls as their `RunContext`. */
export class GuardedRun implements Loop, RunContext {
  readonly settings: RunSettings;
  readonly shared: SharedState;
  readonly signal: AbortSignal;
  readonly memory: RunMemory;
  readonly provenance: Provenance | undefined;
  readonly emit: Emit | undefined;
  readonly text: TextFeed | undefined;
  readonly submitted: Loop['submitted'];
  readonly trace: RunTrace | undefined;
  /** That of the options; without one, the run's first id. */
  threadId: string;
  readonly recorder: Recorder | undefined;
  isSettled = false;
  /** What stays open at the API. */
  left: LeftOpen | undefined;
  /** The ids that the API gave the run. The journal, if there is one, has the id that resumes the run. */
  runIds: { readonly first?: string; readonly last?: string } = {};
  /** The approvals that a suspended run waits for. */
  readonly approvals: ParkedApproval[] = [];
  readonly #budget: Budget;
  readonly #controller: Limit;
  readonly #startedAt = performance.now();
  /** What an earlier process did; undefined for a new run. */
  readonly #replayed: ReplayedRun | undefined;
  /** In the order in which the model requested them. */
  readonly #calls: GuardedCall[] = [];
  /** By the object that the driver passed. */
  readonly #callOf = new WeakMap<ToolCall, GuardedCall>();
  /** The started calls by their keys: a later turn may use a call's id for another call. */
  readonly #started = new Map<string, GuardedCall>();
  readonly #turnOf = new WeakMap<object, number>();
  /** The last call of each sequential tool, by the source of the calls. */
  readonly #lastCalls = new WeakMap<object, Map<string, Promise<unknown>>>();
  #turns: number;
  #repeats = 0;
  /** The usage of the response whose calls are next. */
  #turnUsage: RunUsage | undefined;

  constructor(settings: RunSettings, shared: SharedState, facts: RunFacts, { budget, sinks, trace, signal }: RunTools) {
    const { timeoutMs, journal } = settings;
    const message = `The run took longer than its timeoutMs of ${timeoutMs}.`;
    this.#controller = new Limit(signal, timeoutMs, () => new RunFailure('timeout', message));
    this.signal = this.#controller.signal;
    // Each call adds a listener, so many listeners are not a leak here.
    setMaxListeners(0, this.signal);
    this.settings = settings;
    this.shared = shared;
    this.#budget = budget;
    this.threadId = facts.threadId ?? '';
    this.trace = trace;
    if (sinks.length > 0) this.emit = createEmitter(sinks, () => this.threadId, settings.principal?.id);
    if (this.emit) this.text = new TextFeed((piece) => this.emit?.(piece, this.runIds.last ?? ''));
    if (this.emit) this.submitted = this.#emitSubmitted.bind(this);
    this.memory = new RunMemory();
    if (facts.openApprovals) this.memory.addPending(facts.openApprovals);
    if (settings.provenance) this.provenance = new Provenance(settings.scanTimeoutMs, shared.tools, this.signal);
    this.recorder = journal && new Recorder(journal, facts, this);
    this.#replayed = facts.opened && new ReplayedRun(facts.opened.history, this);
    this.#turns = this.#replayed?.turns ?? 0;
  }

  /** One record per call, in the order in which the model requested them. */
  get calls(): readonly CallRecord[] {
    if (this.#replayed) return this.#replayed.inOrder(this.#calls);
    const records: CallRecord[] = [];
    for (const { record } of this.#calls) records.push(record);
    return records;
  }

  opened(runId: string): void {
    if (this.isSettled) return;
    this.runIds = { first: this.runIds.first ?? runId, last: runId };
    this.threadId ||= runId;
    this.recorder?.named(runId);
  }

  async used(report: UsageReport, isReplayed = false): Promise<void> {
    this.#turnUsage = await this.#budget.count(report, isReplayed);
  }

  begin({ calls, model, askedBy, keyScope, expiresAt, fitPart }: Turn): void {
    this.signal.throwIfAborted();
    if (this.#budget.needsPrice && model !== undefined) this.#budget.checkPrice(model);
    const runId = askedBy?.id || (this.runIds.last ?? '');
    const { fresh, number } = this.#admit(calls, askedBy, runId);
    if (fresh.size === 0) return;
    const deadline = expiresAt ? expiresAt.getTime() - this.settings.expiryMarginMs : Infinity;
    // One timer and one listener for all calls of the turn.
    const expiry =
      expiresAt && new Limit(this.signal, deadline - Date.now(), () => new TimeLimitError('The run expires.'));
    if (expiry) setMaxListeners(0, expiry.signal);
    const signal = expiry?.signal ?? this.signal;
    const turn = { number, deadline, signal, runId, keyScope: keyScope ?? runId, fitPart };
    if (this.emit) {
      const callIds = Object.freeze([...fresh.values()].map(({ callId }) => callId));
      this.emit({ type: 'turn', turn: number, callIds, ...omitUndefined({ usage: this.#turnUsage }) }, runId);
    }
    const settled: Promise<void>[] = [];
    for (const [key, call] of fresh) settled.push(this.#start(call, key, turn, askedBy ?? turn));
    if (expiry) void expiry.within(Promise.all(settled)).catch(() => undefined);
  }

  async outputsOf(calls: readonly ToolCall[]): Promise<readonly ToolOutput[]> {
    await this.settled();
    return calls.map((call) => {
      const guarded = this.#callOf.get(call) ?? this.#addClosed(call);
      guarded.closed();
      return guarded.sent;
    });
  }

  #emitSubmitted(calls: readonly ToolCall[]): void {
    // The API's response may come late: nothing follows the end of a run.
    if (this.isSettled) return;
    for (const call of calls) {
      const guarded = this.#callOf.get(call);
      guarded?.submitted();
    }
  }

  /** Resolves when no call is in flight: after an end, within the handlers' grace period. */
  async settled(): Promise<void> {
    await Promise.all(this.#calls.map(async (call) => call.settled));
  }

  park(approval: ParkedApproval): void {
    this.approvals.push(approval);
  }

  end(reason: RunFailure = new RunFailure('api_error', 'The run was left.')): void {
    this.#controller.abort(reason);
  }

  leftOpen(what: LeftOpen = { message: '', callIds: [] }): void {
    this.left = what;
  }

  resumableAs(why: unknown): LeftOpen | undefined {
    if (why instanceof RunFailure && why.ownedByAnotherProcess) return { message: '', callIds: [] };
    if (!this.#isResumable(why)) return undefined;
    const when = why instanceof RunFailure && why.code === 'stopped' ? 'in another process' : 'once this is fixed';
    return { message: `The run stays open at the API. Resume it ${when}.`, callIds: [] };
  }

  /** Records the run's end in its journal, and emits it. A run that stays open at the API can be resumed. */
  async ended(how: { readonly status?: string; readonly code?: string }): Promise<void> {
    const runId = this.runIds.last ?? '';
    // A scan of monitor mode that is still in flight no longer writes to the journal.
    this.isSettled = true;
    const isOpen = SUSPENDED.has(how.status) || (this.left && this.left.isOver !== true);
    const { usage } = this.#budget;
    const end = usage ? { ...how, usage } : how;
    if (!isOpen) await this.recorder?.recordEnd({ runId, ...end });
    const durationMs = performance.now() - this.#startedAt;
    this.emit?.({ type: 'run-end', ...end, durationMs }, runId);
  }

  /** Removes the listeners and timers, and closes the journal. Call it when no call is in flight. */
  async close(): Promise<void> {
    this.isSettled = true;
    this.provenance?.close();
    this.#controller.close();
    await this.recorder?.close();
  }

  #isResumable(why: unknown): boolean {
    if (why instanceof RunFailure && why.losesJournal) return false;
    // Everything that was done is on disk: only the next step is not.
    if (why instanceof RunFailure && this.recorder?.log && JOURNALED_CODES.has(why.code)) return true;
    // Before its first call, too: the next process may serve it by now, or finds it as after a crash.
    if (why instanceof RunFailure && this.recorder?.isFoundByKey && why.code === 'journal') return true;
    // An earlier process served calls of the run, and this one could not.
    const isJoined = this.#replayed?.isJoined === true;
    const isUntouched = this.#calls.length <= (this.#replayed?.replayed ?? 0) && !this.signal.aborted;
    return isJoined && (why instanceof RunFailure ? RECOVERABLE_CODES.has(why.code) : isUntouched);
  }

  async #start(call: ToolCall, key: string, turn: TurnContext, source: object): Promise<void> {
    const guarded = this.#add(call, key, turn);
    this.#replayed?.markReplayed(guarded.key);
    this.#started.set(guarded.key, guarded);
    if (this.emit) guarded.emit(() => ['tool-call', {}, () => ({ arguments: call.arguments })]);
    const last = guarded.tool?.sequential ? this.#lastOf(source) : undefined;
    const before = last?.get(call.name);
    guarded.settled = this.recorder ? this.#guardWithJournal(this.recorder, guarded, before) : guard(guarded, before);
    // A call that is blocked ends before those that it came after: the next one waits for all of them.
    last?.set(call.name, Promise.all([before, guarded.settled]));
    await guarded.settled;
  }

  #lastOf(source: object): Map<string, Promise<unknown>> {
    const last = this.#lastCalls.get(source) ?? new Map<string, Promise<unknown>>();
    this.#lastCalls.set(source, last);
    return last;
  }

  /** Opens the journal first. A run that has ended does not wait for the disk. */
  async #guardWithJournal(recorder: Recorder, call: GuardedCall, before: Promise<unknown> | undefined): Promise<void> {
    const opened = recorder.open();
    await new Limit(this.signal).within(opened).catch((cause: unknown) => {
      this.end(journalFailed(cause));
    });
    call.noted();
    await guard(call, before);
  }

  #add(call: ToolCall, key: string, turn: TurnContext): GuardedCall {
    const guarded = new GuardedCall(call, key, turn, this);
    this.#calls.push(guarded);
    this.#callOf.set(call, guarded);
    return guarded;
  }

  /** Adds a call that gets an output without being started, or that an earlier process started. */
  #addClosed(call: ToolCall): GuardedCall {
    const guarded = this.#add(call, callKey('', call), this.#noTurn());
    const record = this.#replayed?.take(call);
    if (record) guarded.restore(record);
    return guarded;
  }

  /** Stands for the turn of a call that is not started. */
  #noTurn(): TurnContext {
    return { number: this.#turns, deadline: Infinity, signal: this.signal, runId: '', keyScope: '' };
  }

  async outputs(calls: readonly ToolCall[], maxBytes: number = Infinity): Promise<readonly ToolOutput[]> {
    const settled: GuardedCall[] = [];
    for (const call of calls) {
      const guarded = this.#callOf.get(call);
      if (guarded) settled.push(guarded);
      await guarded?.settled;
    }
    this.signal.throwIfAborted();
    const { handlers } = this.shared;
    // The runner stops: the model would request the next calls, which do not start. Waits for the end.
    if (handlers.isClosed) await handlers.use(this.signal, async () => undefined);
    if (this.#budget.exceeded) throw this.#budget.exceeded;
    if (this.approvals.length > 0 && settled.some((call) => call.isParked))
      throw new SuspendRun('The turn waits for approvals.');
    // The model's outputs stay the same after a crash, even if an approver or the gateway decides differently.
    if (this.recorder) await Promise.all(settled.map(async (call) => call.recordEnd()));
    this.signal.throwIfAborted();
    const outputs: ToolOutput[] = [];
    for (const { sent } of settled) outputs.push(sent);
    const fitted = fitOutputs(outputs, maxBytes, (index, bytes) => settled[index]?.message('output_cut', bytes) ?? '');
    if (fitted === outputs) return outputs;
    for (const [index, output] of fitted.entries())
      if (output !== outputs[index]) settled[index]?.sends({ text: output.output });
    return fitted;
  }

  /**
   * Checks a turn as a whole before any of its calls: an invalid one starts none of them.
   *
   * @returns the calls that the API requests for the first time, by their keys, and the turn's number, from 1
   * @throws RunFailure for an invalid turn, and for one that exceeds `maxTurns`
   */
  #admit(calls: readonly ToolCall[], askedBy: object | undefined, sourceId: string) {
    try {
      const fresh = this.#freshOf(calls, sourceId);
      this.#repeats = fresh.size > 0 ? 0 : this.#repeats + 1;
      if (this.#repeats > MAX_REPEATS)
        throw invalid(`The API requested outputs that it already received, ${this.#repeats} times in a row.`);
      const earlier = (askedBy && this.#turnOf.get(askedBy)) ?? this.#replayed?.turnOf([...fresh.keys()]);
      if (fresh.size > 0 && earlier === undefined) this.#turns += 1;
      const number = earlier ?? this.#turns;
      if (askedBy) this.#turnOf.set(askedBy, number);
      // A turn that an earlier process admitted may have run calls already, so it always counts as allowed.
      if (this.#turns > this.settings.maxTurns && earlier === undefined) throw tooManyTurns(this.settings.maxTurns);
      const { exceeded } = this.#budget;
      if (earlier === undefined && exceeded) throw exceeded;
      return { fresh, number };
    } catch (error) {
      for (const call of calls) {
        const key = callKey(sourceId, call);
        if (this.#started.has(key)) continue;
        const added = this.#add(call, key, this.#noTurn());
        if ((error as RunFailure).code === 'over_budget') added.end('over_budget');
      }
      this.end(error as RunFailure);
      throw this.signal.reason;
    }
  }

  /** @throws RunFailure for a turn without calls, and for call ids that are not unique */
  #freshOf(calls: readonly ToolCall[], sourceId: string): ReadonlyMap<string, ToolCall> {
    if (calls.length === 0) throw invalid('The run waits for tool outputs but lists no tool calls.');
    const fresh = new Map<string, ToolCall>();
    const repeated = new Set<string>();
    for (const call of calls) {
      const key = callKey(sourceId, call);
      const earlier = this.#started.get(key);
      if (fresh.has(key) || repeated.has(key) || (earlier && !isSameCall(earlier.call, call)))
        throw invalid(`Two tool calls of one turn have the id "${call.callId}".`);
      if (earlier) this.#callOf.set(call, earlier);
      if (earlier) repeated.add(key);
      else fresh.set(key, call);
    }
    return fresh;
  }
}

function invalid(message: string): RunFailure {
  return new RunFailure('invalid_turn', message);
}

function tooManyTurns(maxTurns: number): RunFailure {
  const message = `The run needs more turns than its maxTurns of ${maxTurns}. Raise maxTurns, or check error.calls for what the model is doing.`;
  return new RunFailure('max_turns', message);
}
