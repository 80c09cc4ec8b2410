import assert from 'node:assert/strict';
import { callTools, say } from 'interven-openai-assistants/testing';
import { offline } from './offline.ts';

const { threadId, assistantId, slack, posted } = offline([
  callTools(
    { name: 'post_message', arguments: { channel: '#ops', text: 'Ask ada@example.com, card 4111 1111 1111 1111.' } },
    { name: 'get_time' },
  ),
  say('I told #ops.'),
]);

// #region first-run
import OpenAI from 'openai';
import { z } from 'zod';
import { GuardedRunner, IntervenGateway, tool } from 'interven-openai-assistants';

const runner = new GuardedRunner({
  client: new OpenAI(),
  gateway: new IntervenGateway(), // INTERVEN_API_KEY, INTERVEN_GATEWAY_URL
  tools: {
    post_message: tool({
      description: 'Post a message to a Slack channel',
      parameters: z.object({ channel: z.string(), text: z.string() }),
      execute: async ({ channel, text }, call) => slack.post(channel, text, { signal: call.signal }),
    }),
    get_time: () => new Date().toISOString(), // a bare function is a handler too
  },
});

const result = await runner.run(threadId, assistantId);
console.log(result.status, result.text, result.calls);
// #endregion

assert.equal(result.status, 'completed');
assert.equal(result.text, 'I told #ops.');
assert.deepEqual(posted, [{ channel: '#ops', text: 'Ask [REDACTED:EMAIL], card [REDACTED:CARD].' }]);
assert.deepEqual(
  result.calls.map(({ outcome }) => outcome),
  ['sanitized', 'allowed'],
);
