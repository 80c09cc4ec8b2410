import assert from 'node:assert/strict';
import { callTools, say } from 'interven-openai-assistants/testing';
import { offline } from './offline.ts';

const { threadId, assistantId, slack, posted } = offline([
  callTools({ name: 'post_message', arguments: { channel: '#ops', text: 'All well.' } }),
  say('I told #ops.'),
]);

type Handler = (args: never) => unknown;
interface Scan {
  decision: string;
  reason_codes: string[];
  sanitized_body?: unknown;
  approval_url?: string;
}

// #region hand-written-loop
import OpenAI from 'openai';

const client = new OpenAI();
const handlers: Record<string, Handler> = {
  post_message: ({ channel, text }: { channel: string; text: string }) => slack.post(channel, text),
};

let run = await client.beta.threads.runs.createAndPoll(threadId, { assistant_id: assistantId });
while (run.status === 'requires_action') {
  const outputs = [];
  for (const call of run.required_action?.submit_tool_outputs.tool_calls ?? []) {
    const args: unknown = JSON.parse(call.function.arguments);
    const reply = await fetch('https://api.intervensecurity.com/v1/scan', {
      method: 'POST',
      headers: { authorization: `Bearer ${process.env['INTERVEN_API_KEY']}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        method: 'POST',
        url: 'https://slack.com/api/chat.postMessage',
        body: args,
        runtime_type: 'openai_assistants',
      }),
    });
    const scan = (await reply.json()) as Scan;
    let output: string;
    if (scan.decision === 'ALLOW' || scan.decision === 'SANITIZE') {
      const effective = scan.decision === 'SANITIZE' ? scan.sanitized_body : args;
      output = String(await handlers[call.function.name]?.(effective as never));
    } else if (scan.decision === 'REQUIRE_APPROVAL') {
      output = `Action requires human approval at ${scan.approval_url}. Retry in a few minutes.`;
    } else {
      output = `Tool blocked by Interven: ${scan.reason_codes.join(', ')}`;
    }
    outputs.push({ tool_call_id: call.id, output });
  }
  run = await client.beta.threads.runs.submitToolOutputsAndPoll(run.id, { thread_id: threadId, tool_outputs: outputs });
}
// #endregion

assert.equal(run.status, 'completed');
assert.deepEqual(posted, [{ channel: '#ops', text: 'All well.' }]);
