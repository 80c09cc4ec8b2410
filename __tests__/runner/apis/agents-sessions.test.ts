import { describe, expect, test } from '@jest/globals';
import OpenAI6 from 'openai';
import type OpenAI from 'openai7';
import { GuardedRunner } from 'interven-openai-assistants';
import { callTools, say } from 'interven-openai-assistants/testing';
import { ending, held, oneCall, serving } from '../../setup/agents.ts';
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
