import assert from 'node:assert/strict';
import { callTools, say } from 'interven-openai-assistants/testing';
import { offline } from './offline.ts';

const { threadId, assistantId } = offline([callTools({ name: 'deploy' }), say('Done.')]);
const deploys: string[] = [];

// #region principal
import OpenAI from 'openai';
import { GuardedRunner, type CallContext } from 'interven-openai-assistants';
import { EmbeddedGateway } from 'interven-openai-assistants/embedded';

interface Session {
  user: { id: string; roles: string[] };
}

const runner = new GuardedRunner({
  client: new OpenAI(),
  gateway: new EmbeddedGateway(),
  principal: ({ user }: Session) => ({ id: user.id, roles: user.roles, attributes: { region: 'EU' } }),
  tools: { deploy: (_, call: CallContext<Session>) => deploys.push(call.context.user.id) },
});
const session = { user: { id: 'ada', roles: ['intern'] } };
const { calls } = await runner.run(threadId, assistantId, { context: session });
// #endregion

assert.equal(calls[0]?.principalId, 'ada');
assert.deepEqual(deploys, ['ada']);
