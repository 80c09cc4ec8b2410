// #region bullmq
import { Queue, Worker } from 'bullmq';
import { onSettled, serve, type Job } from './agent.ts';

// Redis needs appendonly yes and appendfsync always: otherwise it forgets jobs when it is killed.
const connection = { url: process.env['REDIS_URL'] ?? '', maxRetriesPerRequest: null };
const retry = { attempts: 100, backoff: { type: 'fixed', delay: 10_000 }, removeOnComplete: true };
const queue = new Queue<Job>('agent', { connection, defaultJobOptions: retry });
const lockMs = 1_000 * Number(process.env['EXPIRE_S'] ?? 30); // a job of a worker that died starts again after that
const worker = new Worker<Job>('agent', async ({ data }) => serve(data), {
  connection,
  concurrency: 10,
  lockDuration: lockMs,
  stalledInterval: lockMs,
  maxStalledCount: 100, // the default, 1, fails a job at the second crash
});
worker.on('error', console.error);
await onSettled(start);

export async function start(job: Job) {
  return queue.add('agent', job);
}
// #endregion
