/** From the Assistants API to the Responses API: the same calls before and after, on the same script. */
import assert from 'node:assert/strict';
import { callTools, say } from 'interven-openai-assistants/testing';
import { offline } from './offline.ts';

const post = callTools({ name: 'post_message', arguments: { channel: '#ops', text: 'The backups are tidy.' } });
const { openai, threadId, assistantId, posted, slack } = offline([
  post,
  say('I told #ops.'),
  post,
  say('I told #ops.'),
]);
const post_message = async ({ channel, text }: { channel: string; text: string }): Promise<string> =>
  slack.post(channel, text);

const before = await (async () => {
  // #region before
  const client = new OpenAI();
  const runner = new GuardedRunner({
    client,
    gateway: new IntervenGateway(),
    tools: { post_message },
  });

  await client.beta.threads.messages.create(threadId, { role: 'user', content: 'Tell #ops.' });
  const result = await runner.run(threadId, assistantId);
  // #endregion
  return result;
})();

// #region copy
import { copyThread } from 'interven-openai-assistants';

const azure = new OpenAI(); // the server that has the thread
const { conversationId, skipped } = await copyThread({ from: { client: azure, threadId }, to: new OpenAI() });
for (const { messageId, what, fileId } of skipped) console.log(`${messageId}: ${what} ${fileId ?? ''} stays behind`);
// #endregion

const after = await (async () => {
  // #region after
  const client = new OpenAI();
  const runner = new GuardedRunner({
    client,
    gateway: new IntervenGateway(),
    tools: { post_message },
    assistants: { [assistantId]: { model: 'gpt-6.1-sol', instructions: 'You keep the backups tidy.' } },
  });

  await client.conversations.items.create(conversationId, { items: [{ role: 'user', content: 'Tell #ops.' }] });
  const result = await runner.run(conversationId, assistantId);
  // #endregion
  return result;
})();

import OpenAI from 'openai';
import { GuardedRunner, IntervenGateway } from 'interven-openai-assistants';

for (const { status, text, run, calls } of [before, after]) {
  assert.equal(status, 'completed');
  assert.equal(text, 'I told #ops.');
  assert.equal(run.object, 'thread.run');
  assert.ok((run.usage?.total_tokens ?? 0) > 0);
  assert.deepEqual(
    calls.map(({ name, outcome, turn }) => [name, outcome, turn]),
    [['post_message', 'allowed', 1]],
  );
}
assert.equal(posted.length, 2);
assert.deepEqual(skipped, []);
assert.deepEqual(
  openai.messages(conversationId).map(({ text }) => text),
  ['Hello', 'Tell #ops.', 'I told #ops.', 'Tell #ops.', 'I told #ops.'],
);
openai.assertDone();
