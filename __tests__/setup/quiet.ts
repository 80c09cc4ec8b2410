/** A print or a warning in a test run is a failure. */
import { afterEach, beforeEach, expect } from '@jest/globals';

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
