import { describe, expect, test } from '@jest/globals';
import { chaos } from './chaos.ts';

/** Seeds the plans of the runs. The moments at which processes die are random all the same. */
const SEED = Number(process.env['CHAOS_SEED'] ?? 8);
/** Much longer than a test takes. */
const LIMIT_MS = 300_000;

describe('runs whose processes are killed at random moments, and whose journals lose unsynced bytes', () => {
  test(
    'repeat no side effect, keep every decision, and end',
    async () => {
      const report = await chaos({ seed: SEED, runs: 30, kills: 9, journal: 'file' });
      const { duplicates, changed, faults, interrupted, tornTails, collisions, inDoubt } = report;
      expect({ seed: SEED, duplicates, changed, faults }).toEqual({
        seed: SEED,
        duplicates: [],
        changed: [],
        faults: [],
      });
      // With fewer interruptions, the test proves nothing.
      expect(interrupted).toBeGreaterThan(20);
      for (const count of [tornTails, collisions, inDoubt]) expect(count).toBeGreaterThan(0);
    },
    LIMIT_MS,
  );
});

describe('the chaos test detects', () => {
  test(
    'a journal that forgets which handlers were started: side effects repeat',
    async () => {
      const { duplicates } = await chaos({ seed: SEED, runs: 16, kills: 6, journal: 'without-intents' });
      expect(duplicates).not.toEqual([]);
    },
    LIMIT_MS,
  );

  test(
    'a journal that forgets decisions: a call gets two different ones',
    async () => {
      const { changed } = await chaos({ seed: SEED, runs: 12, kills: 5, journal: 'without-decisions' });
      expect(changed.filter((finding) => finding.includes(' has events with different decisions: '))).not.toEqual([]);
    },
    LIMIT_MS,
  );
});
