import { expect, test } from '@jest/globals';
import { ending, leftWith, oneCall } from '../../setup/responses.ts';
import { whenAsked } from '../../setup/when-asked.ts';

/** Each waits as long as the runner stays for what does not come. */

test.concurrent(
  'a conversation that takes nothing is said to be open, with its calls and the remedy',
  async () => {
    const { openai, leave, conversationId } = leftWith(2);
    openai.misbehave('conversations.items.create', { status: 422, times: 1_000 });
    openai.misbehave('conversations.items.delete', { status: 403, times: 1_000 });
    const error = await leave();
    expect(error).toMatchObject({ code: 'aborted', leftOpen: true, openCalls: ['call_0', 'call_1'] });
    expect(error.message).toContain(`Conversation ${conversationId} has calls without an output: call_0, call_1`);
    expect(error.message).toContain('conversations.items.create');
    expect(error.message).toContain('conversations.items.delete');
  },
  30_000,
);

test.concurrent(
  'a request that gets no reply may go on, which is said',
  async () => {
    const { on, conversationId } = oneCall({ script: [], decisions: {}, api: { thinkMs: 60_000 } });
    const error = await ending(on({}, { signal: AbortSignal.timeout(300) }));
    expect(error).toMatchObject({ code: 'aborted', leftOpen: true, openCalls: [], runId: undefined });
    expect(error.message).toMatch(new RegExp(`The API may still be processing a request .*in ${conversationId}`));
  },
  30_000,
);

test.concurrent(
  'a response in the background that cannot be cancelled is said to go on',
  async () => {
    const { openai, respond } = oneCall({ script: [], decisions: {}, api: { thinkMs: 60_000 } });
    openai.misbehave('responses.cancel', { status: 403 });
    let asked = 0;
    openai.misbehave('responses.retrieve', { rewrite: (reply) => ((asked += 1), reply), times: 1_000 });
    const error = await ending(respond({ background: true }, { signal: whenAsked(openai, 'responses.create') }));
    const [left] = openai.responses();
    expect(error).toMatchObject({ code: 'aborted', leftOpen: true, runId: left?.id, openCalls: [] });
    expect(error.message).toContain(`${String(left?.id)} could not be cancelled`);
    expect(asked).toBeGreaterThan(0);
  },
  30_000,
);
