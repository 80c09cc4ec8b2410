import type { Database } from './client.ts';
import type { HeldRun } from './held-run.ts';
import { renew } from './journal-statements.ts';

/** Leases are renewed at a third of their time: two renewals may fail. */
const RENEWALS = 3;
/** The pause after a renewal that failed, as a part of the lease. */
const RETRIES = 30;

/** Renews the leases of all runs that a journal's process holds, with one statement. */
export class Leases {
  readonly #database: Database;
  readonly #leaseMs: number;
  readonly #held = new Set<HeldRun>();
  #timer: NodeJS.Timeout | undefined;
  #isRenewing = false;

  constructor(database: Database, leaseMs: number) {
    this.#database = database;
    this.#leaseMs = leaseMs;
  }

  add(run: HeldRun): void {
    this.#held.add(run);
    if (!this.#isRenewing) this.#schedule(RENEWALS);
  }

  delete(run: HeldRun): void {
    this.#held.delete(run);
    if (this.#held.size > 0) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #schedule(part: number): void {
    if (this.#timer || this.#held.size === 0) return;
    // What waits for a run keeps the process alive, not its lease.
    this.#timer = setTimeout(() => void this.#renew(), this.#leaseMs / part).unref();
  }

  async #renew(): Promise<void> {
    this.#timer = undefined;
    this.#isRenewing = true;
    const since = performance.now();
    const runs = [...this.#held];
    const mine = runs.map(({ runId: id, holder }) => ({ id, holder }));
    const kept = await renew(this.#database, mine, this.#leaseMs).catch(() => undefined);
    this.#isRenewing = false;
    for (const run of runs) {
      if (!this.#held.has(run)) continue;
      if (!kept) run.expire();
      else if (kept.has(run.holder)) run.renewed(since);
      else void run.takenOver();
    }
    this.#schedule(kept ? RENEWALS : RETRIES);
  }
}
