import { describe, expect, test } from '@jest/globals';
import { chaos, type ChaosOptions, type ChaosReport } from './chaos.ts';

/** The seed determines the runs. The moments at which processes die vary all the same. */
const SEED = Number(process.env['CHAOS_SEED'] ?? 8);
/** Much longer than it takes. */
const LIMIT_MS = 300_000;
const MAX_ROUNDS = 6;

/** Repeats a round with other runs until a report shows what the test is about: when processes die is chance. */
async function roundsUntil(
  isShown: (report: ChaosReport) => boolean,
  options: Omit<ChaosOptions, 'seed'>,
): Promise<readonly ChaosReport[]> {
  const reports: ChaosReport[] = [];
  while (reports.length < MAX_ROUNDS && !reports.some(isShown))
    reports.push(await chaos({ ...options, seed: SEED + reports.length }));
  expect(reports.some(isShown)).toBe(true);
  return reports;
}

function expectSafe({ duplicates, changed, faults }: ChaosReport): void {
  const found = { seed: SEED, duplicates, changed, faults };
  expect(found).toEqual({ seed: SEED, duplicates: [], changed: [], faults: [] });
}

describe('runs whose processes are killed at random moments, and whose journals lose unsynced bytes', () => {
  test(
    'repeat no side effect, keep every decision, and end',
    async () => {
      const isShown = ({ interrupted, tornTails, collisions, inDoubt }: ChaosReport): boolean =>
        interrupted > 12 && [tornTails, collisions, inDoubt].every((count) => count > 0);
      for (const report of await roundsUntil(isShown, { runs: 20, kills: 6, journal: 'file' })) expectSafe(report);
    },
    LIMIT_MS,
  );
});

test(
  'over a database, with paused processes, cut connections and wrong clocks, runs repeat no side effect, keep every decision, and end',
  async () => {
    const options = { runs: 5, kills: 1, pauses: 1, workers: 2, journal: 'postgres', database: 'pglite' } as const;
    expectSafe(await chaos({ ...options, seed: SEED }));
  },
  LIMIT_MS,
);

describe('the chaos test detects', () => {
  test(
    'a journal that forgets which handlers were started: side effects repeat',
    async () => {
      const isShown = ({ duplicates }: ChaosReport): boolean => duplicates.length > 0;
      await roundsUntil(isShown, { runs: 16, kills: 6, journal: 'without-intents' });
    },
    LIMIT_MS,
  );

  test(
    'a journal that forgets decisions: a call gets two different ones',
    async () => {
      const isShown = ({ changed }: ChaosReport): boolean =>
        changed.some((found) => found.includes(' has events with different decisions'));
      await roundsUntil(isShown, { runs: 12, kills: 5, journal: 'without-decisions' });
    },
    LIMIT_MS,
  );
});
