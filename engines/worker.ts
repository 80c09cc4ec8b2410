/** A worker process: `worker.ts ENGINE`. Starts the job of the environment, if there is one. */
import type { Job } from './agent.ts';

const [engine = ''] = process.argv.slice(2);
const { start } = (await import(`./${engine}.ts`)) as { start: (job: Job) => Promise<unknown> };
const { JOB } = process.env;
if (JOB !== undefined) await start(JSON.parse(JOB) as Job);
console.log('ready');
