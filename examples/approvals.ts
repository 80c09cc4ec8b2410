import assert from 'node:assert/strict';
import OpenAI from 'openai';
import { z } from 'zod';
import { GuardedRunner, tool } from 'interven-openai-assistants';
import { EmbeddedGateway } from 'interven-openai-assistants/embedded';
import { callTools, say } from 'interven-openai-assistants/testing';
import { offline } from './offline.ts';

const { threadId, assistantId } = offline([
  callTools({ name: 'delete_file', arguments: { path: '/a' } }),
  say('Gone.'),
]);
const gateway = new EmbeddedGateway();
const deleted: string[] = [];
const disk = { delete: (path: string) => deleted.push(path) };
const pager = {
  // The person of this example says yes at once.
  page: async (_question: string, approvalId: string | undefined) => {
    gateway.approve(approvalId ?? '', { decidedBy: 'ada' });
  },
};

// #region approvals
const runner = new GuardedRunner({
  client: new OpenAI(),
  gateway,
  approval: 'wait', // default: 'message'
  onApprovalRequested: async ({ approvalId, approvalUrl, name, arguments: args }) => {
    await pager.page(`${name}(${JSON.stringify(args)}) ${approvalUrl ?? ''}`, approvalId);
  },
  tools: {
    delete_file: tool({
      description: 'Delete a file',
      parameters: z.object({ path: z.string() }),
      approvalTimeoutMs: 60_000,
      execute: ({ path }) => disk.delete(path),
    }),
  },
});
// #endregion

const { calls } = await runner.run(threadId, assistantId);
assert.deepEqual(deleted, ['/a']);
assert.equal(calls[0]?.decision, 'REQUIRE_APPROVAL');
assert.equal(calls[0].outcome, 'allowed');
