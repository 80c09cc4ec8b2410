import { afterEach } from '@jest/globals';

const { setTimeout: realSet, clearTimeout: realClear } = globalThis;

afterEach(() => {
  globalThis.setTimeout = realSet;
  globalThis.clearTimeout = realClear;
});

export interface HeldTimers {
  /** The number of timers that are set and were neither cleared nor passed. */
  readonly held: () => number;
  /** Lets the time of all held timers pass. Later ones are held again. */
  readonly pass: () => void;
  /** Lets the time of all held timers pass, and holds no more. */
  readonly end: () => void;
}

/**
 * Holds the timers that are set for so many milliseconds, until the test lets their time pass. Other timers run as ever.
 * `node:timers/promises` and `AbortSignal.timeout` are out of its reach.
 */
export function holdTimers(isHeld: number | ((ms: number) => boolean)): HeldTimers {
  const { setTimeout: set, clearTimeout: clear } = globalThis;
  const actions = new Map<unknown, () => void>();
  let isHolding = true;
  const isMeant = (ms: number): boolean => isHolding && (typeof isHeld === 'number' ? ms === isHeld : isHeld(ms));
  globalThis.setTimeout = ((action: (...args: unknown[]) => void, ms = 0, ...args: unknown[]) => {
    if (!isMeant(ms)) return set(action, ms, ...args);
    const timer = realSet(() => undefined, 2 ** 31 - 1).unref();
    actions.set(timer, () => {
      action(...args);
    });
    return timer;
  }) as typeof setTimeout;
  globalThis.clearTimeout = (timer) => {
    actions.delete(timer);
    clear(timer);
  };
  const pass = (): void => {
    for (const [timer, action] of [...actions]) {
      // An earlier action may have cleared it.
      if (!actions.delete(timer)) continue;
      realClear(timer as NodeJS.Timeout);
      action();
    }
  };
  const end = (): void => {
    isHolding = false;
    pass();
  };
  return { held: () => actions.size, pass, end };
}
