import OpenAI from 'openai';
import { z } from 'zod';
import { GuardedRunner, tool } from 'interven-openai-assistants';
import { agentSafety, EmbeddedGateway, starterPolicies } from 'interven-openai-assistants/embedded';
import { callTools, FakeOpenAI, say } from 'interven-openai-assistants/testing';

// A fake model that makes four tool calls in one turn. On the real API: client = new OpenAI()
const openai = new FakeOpenAI({
  script: [
    callTools(
      { name: 'get_time' },
      { name: 'post_message', arguments: { channel: '#ops', text: 'Ask ada@example.com about the backups.' } },
      { name: 'post_message', arguments: { channel: '#all', text: 'The key is AKIAIOSFODNN7EXAMPLE.' } },
      { name: 'delete_backup', arguments: { name: 'monday.tar' } },
    ),
    say('#ops knows. The key was not posted, and the deletion waits for approval.'),
  ],
});
const client = new OpenAI({ apiKey: 'none', baseURL: openai.baseURL, fetch: openai.fetch });

const runner = new GuardedRunner({
  client,
  gateway: new EmbeddedGateway({ policies: [...starterPolicies, agentSafety] }),
  tools: {
    get_time: () => '12:00',
    post_message: tool({
      description: 'Post a message to a Slack channel',
      parameters: z.object({ channel: z.string(), text: z.string() }),
      execute: async ({ channel, text }) => {
        console.log(`[handler] posts to ${channel}: ${text}`);
        return 'Posted.';
      },
    }),
    delete_backup: tool({ parameters: z.object({ name: z.string() }), execute: ({ name }) => `Deleted ${name}.` }),
  },
});

const { text, calls } = await runner.responses({ model: 'gpt-6.1-sol', input: 'Tidy up the backups.' });
for (const { name, decision, outcome, reasonCodes } of calls) console.log(name, decision, outcome, ...reasonCodes);
console.log('Assistant:', text);
