import { describe, expect, test } from '@jest/globals';
import { callTools, requestApprovals, requireAction, requireConnection, say } from 'interven-openai-assistants/testing';
import type { ModelStep } from 'interven-openai-assistants/testing';
import { oneCall, serving, withoutEvents, type Fields } from '../../setup/agents.ts';

const origin = { type: 'browser_origin_access', origin: 'https://bank.example' };
const login = { type: 'browser_authentication', origin: 'https://bank.example' };
const computerUse = (request: object): ModelStep =>
  requireAction({ type: 'computer_use_approval_request', request_id: 'cur_1', request });

describe('an approval that the API requires', () => {
  test('of an MCP call follows the gateway: only what it allows is approved', async () => {
    const { serve, events, gateway } = serving({
      script: [requestApprovals({ name: 'read', id: 'r1', server: 'files' }, { name: 'wipe', id: 'r2' }), say('ok')],
      decisions: { read: 'ALLOW', wipe: 'DENY' },
      tools: { read: () => 'a tool of ours of the same name' },
    });
    const { text, calls } = await serve();
    expect(text).toBe('ok');
    expect(calls).toMatchObject([
      { callId: 'r1', name: 'read', server: 'files', outcome: 'allowed', executed: 'unknown' },
      { callId: 'r2', name: 'wipe', server: 'fake', outcome: 'denied', executed: 'no' },
    ]);
    const decided = (request_id: string, decision: string) => ({
      type: 'agent.session.input.mcp_approval_request_result',
      request_id,
      response: { type: 'mcp_tool_call', decision },
    });
    const sent = [...events('mcp_approval_request_result')];
    expect(sent).toHaveLength(2);
    expect(sent).toEqual(expect.arrayContaining([decided('r1', 'approve'), decided('r2', 'deny')]));
    expect(gateway.scans.map(({ functionName }) => functionName)).toEqual(['read', 'wipe']);
  });

  test('of an MCP server that names no tool is scanned by the server’s name', async () => {
    const request = { type: 'mcp_tool_call', name: null, server_label: 'files', arguments: {}, message: 'May I?' };
    const { serve, events } = serving({
      script: [requireAction({ type: 'mcp_approval_request', request_id: 'r1', request }), say('ok')],
      decisions: { files: 'DENY' },
      tools: {},
    });
    expect(await serve()).toMatchObject({ calls: [{ name: 'files', server: 'files', outcome: 'denied' }] });
    expect(events('mcp_approval_request_result')).toMatchObject([{ response: { decision: 'deny' } }]);
  });

  test.each([
    ['ALLOW', 'approve', 'allowed'],
    ['DENY', 'deny', 'denied'],
    ['REQUIRE_APPROVAL', 'deny', 'approval_pending'],
  ] as const)('of an origin for the browser is scanned: %s means %s', async (decision, word, outcome) => {
    const { serve, events, gateway } = serving({
      script: [computerUse(origin), say('ok')],
      decisions: { browser_origin_access: decision },
      tools: { browser_origin_access: () => 'a tool of ours of the same name' },
    });
    expect(await serve()).toMatchObject({ text: 'ok', calls: [{ callId: 'cur_1', outcome }] });
    expect(events('computer_use_approval_request_result')).toEqual([
      {
        type: 'agent.session.input.computer_use_approval_request_result',
        request_id: 'cur_1',
        response: { type: 'browser_origin_access', decision: word },
      },
    ]);
    expect(gateway.scans).toMatchObject([{ body: { origin: 'https://bank.example' } }]);
  });

  test('of a login in the browser is cancelled, whatever the gateway would decide', async () => {
    const { serve, events, gateway } = serving({
      script: [computerUse(login), say('ok')],
      decisions: { browser_authentication: 'ALLOW' },
      tools: { browser_authentication: () => 'hunter2' },
    });
    expect(await serve()).toMatchObject({ text: 'ok', calls: [{ outcome: 'unknown_tool', executed: 'no' }] });
    expect(events('computer_use_approval_request_result')).toMatchObject([
      { response: { type: 'browser_authentication', action: 'cancel' } },
    ]);
    expect(gateway.scans).toEqual([]);
  });
});

describe('an action that is not supported', () => {
  test.each<[string, ModelStep, string]>([
    ['the connection of an environment', requireConnection('env_1'), '"environment_connection" (env_1)'],
    ['a new kind', requireAction({ type: 'telepathy', request_id: 'tele_1' }), '"telepathy" (tele_1)'],
    ['a kind without an id', requireAction({ type: 'telepathy' }), '"telepathy"'],
    ['no kind', requireAction({ call_id: 'call_9' }), '(call_9)'],
    [
      'another use of the computer',
      computerUse({ type: 'browser_payment' }),
      '"computer_use_approval_request" (cur_1)',
    ],
    [
      'a use of the computer without details',
      requireAction({ type: 'computer_use_approval_request', request_id: 'x' }),
      '(x)',
    ],
    ['a call without a name', requireAction({ type: 'function_call', call_id: 'call_9' }), '"function_call" (call_9)'],
    ['a call without an id', requireAction({ type: 'function_call', name: 'pay' }), '"function_call"'],
    ['a call with an empty id', requireAction({ type: 'function_call', name: 'pay', call_id: '' }), '"function_call"'],
  ])('ends the run, naming it, and leaves the session idle: %s', async (_, step, named) => {
    const { left, seen, serve, gateway, events, ran } = oneCall({ script: [step, say('next')] });
    const error = await left();
    expect(error).toMatchObject({ code: 'unknown_action', leftOpen: false, runId: seen().turns[0]?.id, calls: [] });
    expect(error.message).toContain(named);
    expect(seen()).toMatchObject({ status: 'idle', turns: [{ status: 'cancelled' }] });
    expect(events('cancel')).toHaveLength(1);
    expect([...gateway.scans, ...ran]).toEqual([]);
    expect(await serve()).toMatchObject({ text: 'next' });
  });

  test('stops the calls beside it from running', async () => {
    const { openai, left, seen, gateway, ran } = oneCall({
      script: [callTools({ name: 'pay' }, { name: 'pay' })],
      through: withoutEvents,
    });
    const rewrite = (session: Fields) => {
      const required = session['required_actions'] as Fields[];
      const more = required.length > 0 ? [{ type: 'telepathy', call_id: 'call_9' }] : [];
      return { ...session, required_actions: [...required, ...more] };
    };
    openai.misbehave('sessions.retrieve', { rewrite, times: 100 });
    expect(await left()).toMatchObject({ code: 'unknown_action', leftOpen: false });
    expect([...gateway.scans, ...ran]).toEqual([]);
    expect(seen().status).toBe('idle');
  });
});
