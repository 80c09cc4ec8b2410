import assert from 'node:assert/strict';
import OpenAI from 'openai';
import { MODEL } from './model.ts';
import { offline } from './offline.ts';

const { openai, posted, slack } = offline([]);
const tools: OpenAI.ChatCompletionTool[] = [{ type: 'function', function: { name: 'post_message' } }];
const runTool = async (name: string, args: Readonly<Record<string, unknown>>): Promise<string> =>
  name === 'post_message' ? slack.post(String(args['channel']), String(args['text'])) : `There is no tool "${name}".`;

// The fake serves no Chat Completions. This model posts a message and a secret, then it reports.
const asked = ['Mail ada@example.com', 'The key is AKIAIOSFODNN7EXAMPLE.'].map((text, index) => ({
  id: `call_${index}`,
  type: 'function',
  function: { name: 'post_message', arguments: JSON.stringify({ channel: '#ops', text }) },
}));
const replies: unknown[] = [{ tool_calls: asked }, { content: 'One of two was posted.' }];
const requests: { messages: { content?: string }[] }[] = [];
const gatewayFetch = globalThis.fetch;
globalThis.fetch = async (input, init) => {
  const request = new Request(input, init);
  if (!request.url.startsWith(openai.baseURL)) return gatewayFetch(request);
  requests.push((await request.json()) as (typeof requests)[number]);
  return Response.json({
    choices: [{ message: Object.assign({ role: 'assistant', content: null }, replies.shift()) }],
  });
};

const client = new OpenAI();
const messages: OpenAI.ChatCompletionMessageParam[] = [{ role: 'user', content: 'Tell #ops whom to mail.' }];

// #region keep-your-loop
import { scanToolCalls } from 'interven-openai-assistants';

let calls: OpenAI.ChatCompletionMessageToolCall[];
do {
  const { choices } = await client.chat.completions.create({ model: MODEL, messages, tools });
  messages.push(...choices.map(({ message }) => message));
  calls = choices[0]?.message.tool_calls ?? [];
  for (const { toolCall, name, scan, effectiveArguments } of await scanToolCalls(calls)) {
    const isCleared = scan.decision === 'ALLOW' || scan.decision === 'SANITIZE';
    const blocked = `Tool blocked by Interven: ${scan.reasonCodes.join(', ')}`;
    const content = isCleared ? await runTool(name, effectiveArguments) : blocked;
    messages.push({ role: 'tool', tool_call_id: toolCall.id, content });
  }
} while (calls.length > 0);
// #endregion

assert.deepEqual(posted, [{ channel: '#ops', text: 'Mail [REDACTED:EMAIL]' }]);
assert.deepEqual(
  requests[1]?.messages.slice(2).map(({ content }) => content),
  ['posted to #ops', 'Tool blocked by Interven: SECRET_DETECTED'],
);
assert.equal(messages.at(-1)?.content, 'One of two was posted.');
