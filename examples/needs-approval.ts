import assert from 'node:assert/strict';
import { callTools, say } from 'interven-openai-assistants/testing';
import { offline } from './offline.ts';

const calls = [
  { name: 'pay', arguments: { euros: 1_000 } },
  { name: 'pay', arguments: { euros: 1_001 } },
];
const { threadId, assistantId } = offline([callTools(...calls), say('Paid one of them.')]);
const paid: number[] = [];
const bank = { pay: (euros: number) => paid.push(euros) };

// #region needs-approval
import OpenAI from 'openai';
import { z } from 'zod';
import { GuardedRunner, tool } from 'interven-openai-assistants';
import { EmbeddedGateway } from 'interven-openai-assistants/embedded';

const runner = new GuardedRunner({
  client: new OpenAI(),
  gateway: new EmbeddedGateway(),
  tools: {
    pay: tool({
      description: 'Pay a bill',
      parameters: z.object({ euros: z.number() }),
      needsApproval: ({ euros }) => euros > 1_000,
      execute: ({ euros }) => bank.pay(euros),
    }),
  },
});
const result = await runner.run(threadId, assistantId);
console.log(result.calls.map(({ outcome }) => outcome)); // [ 'allowed', 'approval_pending' ]
// #endregion

assert.deepEqual(paid, [1_000]);
