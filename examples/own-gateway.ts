import assert from 'node:assert/strict';
import OpenAI from 'openai';
import { GuardedRunner } from 'interven-openai-assistants';
import { callTools, say } from 'interven-openai-assistants/testing';
import { offline } from './offline.ts';

const { threadId, assistantId } = offline([callTools({ name: 'pay' }, { name: 'look' }), say('Done.')]);

// #region own-gateway
import { GatewayError, type Gateway } from 'interven-openai-assistants';

const officeHours: Gateway = {
  async scan({ functionName }, { signal } = {}) {
    const reply = await fetch('https://policy.example.com/' + functionName, signal ? { signal } : {}).catch(() => null);
    if (!reply) throw new GatewayError('unreachable', 'The policy server is down.');
    return (await reply.text()) === 'open'
      ? { decision: 'ALLOW', reasonCodes: [] }
      : { decision: 'DENY', reasonCodes: ['OFFICE_CLOSED'] };
  },
  approvalStatus: async () => ({ status: 'expired' }), // it never asks for one
};
// #endregion

const offlineFetch = globalThis.fetch;
globalThis.fetch = async (input, init) => {
  const { hostname, pathname } = new URL(new Request(input).url);
  if (hostname === 'policy.example.com') return new Response(pathname === '/look' ? 'open' : 'shut');
  return offlineFetch(input, init);
};
const tools = { pay: () => 'paid', look: () => 'seen' };
const runner = new GuardedRunner({ client: new OpenAI(), gateway: officeHours, tools });
const { calls } = await runner.run(threadId, assistantId);
assert.deepEqual(
  calls.map(({ output }) => output),
  ['Tool blocked by Interven: OFFICE_CLOSED', 'seen'],
);
