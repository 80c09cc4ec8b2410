import { afterEach } from '@jest/globals';
import { limits } from '../../src/runner/limits.ts';

const defaults = { ...limits };

afterEach(() => {
  Object.assign(limits, defaults);
});

/** Shortens limits of the runner until the end of the test, so that the test does not wait for a real timeout. */
export function shorten(shorter: Partial<typeof limits>): void {
  Object.assign(limits, shorter);
}
