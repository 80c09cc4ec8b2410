/**
 * The model server of all contenders, in a process of its own: the first request of a run gets N tool calls, the next one
 * the answer. It speaks Chat Completions and Responses, without streams.
 */
import { createServer } from 'node:http';

let count = 1;

const server = createServer(async (request, response) => {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) text += chunk;
  const body = text === '' ? {} : JSON.parse(text);
  if (request.url === '/calls') {
    ({ count } = body);
    response.end();
    return;
  }
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify(request.url.endsWith('/responses') ? respond(body) : complete(body)));
});

const ids = () => Array.from({ length: count }, (_, index) => `call_${index}`);
const args = JSON.stringify({ channel: '#ops', text: 'All well.' });

function respond({ model, input }) {
  const isAnswered = Array.isArray(input) && input.some(({ type }) => type === 'function_call_output');
  const message = {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    status: 'completed',
    content: [{ type: 'output_text', text: 'done', annotations: [], logprobs: [] }],
  };
  const calls = ids().map((id) => ({
    id: `fc_${id}`,
    type: 'function_call',
    status: 'completed',
    call_id: id,
    name: 'post',
    arguments: args,
  }));
  return {
    id: `resp_${crypto.randomUUID()}`,
    object: 'response',
    created_at: 1_800_000_000,
    status: 'completed',
    error: null,
    incomplete_details: null,
    model,
    output: isAnswered ? [message] : calls,
    parallel_tool_calls: true,
    tool_choice: 'auto',
    tools: [],
    usage: {
      input_tokens: 1,
      output_tokens: 1,
      total_tokens: 2,
      input_tokens_details: { cached_tokens: 0 },
      output_tokens_details: { reasoning_tokens: 0 },
    },
  };
}

function complete({ model, messages }) {
  const isAnswered = messages.some(({ role }) => role === 'tool');
  const calls = ids().map((id) => ({ id, type: 'function', function: { name: 'post', arguments: args } }));
  return {
    id: `chatcmpl_${crypto.randomUUID()}`,
    object: 'chat.completion',
    created: 1_800_000_000,
    model,
    choices: [
      isAnswered
        ? { index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'done', refusal: null } }
        : {
            index: 0,
            finish_reason: 'tool_calls',
            message: { role: 'assistant', content: null, refusal: null, tool_calls: calls },
          },
    ],
    usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
  };
}

server.listen(0, '127.0.0.1', () => process.send(server.address().port));
