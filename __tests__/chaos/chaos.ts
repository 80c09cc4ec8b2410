import { runCourse, type Counts } from './course.ts';
import { findings, type Findings } from './findings.ts';
import type { JournalKind } from './jobs.ts';
import { randomPlans } from './plans.ts';
import { createRandom } from './random.ts';
import { chaosWorld } from './world.ts';

export interface ChaosOptions {
  readonly seed: number;
  readonly runs: number;
  /** How many processes are killed, at the most; those that come after are not. */
  readonly kills: number;
  readonly journal: JournalKind;
  /** How many processes there are at a time. Default 3. */
  readonly workers?: number;
}

export interface ChaosReport extends Counts, Findings {
  readonly runs: number;
}

/** Lets processes serve runs and die, until every run is over, and looks at what was left. */
export async function chaos({ seed, runs, kills, journal, workers = 3 }: ChaosOptions): Promise<ChaosReport> {
  const random = createRandom(seed);
  const plans = randomPlans(runs, random);
  const world = await chaosWorld(new Map(plans.map((plan) => [plan.id, plan])), journal, random);
  try {
    const course = await runCourse(plans, world, random, { kills, workers });
    return { runs, ...course.counts, ...findings(plans, world, course) };
  } finally {
    await world.close();
  }
}
