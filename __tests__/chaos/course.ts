import { setTimeout as sleep } from 'node:timers/promises';
import type { JobEnd, Settings } from './jobs.ts';
import { journalFiles, ownerOf, readJournalFile, type JournalFile } from './journal-file.ts';
import type { Plan } from './plans.ts';
import type { Random } from './random.ts';
import { tearTails } from './torn.ts';
import type { ChaosWorld } from './world.ts';
import { startWorker, type Worker } from './workers.ts';

export interface Counts {
  /** Processes that died with runs. */
  kills: number;
  /** Runs that were under way in them. */
  interrupted: number;
  /** Journals that ended in less than a line. */
  tornTails: number;
  /** Second processes that were refused, by the name of the first. */
  collisions: number;
}

/** What was seen on the way. */
export interface Course {
  readonly counts: Readonly<Counts>;
  readonly faults: readonly string[];
  /** The journals of processes at their ends. */
  readonly snapshots: readonly JournalFile[];
  /** The plans of runs that another process had taken over before anybody looked at what the one before had left. */
  readonly unseen: ReadonlySet<string>;
  /** What a run was left to: the approvals, by their calls. */
  readonly parked: ReadonlyMap<string, string>;
}

/** How many runs one process serves at once. */
const JOBS = 20;
/** An operation on a journal that not every process comes to. */
const MOST_OPERATIONS = 400;
const OUTSIDE_MS = 1_500;
const INSIDE_MS = 3_000;
/** No process takes as long, unless it hangs. */
const LIFE_MS = 90_000;
const MOST_FAILURES = 3;

interface Run {
  readonly plan: Plan;
  /** The processes that have it now: a second one may try. */
  readonly at: Set<Worker | 'starting'>;
  /** The numbers of all processes that had it. */
  readonly pids: Set<number>;
  failures: number;
  isOver: boolean;
}

/**
 * Lets processes serve runs and die until every run is over.
 *
 * @param kills how many processes are killed, at the most; those that come after are not
 * @param workers how many there are at a time
 */
export async function runCourse(
  plans: readonly Plan[],
  world: ChaosWorld,
  random: Random,
  { kills, workers }: { readonly kills: number; readonly workers: number },
): Promise<Course> {
  const runs = plans.map((plan): Run => ({ plan, at: new Set(), pids: new Set(), failures: 0, isOver: false }));
  const counts: Counts = { kills: 0, interrupted: 0, tornTails: 0, collisions: 0 };
  const faults: string[] = [];
  const snapshots: JournalFile[] = [];
  const parked = new Map<string, string>();
  const unseen = new Set<string>();
  let killsLeft = kills;

  const hear = async (worker: Worker, end: JobEnd): Promise<void> => {
    const run = runs.find(({ plan }) => plan.id === end.planId);
    if (!run?.at.has(worker)) return;
    if ('status' in end) hearResult(run, end);
    else if (isRefused(run, worker, end)) counts.collisions += 1;
    else if (end.code === 'open_calls' && !world.journalOf(run.plan)) await world.release(run.plan);
    // The creation of the run was on its way when its process died.
    else if (end.code !== 'active_run') hearFailure(run, end);
    run.at.delete(worker);
    if (!runs.some(({ at }) => at.has(worker))) worker.close();
  };

  const hearResult = (run: Run, { status, approvals }: Extract<JobEnd, { status: string }>): void => {
    for (const { callId, approvalId } of approvals) {
      parked.set(callId, approvalId);
      if (random.chance(0.6)) world.gateway.decide(approvalId);
    }
    if (status === 'awaiting_approval') return;
    run.isOver = true;
    if (status !== 'completed') faults.push(`${run.plan.id} ended as ${status}.`);
  };

  const hearFailure = (run: Run, { code, message }: Extract<JobEnd, { code: string }>): void => {
    faults.push(`${run.plan.id} was ended: ${code}: ${message}`);
    run.failures += 1;
    run.isOver = run.failures >= MOST_FAILURES;
  };

  const give = (worker: Worker, run: Run): void => {
    const { plan } = run;
    run.at.add(worker);
    run.pids.add(worker.pid);
    const { id: planId, approval, transport } = plan;
    worker.send({ planId, approval, transport, start: world.startOf(plan) });
  };

  /** Gives the process some runs that another one has, whether that one has opened their journals yet or not. */
  const intrude = (worker: Worker): void => {
    const taken = runs.filter(({ plan, at, isOver }) => {
      const [first] = at;
      const isTaken = !isOver && at.size === 1 && first !== 'starting' && first !== worker;
      return isTaken && world.startOf(plan).how.startsWith('resume');
    });
    for (const run of taken.slice(0, 1 + random.below(3))) give(worker, run);
  };

  const life = async (mine: readonly Run[], isKilled: boolean): Promise<void> => {
    const fromInside = isKilled && random.chance(0.5);
    const killAt = {
      operation: 1 + random.below(MOST_OPERATIONS),
      part: random.pick(['before', 'half', 'after'] as const),
    };
    const settings: Settings = fromInside ? { ...world.settings, killAt } : world.settings;
    const lifeMs = !isKilled ? LIFE_MS : fromInside ? INSIDE_MS : 20 + random.below(OUTSIDE_MS);
    const worker = await startWorker(world.module, settings, hear);
    for (const run of mine) {
      run.at.delete('starting');
      give(worker, run);
    }
    if (random.chance(0.6)) intrude(worker);
    const timer = setTimeout(() => {
      worker.kill();
    }, lifeMs);
    const says = await worker.gone;
    clearTimeout(timer);
    if (says !== undefined) faults.push(`A process failed: ${says}`);
    const left = runs.filter(({ at }) => at.has(worker));
    if (left.length > 0) died(worker, left, isKilled);
  };

  const died = ({ pid }: Worker, left: readonly Run[], isKilled: boolean): void => {
    if (!isKilled) faults.push(`A process never came to its end with ${left.map(({ plan }) => plan.id).join(', ')}.`);
    counts.kills += 1;
    counts.interrupted += left.length;
    const owned = journalFiles(world.settings.journals).filter((path) => ownerOf(path) === pid);
    counts.tornTails += tearTails(owned, world.settings.marks, pid, random);
    snapshots.push(...owned.map(readJournalFile));
    for (const { plan } of left) {
      const path = world.journalOf(plan)?.path;
      if (path !== undefined && !owned.includes(path)) unseen.add(plan.id);
    }
    for (const { at } of left)
      for (const worker of at) if (worker !== 'starting' && worker.pid === pid) at.delete(worker);
  };

  const serve = async (): Promise<void> => {
    while (runs.some(({ isOver }) => !isOver)) {
      const mine = runs.filter(({ isOver, at }) => !isOver && at.size === 0).slice(0, JOBS);
      if (mine.length === 0) {
        await sleep(20);
        continue;
      }
      for (const { at } of mine) at.add('starting');
      killsLeft -= 1;
      await life(mine, killsLeft >= 0);
    }
  };

  await Promise.all(Array.from({ length: workers }, serve));
  return { counts, faults, snapshots, unseen, parked };
}

/** Whether the process was refused as the second one, and told which one is the first. */
function isRefused({ pids }: Run, { pid }: Worker, { code, message }: Extract<JobEnd, { code: string }>): boolean {
  if (code !== 'journal') return false;
  return [...pids].some((first) => first !== pid && message.includes(`process ${first}`));
}
