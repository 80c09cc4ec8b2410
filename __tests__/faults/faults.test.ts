import { expect, test } from '@jest/globals';
import { shorten } from '../setup/limits.ts';
import { runSchedule } from './schedule.ts';

const RUNS = 80;

test('over a network that loses, delays and repeats requests, no call runs twice and no run is left unreported', async () => {
  // Many runs share this process, so a read takes longer than the limit allows.
  shorten({ apiRetryFirstMs: 20, conversationBaselineMs: 60_000 });
  const seeds = Array.from({ length: RUNS }, (_, index) => index + 1);
  const reports = await Promise.all(seeds.map(async (seed) => runSchedule(seed, { delayMs: 100 })));
  const found = reports.filter(({ unsafe, stuck }) => unsafe.length + stuck.length > 0);
  expect(found).toEqual([]);
  // The test shows something: there were faults, early ends and completed runs.
  expect(reports.flatMap(({ faults }) => faults).length).toBeGreaterThan(RUNS);
  expect(reports.filter(({ isAborted }) => isAborted).length).toBeGreaterThan(RUNS / 10);
  expect(reports.filter(({ end }) => end === 'completed').length).toBeGreaterThan(RUNS / 2);
});
