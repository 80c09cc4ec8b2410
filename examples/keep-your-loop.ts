import assert from 'node:assert/strict';
import { offline } from './offline.ts';

const { posted, slack } = offline([]);
const toolCalls = [
  {
    id: 'call_1',
    type: 'function',
    function: { name: 'post_message', arguments: '{"channel":"#ops","text":"Mail ada@example.com"}' },
  },
] as const;
const post = (args: Record<string, unknown>): Promise<string> =>
  slack.post(String(args['channel']), String(args['text']));

// #region keep-your-loop
import { scanToolCalls } from 'interven-openai-assistants';

for (const { toolCall, scan, effectiveArguments } of await scanToolCalls(toolCalls)) {
  if (scan.decision === 'ALLOW' || scan.decision === 'SANITIZE') await post(effectiveArguments);
  else console.log(`${toolCall.id} was not run: ${scan.reasonCodes.join(', ')}`);
}
// #endregion

assert.deepEqual(posted, [{ channel: '#ops', text: 'Mail [REDACTED:EMAIL]' }]);
