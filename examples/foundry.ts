/** An agent of Azure Foundry, which has its own model, instructions and tools. */
import assert from 'node:assert/strict';
import OpenAI from 'openai7';
import { z } from 'zod';
import { GuardedRunner, IntervenGateway, tool } from 'interven-openai-assistants';
import { callTools, say } from 'interven-openai-assistants/testing';
import { MODEL } from './model.ts';
import { offline } from './offline.ts';

const { openai, slack, posted } = offline([
  callTools({ name: 'post_message', arguments: { channel: '#ops', text: 'The backups are tidy.' } }),
  say('I told #ops.'),
]);
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
const created: unknown[] = [];
const project = { agents: { createVersion: async (...agent: unknown[]) => created.push(agent) } };
const instructions = 'You tidy up.';

// #region foundry-agent
// `project` is an AIProjectClient of @azure/ai-projects; its getOpenAIClient() is the runner's client.
await project.agents.createVersion('helper', {
  kind: 'prompt',
  model: MODEL,
  instructions,
  tools: runner.toolDefinitions('responses'),
});
const { text } = await runner.responses({
  agent_reference: { type: 'agent_reference', name: 'helper' },
  input: 'Tell #ops about the backups.',
});
// #endregion

assert.equal(text, 'I told #ops.');
assert.deepEqual(posted, [{ channel: '#ops', text: 'The backups are tidy.' }]);
assert.equal(created.length, 1);
openai.assertDone();
