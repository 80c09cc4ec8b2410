// #region dbos
import { DBOS } from '@dbos-inc/dbos-sdk';
import { onSettled, serve, type Job } from './agent.ts';

DBOS.setConfig({
  name: 'agent',
  systemDatabaseUrl: process.env['DATABASE_URL'] ?? '',
  executorID: process.env['WORKER'] ?? 'worker-0', // stable: only this id continues its workflows after a crash
  applicationVersion: '1', // the default is a hash of the code, and a deploy would strand the runs that wait
});
// Repeats the step until the lease of a worker that died is over.
const step = { name: 'serve', retriesAllowed: true, intervalSeconds: 5, backoffRate: 1, maxAttempts: 20 };
const runJob = DBOS.registerWorkflow(
  async (job: Job) => {
    for (;;) {
      const status = await DBOS.runStep(async () => serve(job), step);
      if (status !== 'awaiting_approval') return status;
      await DBOS.recv('settled', { timeoutSeconds: 86_400, pollingIntervalMs: 600_000 });
    }
  },
  { name: 'runJob' },
);
await DBOS.launch();
await onSettled(async ({ id }) => DBOS.send(id, true, 'settled'));

export const start = async (job: Job) => DBOS.startWorkflow(runJob, { workflowID: job.id })(job);
// #endregion
