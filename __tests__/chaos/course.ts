import { setTimeout as sleep } from 'node:timers/promises';
import type { ChaosOptions } from './chaos.ts';
import type { JobEnd, Settings } from './jobs.ts';
import type { JournalFile } from './journal-file.ts';
import type { Plan } from './plans.ts';
import type { Random } from './random.ts';
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
  /** Processes that were paused for longer than their lease. */
  pauses: number;
  /** Runs that ended early because the connection to the journal's database was lost. */
  outages: number;
}

/** What happened until every run ended. */
export interface Course {
  readonly counts: Readonly<Counts>;
  readonly faults: readonly string[];
  /** The journals of each process when it died, or was paused. */
  readonly snapshots: readonly JournalFile[];
  /** The journals of each process when it died. */
  readonly deaths: readonly JournalFile[];
  /** The plans whose process was paused while it served them. */
  readonly paused: ReadonlySet<string>;
  /** The plans of runs that another process took over before this test read the journal of the previous one. */
  readonly unseen: ReadonlySet<string>;
  /** The plans whose run was cancelled, because the database was away when its journal was to be opened. */
  readonly cancelled: ReadonlySet<string>;
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
 * @param options see `ChaosOptions`
 */
export async function runCourse(
  plans: readonly Plan[],
  world: ChaosWorld,
  random: Random,
  { kills, workers, pauses }: Pick<Required<ChaosOptions>, 'kills' | 'workers' | 'pauses'>,
): Promise<Course> {
  const runs = plans.map((plan): Run => ({ plan, at: new Set(), pids: new Set(), failures: 0, hasEnded: false }));
  const counts: Counts = { kills: 0, interrupted: 0, tornTails: 0, collisions: 0, pauses: 0, outages: 0 };
  const faults: string[] = [];
  const snapshots: JournalFile[] = [];
  const deaths: JournalFile[] = [];
  const paused = new Set<string>();
  const { store } = world;
  const parked = new Map<string, string>();
  const unseen = new Set<string>();
  const cancelled = new Set<string>();
  let killsLeft = kills;

  const onJobEnd = (worker: Worker, end: JobEnd): void => {
    const run = runs.find(({ plan }) => plan.id === end.planId);
    if (!run?.at.has(worker)) return;
    if ('status' in end) onResult(run, end);
    else if (isRefused(run, worker, end)) counts.collisions += 1;
    // What is not in the journal was not done.
    else if (store.disturb && end.code === 'journal') onOutage(run);
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
    // Without its journal, the run made no call.
    if (status === 'cancelled' && unseen.has(run.plan.id)) cancelled.add(run.plan.id);
    else if (status !== 'completed') faults.push(`${run.plan.id} ended as ${status}.`);
  };

  /** A handler that had been started is then in doubt, although no process has died. */
  const onOutage = ({ plan }: Run): void => {
    counts.outages += 1;
    unseen.add(plan.id);
  };

  const onFailure = (run: Run, { code, message }: Extract<JobEnd, { code: string }>): void => {
    faults.push(`${run.plan.id} failed: ${code}: ${message}`);
    run.failures += 1;
    run.hasEnded = run.failures >= MAX_FAILURES;
  };

  const assign = async (worker: Worker, run: Run): Promise<void> => {
    const { plan } = run;
    run.at.add(worker);
    run.pids.add(worker.pid);
    const { id: planId, approval, transport } = plan;
    const start = await world.startOf(plan);
    worker.send({ planId, approval, transport, start });
  };

  /** Assigns the process some runs of another process, which may not have opened their journals yet. */
  const intrude = async (worker: Worker): Promise<void> => {
    const taken = runs.filter(({ at, hasEnded }) => {
      const [first] = at;
      return !hasEnded && at.size === 1 && first !== 'starting' && first !== worker;
    });
    let left = 1 + random.below(3);
    for (const run of taken) {
      if (left === 0) return;
      if (!(await world.startOf(run.plan)).how.startsWith('resume')) continue;
      left -= 1;
      await assign(worker, run);
    }
  };

  const life = async (mine: readonly Run[], isKilled: boolean): Promise<void> => {
    const isPaused = isKilled && random.chance(pauses);
    const killsItself = isKilled && !isPaused && random.chance(0.5);
    const killAt = {
      operation: 1 + random.below(MAX_OPERATIONS),
      part: random.pick(['before', 'half', 'after'] as const),
    };
    const clockShiftMs = store.disturb ? (random.below(7) - 3) * 60_000 : 0;
    const settings: Settings = { ...world.settings, clockShiftMs, ...(killsItself ? { killAt } : {}) };
    const untilKilled = isPaused ? 500 + random.below(2 * EXTERNAL_KILL_MS) : 20 + random.below(EXTERNAL_KILL_MS);
    const lifeMs = !isKilled ? LIFE_MS : killsItself ? SELF_KILL_MS : untilKilled;
    const worker = await startWorker(world.module, settings, onJobEnd);
    const timer = setTimeout(() => {
      if (isPaused) void pause(worker);
      else worker.kill();
    }, lifeMs);
    for (const run of mine) {
      await assign(worker, run);
      run.at.delete('starting');
    }
    if (random.chance(0.6)) await intrude(worker);
    const stderr = await worker.gone;
    clearTimeout(timer);
    if (stderr !== undefined) faults.push(`A process failed: ${stderr}`);
    const left = runs.filter(({ at }) => at.has(worker));
    if (left.length === 0) return;
    if (!isKilled) faults.push(`A process hung with the runs ${left.map(({ plan }) => plan.id).join(', ')}.`);
    counts.kills += 1;
    deaths.push(...(await leave(worker, left)));
  };

  /** Hands the runs of a process that was killed or paused to the next ones. Returns their journals. */
  const leave = async (worker: Worker, left: readonly Run[]): Promise<readonly JournalFile[]> => {
    counts.interrupted += left.length;
    const { held, tornTails } = await store.left(worker.pid);
    counts.tornTails += tornTails;
    snapshots.push(...held);
    const paths = held.map(({ path }) => path);
    for (const { plan } of left) {
      const path = (await world.journalOf(plan))?.path;
      if (path !== undefined && !paths.includes(path)) unseen.add(plan.id);
    }
    await sleep(store.leaseMs / 2);
    for (const { at } of left) at.delete(worker);
    return held;
  };

  /** Stops a process for longer than its lease, and lets it continue when others have its runs. */
  const pause = async (worker: Worker): Promise<void> => {
    const left = runs.filter(({ at }) => at.has(worker));
    worker.pause();
    counts.pauses += 1;
    for (const { plan } of left) {
      paused.add(plan.id);
      unseen.add(plan.id);
    }
    await leave(worker, left);
    await sleep(random.below(store.leaseMs));
    worker.wake();
    await sleep(500 + random.below(store.leaseMs));
    worker.kill();
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

  /** Disturbs the store until every run has ended. */
  const disturb = async (): Promise<void> => {
    while (store.disturb && runs.some(({ hasEnded }) => !hasEnded)) {
      await sleep(store.leaseMs / 4 + random.below(store.leaseMs));
      await store.disturb();
    }
  };

  await Promise.all([...Array.from({ length: workers }, serve), disturb()]);
  return { counts, faults, snapshots, deaths, paused, cancelled, unseen, parked };
}

/** The journal refused the second process, with an error that names the first. */
function isRefused({ pids }: Run, { pid }: Worker, { code, message }: Extract<JobEnd, { code: string }>): boolean {
  if (code !== 'journal') return false;
  return [...pids].some((first) => first !== pid && message.includes(`process ${first}`));
}
