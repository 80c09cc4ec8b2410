import { runner } from './runs-runner.ts';

/** A process that serves a run, for a test that kills it. */
const [threadId = '', assistantId = ''] = process.argv.slice(2);
await runner().run(threadId, assistantId);
