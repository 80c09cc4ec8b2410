import { describe, expect, test } from '@jest/globals';
import { chaos } from './chaos.ts';

/** Another one for other runs, the same for the same; when processes die is chance all the same. */
const SEED = Number(process.env['CHAOS_SEED'] ?? 8);
/** Much longer than it takes. */
const LIMIT_MS = 300_000;

describe('runs whose processes are killed at any moment, and whose journals are torn', () => {
  test(
    'do nothing twice, change no decision, and come to their ends',
    async () => {
      const report = await chaos({ seed: SEED, runs: 30, kills: 9, journal: 'file' });
      const { duplicates, changed, faults, interrupted, tornTails, collisions, inDoubt } = report;
      expect({ seed: SEED, duplicates, changed, faults }).toEqual({
        seed: SEED,
        duplicates: [],
        changed: [],
        faults: [],
      });
      // Else it has shown nothing.
      expect(interrupted).toBeGreaterThan(20);
      for (const count of [tornTails, collisions, inDoubt]) expect(count).toBeGreaterThan(0);
    },
    LIMIT_MS,
  );
});

describe('the same test finds out', () => {
  test(
    'a journal that forgets which handlers were started: they do their work twice',
    async () => {
      const { duplicates } = await chaos({ seed: SEED, runs: 16, kills: 6, journal: 'without-intents' });
      expect(duplicates).not.toEqual([]);
    },
    LIMIT_MS,
  );

  test(
    'a journal that forgets what was decided: it is decided otherwise',
    async () => {
      const { changed } = await chaos({ seed: SEED, runs: 12, kills: 5, journal: 'without-decisions' });
      expect(changed.filter((what) => what.includes(' was told to be '))).not.toEqual([]);
    },
    LIMIT_MS,
  );
});
