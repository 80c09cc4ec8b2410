/** Fails a test that prints, or that causes a warning of the process. */
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
