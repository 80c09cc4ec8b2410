import { setTimeout as sleep } from 'node:timers/promises';

/** Waits until the condition holds. Its limit is for a hung test, not for a slow machine. */
export async function waitFor(isSo: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 50_000;
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error('It did not happen within 50 s.');
    await sleep(1);
  }
}
