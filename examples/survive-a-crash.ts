/** A run that another process left open is finished when the program starts again. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import OpenAI from 'openai';
import { z } from 'zod';
import { tool } from 'interven-openai-assistants';
import { agentSafety, EmbeddedGateway } from 'interven-openai-assistants/embedded';
import { callTools, say } from 'interven-openai-assistants/testing';
import { MODEL } from './model.ts';
import { offline } from './offline.ts';

const { openai } = offline([
  callTools({ name: 'pay_invoice', arguments: { invoice: '17' } }, { name: 'delete_backup', arguments: { id: 'old' } }),
  say('Paid, and deleted.'),
]);
const directory = join(await mkdtemp(join(tmpdir(), 'runs-')), 'journals');
const paid: string[] = [];
const tools = {
  pay_invoice: tool({ parameters: z.object({ invoice: z.string() }), execute: ({ invoice }) => paid.push(invoice) }),
  delete_backup: tool({ parameters: z.object({ id: z.string() }), execute: ({ id }) => `${id} deleted` }),
};
const client = new OpenAI();
const gateway = new EmbeddedGateway({ policies: agentSafety });
const earlier = new GuardedRunner({ client, gateway, tools, journal: fileJournal(directory), approval: 'park' });
const left = await earlier.responses({ model: MODEL, input: 'Pay invoice 17 and delete the old backup.' });
await gateway.approve(left.approvals[0]?.approvalId ?? '', { decidedBy: 'ann' });

// #region recover
import { fileJournal, GuardedRunner } from 'interven-openai-assistants';

const journal = fileJournal(directory); // one file per run, on a local disk
const runner = new GuardedRunner({ client, gateway, tools, journal });

// When your program starts: finish the runs that the last process left open.
for (const { run, owner } of await journal.openRuns()) {
  if (run && !owner) await runner.resumeResponses(run.id);
}
// #endregion

assert.equal(left.status, 'awaiting_approval');
assert.deepEqual(await journal.openRuns(), []);
assert.deepEqual(paid, ['17'], 'the invoice was paid once');
await rm(join(directory, '..'), { recursive: true });
openai.assertDone();
