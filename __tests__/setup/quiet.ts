/** A print or a warning in a test run is a failure. */
import { afterEach, beforeEach, expect, jest } from '@jest/globals';

// Some tests still depend on real time. Until each waits for an event, a busy machine gets a second and a third try.
jest.retryTimes(2);

declare global {
  var processWarnings: string[];
}

const printed: string[] = [];

beforeEach(() => {
  printed.length = 0;
  for (const method of ['log', 'info', 'warn', 'error', 'debug'] as const) {
    console[method] = (...words: unknown[]) => {
      printed.push(words.map(String).join(' '));
    };
  }
});

afterEach(() => {
  expect([...printed, ...globalThis.processWarnings]).toEqual([]);
});
