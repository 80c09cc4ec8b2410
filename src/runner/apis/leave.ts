import type { LeftOpen, Loop } from '../run/driver.ts';

/**
 * Leaves a run that failed. It stays open at the API if it can be resumed; otherwise `close` leaves nothing open there.
 *
 * @param close resolves with what may be open all the same
 * @throws the reason why the run ends
 */
export async function leave(loop: Loop, error: unknown, close: () => Promise<LeftOpen | undefined>): Promise<never> {
  // The first reason counts: the time limit may pass during the cleanup.
  const why: unknown = loop.signal.aborted ? loop.signal.reason : error;
  // Must come before `end`: a call that `end` stops makes the run no longer resumable.
  const kept = loop.resumableAs(why);
  loop.end();
  const left = kept ?? (await close());
  if (left) loop.leftOpen(left);
  throw why;
}
