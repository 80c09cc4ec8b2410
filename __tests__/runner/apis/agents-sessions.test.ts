import { describe, expect, test } from '@jest/globals';
import OpenAI6 from 'openai';
import type OpenAI from 'openai7';
import { GuardedRunner } from 'interven-openai-assistants';
import { callTools, type Misbehaviour, say } from 'interven-openai-assistants/testing';
import { ending, held, oneCall, refusing, serving, soon } from '../../setup/agents.ts';
import { MODEL } from '../../setup/model.ts';

type Agents = OpenAI.Beta.Agents.AgentSession;

describe('a session', () => {
  test('is served by one call of a runner at a time', async () => {
    const { tools, decisions, release, started } = held('slow');
    const { runner, serve, until, sessionId, events } = serving({
      script: [callTools({ name: 'slow' }), say('ok'), say('next')],
      decisions,
      tools,
    });
    const running = serve();
    await until(({ status }) => status === 'requires_action');
    for (const second of [serve(), runner.resumeSession(sessionId)]) {
      const error = await ending(second);
      expect(error).toMatchObject({ code: 'active_run', threadId: sessionId, leftOpen: false, calls: [] });
      expect(error.message).toContain(sessionId);
    }
    expect([events('message').length, events('cancel')]).toEqual([1, []]);
    release('slow');
    expect(await running).toMatchObject({ text: 'ok' });
    expect(started).toHaveLength(1);
    expect(await serve()).toMatchObject({ text: 'next' });
  });

  test('is served beside other sessions of the runner', async () => {
    const { openai, runner } = serving({
      script: ({ turn, threadId, outputs }) =>
        turn === 1 ? callTools({ name: 'who', id: 'call_1' }) : say(`${threadId} ${outputs[0]?.output ?? ''}`),
      decisions: { who: 'ALLOW' },
      tools: { who: (_, { threadId }) => threadId },
    });
    const ids = Array.from({ length: 8 }, () => openai.seed('Hello').sessionId);
    const results = await Promise.all(ids.map(async (id) => runner.session(id, { input: 'Who?' })));
    expect(results.map(({ text }) => text)).toEqual(ids.map((id) => `${id} ${id}`));
  });

  test('needs a client that has the Agents API', async () => {
    const { openai, gateway, sessionId } = serving({ script: [], tools: {} });
    const { baseURL, fetch } = openai;
    const runner = new GuardedRunner({ client: new OpenAI6({ apiKey: 'test', baseURL, fetch }), gateway });
    for (const refused of [runner.session(sessionId, { input: 'Hello' }), runner.resumeSession(sessionId)]) {
      await expect(refused).rejects.toThrow(TypeError);
      await expect(refused).rejects.toThrow('7.15');
    }
    expect(openai.requests).toEqual([]);
  });

  test('needs no other API on the client', async () => {
    const { client, gateway, sessionId } = oneCall();
    const { beta } = client;
    const runner = new GuardedRunner({
      client: { beta: { agents: beta.agents } },
      gateway,
      tools: { pay: () => 'paid' },
    });
    expect(await runner.session(sessionId, { input: 'Hello' })).toMatchObject({ text: 'ok' });
  });

  test('has the types of the client’s SDK', async () => {
    const { serve } = oneCall();
    const result = await serve();
    const session: Agents = result.session;
    const turn: OpenAI.Beta.Agents.Sessions.Turn | null = result.turn;
    const total: number | undefined = result.usage?.total_tokens;
    // @ts-expect-error a session has no such option
    expect(result.session.thread).toBeUndefined();
    expect([session.agent.model, turn?.agent_id, total]).toEqual([MODEL, expect.any(String), 86]);
  });
});

describe('an input', () => {
  test.each<[string, unknown]>([
    ['an empty string', ''],
    ['no messages', []],
    ['undefined', undefined],
    ['null', null],
    ['a number', 7],
    ['one message alone', { role: 'user', content: [] }],
  ])('that is %s is refused, before any request', async (_, input) => {
    const { runner, openai, sessionId, serve } = oneCall();
    const refused = runner.session(sessionId, { input: input as string });
    await expect(refused).rejects.toThrow(TypeError);
    await expect(refused).rejects.toThrow('input');
    expect(openai.requests).toEqual([]);
    expect(await serve()).toMatchObject({ text: 'ok' });
  });

  test.each(['', undefined, 7])('for the session %j is refused', async (id) => {
    const { runner, openai } = oneCall();
    await expect(runner.session(id as string, { input: 'Hello' })).rejects.toThrow(TypeError);
    await expect(runner.resumeSession(id as string)).rejects.toThrow(/sessionId/);
    expect(openai.requests).toEqual([]);
  });

  test('may be messages in the API’s format', async () => {
    const { runner, sessionId, items } = oneCall();
    const image = { type: 'input_image', image_url: 'data:image/png;base64,' };
    const input = [
      { role: 'user', content: [{ type: 'input_text', text: 'See' }, image] },
      { role: 'user', content: [{ type: 'input_text', text: 'this' }] },
    ];
    expect(await runner.session(sessionId, { input })).toMatchObject({ text: 'ok' });
    expect(items('message').slice(0, 2)).toMatchObject(input);
  });

  test('with an unknown option is refused', async () => {
    const { runner, sessionId } = oneCall();
    const options = { maxTurn: 3 } as object;
    await expect(runner.session(sessionId, { input: 'Hello' }, options)).rejects.toThrow('"maxTurn"');
  });
});

describe('resumeSession', () => {
  test('of a session that was never active is a result at once, without a turn', async () => {
    const { runner, sessionId, sent } = oneCall();
    const result = await runner.resumeSession(sessionId);
    expect(result).toMatchObject({ status: 'completed', text: null, turn: null, usage: null, calls: [] });
    expect(sent()).toEqual([]);
  });

  test('of an idle session is a result at once, with its last turn', async () => {
    const { runner, sessionId, serve, sent } = oneCall();
    const { turn } = await serve();
    const before = sent().length;
    expect(await runner.resumeSession(sessionId)).toMatchObject({ status: 'completed', text: 'ok', turn, calls: [] });
    expect(sent()).toHaveLength(before);
  });

  test('serves pending actions, in the model’s order, and names the turn', async () => {
    const seen: [string, string][] = [];
    const parts = serving({
      script: [callTools(...['a', 'b', 'c'].map((id) => ({ name: 'pay', id }))), say('ok')],
      tools: { pay: (_, { callId, runId }) => seen.push([callId, runId]) },
    });
    await parts.begin();
    await parts.until(({ status }) => status === 'requires_action');
    const { text, calls, turn } = await parts.runner.resumeSession(parts.sessionId);
    expect(text).toBe('ok');
    expect(calls.map(({ callId }) => callId)).toEqual(['a', 'b', 'c']);
    const id = parts.seen().turns[0]?.id;
    expect([turn?.id, seen]).toEqual([id, ['a', 'b', 'c'].map((callId) => [callId, id])]);
    expect(parts.events('message')).toHaveLength(1);
  });

  test('serves a session while the model thinks', async () => {
    const parts = oneCall({ api: { thinkMs: 60 } });
    await parts.begin();
    expect(await parts.runner.resumeSession(parts.sessionId)).toMatchObject({ text: 'ok' });
    expect(parts.ran).toEqual(['call_1']);
  });

  test('runs no call that was answered before', async () => {
    const parts = oneCall({ script: [callTools({ name: 'pay', id: 'a' }, { name: 'pay', id: 'b' }), say('ok')] });
    await parts.begin();
    await parts.until(({ requiredActions }) => requiredActions.length === 2);
    const turn_id = parts.seen().turns[0]?.id ?? '';
    const answered = { type: 'agent.session.input.tool_result', turn_id, call_id: 'a', success: true } as const;
    await parts.others.events.create(parts.sessionId, { events: [answered] });
    await parts.until(({ requiredActions }) => requiredActions.length === 1);
    expect(await parts.runner.resumeSession(parts.sessionId)).toMatchObject({ text: 'ok', calls: [{ callId: 'b' }] });
    expect(parts.ran).toEqual(['b']);
  });

  test('serves the calls of a subagent, and names it', async () => {
    const parts = oneCall({
      script: [
        callTools({ name: 'pay', id: 'a', subagent: 'clerk' }, { name: 'pay', id: 'b', subagent: 'clerk' }),
        say('ok'),
      ],
    });
    await parts.begin();
    await parts.until(({ requiredActions }) => requiredActions.length === 2);
    const { calls, turn } = await parts.runner.resumeSession(parts.sessionId);
    expect(calls.map(({ callId, subagentId }) => [callId, subagentId])).toEqual([
      ['a', 'subagent_clerk'],
      ['b', 'subagent_clerk'],
    ]);
    expect(turn?.id).toBe(parts.seen().turns[0]?.id);
  });
});

const lost: [string, Misbehaviour][] = [
  ['the connection breaks after it', { dropReply: true }],
  ['the connection breaks after it, twice', { dropReply: true, times: 2 }],
  ['the response is truncated', { cutBody: true }],
  ['the connection breaks before it', { dropRequest: true }],
  ['the API fails', { status: 500, headers: soon }],
  ['the API fails twice', { status: 503, headers: soon, times: 2 }],
  ['the rate limit is met', { status: 429, headers: soon }],
  ['it takes too long', { status: 408, headers: soon }],
];

describe('an input whose response is lost', () => {
  test.each(lost)('reaches the session once: %s', async (_, how) => {
    const { openai, serve, seen, items, ran } = oneCall();
    openai.misbehave('events.create', how);
    expect(await serve()).toMatchObject({ status: 'completed', text: 'ok' });
    expect(seen().turns).toHaveLength(1);
    expect(items('message').filter(({ role }) => role === 'user')).toHaveLength(1);
    expect(ran).toEqual(['call_1']);
    openai.assertDone();
  });

  test('is sent again with the same key, and the results have their own keys', async () => {
    const noted = refusing(0, () => true, '');
    const { openai, serve } = oneCall({ through: noted.through });
    openai.misbehave('events.create', { dropReply: true });
    await serve();
    const [first, again, result, ...more] = noted.keys;
    expect(first).toBeTruthy();
    expect(again).toBe(first);
    expect(result).toBeTruthy();
    expect(result).not.toBe(first);
    expect(more).toEqual([]);
  });

  test('and whose turn is already served loses nothing', async () => {
    const { openai, serve, sent } = serving({
      script: [say('done before the reply')],
      tools: {},
    });
    openai.misbehave('events.create', { dropReply: true, times: 2 });
    expect(await serve()).toMatchObject({ text: 'done before the reply' });
    expect(new Set(sent().map((events) => JSON.stringify(events))).size).toBe(1);
  });

  test('is given up after three attempts, and its turn cancelled in case the API accepted it', async () => {
    const { openai, left, events, seen, ran } = oneCall();
    openai.misbehave('events.create', { dropReply: true, times: 3 });
    expect(await left()).toMatchObject({ code: 'api_error', leftOpen: false });
    expect(events('cancel')).toHaveLength(1);
    expect(seen()).toMatchObject({ status: 'idle', turns: [{ status: 'cancelled' }] });
    expect(ran).toEqual([]);
  });

  test.each([400, 401, 429])(
    'that is then refused with %i has its turn cancelled: the API has accepted it',
    async (status) => {
      const { openai, left, seen, events, ran } = oneCall();
      openai.misbehave('events.create', { dropReply: true });
      openai.misbehave('events.create', { status, headers: soon, times: status === 429 ? 2 : 1 });
      expect(await left()).toMatchObject({ code: 'api_error', cause: { status }, leftOpen: false });
      expect(events('cancel')).toHaveLength(1);
      expect(seen()).toMatchObject({ status: 'idle', turns: [{ status: 'cancelled' }] });
      expect(ran).toEqual([]);
    },
  );

  test.each([400, 401, 403, 404, 422])(
    'is not treated as lost when the API refuses it with %i: nothing is cancelled',
    async (status) => {
      const { openai, left, events } = oneCall();
      openai.misbehave('events.create', { status });
      expect(await left()).toMatchObject({ code: 'api_error', cause: { status }, leftOpen: false, calls: [] });
      expect(events('cancel')).toEqual([]);
    },
  );
});

describe('results whose response is lost', () => {
  test.each(lost)('reach the model once, and no handler runs twice: %s', async (_, how) => {
    const ran: string[] = [];
    const { openai, serve, items, seen } = serving({
      script: ({ turn }) =>
        turn < 3 ? callTools({ name: 'pay', id: `${turn}a` }, { name: 'pay', id: `${turn}b` }) : say('ok'),
      tools: {
        pay: (_input, { callId }) => {
          if (ran.push(callId) === 1) openai.misbehave('events.create', how);
          return 'paid';
        },
      },
    });
    expect(await serve()).toMatchObject({ status: 'completed', text: 'ok' });
    expect(ran).toEqual(['1a', '1b', '2a', '2b']);
    expect(items('function_call_output').map(({ call_id: id }) => id)).toEqual(ran);
    expect(seen().turns).toHaveLength(1);
    openai.assertDone();
  });

  test('are given up after three attempts, and the turn is cancelled', async () => {
    const { openai, left, seen, events } = oneCall({
      tools: {
        pay: () => {
          openai.misbehave('events.create', { status: 500, headers: soon, times: 3 });
          return 'paid';
        },
      },
    });
    const error = await left();
    expect(error).toMatchObject({ code: 'api_error', cause: { status: 500 }, leftOpen: false });
    expect(error).toMatchObject({ runId: seen().turns[0]?.id, calls: [{ outcome: 'allowed', output: 'paid' }] });
    expect(seen()).toMatchObject({ status: 'idle', turns: [{ status: 'cancelled' }] });
    expect(events('cancel')).toHaveLength(1);
  });
});

describe('a session that cannot be read', () => {
  test.each<[string, Misbehaviour]>([
    ['the connection breaks', { dropReply: true, times: 2 }],
    ['it is truncated', { cutBody: true, times: 2 }],
    ['the API fails', { status: 500, headers: soon, times: 2 }],
    ['the rate limit is met', { status: 429, headers: soon, times: 2 }],
  ])('is read again: %s', async (_, how) => {
    const { openai, serve, ran } = oneCall();
    openai.misbehave('sessions.retrieve', how);
    expect(await serve()).toMatchObject({ status: 'completed', text: 'ok' });
    expect(ran).toEqual(['call_1']);
    openai.assertDone();
  });

  test('ends the run when the API refuses to return it, and the turn is cancelled', async () => {
    const { openai, runner, sessionId, seen, events } = oneCall();
    openai.misbehave('sessions.retrieve', { status: 403 });
    const error = await ending(runner.session(sessionId, { input: 'Hello' }));
    expect(error).toMatchObject({ code: 'api_error', cause: { status: 403 }, leftOpen: false });
    expect(events('cancel')).toHaveLength(1);
    expect(seen().status).toBe('idle');
  });

  test('still gives a result when its turns and items cannot be read at the end', async () => {
    const { openai, serve } = oneCall();
    openai.misbehave('turns.retrieve', { status: 403, times: 9 });
    openai.misbehave('sessionItems.list', { status: 403, times: 9 });
    expect(await serve()).toMatchObject({ status: 'completed', text: 'ok', calls: [{ outcome: 'allowed' }] });
  });
});
