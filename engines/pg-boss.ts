// #region pg-boss
import PgBoss from 'pg-boss';
import { onSettled, serve, type Job } from './agent.ts';

const boss = new PgBoss({ connectionString: process.env['DATABASE_URL'] ?? '', maintenanceIntervalSeconds: 10 });
boss.on('error', console.error);
await boss.start();
const expireInSeconds = Number(process.env['EXPIRE_S'] ?? 60); // a job of a worker that died starts again after that
await boss.createQueue('agent', { name: 'agent', expireInSeconds, retryLimit: 100, retryDelay: 10 });
const work = async ([job]: PgBoss.Job<Job>[]) => job && serve(job.data);
for (let place = 0; place < 10; place += 1) await boss.work('agent', work);
await onSettled(start);

export async function start(job: Job) {
  return boss.send('agent', job);
}
// #endregion
