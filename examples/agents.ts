import assert from 'node:assert/strict';
import OpenAI from 'openai7';
import { callTools, say } from 'interven-openai-assistants/testing';
import { offline } from './offline.ts';

const { openai, slack, posted } = offline([
  callTools(
    { name: 'post_message', arguments: { channel: '#ops', text: 'Ask ada@example.com about the backups.' } },
    {
      name: 'post_message',
      arguments: { channel: '#dev', text: 'The key is AKIA' + 'IOSFODNN7EXAMPLE.' },
      subagent: 'writer',
    },
  ),
  say('#ops knows; the other message was blocked.'),
  say('You are welcome.'),
]);

// #region agents
import { z } from 'zod';
import { GuardedRunner, IntervenGateway, tool } from 'interven-openai-assistants';

const client = new OpenAI(); // import OpenAI from 'openai', 7.15 or newer
const runner = new GuardedRunner({
  client,
  gateway: new IntervenGateway(),
  tools: {
    post_message: tool({
      description: 'Post a message to a Slack channel',
      parameters: z.object({ channel: z.string(), text: z.string() }),
      execute: async ({ channel, text }) => slack.post(channel, text),
    }),
  },
});

const { id } = await client.beta.agents.sessions.create({
  environment: { type: 'none' },
  agent: { model: 'gpt-6.1-sol', tools: runner.toolDefinitions('agents') },
  input: 'Tell #ops and #dev about the backups.', // the session starts to work on it
});
const first = await runner.resumeSession(id);
const second = await runner.session(id, { input: 'Thank you!' });
// #endregion

assert.equal(first.status, 'completed');
assert.equal(first.text, '#ops knows; the other message was blocked.');
assert.deepEqual(posted, [{ channel: '#ops', text: 'Ask [REDACTED:EMAIL] about the backups.' }]);
assert.deepEqual(
  first.calls.map(({ outcome, subagentId }) => [outcome, subagentId]),
  [
    ['sanitized', undefined],
    ['denied', 'subagent_writer'],
  ],
);
assert.equal(second.text, 'You are welcome.');
assert.equal(openai.session(id).turns.filter(({ subagentId }) => subagentId === undefined).length, 2);
openai.assertDone();
