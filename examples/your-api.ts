/** The same tools and gateway with each of OpenAI's three APIs. */
import assert from 'node:assert/strict';
import { z } from 'zod';
import { tool } from 'interven-openai-assistants';
import { callTools, say } from 'interven-openai-assistants/testing';
import { MODEL } from './model.ts';
import { offline } from './offline.ts';

const post = callTools({ name: 'post_message', arguments: { channel: '#ops', text: 'Ask ada@example.com.' } });
const { openai, threadId, assistantId, posted, slack } = offline([
  ...[post, say('I told #ops.'), post, say('I told #ops.'), say('You are welcome.')],
  ...[post, say('I told #ops.'), say('You are welcome.')],
]);
const tools = {
  post_message: tool({
    description: 'Post a message to a Slack channel',
    parameters: z.object({ channel: z.string(), text: z.string() }),
    execute: async ({ channel, text }) => slack.post(channel, text),
  }),
};

// #region run
import OpenAI from 'openai7';
import { GuardedRunner, IntervenGateway } from 'interven-openai-assistants';

const client = new OpenAI();
const gateway = new IntervenGateway(); // reads INTERVEN_API_KEY; without an account: new EmbeddedGateway()
const runner = new GuardedRunner({ client, gateway, tools });

const { status, text, calls } = await runner.run(threadId, assistantId);
// #endregion

// #region responses
const first = await runner.responses({ model: MODEL, input: 'Tell #ops about the backups.' });
console.log(first.status, first.text, first.calls);

// The next request continues from the last response, or from your `conversation`.
const second = await runner.responses({ model: MODEL, input: 'Thank you!', ...first.continueFrom });
console.log(second.text);
// #endregion

// #region session
const { id } = await client.beta.agents.sessions.create({
  environment: { type: 'none' },
  agent: { model: MODEL, tools: runner.toolDefinitions('agents') },
  input: 'Tell #ops about the backups.',
});
const begun = await runner.resumeSession(id); // serves the input that the session began with
const next = await runner.session(id, { input: 'Thank you!' });
// #endregion

assert.equal(status, 'completed');
assert.equal(text, 'I told #ops.');
assert.equal(calls[0]?.outcome, 'sanitized');
assert.deepEqual([first.text, second.text], ['I told #ops.', 'You are welcome.']);
assert.deepEqual([begun.text, next.text], ['I told #ops.', 'You are welcome.']);
assert.deepEqual(
  posted.map(({ text }) => text),
  ['Ask [REDACTED:EMAIL].', 'Ask [REDACTED:EMAIL].', 'Ask [REDACTED:EMAIL].'],
);
openai.assertDone();
