import { setTimeout as sleep } from 'node:timers/promises';
import type { JobEnd, Settings } from './jobs.ts';
import { journalFiles, ownerOf, readJournalFile, type JournalFile } from './journal-file.ts';
import type { Plan } from './plans.ts';
import type { Random } from './random.ts';
import { tearTails } from './torn.ts';
import type { ChaosWorld } from './world.ts';
import { startWorker, type Worker } from './workers.ts';

export interface Counts {
  /** Processes that died while they served runs. */
  kills: number;
  /** Runs that those processes were serving. */
  interrupted: number;
  /** Journals whose end was torn. */
  tornTails: number;
  /** Second processes that the journal refused; the error names the first process. */
  collisions: number;
}

/** What happened until every run ended. */
export interface Course {
  readonly counts: Readonly<Counts>;
  readonly faults: readonly string[];
  /** The journals of each process when it died. */
  readonly snapshots: readonly JournalFile[];
  /** The plans of runs that another process took over before this test read the journal of the previous one. */
  readonly unseen: ReadonlySet<string>;
  /** The approval that a run was parked for, by call id. */
  readonly parked: ReadonlyMap<string, string>;
}

/** Number of runs that one process serves at once. */
const JOBS = 20;
/** The last operation on a journal at which a process may be killed. Not every process gets that far. */
const MAX_OPERATIONS = 400;
const EXTERNAL_KILL_MS = 1_500;
const SELF_KILL_MS = 3_000;
/** Longer than any process takes, unless it hangs. */
const LIFE_MS = 90_000;
const MAX_FAILURES = 3;

interface Run {
  readonly plan: Plan;
  /** The processes that serve the run now. A second one may try. */
  readonly at: Set<Worker | 'starting'>;
  /** The ids of all processes that served the run. */
  readonly pids: Set<number>;
  failures: number;
  hasEnded: boolean;
}

/**
 * Starts and kills processes that serve runs, until every run has ended.
 *
 * @param kills maximum number of processes that are killed; later processes run to their end
 * @param workers number of processes at a time
 */
export async function runCourse(
  plans: readonly Plan[],
  world: ChaosWorld,
  random: Random,
  { kills, workers }: { readonly kills: number; readonly workers: number },
): Promise<Course> {
  const runs = plans.map((plan): Run => ({ plan, at: new Set(), pids: new Set(), failures: 0, hasEnded: false }));
  const counts: Counts = { kills: 0, interrupted: 0, tornTails: 0, collisions: 0 };
  const faults: string[] = [];
  const snapshots: JournalFile[] = [];
  const parked = new Map<string, string>();
  const unseen = new Set<string>();
  let killsLeft = kills;

  const onJobEnd = (worker: Worker, end: JobEnd): void => {
    const run = runs.find(({ plan }) => plan.id === end.planId);
    if (!run?.at.has(worker)) return;
    if ('status' in end) onResult(run, end);
    else if (isRefused(run, worker, end)) counts.collisions += 1;
    // The request that creates the run was in flight when its process died.
    else if (end.code !== 'active_run') onFailure(run, end);
    run.at.delete(worker);
    if (!runs.some(({ at }) => at.has(worker))) worker.close();
  };

  const onResult = (run: Run, { status, approvals }: Extract<JobEnd, { status: string }>): void => {
    for (const { callId, approvalId } of approvals) {
      parked.set(callId, approvalId);
      if (random.chance(0.6)) world.gateway.decide(approvalId);
    }
    if (status === 'awaiting_approval') return;
    run.hasEnded = true;
    if (status !== 'completed') faults.push(`${run.plan.id} ended as ${status}.`);
  };

  const onFailure = (run: Run, { code, message }: Extract<JobEnd, { code: string }>): void => {
    faults.push(`${run.plan.id} failed: ${code}: ${message}`);
    run.failures += 1;
    run.hasEnded = run.failures >= MAX_FAILURES;
  };

  const assign = (worker: Worker, run: Run): void => {
    const { plan } = run;
    run.at.add(worker);
    run.pids.add(worker.pid);
    const { id: planId, approval, transport } = plan;
    worker.send({ planId, approval, transport, start: world.startOf(plan) });
  };

  /** Assigns the process some runs of another process, which may not have opened their journals yet. */
  const intrude = (worker: Worker): void => {
    const taken = runs.filter(({ plan, at, hasEnded }) => {
      const [first] = at;
      const isTaken = !hasEnded && at.size === 1 && first !== 'starting' && first !== worker;
      return isTaken && world.startOf(plan).how.startsWith('resume');
    });
    for (const run of taken.slice(0, 1 + random.below(3))) assign(worker, run);
  };

  const life = async (mine: readonly Run[], isKilled: boolean): Promise<void> => {
    const killsItself = isKilled && random.chance(0.5);
    const killAt = {
      operation: 1 + random.below(MAX_OPERATIONS),
      part: random.pick(['before', 'half', 'after'] as const),
    };
    const settings: Settings = killsItself ? { ...world.settings, killAt } : world.settings;
    const lifeMs = !isKilled ? LIFE_MS : killsItself ? SELF_KILL_MS : 20 + random.below(EXTERNAL_KILL_MS);
    const worker = await startWorker(world.module, settings, onJobEnd);
    for (const run of mine) {
      run.at.delete('starting');
      assign(worker, run);
    }
    if (random.chance(0.6)) intrude(worker);
    const timer = setTimeout(() => {
      worker.kill();
    }, lifeMs);
    const stderr = await worker.gone;
    clearTimeout(timer);
    if (stderr !== undefined) faults.push(`A process failed: ${stderr}`);
    const left = runs.filter(({ at }) => at.has(worker));
    if (left.length > 0) died(worker, left, isKilled);
  };

  const died = ({ pid }: Worker, left: readonly Run[], isKilled: boolean): void => {
    if (!isKilled) faults.push(`A process hung with the runs ${left.map(({ plan }) => plan.id).join(', ')}.`);
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
    while (runs.some(({ hasEnded }) => !hasEnded)) {
      const mine = runs.filter(({ hasEnded, at }) => !hasEnded && at.size === 0).slice(0, JOBS);
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

/** The journal refused the second process, with an error that names the first. */
function isRefused({ pids }: Run, { pid }: Worker, { code, message }: Extract<JobEnd, { code: string }>): boolean {
  if (code !== 'journal') return false;
  return [...pids].some((first) => first !== pid && message.includes(`process ${first}`));
}
