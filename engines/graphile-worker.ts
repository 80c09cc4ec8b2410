// #region graphile-worker
import { run } from 'graphile-worker';
import { onSettled, serve, type Job } from './agent.ts';

/** Jobs of a worker that died stay locked for four hours. The runner refuses a second run, so it is safe to unlock any job. */
const unlock = `SELECT graphile_worker.force_unlock_workers(array_agg(locked_by))
  FROM graphile_worker.jobs WHERE locked_at < now() - $1 * interval '1 second'`;
const unlockAfter = [Number(process.env['EXPIRE_S'] ?? 60)];

const worker = await run({
  connectionString: process.env['DATABASE_URL'] ?? '',
  concurrency: 10,
  crontab: '* * * * * unlock',
  taskList: {
    agent: async (job) => void (await serve(job as Job)),
    unlock: async (_, { query }) => void (await query(unlock, unlockAfter)),
  },
});
await worker.addJob('unlock', undefined, { jobKey: 'unlock' });
await onSettled(start);

export async function start(job: Job) {
  return worker.addJob('agent', job, { maxAttempts: 100 });
}
// #endregion
