import { setImmediate } from 'node:timers/promises';

/** Milliseconds that work may keep the event loop busy before other work has its turn. */
const MAX_BUSY_MS = 5;

/** Characters that are read in one step. */
const LENGTH_OF_STEP = 16_384;

/** Tells work on texts when a step is long enough. */
export class Pace {
  #length = 0;

  /** Counts the characters that are read next. Returns true if the step has to end before it. */
  isOver(length: number): boolean {
    this.#length += length;
    if (this.#length <= LENGTH_OF_STEP) return false;
    this.#length = length;
    return true;
  }
}

/** Work in small steps. Several callers may take steps of the same work, and each gets its result. */
export class Steps<Result> {
  readonly #steps: Generator<undefined, Result>;
  #end: { readonly result: Result } | { readonly error: unknown } | undefined;

  constructor(steps: Generator<undefined, Result>) {
    this.#steps = steps;
  }

  /** Takes one step. Returns true at the end. */
  advance(): boolean {
    if (this.#end) return true;
    try {
      const { done, value } = this.#steps.next();
      if (done) this.#end = { result: value };
    } catch (error) {
      this.#end = { error };
    }
    return this.#end !== undefined;
  }

  get isFinished(): boolean {
    return this.#end !== undefined;
  }

  /** Returns the result of finished work; the fallback if a step threw. */
  resultOr(fallback: Result): Result {
    return this.#end && 'result' in this.#end ? this.#end.result : fallback;
  }

  /** Takes all remaining steps. Throws what a step threw. */
  finish(): Result {
    while (!this.advance());
    if (!this.#end || 'error' in this.#end) throw this.#end?.error;
    return this.#end.result;
  }
}

/** Takes all steps, and lets other work run in between. Never rejects: `finish` throws what a step threw. */
export async function inTurns(works: Iterable<Steps<unknown>>): Promise<void> {
  let busySince = performance.now();
  for (const work of works) {
    while (!work.advance()) {
      if (performance.now() - busySince < MAX_BUSY_MS) continue;
      await setImmediate();
      busySince = performance.now();
    }
  }
}
