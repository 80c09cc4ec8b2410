/** A hand-written loop beside a guarded run: the same two calls on the same script. */
import assert from 'node:assert/strict';
import OpenAI from 'openai';
import { callTools, say } from 'interven-openai-assistants/testing';
import { GuardedRunner, IntervenGateway } from 'interven-openai-assistants';
import { offline } from './offline.ts';

const post = callTools({ name: 'post_message', arguments: { channel: '#ops', text: 'All well.' } });
const { openai, threadId, assistantId, posted, slack } = offline([
  post,
  say('I told #ops.'),
  post,
  say('I told #ops.'),
]);
const client = new OpenAI();
const gateway = new IntervenGateway();
const tools: Record<string, (args: Record<string, unknown>) => Promise<string>> = {
  post_message: async ({ channel, text }) => slack.post(String(channel), String(text)),
};

// #region by-hand
let run = await client.beta.threads.runs.createAndPoll(threadId, { assistant_id: assistantId });
while (run.status === 'requires_action') {
  const outputs = [];
  for (const { id, function: call } of run.required_action?.submit_tool_outputs.tool_calls ?? []) {
    const output = await tools[call.name]?.(JSON.parse(call.arguments) as Record<string, unknown>);
    outputs.push({ tool_call_id: id, output: output ?? '' });
  }
  run = await client.beta.threads.runs.submitToolOutputsAndPoll(run.id, { thread_id: threadId, tool_outputs: outputs });
}
// #endregion

// #region guarded
const runner = new GuardedRunner({ client, gateway, tools });
const result = await runner.run(threadId, assistantId);
// #endregion

assert.equal(run.status, 'completed');
assert.equal(result.status, 'completed');
assert.equal(result.run.status, 'completed');
assert.equal(posted.length, 2);
openai.assertDone();
