import { describe, expect, test } from '@jest/globals';
import { type CallContext, tool } from 'interven-openai-assistants';
import {
  callTools,
  fail,
  type ModelTurn,
  requestApprovals,
  requireAction,
  say,
} from 'interven-openai-assistants/testing';
import { z } from 'zod';
import { type Fetch, held, oneCall, refusing, serving, soon, withoutEvents } from '../../setup/agents.ts';
import { oneByOne, sequentialTool } from '../../setup/sequential.ts';
import { setTimeout as sleep } from 'node:timers/promises';

const reportOutputs = ({ outputs }: ModelTurn) =>
  say(outputs.map(({ callId, output }) => `${callId}=${output}`).join(' '));
const forTurn = (first: ReturnType<typeof callTools>) => (turn: ModelTurn) =>
  turn.turn === 1 ? first : reportOutputs(turn);

describe('the results of a turn', () => {
  test('are sent as soon as they exist: a slow sibling delays none', async () => {
    const { tools, decisions, release } = held('slow');
    const { serve, until, results } = serving({
      script: forTurn(callTools({ name: 'slow', id: 'a' }, { name: 'pay', id: 'b' })),
      decisions: { ...decisions, pay: 'ALLOW' },
      tools: { ...tools, pay: () => 'paid' },
    });
    const running = serve();
    await until(({ requiredActions }) => requiredActions.length === 2);
    await until(({ requiredActions }) => requiredActions.length === 1);
    expect(results()).toEqual([['b']]);
    release('slow');
    expect(await running).toMatchObject({ status: 'completed', text: 'a=slow done b=paid' });
    expect(results()).toEqual([['b'], ['a']]);
  });

  test('share a request when their handlers return at the same time', async () => {
    const { serve, results } = oneCall({
      script: [callTools(...['a', 'b', 'c'].map((id) => ({ name: 'pay', id }))), say('ok')],
    });
    expect(await serve()).toMatchObject({ text: 'ok' });
    expect(results()).toEqual([['a', 'b', 'c']]);
  });

  test('are spread over requests of at most 32', async () => {
    const ids = Array.from({ length: 33 }, (_, index) => `call_${index}`);
    const { serve, results, ran } = oneCall({
      script: [callTools(...ids.map((id) => ({ name: 'pay', id }))), say('ok')],
    });
    expect(await serve()).toMatchObject({ status: 'completed' });
    expect(results().filter(({ length }) => length > 32)).toEqual([]);
    expect([...results().flat()].sort()).toEqual([...ids].sort());
    expect(ran).toEqual(ids);
  });

  test('report whether the call ran, in the API’s format', async () => {
    const { serve, events, seen } = serving({
      script: [callTools(...['pay', 'leak', 'clean', 'breaks'].map((name) => ({ name, id: name }))), say('ok')],
      decisions: {
        pay: 'ALLOW',
        leak: { decision: 'DENY', reasonCodes: ['SECRET'] },
        clean: { decision: 'SANITIZE', sanitizedBody: {} },
        breaks: 'ALLOW',
      },
      tools: {
        pay: () => ({ paid: 7 }),
        leak: () => 'leaked',
        clean: () => 'clean',
        breaks: () => {
          throw new Error('hunter2');
        },
      },
    });
    await serve();
    const of = (call_id: string) => ({
      type: 'agent.session.input.tool_result',
      turn_id: seen().turns[0]?.id,
      call_id,
    });
    const sent = [...events('tool_result')].sort((one, other) =>
      String(one['call_id']) < String(other['call_id']) ? -1 : 1,
    );
    expect(sent).toEqual([
      { ...of('breaks'), success: false, error: expect.stringMatching(/^The tool failed\./) },
      { ...of('clean'), success: true, output: 'clean' },
      { ...of('leak'), success: false, error: 'Tool blocked by Interven: SECRET' },
      { ...of('pay'), success: true, output: '{"paid":7}' },
    ]);
  });

  test('are retried while the API does not know the call yet, each with its one key', async () => {
    const refused = refusing(2, (body) => body.includes('tool_result'), 'Unknown pending tool call: call_1');
    const { serve, ran, items } = oneCall({ through: refused.through });
    expect(await serve()).toMatchObject({ status: 'completed', text: 'ok' });
    expect(ran).toEqual(['call_1']);
    expect(items('function_call_output')).toHaveLength(1);
    expect(refused.keys).toHaveLength(3);
    expect(new Set(refused.keys).size).toBe(1);
  });

  test('are retried one by one when the API does not know one of several', async () => {
    const both = (body: string) => body.includes('"a"') && body.includes('"b"');
    const refused = refusing(1, both, 'Unknown pending tool call: b');
    const { serve, results, ran } = oneCall({
      script: forTurn(callTools({ name: 'pay', id: 'a' }, { name: 'pay', id: 'b' })),
      through: refused.through,
    });
    expect(await serve()).toMatchObject({ text: 'a=paid b=paid' });
    expect(results()).toEqual([['a'], ['b']]);
    expect(ran).toEqual(['a', 'b']);
  });

  test('are dropped when another client has sent a result first: the rest of the turn is served', async () => {
    const { tools, decisions, release } = held('slow');
    const conflict = 'The tool call already has a different result.';
    const refused = refusing(Infinity, (body) => body.includes('"call_1"'), conflict, 409);
    const { serve, others, sessionId, seen, items, results } = serving({
      script: forTurn(callTools({ name: 'pay', id: 'call_1' }, { name: 'slow', id: 'call_2' })),
      decisions: { ...decisions, pay: 'ALLOW' },
      tools: {
        ...tools,
        pay: async () => {
          const turn_id = seen().turns[0]?.id ?? '';
          const result = {
            type: 'agent.session.input.tool_result',
            turn_id,
            call_id: 'call_1',
            success: true,
          } as const;
          await others.events.create(sessionId, { events: [{ ...result, output: 'theirs' }] });
          setTimeout(() => release('slow'), 150);
          return 'paid';
        },
      },
      through: refused.through,
    });
    expect(await serve()).toMatchObject({ status: 'completed', text: 'call_1=theirs call_2=slow done' });
    expect(results()).toEqual([['call_1'], ['call_2']]);
    expect(items('function_call_output')).toHaveLength(2);
  });
});

describe('required actions', () => {
  test('that are added or repeated while others are pending belong to one turn, and each is one call', async () => {
    const { tools, decisions, started, release } = held('slow');
    const { serve, results, until, gateway } = serving({
      script: [
        callTools(
          { name: 'slow', id: 'a' },
          { name: 'pay', id: 'b', afterMs: 15 },
          { name: 'pay', id: 'c', afterMs: 40 },
        ),
        say('ok'),
      ],
      decisions: { ...decisions, pay: 'ALLOW' },
      tools: { ...tools, pay: () => 'paid' },
    });
    const running = serve();
    await until(() => results().flat().length === 2);
    release('slow');
    const { calls, text } = await running;
    expect(text).toBe('ok');
    expect(calls).toMatchObject([
      { callId: 'a', turn: 1 },
      { callId: 'b', turn: 1 },
      { callId: 'c', turn: 1 },
    ]);
    expect(results().flat()).toEqual(['b', 'c', 'a']);
    expect([started, gateway.scans.length]).toEqual([['slow'], 3]);
  });

  test('that come late are awaited, whatever the items show before', async () => {
    const { serve, ran } = oneCall({
      script: [
        callTools({ name: 'pay', id: 'a', pendingAfterMs: 30 }, { name: 'pay', id: 'b', afterMs: 20 }),
        say('ok'),
      ],
    });
    expect(await serve()).toMatchObject({ text: 'ok' });
    expect(ran.sort()).toEqual(['a', 'b']);
  });

  test('that follow a result whose response is lost are of the next turn', async () => {
    const { openai, serve } = oneCall({
      script: ({ turn }) => (turn < 3 ? callTools({ name: 'pay', id: `call_${turn}` }) : say('ok')),
      tools: {
        pay: (_, { callId }) => {
          if (callId === 'call_1') openai.misbehave('events.create', { dropReply: true });
          return 'paid';
        },
      },
    });
    expect((await serve()).calls.map(({ turn }) => turn)).toEqual([1, 2]);
  });

  test('may belong to more turns than the other APIs’ default maxTurns, up to the option’s limit', async () => {
    const script = ({ turn }: ModelTurn) => (turn < 14 ? callTools({ name: 'pay' }) : say('ok'));
    const { serve, left } = oneCall({ script });
    expect((await serve()).calls).toHaveLength(13);
    expect(await left({ maxTurns: 12 })).toMatchObject({ code: 'max_turns', leftOpen: false });
  });

  test.each([
    ['an object', callTools({ name: 'pay', arguments: { to: 'ada' }, argumentsAs: 'object' }), { to: 'ada' }],
    ['a string', callTools({ name: 'pay', arguments: { to: 'ada' }, argumentsAs: 'string' }), { to: 'ada' }],
    ['nothing', requireAction({ type: 'function_call', call_id: 'c', name: 'pay' }), {}],
    ['null', requireAction({ type: 'function_call', call_id: 'c', name: 'pay', arguments: null }), {}],
  ])('accept %s as arguments', async (_, step, args) => {
    const got: unknown[] = [];
    const parameters = z.object({ to: z.string().optional() });
    const { serve, gateway } = oneCall({
      script: [step, say('ok')],
      tools: { pay: tool({ parameters, execute: (input) => got.push(input) }) },
    });
    expect(await serve()).toMatchObject({ text: 'ok', calls: [{ outcome: 'allowed' }] });
    expect([got, gateway.scans.map(({ body }) => body)]).toEqual([[args], [args]]);
  });

  test.each(['{"half": ', '[1]', '7', 5, [{ to: 'ada' }], true])('with the arguments %j run nothing', async (args) => {
    const call = { type: 'function_call', call_id: 'c', name: 'pay', arguments: args };
    const { serve, ran, gateway } = oneCall({ script: [requireAction(call), say('ok')] });
    expect(await serve()).toMatchObject({ calls: [{ outcome: 'invalid_arguments', executed: 'no' }] });
    expect([ran, gateway.scans]).toEqual([[], []]);
  });
});

test('an integer whose digits the API client may have rounded is refused in an object, and exact in a string', async () => {
  const digits = [2 ** 53, '9007199254740992'].map((id) => (typeof id === 'string' ? `{"id":${id}}` : { id }));
  const [inObject, inString] = digits.map((args, index) => ({
    type: 'function_call',
    call_id: `c${index}`,
    name: 'pay',
    arguments: args,
  }));
  const { serve, gateway } = oneCall({
    script: [requireAction(inObject ?? {}), requireAction(inString ?? {}), say('ok')],
  });
  expect(await serve()).toMatchObject({ calls: [{ outcome: 'invalid_arguments' }, { outcome: 'allowed' }] });
  expect(gateway.scans.map(({ body }) => body)).toEqual([{ id: 2 ** 53 }]);
});

describe('subagents', () => {
  const wanted = callTools(
    { name: 'pay', id: 'same', arguments: { n: 1 } },
    { name: 'pay', id: 'same', arguments: { n: 2 }, subagent: 'clerk' },
    { name: 'pay', id: 'more', arguments: { n: 3 }, subagent: 'clerk' },
    { name: 'leak', id: 'leak', subagent: 'thief' },
  );

  test.each([
    ['by its events', (fetch: typeof globalThis.fetch) => fetch],
    ['by polling it', withoutEvents],
  ])('have their calls guarded, and the record and the handler name the subagent: %s', async (_, through) => {
    const contexts: CallContext[] = [];
    const { serve, seen, gateway, items } = serving({
      script: [wanted, say('ok')],
      decisions: { pay: 'ALLOW', leak: 'DENY' },
      tools: {
        pay: (_input, call) => {
          contexts.push(call);
          return call.subagentId ?? 'root';
        },
        leak: () => 'leaked',
      },
      through,
    });
    const { calls, text } = await serve();
    expect(text).toBe('ok');
    const clerk = { subagentId: 'subagent_clerk' };
    expect(calls).toMatchObject([
      { callId: 'same', outcome: 'allowed', output: 'root' },
      { callId: 'same', outcome: 'allowed', output: 'subagent_clerk', ...clerk },
      { callId: 'more', outcome: 'allowed', ...clerk },
      { callId: 'leak', outcome: 'denied', executed: 'no', subagentId: 'subagent_thief' },
    ]);
    expect('subagentId' in (calls[0] ?? {})).toBe(false);
    const [root, ofClerk] = seen().turns.map(({ id }) => id);
    expect(contexts.map(({ callId, runId, subagentId }) => [callId, runId, subagentId])).toEqual([
      ['same', root, undefined],
      ['same', ofClerk, 'subagent_clerk'],
      ['more', ofClerk, 'subagent_clerk'],
    ]);
    expect(new Set(contexts.map(({ idempotencyKey }) => idempotencyKey)).size).toBe(3);
    expect(gateway.scans.map(({ body }) => body)).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }, {}]);
    expect(items('function_call_output')).toHaveLength(4);
  });

  test('have their own turns, which count', async () => {
    const step = callTools({ name: 'pay' }, { name: 'pay', subagent: 'a' }, { name: 'pay', subagent: 'b' });
    const { serve, left } = oneCall({ script: ({ turn }) => (turn === 1 ? step : say('ok')) });
    expect((await serve()).calls.map(({ turn }) => turn)).toEqual([1, 2, 3]);
    expect(await left({ maxTurns: 2 })).toMatchObject({ code: 'max_turns', leftOpen: false });
  });
});

test('a request that meets the rate limit is sent again, with its key', async () => {
  const { openai, serve, results, ran } = oneCall({
    tools: {
      pay: (_, { callId }) => {
        openai.misbehave('events.create', { status: 429, headers: soon });
        return ran.push(callId);
      },
    },
  });
  expect(await serve()).toMatchObject({ text: 'ok' });
  expect([results(), ran]).toEqual([[['call_1']], ['call_1']]);
});

describe('the calls of a sequential tool', () => {
  test.each<[string, (fetch: Fetch) => Fetch]>([
    ['by its events', (fetch) => fetch],
    ['by polling it', withoutEvents],
  ])('run one after the other, in the model’s order: %s', async (_, through) => {
    const { steps, tool } = sequentialTool();
    const { serve } = serving({
      script: [callTools(...['a', 'b', 'c'].map((id) => ({ name: 'pay', id }))), say('ok')],
      through,
      tools: { pay: tool },
    });
    await serve();
    expect(steps).toEqual(oneByOne('a', 'b', 'c'));
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
