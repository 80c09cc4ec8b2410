/** A process of `bench/postgres.ts` that serves runs: `URL NAME RUNS IS_STUCK`. Begins them all at once on a message. */
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import OpenAI from 'openai';
import pg from 'pg';
import { GuardedRunError, GuardedRunner, type Gateway } from 'interven-openai-assistants';
import { postgresJournal } from 'interven-openai-assistants/postgres';
import { callTools, FakeOpenAI, say } from 'interven-openai-assistants/testing';
import { MODEL } from '../examples/model.ts';

const [url = '', name = '', runs = '', isStuck = ''] = process.argv.slice(2);
const pool = new pg.Pool({ connectionString: url, max: 10 });
pool.on('error', () => undefined);
const gateway: Gateway = {
  scan: async () => ({ decision: 'ALLOW', reasonCodes: [], classifications: [], raw: {} }),
  approvalStatus: async () => ({ status: 'pending' }),
};
const openai = new FakeOpenAI({
  script: ({ turn }) => (turn === 1 ? callTools({ name: 'post' }, { name: 'post' }) : say('ok')),
});
const runner = new GuardedRunner({
  client: new OpenAI({ apiKey: 'bench', baseURL: openai.baseURL, fetch: openai.fetch }),
  gateway,
  journal: postgresJournal(pool),
  tools: {
    post: async () => {
      if (isStuck !== 'true') return 'posted';
      process.send?.('serves');
      return new Promise(() => undefined);
    },
  },
});

process.send?.('ready');
await once(process, 'message');
let refused = 0;
/** Tries again, as an engine does, when the database is too slow to open the journal in time. */
async function serve(runKey: string): Promise<unknown> {
  try {
    return await runner.responses({ model: MODEL, input: 'Hello' }, { runKey });
  } catch (error) {
    if (!(error instanceof GuardedRunError && error.code === 'journal')) throw error;
    refused += 1;
    await sleep(1_000);
    return serve(runKey);
  }
}
await Promise.all(Array.from({ length: Number(runs) }, async (_, index) => serve(`${name}-${index}`)));
await pool.end();
process.send?.(refused);
process.disconnect();
