// #region temporal
import { heartbeat } from '@temporalio/activity';
import { Client, Connection } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import { onSettled, serve, type Job } from './agent.ts';
import { runJob, settled } from './temporal-workflow.ts';

const address = process.env['TEMPORAL_ADDRESS'] ?? 'localhost:7233';
const client = new Client({ connection: await Connection.connect({ address }) });
const worker = await Worker.create({
  connection: await NativeConnection.connect({ address }),
  taskQueue: 'agent',
  workflowsPath: new URL('temporal-workflow.ts', import.meta.url).pathname,
  activities: {
    serve: async (job: Job) => {
      const beat = setInterval(heartbeat, 10_000);
      return serve(job).finally(() => clearInterval(beat));
    },
  },
});
void worker.run();
await onSettled(async ({ id }) => client.workflow.getHandle(id).signal(settled));

export const start = async (job: Job) =>
  client.workflow.start(runJob, { taskQueue: 'agent', workflowId: job.id, args: [job] });
// #endregion
