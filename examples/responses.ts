import assert from 'node:assert/strict';
import { callTools, say } from 'interven-openai-assistants/testing';
import { offline } from './offline.ts';

const { openai, slack, posted } = offline([
  callTools(
    { name: 'post_message', arguments: { channel: '#ops', text: 'Ask ada@example.com about the backups.' } },
    { name: 'run_query', kind: 'text', arguments: 'select count(*) from backups' },
  ),
  say('There are 7 backups, and #ops knows.'),
  say('Seven.'),
]);
const warehouse = { query: async (sql: string): Promise<string> => (sql.startsWith('select count') ? '7' : '') };

// #region responses
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
    run_query: tool({
      text: true, // a custom tool: the model writes plain text, here SQL
      description: 'Run a query on the warehouse',
      execute: async (sql) => warehouse.query(sql),
    }),
  },
});

const first = await runner.responses({ model: 'gpt-6.1-sol', input: 'How many backups? Tell #ops.' });
const next = await runner.responses({ model: 'gpt-6.1-sol', input: 'In one word?', ...first.continueFrom });
// #endregion

assert.equal(first.text, 'There are 7 backups, and #ops knows.');
assert.deepEqual(posted, [{ channel: '#ops', text: 'Ask [REDACTED:EMAIL] about the backups.' }]);
assert.deepEqual(
  first.calls.map(({ name, outcome }) => [name, outcome]),
  [
    ['post_message', 'sanitized'],
    ['run_query', 'allowed'],
  ],
);
assert.equal(next.text, 'Seven.');
assert.equal(next.response.previous_response_id, first.response.id);
openai.assertDone();
