/** A print or a warning in a test run is a failure. */
import { afterEach, beforeEach, expect } from '@jest/globals';

const printed: string[] = [];
const onWarning = (warning: Error): void => {
  if (warning.name !== 'ExperimentalWarning') printed.push(String(warning));
};

beforeEach(() => {
  printed.length = 0;
  process.on('warning', onWarning);
  for (const method of ['log', 'info', 'warn', 'error', 'debug'] as const) {
    console[method] = (...words: unknown[]) => {
      printed.push(words.map(String).join(' '));
    };
  }
});

afterEach(() => {
  process.off('warning', onWarning);
  expect(printed).toEqual([]);
});
