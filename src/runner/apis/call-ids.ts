import { sleep } from '../../internal/abort.ts';
import { omitUndefined } from '../../internal/omit-undefined.ts';
import { isSameCall, keyOf, type ToolCall } from '../call/tool-call.ts';
import type { CallHistory } from '../journal/history.ts';
import { limits } from '../limits.ts';

const MAX_LOOKS = 4;

/** The calls that have used an id. */
interface Uses {
  readonly calls: Use[];
  /** The number of earlier calls, which this runner did not serve. */
  before: number;
}

interface Use {
  readonly call: ToolCall;
  /** True once the API has its output; `maybe` if an earlier process may have sent it. */
  isAnswered: boolean | 'maybe';
}

/** All calls that the API has requested so far, oldest first: none if it does not list them, undefined if unknown. */
export type ListedCalls = readonly ToolCall[] | undefined;

/**
 * The uses of call ids within a run. OpenAI uses each id once, but some servers number the calls of each turn anew: a
 * call that is requested after its predecessor's output was accepted is a new one. An outdated read of the API requests
 * the predecessor. If both have the same arguments, the API's list of calls tells which one it is.
 */
export class CallIds {
  readonly #uses = new Map<string, Uses>();
  /** By the call that `distinguish` returned. */
  readonly #useOf = new WeakMap<ToolCall, Use>();
  readonly #isWhole: boolean;

  /**
   * @param past the calls that earlier processes served; their outputs are sent only once they have ended
   * @param isWhole true if they are all earlier calls of the run
   */
  constructor(past: Iterable<CallHistory>, isWhole: boolean) {
    this.#isWhole = isWhole;
    for (const { call, end } of past) this.#usesOf(call).calls.push({ call, isAnswered: end ? 'maybe' : false });
  }

  /**
   * Returns the calls with the number of their use, if they are not the first with their id.
   *
   * @param list reads the API's list, which may lag behind. Called only if it matters, a few times with pauses.
   */
  async distinguish(
    calls: readonly ToolCall[],
    list: () => Promise<ListedCalls>,
    signal: AbortSignal,
  ): Promise<readonly ToolCall[]> {
    let areNew = this.#isWhole;
    const fresh = new Map<string, Use>();
    for (const call of calls) {
      const key = keyOf(call);
      areNew &&= !this.#uses.has(key);
      fresh.set(key, { call, isAnswered: false });
    }
    // Two with one id are an error, which the caller reports.
    if (fresh.size < calls.length) return calls;
    if (!areNew) return this.#distinguishUsed(calls, list, signal);
    for (const [key, use] of fresh) {
      this.#uses.set(key, { calls: [use], before: 0 });
      this.#useOf.set(use.call, use);
    }
    return calls;
  }

  async #distinguishUsed(
    calls: readonly ToolCall[],
    list: () => Promise<ListedCalls>,
    signal: AbortSignal,
  ): Promise<readonly ToolCall[]> {
    const unclear = calls.filter((call) => mayBeAnswered(this.#earlier(call)));
    const isUnseen = !this.#isWhole && calls.some((call) => this.#usesOf(call).calls.length === 0);
    let listed: ListedCalls = [];
    for (let look = 1; unclear.length > 0 || isUnseen; look += 1) {
      listed = await list();
      if (look === MAX_LOOKS || listed?.length === 0 || this.areListedAnew(unclear, listed)) break;
      await sleep(limits.callLookMs, signal);
    }
    const anew = this.#requestedAnew(unclear, calls, listed);
    return calls.map((call) => {
      const earlier = this.#earlier(call);
      if (earlier && !(mayBeAnswered(earlier) && anew.includes(call))) {
        const same = { ...call, ...omitUndefined({ use: earlier.call.use }) };
        this.#useOf.set(same, earlier);
        return same;
      }
      const uses = this.#usesOf(call);
      const isFirst = uses.calls.length === 0;
      if (isFirst && isUnseen) uses.before = listed ? Math.max(0, withId(call, listed).length - 1) : Infinity;
      const used = isFirst ? call : { ...call, use: uses.calls.length + 1 };
      const use: Use = { call: used, isAnswered: false };
      uses.calls.push(use);
      this.#useOf.set(used, use);
      return used;
    });
  }

  /** Call when the API has accepted the outputs of calls that `distinguish` returned. */
  answered(calls: readonly ToolCall[]): void {
    for (const call of calls) {
      const use = this.#useOf.get(call);
      if (use) use.isAnswered = true;
    }
  }

  /** Returns true if the API lists each of the calls, as the newest with its id, more often than the id was used. */
  areListedAnew(calls: readonly ToolCall[], listed: ListedCalls): boolean {
    return calls.every((call) => this.#unservedWithId(call, listed) > 0);
  }

  /** Returns true if the API lists each of the calls as the newest with its id, and no newer one. */
  areListedAsUsed(calls: readonly ToolCall[], listed: ListedCalls): boolean {
    return calls.every((call) => this.#unservedWithId(call, listed) === 0);
  }

  /** Counts the calls with the id that were not served yet; NaN if the newest one is not this call, or unknown. */
  #unservedWithId(call: ToolCall, listed: ListedCalls = []): number {
    const uses = this.#usesOf(call);
    const requested = withId(call, listed);
    const newest = requested.at(-1);
    // An outdated read may request an even older call.
    const isNewest = newest !== undefined && isSameCall(newest, call);
    return isNewest ? requested.length - uses.before - uses.calls.length : Number.NaN;
  }

  #requestedAnew(unclear: readonly ToolCall[], calls: readonly ToolCall[], listed: ListedCalls): readonly ToolCall[] {
    if (!listed) return [];
    if (listed.length > 0) return unclear.filter((call) => this.areListedAnew([call], listed));
    const areAnswered = calls.every((call) => this.#earlier(call)?.isAnswered === true);
    return areAnswered ? calls : [];
  }

  /** Returns the earlier call that this one may be; undefined for a new call. */
  #earlier(call: ToolCall): Use | undefined {
    const { calls } = this.#usesOf(call);
    const last = calls.at(-1);
    // An outdated read may request an older call than the open one.
    return calls.findLast((use) => isSameCall(use.call, call)) ?? (last?.isAnswered === false ? last : undefined);
  }

  #usesOf({ use: _, ...call }: ToolCall): Uses {
    const key = keyOf(call);
    const uses = this.#uses.get(key) ?? { calls: [], before: 0 };
    this.#uses.set(key, uses);
    return uses;
  }
}

function mayBeAnswered(use: Use | undefined): boolean {
  return use !== undefined && use.isAnswered !== false;
}

function withId({ callId }: ToolCall, listed: readonly ToolCall[]): readonly ToolCall[] {
  return listed.filter((one) => one.callId === callId);
}
