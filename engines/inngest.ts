// #region inngest
import { createServer } from 'node:http';
import { Inngest } from 'inngest';
import { serve as serveInngest } from 'inngest/node';
import { onSettled, serve, type Job } from './agent.ts';

const client = new Inngest({ id: 'agent' });
const runJob = client.createFunction(
  { id: 'run-job', retries: 20, triggers: [{ event: 'agent/job' }] },
  async ({ event, step }) => step.run('serve', async () => serve(event.data as Job)),
);
createServer(serveInngest({ client, functions: [runJob] })).listen(Number(process.env['PORT'] ?? 3000));
await onSettled(start);

/** An event of an approval starts the job again: `waitForEvent` would miss one that comes before it waits. */
export async function start(job: Job) {
  return client.send({ name: 'agent/job', data: job });
}
// #endregion
