import { runCourse, type Counts } from './course.ts';
import { findings, type Findings } from './findings.ts';
import type { JournalKind } from './jobs.ts';
import { randomPlans } from './plans.ts';
import type { DatabaseKind } from './postgres-store.ts';
import { createRandom } from './random.ts';
import { chaosWorld } from './world.ts';

export interface ChaosOptions {
  readonly seed: number;
  readonly runs: number;
  /** Maximum number of processes that are killed. Later processes run to their end. */
  readonly kills: number;
  readonly journal: JournalKind;
  /** Number of processes at a time. Default 3. */
  readonly workers?: number;
  /** The share of those processes that are paused for longer than their lease before. Default 0. */
  readonly pauses?: number;
  /** True if the database and the connections to it never fail. Default false. */
  readonly isCalm?: boolean;
  /** The database, for journals in Postgres. */
  readonly database?: DatabaseKind;
}

export interface ChaosReport extends Counts, Findings {
  readonly runs: number;
}

/** Starts and kills processes that serve runs, until every run has ended, and then checks the evidence. */
export async function chaos(options: ChaosOptions): Promise<ChaosReport> {
  const { seed, runs, kills, journal, workers = 3, pauses = 0, database, isCalm } = options;
  const random = createRandom(seed);
  const plans = randomPlans(runs, random);
  const world = await chaosWorld(new Map(plans.map((plan) => [plan.id, plan])), journal, random, database, isCalm);
  try {
    const course = await runCourse(plans, world, random, { kills, workers, pauses });
    return { runs, ...course.counts, ...(await findings(plans, world, course)) };
  } finally {
    await world.close();
  }
}
