import assert from 'node:assert/strict';
import { callTools, say } from 'interven-openai-assistants/testing';
import { offline } from './offline.ts';

const { threadId, assistantId } = offline([
  callTools({ name: 'delete_file', arguments: { path: '/a' } }),
  say('Gone.'),
]);
const deleted: string[] = [];
const disk = { delete: (path: string) => deleted.push(path) };
const pager = {
  // The person of this example says yes at once.
  ask: async (_question: string) => ({ isYes: true, name: 'ada' }),
};

// #region approvals
import OpenAI from 'openai';
import { z } from 'zod';
import { GuardedRunner, tool } from 'interven-openai-assistants';
import { agentSafety, EmbeddedGateway } from 'interven-openai-assistants/embedded';

const gateway = new EmbeddedGateway({ policies: agentSafety });
const runner = new GuardedRunner({
  client: new OpenAI(),
  gateway,
  approval: 'wait', // default: 'message'
  onApprovalRequested: async ({ approvalId = '', name, arguments: args }) => {
    const answer = await pager.ask(`May I ${name} ${JSON.stringify(args)}?`);
    if (answer.isYes) await gateway.approve(approvalId, { decidedBy: answer.name });
    else await gateway.deny(approvalId, { decidedBy: answer.name });
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
