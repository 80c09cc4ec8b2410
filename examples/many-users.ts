import assert from 'node:assert/strict';
import { callTools, say } from 'interven-openai-assistants/testing';
import { offline } from './offline.ts';

const { threadId, assistantId } = offline([callTools({ name: 'list_orders', arguments: { year: 2026 } }), say('Two.')]);
const orders = { find: async (user: string, year: number) => `${user} ordered twice in ${year}` };

// #region many-users
import OpenAI from 'openai';
import { z } from 'zod';
import { GuardedRunner, tool, type CallContext } from 'interven-openai-assistants';
import { EmbeddedGateway } from 'interven-openai-assistants/embedded';

interface Session {
  userId: string;
}

const runner = new GuardedRunner({
  client: new OpenAI(),
  gateway: new EmbeddedGateway(),
  tools: {
    list_orders: tool({
      description: 'The orders of the current user',
      parameters: z.object({ year: z.number() }),
      execute: async ({ year }, call: CallContext<Session>) => orders.find(call.context.userId, year),
    }),
  },
});

// The context is required now, and typed: a handler of this runner reads it.
const { calls } = await runner.run(threadId, assistantId, { context: { userId: 'ada' }, agentName: 'shop assistant' });
// #endregion

assert.equal(calls[0]?.output, 'ada ordered twice in 2026');
