// #region workflow
import { condition, defineSignal, proxyActivities, setHandler } from '@temporalio/workflow';
import type { Job, serve as Serve } from './agent.ts';

export const settled = defineSignal('settled');
const { serve } = proxyActivities<{ serve: typeof Serve }>({
  startToCloseTimeout: '20 minutes', // longer than timeoutMs of the runner
  heartbeatTimeout: '30 seconds', // the activity of a worker that died starts again after that
  retry: { initialInterval: '10 seconds', backoffCoefficient: 1, maximumAttempts: 100 },
});

export async function runJob(job: Job) {
  let isSettled = false;
  setHandler(settled, () => {
    isSettled = true;
  });
  for (;;) {
    isSettled = false;
    const status = await serve(job);
    if (status !== 'awaiting_approval') return status;
    await condition(() => isSettled, '1 day');
  }
}
// #endregion
