import assert from 'node:assert/strict';
import { callTools, say } from 'interven-openai-assistants/testing';
import { offline } from './offline.ts';

const { openai, threadId, assistantId, posted, slack } = offline([
  callTools(
    { name: 'post_message', arguments: { channel: '#ops', text: 'Ask ada@example.com about the backups.' } },
    { name: 'post_message', arguments: { channel: '#dev', text: 'The key is AKIA' + 'IOSFODNN7EXAMPLE.' } },
  ),
  say('#ops knows; the other message was blocked.'),
  callTools({ name: 'post_message', arguments: { channel: '#all', text: 'All backups are gone.' } }),
]);
const seen: string[] = [];
const page = {
  add: (delta: string) => seen.push(delta),
  mark: (_callId: string, how: string) => seen.push(`<${how}>`),
};

import OpenAI from 'openai';
import { z } from 'zod';
import { GuardedRunner, IntervenGateway, tool } from 'interven-openai-assistants';

const runner = new GuardedRunner({
  client: new OpenAI(),
  gateway: new IntervenGateway(),
  tools: {
    post_message: tool({
      description: 'Post a message to a Slack channel',
      parameters: z.object({ channel: z.string(), text: z.string() }),
      execute: async ({ channel, text }) => slack.post(channel, text),
    }),
  },
});

// #region streaming
const stream = runner.stream(threadId, assistantId);
for await (const event of stream) {
  if (event.type === 'text-delta') page.add(event.delta);
  else if (event.type === 'decision') page.mark(event.callId, event.effective);
  else if (event.type === 'handler-end') page.mark(event.callId, event.end);
}
const { status, text, calls } = await stream.result; // what run() resolves with
// #endregion

assert.equal(status, 'completed');
const texts = seen.filter((piece) => !piece.startsWith('<'));
assert.ok(texts.length > 1, 'the text comes in pieces');
assert.equal(texts.join(''), text);
assert.equal(text, '#ops knows; the other message was blocked.');
assert.deepEqual(seen.filter((piece) => piece.startsWith('<')).toSorted(), ['<DENY>', '<SANITIZE>', '<returned>']);
assert.deepEqual(
  calls.map(({ outcome }) => outcome),
  ['sanitized', 'denied'],
);
assert.deepEqual(posted, [{ channel: '#ops', text: 'Ask [REDACTED:EMAIL] about the backups.' }]);

// #region leaving
const next = runner.stream(threadId, assistantId);
for await (const event of next) {
  if (event.type === 'turn') break; // the run is cancelled before the loop is left
}
// #endregion

await assert.rejects(next.result, { name: 'GuardedRunError', code: 'aborted' });
assert.deepEqual(
  openai.runs(threadId).map((run) => run.status),
  ['completed', 'cancelled'],
);
assert.equal(posted.length, 1);
openai.assertDone();
