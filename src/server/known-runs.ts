import type { RunDetails, RunHead, Runs } from '../runner/journal/runs.ts';

/** Where a run is known from. */
export type RunSource = 'journal' | 'decisions';

export interface KnownRun<Run extends RunHead = RunDetails> {
  readonly run: Run;
  readonly source: RunSource;
}

export interface KnownRunsQuery {
  readonly limit: number;
  readonly isOpen: boolean;
  /** Lists the runs after this one, of those with a journal. */
  readonly before: string | undefined;
  /** The same for those without. */
  readonly beforeDecided: string | undefined;
}

/** The runs of a journal, and those that are known from decisions only. Of a run with both, the journal counts. */
export class KnownRuns {
  readonly hasJournal: boolean;
  readonly #journal: Runs | undefined;
  readonly #decided: () => Promise<readonly RunDetails[]>;

  /** @param decided lists runs without a journal, newest first, and may list others */
  constructor(journal: Runs | undefined, decided: () => Promise<readonly RunDetails[]>) {
    this.hasJournal = journal !== undefined;
    this.#journal = journal;
    this.#decided = decided;
  }

  async show(id: string): Promise<KnownRun | undefined> {
    const recorded = await this.#journal?.show(id);
    if (recorded && isReadable(recorded)) return { run: recorded, source: 'journal' };
    const run = (await this.#decided()).find((one) => one.id === id);
    if (run) return { run, source: 'decisions' };
    return recorded && { run: recorded, source: 'journal' };
  }

  /** Lists runs, newest first. */
  async list(
    query: KnownRunsQuery,
  ): Promise<{ readonly runs: readonly KnownRun<RunHead>[]; readonly hasMore: boolean }> {
    const { limit, isOpen, before, beforeDecided } = query;
    const page = (await this.#journal?.list({ limit, before, isOpen })) ?? { runs: [], hasMore: false };
    const recorded = [...page.runs];
    const listed: KnownRun<RunHead>[] = [];
    const decided = await this.#decided();
    // One more than asked for shows that there are more.
    for (const run of decided.slice(decided.findIndex(({ id }) => id === beforeDecided) + 1)) {
      if (isOpen && run.state !== 'waiting') continue;
      for (let next = recorded[0]; next && !isBefore(next, run); next = recorded[0]) {
        listed.push({ run: next, source: 'journal' });
        recorded.shift();
      }
      // The journal's next page has runs that began later than this one.
      if (listed.length > limit || (page.hasMore && recorded.length === 0)) break;
      if (!(await this.#isRecorded(run, page.runs))) listed.push({ run, source: 'decisions' });
    }
    listed.push(...recorded.map((run) => ({ run, source: 'journal' }) as const));
    return { runs: listed.slice(0, limit), hasMore: page.hasMore || listed.length > limit };
  }

  async #isRecorded({ id }: RunHead, listed: readonly RunHead[]): Promise<boolean> {
    if (listed.some((one) => one.id === id)) return true;
    const recorded = await this.#journal?.show(id);
    return recorded !== undefined && isReadable(recorded);
  }
}

/** Agents choose ids of runs, also some that no journal can have. */
function isReadable({ state }: RunHead): boolean {
  return state !== 'unreadable';
}

/** A journal without an event is as new as can be. */
function isBefore({ begunAt }: RunHead, other: RunHead): boolean {
  return begunAt !== undefined && other.begunAt !== undefined && begunAt < other.begunAt;
}
