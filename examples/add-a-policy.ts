/** A policy of your own beside the packs, from a file. */
import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { callTools, say } from 'interven-openai-assistants/testing';
import OpenAI from 'openai';
import { GuardedRunner } from 'interven-openai-assistants';
import { offline } from './offline.ts';

const { openai, threadId, assistantId } = offline([
  callTools(
    { name: 'refund', arguments: { to: 'ada@example.com', cents: 50_000 } },
    { name: 'refund', arguments: { to: 'ada@example.com', cents: 500, note: 'The key is AKIA' + 'IOSFODNN7EXAMPLE.' } },
  ),
  say('A person has to look at the refund.'),
]);
process.chdir(fileURLToPath(new URL('.', import.meta.url)));

// #region add-a-policy
import { agentSafety, EmbeddedGateway, starterPolicies } from 'interven-openai-assistants/embedded';

const gateway = new EmbeddedGateway({ policies: [...starterPolicies, agentSafety, 'policies/'], watch: true });
// #endregion

const runner = new GuardedRunner({ client: new OpenAI(), gateway, tools: { refund: () => 'refunded' } });
const { calls } = await runner.run(threadId, assistantId);
assert.deepEqual(
  calls.map(({ decision, outcome }) => [decision, outcome]),
  [
    ['REQUIRE_APPROVAL', 'approval_pending'],
    ['DENY', 'denied'],
  ],
);
gateway.close();
openai.assertDone();
