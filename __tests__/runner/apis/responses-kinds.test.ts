import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { tool } from 'interven-openai-assistants';
import { emitItems, requestApprovals, say, type ScriptedRule } from 'interven-openai-assistants/testing';
import { ending, responding, type Item } from '../../setup/responses.ts';

/** A response with these items, then one with a final message. `ran` has the input of each handler. */
function emitting(items: Item[], decisions: Record<string, ScriptedRule> = {}, rest = [say('ok')]) {
  const ran: [string, unknown][] = [];
  const recorded = (name: string) => (input: unknown) => {
    ran.push([name, input]);
    return `${name} ran`;
  };
  const parts = responding({
    script: [emitItems(...items), ...rest],
    decisions,
    tools: {
      get: recorded('get'),
      'crm.get': recorded('crm.get'),
      local_shell_call: recorded('local_shell_call'),
      query: tool({ text: true, execute: recorded('query') }),
      find: tool({ parameters: z.object({ input: z.string() }), execute: recorded('find') }),
    },
  });
  const answers = async (): Promise<Item[]> => {
    const result = await parts.respond();
    expect(result).toMatchObject({ status: 'completed', text: 'ok' });
    parts.openai.assertDone();
    return parts.sent()[1]?.['input'] as Item[];
  };
  return { ran, answers, ...parts };
}

const call = (more: Item = {}): Item => ({
  type: 'function_call',
  status: 'completed',
  call_id: 'call_1',
  name: 'get',
  arguments: '{"id":7}',
  ...more,
});
const text = (more: Item = {}): Item => ({
  type: 'custom_tool_call',
  call_id: 'call_1',
  name: 'query',
  input: 'SELECT 1',
  ...more,
});

describe('a function call', () => {
  test('in a namespace is its member’s, and the gateway gets both names', async () => {
    const { answers, ran, gateway } = emitting([call({ namespace: 'crm' })], { 'crm.get': 'ALLOW' });
    expect(await answers()).toEqual([{ type: 'function_call_output', call_id: 'call_1', output: 'crm.get ran' }]);
    expect(ran).toEqual([['crm.get', { id: 7 }]]);
    expect(gateway.scans).toMatchObject([{ functionName: 'crm.get', body: { id: 7 } }]);
  });

  test('whose namespace is its own name is that of the bare tool, which hosted tool search found', async () => {
    const { answers, ran } = emitting([call({ namespace: 'get' })], { get: 'ALLOW' });
    expect(await answers()).toMatchObject([{ output: 'get ran' }]);
    expect(ran).toEqual([['get', { id: 7 }]]);
  });

  test.each(['erp', 'crm.get', ''])(
    'of the namespace "%s", which is not registered, runs no bare tool',
    async (namespace) => {
      const { answers, ran, gateway } = emitting([call({ namespace })]);
      expect(await answers()).toMatchObject([{ output: `There is no tool named "${namespace}.get".` }]);
      expect(ran).toEqual([]);
      expect(gateway.scans).toEqual([]);
    },
  );

  test('with a dot in its name belongs to no namespace', async () => {
    const { answers, ran } = emitting([call({ name: 'crm.get', namespace: null })], { 'crm.get': 'ALLOW' });
    await answers();
    expect(ran).toHaveLength(1);
  });

  test.each([{ type: 'program', caller_id: 'prog_1' }, { type: 'direct' }])(
    'is answered to its caller, %j',
    async (caller) => {
      const { answers } = emitting([call({ caller }), text({ caller, call_id: 'call_2' })], {
        get: 'ALLOW',
        query: 'ALLOW',
      });
      expect(await answers()).toMatchObject([{ caller }, { caller }]);
    },
  );

  test.each(['incomplete', 'in_progress', 'failed', 'strange'])('that is %s never runs', async (status) => {
    const { answers, ran, gateway } = emitting([call({ status }), text({ status, call_id: 'call_2' })]);
    const output: unknown = expect.stringContaining('Tool not run');
    expect(await answers()).toMatchObject([
      { call_id: 'call_1', output },
      { call_id: 'call_2', output },
    ]);
    expect(ran).toEqual([]);
    expect(gateway.scans).toEqual([]);
  });

  test.each([undefined, null, 'completed'])('with the status %s runs', async (status) => {
    const { answers, ran } = emitting([call({ status })], { get: 'ALLOW' });
    await answers();
    expect(ran).toHaveLength(1);
  });

  test('that has its output in the same response does not run', async () => {
    const items = [
      call(),
      { type: 'function_call_output', call_id: 'call_1', output: 'served' },
      call({ call_id: 'call_2' }),
    ];
    const { answers, ran } = emitting(items, { get: 'ALLOW' });
    expect(await answers()).toMatchObject([{ call_id: 'call_2' }]);
    expect(ran).toHaveLength(1);
  });

  test.each([
    ['no call_id', { call_id: undefined }],
    ['an empty call_id', { call_id: '' }],
    ['a call_id that is not a string', { call_id: 7 }],
    ['no name', { name: undefined }],
    ['a name that is not a string', { name: {} }],
  ])('with %s ends the run, and none of its response runs', async (_, more) => {
    const { respond, ran, gateway } = emitting([call({ call_id: 'call_0' }), call(more)], {}, []);
    const error = await ending(respond());
    expect(error).toMatchObject({ code: 'unknown_action' });
    expect(error.message).toContain('"function_call"');
    expect(ran).toEqual([]);
    expect(gateway.scans).toEqual([]);
  });

  test.each([
    [undefined, 'get ran'],
    ['', 'get ran'],
    [{ id: 7 }, 'get ran'],
    ['[7]', 'Tool not run'],
    ['{"id":', 'Tool not run'],
  ])('with the arguments %j gives "%s"', async (args, output) => {
    const decisions: Record<string, ScriptedRule> = output === 'get ran' ? { get: 'ALLOW' } : {};
    const { answers } = emitting([call({ arguments: args })], decisions);
    expect(await answers()).toMatchObject([{ output: expect.stringContaining(output) as unknown }]);
  });
});

describe('a call of a text tool', () => {
  test('is scanned with its text as the argument input, and the handler gets it unchanged', async () => {
    const { answers, ran, gateway } = emitting([text({ input: '{"not": "JSON for us"}' })], { query: 'ALLOW' });
    expect(await answers()).toEqual([{ type: 'custom_tool_call_output', call_id: 'call_1', output: 'query ran' }]);
    expect(ran).toEqual([['query', '{"not": "JSON for us"}']]);
    expect(gateway.scans).toMatchObject([{ functionName: 'query', body: { input: '{"not": "JSON for us"}' } }]);
  });

  test('runs with the sanitized text', async () => {
    const { answers, ran } = emitting([text()], {
      query: { decision: 'SANITIZE', sanitizedBody: { input: 'SELECT ?' } },
    });
    const [answer] = await answers();
    expect(ran).toEqual([['query', 'SELECT ?']]);
    expect(answer?.['output']).toMatch(/^Sensitive content was removed .* input\.\n\nquery ran$/);
  });

  test.each([{}, { input: 7 }, { input: 'x', more: 1 }, { text: 'x' }, 'SELECT ?'])(
    'does not run when the sanitized arguments are not a string: %j',
    async (sanitizedBody) => {
      const { answers, ran } = emitting([text()], { query: { decision: 'SANITIZE', sanitizedBody } });
      expect(await answers()).toMatchObject([{ output: expect.stringContaining('Tool not run') as unknown }]);
      expect(ran).toEqual([]);
    },
  );

  test('may be empty', async () => {
    const { answers, ran } = emitting([text({ input: '' })], { query: 'ALLOW' });
    await answers();
    expect(ran).toEqual([['query', '']]);
  });

  test('in a namespace is its member’s only', async () => {
    const { answers, ran } = emitting([text({ namespace: 'db' })]);
    expect(await answers()).toMatchObject([{ output: 'There is no tool named "db.query".' }]);
    expect(ran).toEqual([]);
  });

  test('with JSON is unknown, as is the text of a JSON tool', async () => {
    const { respond, ran, gateway } = emitting([
      call({ name: 'query', arguments: '{"input":"SELECT 1"}' }),
      text({ name: 'find', call_id: 'call_2' }),
      text({ name: 'get', call_id: 'call_3' }),
    ]);
    const { calls } = await respond();
    expect(calls.map(({ outcome }) => outcome)).toEqual(['unknown_tool', 'unknown_tool', 'unknown_tool']);
    expect(ran).toEqual([]);
    expect(gateway.scans).toEqual([]);
  });
});

describe('an MCP call that needs approval', () => {
  const asking = (decision: ScriptedRule) =>
    responding({
      script: [requestApprovals({ name: 'get', id: 'mcpr_1', server: 'files', arguments: { path: '/a' } }), say('ok')],
      decisions: { get: decision },
      tools: { get: () => 'our own tool of that name' },
    });

  test('is approved when the gateway allows it; the API’s server runs it', async () => {
    const { respond, sent, gateway } = asking('ALLOW');
    expect(await respond()).toMatchObject({ text: 'ok', calls: [{ outcome: 'allowed', executed: 'unknown' }] });
    expect(sent()[1]?.['input']).toEqual([
      { type: 'mcp_approval_response', approval_request_id: 'mcpr_1', approve: true },
    ]);
    expect(gateway.scans).toMatchObject([{ functionName: 'get', body: { path: '/a' } }]);
  });

  test.each<[string, ScriptedRule, string]>([
    ['denied', { decision: 'DENY', reasonCodes: ['SECRETS'] }, 'Tool blocked by Interven: SECRETS'],
    ['sanitized', { decision: 'SANITIZE', sanitizedBody: { path: '/b' } }, 'without the sensitive parts'],
    ['pending', 'REQUIRE_APPROVAL', 'Action requires human approval'],
    ['unchecked', { fault: 'unreachable' }, 'its safety check is unavailable'],
  ])('is refused with the reason when it is %s', async (_, decision, reason) => {
    const { respond, sent } = asking(decision);
    expect(await respond()).toMatchObject({ text: 'ok', calls: [{ executed: 'no' }] });
    expect(sent()[1]?.['input']).toMatchObject([
      { approval_request_id: 'mcpr_1', approve: false, reason: expect.stringContaining(reason) as unknown },
    ]);
  });
});
