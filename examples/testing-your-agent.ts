// #region testing-your-agent
import assert from 'node:assert/strict';
import OpenAI from 'openai';
import { z } from 'zod';
import { GuardedRunner, tool } from 'interven-openai-assistants';
import { callTools, FakeOpenAI, say, ScriptedGateway } from 'interven-openai-assistants/testing';

const openai = new FakeOpenAI({ script: [callTools({ name: 'refund', arguments: { cents: 500 } }), say('Refunded.')] });
const gateway = new ScriptedGateway({ refund: { decision: 'REQUIRE_APPROVAL', approvalId: 'approval_1' } });

const refunds: number[] = [];
const runner = new GuardedRunner({
  client: new OpenAI({ apiKey: 'test', baseURL: openai.baseURL, fetch: openai.fetch }),
  gateway,
  approval: 'wait',
  tools: {
    refund: tool({
      parameters: z.object({ cents: z.number() }),
      execute: ({ cents }) => refunds.push(cents),
    }),
  },
});

const { threadId, assistantId } = openai.seed('I want my money back.');
openai.misbehave('runs.submitToolOutputs', { dropReply: true }); // the network loses a reply
gateway.approve('approval_1');
await runner.run(threadId, assistantId);

assert.deepEqual(refunds, [500]); // refunded once
openai.assertDone(); // complains of what was unexpected and of what was never used
gateway.assertDone();
// #endregion
