/** A function without a process of its own: OpenAI calls it when a session waits for a tool call. */
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import OpenAI from 'openai7';
import { z } from 'zod';
import { fileJournal, GuardedRunner, IntervenGateway, tool } from 'interven-openai-assistants';
import { callTools, say } from 'interven-openai-assistants/testing';
import { offline } from './offline.ts';

const { openai, slack, posted } = offline([
  callTools({ name: 'post_message', arguments: { channel: '#ops', text: 'The backups are tidy.' } }),
  say('I told #ops.'),
]);
const { sessionId } = openai.seed('Hello');
const secret = Buffer.from('offline').toString('base64');
process.env['OPENAI_WEBHOOK_SECRET'] = `whsec_${secret}`;
const directory = await mkdtemp(join(tmpdir(), 'webhook-'));
const post_message = tool({
  description: 'Post a message to a Slack channel',
  parameters: z.object({ channel: z.string(), text: z.string() }),
  execute: async ({ channel, text }) => slack.post(channel, text),
});

// #region webhook
const runner = new GuardedRunner({
  client: new OpenAI(), // OPENAI_API_KEY, OPENAI_WEBHOOK_SECRET
  gateway: new IntervenGateway(),
  journal: fileJournal(directory),
  tools: { post_message },
});

const handler = async (request: Request): Promise<Response> => {
  const { httpStatus, status, reason } = await runner.handleWebhook(request);
  if (status !== 'served') console.log(status, reason);
  return new Response(null, { status: httpStatus });
};
// #endregion

const { sessions } = new OpenAI().beta.agents;
const input = [{ role: 'user' as const, content: [{ type: 'input_text' as const, text: 'Tell #ops.' }] }];
await sessions.events.create(sessionId, { events: [{ type: 'agent.session.input.message', input }] });
while (openai.session(sessionId).status !== 'requires_action') await new Promise(setImmediate);

const body = JSON.stringify({ type: 'agent.session.action_required', data: { id: sessionId } });
const timestamp = String(Math.floor(Date.now() / 1000));
const signature = createHmac('sha256', Buffer.from(secret, 'base64'))
  .update(`evt.${timestamp}.${body}`)
  .digest('base64');
const headers = { 'webhook-id': 'evt', 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` };
const response = await handler(new Request('https://example.com/webhook', { method: 'POST', body, headers }));

assert.equal(response.status, 200);
assert.deepEqual(posted, [{ channel: '#ops', text: 'The backups are tidy.' }]);
assert.equal(openai.session(sessionId).status, 'idle');
openai.assertDone();
await rm(directory, { recursive: true });
