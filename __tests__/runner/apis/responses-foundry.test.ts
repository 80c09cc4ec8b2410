import { describe, expect, test } from '@jest/globals';
import { callTools, say } from 'interven-openai-assistants/testing';
import { MODEL } from '../../setup/model.ts';
import { oneCall, type Item, type Params } from '../../setup/responses.ts';
import { rejection } from '../../setup/world.ts';
import { imageOf, journalWorld, untilRecorded, untilTheEnd } from '../journal/world.ts';

const agent_reference = { name: 'helper', type: 'agent_reference' } as const;
const own: Params = {
  tools: [{ type: 'function', name: 'mine', parameters: null, strict: false }],
  tool_choice: 'required',
  parallel_tool_calls: false,
};

/** The parameters of a request that say something about tools. */
function toolParams(body: Item): string[] {
  return Object.keys(body).filter((key) => key.includes('tool'));
}

describe('a request that names an agent of Azure Foundry', () => {
  const rows: [string, (on: string) => Params][] = [
    ['in a chain', () => ({})],
    ['in a conversation', (conversation) => ({ conversation })],
    ['with store: false', () => ({ store: false })],
    ['in the background', () => ({ background: true })],
    ['with tools of the caller’s own', () => own],
  ];

  test.each(rows)('leaves tools to the agent and guards its calls, %s', async (_, paramsOf) => {
    const { openai, runner, sent, ran, conversationId } = oneCall();
    const { status, calls } = await runner.responses({
      agent_reference,
      input: 'Pay',
      ...paramsOf(conversationId),
    });
    expect({ status, outcomes: calls.map(({ outcome }) => outcome) }).toEqual({
      status: 'completed',
      outcomes: ['allowed'],
    });
    expect(ran).toEqual(['call_1']);
    expect(sent().map((body) => [body['agent_reference'], toolParams(body)])).toEqual([
      [agent_reference, []],
      [agent_reference, []],
    ]);
    openai.assertDone();
  });

  test('runs no denied call', async () => {
    const { runner, ran } = oneCall({ decisions: { pay: 'DENY' } });
    const { calls } = await runner.responses({ agent_reference, input: 'Pay' });
    expect(calls).toMatchObject([{ outcome: 'denied' }]);
    expect(ran).toEqual([]);
  });

  test('can be streamed', async () => {
    const { runner, sent, ran } = oneCall();
    expect(await runner.streamResponses({ agent_reference, input: 'Pay' }).result).toMatchObject({ text: 'ok' });
    expect(ran).toEqual(['call_1']);
    expect(sent().flatMap(toolParams)).toEqual([]);
  });

  test('can be an assistant that runs in conversations', async () => {
    const { runner, sent, conversationId, ran } = oneCall({ options: { assistants: { helper: { agent_reference } } } });
    expect(await runner.run(conversationId, 'helper')).toMatchObject({ status: 'completed', text: 'ok' });
    expect(ran).toEqual(['call_1']);
    expect(sent().flatMap(toolParams)).toEqual([]);
  });

  test('is the same when another process resumes it', async () => {
    const world = await journalWorld([callTools({ name: 'pay', id: 'call_1' }), say('ok')], { pay: 'ALLOW' });
    const { openai, folder } = world;
    const hanging = world.process({ pay: async () => new Promise(() => undefined) }, { graceMs: 0 });
    void hanging.responses({ agent_reference, input: 'Pay' }, { signal: untilTheEnd() }).catch(() => undefined);
    await untilRecorded(folder, 'handler-start', 'call_1');
    const resumed = world.process({ pay: () => 'paid' }, { in: await imageOf(folder), onInDoubt: () => 'run' });
    const runId = openai.responses()[0]?.id ?? '';
    expect(await resumed.resumeResponses(runId)).toMatchObject({ status: 'completed', text: 'ok' });
    const bodies = openai.requests.map(({ body }) => body as Item);
    expect(bodies.map((body) => [body['agent_reference'], toolParams(body)])).toEqual([
      [agent_reference, []],
      [agent_reference, []],
    ]);
  });

  test('is not repeated after a lost response: the agent’s own tools may have acted', async () => {
    const { openai, runner } = oneCall({ script: [callTools({ name: 'pay' })] });
    openai.misbehave('responses.create', { dropReply: true });
    const error = await rejection(runner.responses({ agent_reference, input: 'Pay' }));
    expect(error).toMatchObject({ code: 'reply_lost' });
    expect((error as Error).message).toContain('the tools of the agent');
    expect(openai.responses()).toHaveLength(1);
  });
});

test('a request without an agent has its tools', async () => {
  const { runner, sent } = oneCall();
  await runner.responses({ model: MODEL, input: 'Pay', agent_reference: null });
  expect(sent().map(toolParams)).toEqual([['tools'], ['tools']]);
});
