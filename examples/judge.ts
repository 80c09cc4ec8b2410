/** A decision in code, besides the rules. */
import assert from 'node:assert/strict';
import OpenAI from 'openai';
import { GuardedRunner } from 'interven-openai-assistants';
import { callTools, say } from 'interven-openai-assistants/testing';
import { offline } from './offline.ts';

const { openai, threadId, assistantId } = offline([
  callTools({ name: 'refund', arguments: { order: 'o-1', cents: 500 } }),
  callTools({ name: 'refund', arguments: { order: 'o-2', cents: 500 } }),
  say('The second order is disputed.'),
]);
const disputes = new Set(['o-2']);

// #region judge
import { agentSafety, EmbeddedGateway, starterPolicies } from 'interven-openai-assistants/embedded';

const gateway = new EmbeddedGateway({
  policies: [...starterPolicies, agentSafety],
  judge: ({ functionName, body }) => {
    const { order } = body as { order?: string };
    if (functionName !== 'refund' || !disputes.has(order ?? '')) return undefined; // no objection
    return { decision: 'REQUIRE_APPROVAL', reason: 'The order is disputed.' };
  },
});
// #endregion

const runner = new GuardedRunner({ client: new OpenAI(), gateway, tools: { refund: () => 'refunded' } });
const { calls } = await runner.run(threadId, assistantId);
assert.deepEqual(
  calls.map(({ outcome, reason }) => [outcome, reason]),
  [
    ['allowed', undefined],
    ['approval_pending', 'The order is disputed.'],
  ],
);
openai.assertDone();
