/** The agent of all engines: what a job does, and when it starts again. */
import assert from 'node:assert/strict';

const { BANK_URL = '', LEASE_MS } = process.env;
const leaseMs = Number(LEASE_MS ?? 30_000);

async function post(path: string): Promise<string> {
  const response = await fetch(BANK_URL + path, { method: 'POST' });
  assert.ok(response.ok);
  return response.text();
}

// #region agent
import OpenAI from 'openai';
import pg from 'pg';
import { z } from 'zod';
import { GuardedRunner, IntervenGateway, tool } from 'interven-openai-assistants';
import { postgresApprovalStore, postgresJournal } from 'interven-openai-assistants/postgres';

export interface Job {
  readonly id: string;
  readonly input: string;
}

const pool = new pg.Pool({ connectionString: process.env['DATABASE_URL'] });
pool.on('error', console.error);
await pool.query('CREATE TABLE IF NOT EXISTS waiting (approval text PRIMARY KEY, job json NOT NULL)');

const runner = new GuardedRunner({
  client: new OpenAI(),
  gateway: new IntervenGateway(),
  journal: postgresJournal(pool, { leaseMs }),
  approval: 'park',
  tools: {
    pay_invoice: tool({ parameters: z.object({ invoice: z.string() }), execute: async () => post('/pay') }),
    delete_backup: tool({ parameters: z.object({ id: z.string() }), execute: async () => post('/delete') }),
  },
});

/** Begins or continues the run of a job. Resolves when it has ended, or has nothing to do until approvers decide. */
export async function serve(job: Job): Promise<string> {
  for (;;) {
    const result = await runner.responses({ model: 'gpt-6.1-sol', input: job.input }, { runKey: job.id });
    if (result.status !== 'awaiting_approval') return result.status;
    const { rowCount } = await pool.query('INSERT INTO waiting SELECT unnest($1::text[]), $2 ON CONFLICT DO NOTHING', [
      result.approvals.map(({ approvalId }) => approvalId),
      job,
    ]);
    // Looks again after a new row: an approver may have been faster.
    if (rowCount === 0) return result.status;
  }
}

/** Calls `wake` with a job when an approval is settled that it waits for: at least once, also if no worker was running then. */
export async function onSettled(wake: (job: Job) => Promise<unknown>): Promise<void> {
  await postgresApprovalStore(pool, {
    onApprovalSettled: async ({ approvalId }) => {
      const { rows } = await pool.query<{ job: Job }>('SELECT job FROM waiting WHERE approval = $1', [approvalId]);
      for (const { job } of rows) await wake(job);
    },
  });
}
// #endregion

process.once('SIGTERM', () => void runner.stop().then(() => process.exit(0)));
