/** Cases where two rules of the Agents driver meet, or the API is slow, silent or odd. */
import { describe, expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { tool } from 'interven-openai-assistants';
import { callTools, fail, requestApprovals, say } from 'interven-openai-assistants/testing';
import { z } from 'zod';
import { held, oneCall, refusing, serving, withoutEvents, type Fetch } from '../../setup/agents.ts';

describe('the calls of a sequential tool', () => {
  test.each<[string, (fetch: Fetch) => Fetch]>([
    ['by its events', (fetch) => fetch],
    ['by polling it', withoutEvents],
  ])('run one after the other, in the model’s order: %s', async (_, through) => {
    const steps: string[] = [];
    const { serve } = serving({
      script: [callTools(...['a', 'b', 'c'].map((id) => ({ name: 'pay', id }))), say('ok')],
      through,
      tools: {
        pay: tool({
          parameters: z.object({}),
          sequential: true,
          execute: async (_input, { callId }) => {
            steps.push(`${callId} starts`);
            await sleep(5);
            steps.push(`${callId} ends`);
          },
        }),
      },
    });
    await serve();
    expect(steps).toEqual(['a', 'b', 'c'].flatMap((id) => [`${id} starts`, `${id} ends`]));
  });
});

test('a turn that failed is a failed result even without an event about it', async () => {
  const { serve } = serving({ script: [fail('boom')], tools: {}, api: { thinkMs: 60 }, through: withoutEvents });
  expect(await serve()).toMatchObject({ status: 'failed', turn: { status: 'failed' } });
});

test('all calls of one subagent are attributed to it, in the model’s order, when a session is joined', async () => {
  const calls = ['a', 'b', 'c'].map((id) => ({ name: 'pay', id, subagent: 'kid' }));
  const { runner, sessionId, begin, until, ran } = oneCall({ script: [callTools(...calls), say('ok')] });
  await begin();
  await until(({ requiredActions }) => requiredActions.length === 3);
  const { calls: records } = await runner.resumeSession(sessionId);
  expect(records.map(({ callId, subagentId }) => [callId, subagentId])).toEqual(
    ['a', 'b', 'c'].map((id) => [id, 'subagent_kid']),
  );
  expect(ran).toEqual(['a', 'b', 'c']);
});

test('an approval whose turn has ended is dropped: the turn’s end is the result', async () => {
  const { through } = refusing(
    99,
    (body) => body.includes('approval_request_result'),
    'Unknown pending approval request: x',
  );
  const { serve, until, openai, seen } = serving({
    script: [requestApprovals({ name: 'pay', server: 'bank' })],
    through,
    tools: {},
  });
  const running = serve();
  await until(({ requiredActions }) => requiredActions.length === 1);
  await sleep(20);
  openai.endRun(seen().turns[0]?.id ?? '', 'cancelled');
  expect(await running).toMatchObject({ status: 'cancelled' });
});

test('an input that the API refuses with a conflict cancels no turn', async () => {
  const { abortReasons, tools, decisions } = held('pay');
  const { through } = refusing(99, (body) => body.includes('"agent.session.input.message"'), 'Not now.', 409);
  const { left, begin, seen } = serving({ script: [callTools({ name: 'pay' })], decisions, tools, through });
  await begin();
  expect(await left()).toMatchObject({ code: 'api_error', cause: { status: 409 }, leftOpen: false });
  expect(seen().turns).toMatchObject([{ status: 'waiting' }]);
  expect(abortReasons).toEqual([]);
});

test('a result that another client sent first does not end the run', async () => {
  const { through } = refusing(1, (body) => body.includes('tool_result'), 'It has a different result.', 409);
  const { serve, others, sessionId, until, seen } = oneCall({ through });
  const running = serve();
  await until(({ requiredActions }) => requiredActions.length === 1);
  await sleep(20);
  const turnId = seen().turns[0]?.id ?? '';
  const result = {
    type: 'agent.session.input.tool_result',
    turn_id: turnId,
    call_id: 'call_1',
    success: true,
    output: 'x',
  };
  await others.events.create(sessionId, { events: [result as never] });
  expect(await running).toMatchObject({ status: 'completed', text: 'ok' });
});

test('a missing session is not reported as still active', async () => {
  const { runner } = serving({ script: [], tools: {}, decisions: {} });
  await expect(runner.resumeSession('sess_none')).rejects.toMatchObject({ code: 'api_error', leftOpen: false });
});

test('a turn with an unknown status ends the run', async () => {
  const { left, openai } = serving({ script: [say('ok')], tools: {}, decisions: {} });
  openai.misbehave('turns.retrieve', { rewrite: (turn) => ({ ...turn, status: 'pondering' }), times: 9 });
  expect(await left()).toMatchObject({ code: 'unknown_status' });
});

test('an action without content is unknown', async () => {
  const { left, openai } = oneCall({ through: withoutEvents });
  openai.misbehave('sessions.retrieve', { rewrite: (session) => ({ ...session, required_actions: [null] }) });
  expect(await left()).toMatchObject({ code: 'unknown_action' });
});
