import { describe, expect, test } from '@jest/globals';
import { holdTimers } from '../../setup/held-timers.ts';
import { oneCall, type Params } from '../../setup/responses.ts';

const HOUR_MS = 3_600_000;
const MINUTES_15 = 900_000;

/** openai 6 does not know the option yet. */
function inWindow(window: string, more: Params = {}): Params {
  return { background: true, ...more, ...{ background_options: { completion_window: window } } };
}

/** The run's own time limit: its only timer of so many minutes. */
async function limitOf(params: Params, options?: { timeoutMs?: number; maxTurns?: number }): Promise<number[]> {
  const seen: number[] = [];
  holdTimers((ms) => {
    if (ms >= MINUTES_15) seen.push(ms);
    return false;
  });
  const { respond } = oneCall();
  expect(await respond(params, options)).toMatchObject({ status: 'completed', calls: [{ outcome: 'allowed' }] });
  return seen;
}

describe('the time limit of a run', () => {
  test.each([
    ['2h', 2],
    ['8h', 8],
  ])('leaves each response a completion window of %s', async (window, hours) => {
    expect(await limitOf(inWindow(window), { maxTurns: 3 })).toEqual([MINUTES_15 + 4 * hours * HOUR_MS]);
  });

  test('is the longest timer when turns are unlimited', async () => {
    expect(await limitOf(inWindow('8h'), { maxTurns: Infinity })).toEqual([2 ** 31 - 1]);
  });

  test.each([
    ['without a window', { background: true }],
    ['with the window "soonest"', inWindow('soonest')],
  ])('is 15 minutes %s', async (_, params) => {
    expect(await limitOf(params)).toEqual([MINUTES_15]);
  });

  test('is timeoutMs where it is set', async () => {
    expect(await limitOf(inWindow('2h'), { timeoutMs: 1_000_000 })).toEqual([1_000_000]);
  });
});
