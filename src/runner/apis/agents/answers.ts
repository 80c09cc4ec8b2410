import { canonicalJson } from '../../../internal/json.ts';
import { omitUndefined } from '../../../internal/omit-undefined.ts';
import type { ToolCall } from '../../call/tool-call.ts';
import { RunFailure, SuspendRun } from '../../errors.ts';
import { limits } from '../../limits.ts';
import type { Loop } from '../../run/driver.ts';
import { statusOf } from '../api-error.ts';
import type { CallIds, ListedCalls } from '../call-ids.ts';
import { type Action, actionOf, fitPart, keyOf } from './actions.ts';
import type { AgentSession } from './client.ts';
import { isNotPending, type Outbox } from './session.ts';
import type { Turns } from './turns.ts';

/** The API accepts 1,048,576 characters in a string. */
const MAX_OUTPUT_BYTES = 1_000_000;
const MAX_RESENDS = 5;

/** An action and the state of its result. */
interface TrackedAction {
  readonly action: Action;
  /** The action as the API sent it. */
  readonly fingerprint: string;
  event?: object;
  isSending: boolean;
  /** True while the call waits for its approver. */
  isParked: boolean;
  sentAt: number;
  resends: number;
  /** The number of the call's use of its id, from 2. */
  use?: number | undefined;
  /** The earlier actions with the same ids, as the API sent them. */
  readonly earlier: readonly string[];
  /** When to find out, at the earliest, whether the API requests a new call with the same ids. */
  lookAt: number;
}

/** Calls of one turn that the model waits for together. The next calls come when all of these are answered. */
interface CallBatch {
  /** The turn's id. */
  readonly id: string;
  open: number;
}

/** The actions of a session, and the results that it gets. */
export class Answers {
  readonly #loop: Loop;
  readonly #outbox: Outbox;
  readonly #turns: Turns;
  readonly #sessionId: string;
  readonly #callIds: CallIds;
  readonly #listed: (turnId: string) => Promise<ListedCalls>;
  readonly #readWithin: (ms: number) => void;
  readonly #actions = new Map<string, TrackedAction>();
  readonly #batches = new Map<string, CallBatch>();
  readonly #failing = new AbortController();
  readonly #inFlight: Promise<unknown>[] = [];

  /**
   * @param listed reads the ids of the calls of a turn
   * @param readWithin has the session read, and its actions handled, within this time
   */
  constructor(
    loop: Loop,
    outbox: Outbox,
    turns: Turns,
    sessionId: string,
    callIds: CallIds,
    listed: (turnId: string) => Promise<ListedCalls>,
    readWithin: (ms: number) => void,
  ) {
    this.#loop = loop;
    this.#outbox = outbox;
    this.#turns = turns;
    this.#sessionId = sessionId;
    this.#callIds = callIds;
    this.#listed = listed;
    this.#readWithin = readWithin;
  }

  /** Aborts with the error when sending a result fails. */
  get failed(): AbortSignal {
    return this.#failing.signal;
  }

  /**
   * Guards all new actions concurrently, and sends each result as soon as it exists. Sends a result again when the API
   * still requests it long after accepting it.
   *
   * @throws RunFailure for an action that is not supported; then no action of this update starts
   */
  handle({ required_actions: required }: AgentSession): void {
    const fail = (error: unknown): void => {
      this.#failing.abort(error);
    };
    const keys = new Set<string>();
    const added = new Map<string, TrackedAction>();
    const byTurn = new Map<string, TrackedAction[]>();
    for (const entry of required) {
      const fields = ((entry as unknown) ?? {}) as Readonly<Record<string, unknown>>;
      const key = keyOf(fields);
      const known = this.#actions.get(key);
      const fingerprint = canonicalJson(fields);
      const isOpen = known && !known.event;
      // An outdated update may list an earlier call with the same ids.
      const isKnown = known?.fingerprint === fingerprint || known?.earlier.includes(fingerprint) === true;
      if (keys.has(key) || (isOpen && !isKnown)) {
        throw new RunFailure('invalid_turn', `The session requires two different actions with the same ids, ${key}.`);
      }
      keys.add(key);
      if (isOpen) continue;
      const action = actionOf(fields);
      const earlier = known ? [...known.earlier, known.fingerprint] : [];
      const sending = { isSending: false, isParked: false, sentAt: 0, resends: 0, lookAt: 0 };
      const tracked = { action, fingerprint, earlier, ...sending };
      if (known) {
        this.#repeat(known, key, tracked).catch(fail);
        continue;
      }
      added.set(key, tracked);
      const ofTurn = byTurn.get(action.turnId) ?? [];
      ofTurn.push(tracked);
      byTurn.set(action.turnId, ofTurn);
    }
    for (const [key, tracked] of added) this.#actions.set(key, tracked);
    for (const [turnId, fresh] of byTurn) {
      this.#inFlight.push(this.#answer(turnId, fresh, this.#batchOf(turnId, fresh.length)).catch(fail));
    }
  }

  /** Resolves when all actions so far are answered or parked, or failed. */
  async settled(): Promise<void> {
    await Promise.all(this.#inFlight);
  }

  #batchOf(turnId: string, size: number): CallBatch {
    let batch = this.#batches.get(turnId);
    if (!batch || batch.open === 0) batch = { id: turnId, open: 0 };
    batch.open += size;
    this.#batches.set(turnId, batch);
    return batch;
  }

  /** Answers an action with the ids of an answered one: again, or as a new call. */
  async #repeat(known: TrackedAction, key: string, tracked: TrackedAction): Promise<void> {
    // No event may follow that would tell more. The longer the API requests an answered action, the rarer the looks.
    this.#readWithin(Math.max(limits.callLookMs, Date.now() - known.sentAt));
    if (Date.now() < known.lookAt) return;
    known.lookAt = Date.now() + limits.callLookMs;
    const { turnId } = known.action;
    let listed: ListedCalls;
    const calls = await this.#callsOf(turnId, [tracked], async () => (listed = await this.#listed(turnId)));
    const [before, now] = [known.use ?? 1, calls[0]?.use ?? 1];
    if (now === before) {
      // Else, the API may request a new call with the same ids, and would take the result for that.
      if (this.#callIds.areListedAsUsed(calls, listed)) await this.#resend(known);
      return;
    }
    // An update that is outdated, or that was handled meanwhile.
    if (now < before || this.#actions.get(key) !== known) return;
    this.#actions.set(key, tracked);
    await this.#answer(turnId, [tracked], this.#batchOf(turnId, 1));
  }

  async #callsOf(
    turnId: string,
    tracked: readonly TrackedAction[],
    list: () => Promise<ListedCalls> = async () => this.#listed(turnId),
  ): Promise<readonly ToolCall[]> {
    const subagentId = await this.#turns.subagentOf(turnId);
    const scope = omitUndefined({ scope: turnId, subagentId });
    const calls = tracked.map(({ action: { call } }) => ({ ...call, ...scope }));
    return this.#callIds.distinguish(calls, list, this.#loop.signal);
  }

  /** Answers calls of one turn that were listed together, in the model's order. */
  async #answer(turnId: string, fresh: readonly TrackedAction[], batch: CallBatch): Promise<void> {
    const calls = await this.#callsOf(turnId, fresh);
    this.#loop.begin({ calls, askedBy: batch, keyScope: this.#sessionId, fitPart });
    const answered = fresh.map(async (tracked, index) => {
      const one = calls.slice(index, index + 1);
      tracked.use = one[0]?.use;
      const [output] = await this.#loop.outputs(one, MAX_OUTPUT_BYTES).catch((error: unknown) => {
        if (!(error instanceof SuspendRun)) throw error;
        tracked.isParked = true;
        return [];
      });
      // The model may continue as soon as the result is in flight, even if its response is lost.
      batch.open -= 1;
      if (output) {
        // The API may have the result, and request the next call, before its response arrives.
        this.#callIds.answered(one);
        if (await this.#send(tracked, tracked.action.answer(output))) this.#loop.submitted?.(one);
      }
      this.#suspendIfIdle();
    });
    await Promise.all(answered);
  }

  /** Resolves with false when the API no longer waits for the result. */
  async #send(tracked: TrackedAction, event: object): Promise<boolean> {
    Object.assign(tracked, { event, isSending: true, sentAt: Date.now() });
    try {
      await this.#outbox.send(event);
      return true;
    } catch (error) {
      // The turn has ended, or another client sent a result.
      if (!isNotPending(error) && statusOf(error) !== 409) throw error;
      return false;
    } finally {
      Object.assign(tracked, { isSending: false, sentAt: Date.now() });
    }
  }

  async #resend(tracked: TrackedAction): Promise<void> {
    const { event, isSending, sentAt } = tracked;
    if (!event || isSending || Date.now() - sentAt < limits.resultResendMs) return;
    tracked.resends += 1;
    if (tracked.resends > MAX_RESENDS) {
      throw new RunFailure(
        'invalid_turn',
        `The session requested a result that it had already accepted, ${tracked.resends} times.`,
      );
    }
    await this.#send(tracked, event);
  }

  /** Suspends the run when only calls that wait for approvers are left. */
  #suspendIfIdle(): void {
    const waiting = [...this.#actions.values()].filter(({ event, isSending }) => event === undefined || isSending);
    if (waiting.length > 0 && waiting.every(({ isParked }) => isParked)) {
      this.#failing.abort(new SuspendRun('The session is waiting for approvals.'));
    }
  }
}
