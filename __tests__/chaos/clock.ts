const Real = Date;

/** The real time, also in a process whose clock is wrong. */
export const realNow = (): number => Real.now();

/** Sets this process's clock wrong by some milliseconds. */
export function shiftClock(ms: number): void {
  globalThis.Date = new Proxy(Real, {
    construct: (_, args: readonly (number | string)[]) =>
      new Real(args.length === 0 ? Real.now() + ms : (args[0] ?? NaN)),
    get: (target, name) => (name === 'now' ? () => Real.now() + ms : (Reflect.get(target, name) as unknown)),
  });
}
