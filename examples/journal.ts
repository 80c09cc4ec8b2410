/** A run that outlives its process: it waits for an approver, the process ends, and another runner resumes it without repeating any call. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { callTools, say } from 'interven-openai-assistants/testing';
import { offline } from './offline.ts';

const { threadId, assistantId } = offline([
  callTools({ name: 'pay_invoice', arguments: { invoice: '17' } }, { name: 'delete_backup', arguments: { id: 'old' } }),
  say('Paid, and deleted.'),
]);
const directory = await mkdtemp(join(tmpdir(), 'runs-'));
const paid: string[] = [];
const bank = {
  pay: async (invoice: string, { key }: { readonly key: string }) => {
    paid.push(`${invoice} ${key}`);
    return 'paid';
  },
};
const waiting: string[] = [];
const disk = { delete: (id: string) => `${id} deleted` };

// #region journal
import OpenAI from 'openai';
import { z } from 'zod';
import { fileJournal, GuardedRunner, tool } from 'interven-openai-assistants';
import { agentSafety, EmbeddedGateway, fileApprovalStore } from 'interven-openai-assistants/embedded';

// Without a store, an embedded gateway forgets its approvals with its process.
const store = await fileApprovalStore(join(directory, 'approvals.jsonl'));
const gateway = new EmbeddedGateway({ policies: agentSafety, store });
const makeRunner = () =>
  new GuardedRunner({
    client: new OpenAI(),
    gateway,
    journal: fileJournal(directory), // one file a run, on a local disk; the same path in every process
    approval: 'park',
    tools: {
      pay_invoice: tool({
        parameters: z.object({ invoice: z.string() }),
        idempotent: true, // the bank takes a key twice for one payment, so a call in doubt may run again
        execute: ({ invoice }, { idempotencyKey: key }) => bank.pay(invoice, { key }),
      }),
      delete_backup: tool({ parameters: z.object({ id: z.string() }), execute: ({ id }) => disk.delete(id) }),
    },
  });

const first = await makeRunner().run(threadId, assistantId);
if (first.status === 'awaiting_approval') {
  // Nothing is left running: notify an approver, and let the process end.
  for (const { name, approvalId } of first.approvals) waiting.push(`${name} waits for ${approvalId}`);
}

// The approver approves; then, in this process or in another one:
await gateway.approve(first.approvals[0]?.approvalId ?? '', { decidedBy: 'ann' });
const second = await makeRunner().resume(threadId, first.runId, { onExpired: 'new-run' });
// #endregion

// #region recover
const journal = fileJournal(directory);
for (const { run, owner } of await journal.openRuns()) {
  // Another process may be at it.
  if (run && !owner) await makeRunner().resume(run.threadId, run.id, { onExpired: 'new-run' });
}
// #endregion

assert.deepEqual(await journal.openRuns(), []);
assert.match(waiting.join(), /^delete_backup waits for /);
assert.equal(first.status, 'awaiting_approval');
assert.deepEqual(
  first.calls.map(({ name, outcome }) => [name, outcome]),
  [
    ['pay_invoice', 'allowed'],
    ['delete_backup', 'approval_pending'],
  ],
);
assert.equal(second.status, 'completed');
assert.equal(second.text, 'Paid, and deleted.');
assert.deepEqual(
  second.calls.map(({ name, outcome, executed }) => [name, outcome, executed]),
  [
    ['pay_invoice', 'allowed', 'yes'],
    ['delete_backup', 'allowed', 'yes'],
  ],
);
assert.equal(paid.length, 1, 'the invoice was paid once');
await rm(directory, { recursive: true });
