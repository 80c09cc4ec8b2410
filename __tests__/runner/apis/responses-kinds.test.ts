import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { tool } from 'interven-openai-assistants';
import { callTools, emitItems, requestApprovals, say, type ScriptedRule } from 'interven-openai-assistants/testing';
import { ending, type Item, oneCall, responding } from '../../setup/responses.ts';
import { idle } from '../../setup/idle.ts';

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

const pay: Item = { type: 'function_call', call_id: 'call_pay', name: 'pay', arguments: '{}', status: 'completed' };
const finalMessage: Item = {
  type: 'message',
  role: 'assistant',
  status: 'completed',
  content: [{ type: 'output_text', text: 'So far.', annotations: [] }],
};

describe('a call of a kind that only the API’s own tools make', () => {
  const exec = { type: 'exec', command: ['rm', '-r', '/'], env: {} };
  const commands = { commands: ['ls', 'rm -r /'], max_output_length: 500, timeout_ms: null };
  const unknownTool = (name: string): string => `There is no tool named "${name}".`;
  const shellOutput = {
    type: 'shell_call_output',
    call_id: 'call_1',
    max_output_length: 500,
    output: Array<object>(2).fill({
      stdout: '',
      stderr: unknownTool('shell_call'),
      outcome: { type: 'exit', exit_code: 126 },
    }),
  };
  const operation = { type: 'delete_file', path: 'a.txt' };
  const caller = { type: 'program', caller_id: 'prog_1' };

  test.each<[string, Item, Item]>([
    [
      'local shell',
      { type: 'local_shell_call', action: exec, status: 'completed' },
      {
        type: 'local_shell_call_output',
        id: 'call_1',
        call_id: 'call_1',
        status: 'incomplete',
        output: JSON.stringify({ stdout: '', stderr: unknownTool('local_shell_call'), exit_code: 126 }),
      },
    ],
    ['shell, local', { type: 'shell_call', action: commands, environment: { type: 'local' } }, shellOutput],
    ['shell, nowhere', { type: 'shell_call', action: commands, environment: null }, shellOutput],
    ['shell, unsaid', { type: 'shell_call', action: commands, caller }, { ...shellOutput, caller }],
    [
      'patch',
      { type: 'apply_patch_call', operation, status: 'completed' },
      { type: 'apply_patch_call_output', call_id: 'call_1', status: 'failed', output: unknownTool('apply_patch_call') },
    ],
    [
      'tool search of ours',
      { type: 'tool_search_call', execution: 'client', arguments: {}, status: 'completed' },
      { type: 'tool_search_output', call_id: 'call_1', execution: 'client', tools: [] },
    ],
  ])('is answered as not run: %s', async (_, item, output) => {
    const { on, sent, gateway, ran, openai } = oneCall({
      script: [emitItems({ call_id: 'call_1', ...item }), say('ok')],
      decisions: {},
      tools: Object.fromEntries([String(item['type']), 'pay'].map((name) => [name, () => ran.push(name)])),
    });
    const { text, calls } = await on();
    expect(text).toBe('ok');
    expect(calls).toMatchObject([{ callId: 'call_1', name: item['type'], outcome: 'unknown_tool', executed: 'no' }]);
    expect(sent()[1]?.['input']).toEqual([output]);
    expect(gateway.scans).toEqual([]);
    expect(ran).toEqual([]);
    openai.assertDone();
  });

  test('and that the API serves itself is ignored, in whatever state', async () => {
    const served: Item[] = [
      { type: 'shell_call', call_id: 'sh_1', action: commands, environment: { type: 'container_reference' } },
      { type: 'tool_search_call', call_id: null, execution: 'server', arguments: {} },
      { type: 'tool_search_call', arguments: {} },
      { type: 'tool_search_output', call_id: null, execution: 'server', tools: [] },
      { type: 'reasoning', summary: [] },
      { type: 'web_search_call', status: 'completed' },
      { type: 'file_search_call', status: 'incomplete' },
      { type: 'code_interpreter_call', status: 'completed' },
      { type: 'image_generation_call', status: 'completed' },
      { type: 'mcp_list_tools', server_label: 'files', tools: [] },
      { type: 'mcp_call', server_label: 'files', name: 'pay', arguments: '{}', output: 'paid' },
      { type: 'program', call_id: 'prog_1', code: '' },
      { type: 'program_output', call_id: 'prog_1', result: '' },
      { type: 'compaction', encrypted_content: '' },
      { type: 'additional_tools', tools: [] },
    ];
    const { respond, sent, ran, gateway } = oneCall({ script: [emitItems(...served, finalMessage)], decisions: {} });
    expect(await respond()).toMatchObject({ status: 'completed', text: 'So far.', calls: [] });
    expect(sent()).toHaveLength(1);
    expect([...ran, ...gateway.scans]).toEqual([]);
  });

  test.each([
    ['computer_call', { call_id: 'call_screen', actions: [{ type: 'click' }] }, 'call_screen'],
    ['teleport_call', { call_id: 'call_new' }, 'call_new'],
    ['teleport_request', { id: 'tele_1' }, 'tele_1'],
  ])('and that is not supported ends the run, naming it, and none of its response runs: %s', async (type, more, id) => {
    const { respond, ran, gateway, sent } = oneCall({ script: [emitItems(pay, { type, ...more })], decisions: {} });
    const error = await ending(respond());
    expect(error).toMatchObject({ code: 'unknown_action', leftOpen: false, calls: [{ callId: 'call_pay' }] });
    expect(error.message).toContain(`"${type}" (${id})`);
    expect([...ran, ...gateway.scans]).toEqual([]);
    expect(sent()).toHaveLength(1);
  });

  test('and that is no longer pending does not end the run: it has its output', async () => {
    const screen = { type: 'computer_call', call_id: 'call_screen', actions: [] };
    const shot = {
      type: 'computer_call_output',
      call_id: 'call_screen',
      output: { type: 'computer_screenshot', file_id: 'f' },
    };
    const { respond } = oneCall({ script: [emitItems(screen, shot, finalMessage)], decisions: {} });
    expect(await respond()).toMatchObject({ status: 'completed', text: 'So far.' });
  });
});

describe('an asynchronous call', () => {
  const render = { name: 'render', id: 'call_render', async: true };
  /** `render` ends on demand. */
  function rendering(setup: Pick<Parameters<typeof responding>[0], 'script'>) {
    let finish = (): void => undefined;
    const finished = new Promise<string>((resolve) => {
      finish = () => {
        resolve('a picture');
      };
    });
    const parts = responding({
      ...setup,
      decisions: { render: 'ALLOW', quick: 'ALLOW' },
      tools: { render: async () => finished, quick: () => 'done' },
    });
    return { ...parts, finish };
  }
  const idsOf = (sent: Item[]) => sent.slice(1).map(({ input }) => (input as Item[]).map((item) => item['call_id']));

  test('is not awaited: the outputs of the others go first, and its own comes in a later request', async () => {
    const { respond, sent, finish } = rendering({
      script: ({ outputs }) => {
        if (outputs.length === 0) return callTools(render, { name: 'quick', id: 'call_quick' });
        const [first] = outputs;
        if (first?.name === 'render') return say(`I have ${first.output}.`);
        void idle().then(finish);
        return say('Wait for it.');
      },
    });
    const { text, calls } = await respond();
    expect(text).toBe('I have a picture.');
    expect(idsOf(sent())).toEqual([['call_quick'], ['call_render']]);
    expect(calls).toMatchObject([
      { name: 'render', turn: 1, output: 'a picture' },
      { name: 'quick', turn: 1, output: 'done' },
    ]);
  });

  test('beside a final message does not end the run', async () => {
    const { on, sent, finish, openai } = rendering({
      script: ({ outputs, turn }) => {
        if (turn > 1) return say(outputs.map(({ output }) => output).join());
        void idle().then(finish);
        return emitItems(
          { type: 'function_call', call_id: 'call_render', name: 'render', arguments: '{}', async: true },
          finalMessage,
        );
      },
    });
    expect(await on()).toMatchObject({ status: 'completed', text: 'a picture' });
    expect(idsOf(sent())).toEqual([['call_render']]);
    expect(openai.responses()).toHaveLength(2);
  });

  test('continues while the model makes other calls, turn after turn', async () => {
    const { respond, sent, finish } = rendering({
      script: ({ outputs, turn }) => {
        if (turn === 3) finish();
        if (turn === 1) return callTools(render, { name: 'quick', id: 'call_1' });
        if (outputs[0]?.name !== 'render' && turn < 4) return callTools({ name: 'quick', id: `call_${turn}` });
        return say('ok');
      },
    });
    expect(await respond()).toMatchObject({ text: 'ok' });
    const ids = idsOf(sent());
    expect(ids.slice(0, 2)).toEqual([['call_1'], ['call_2']]);
    expect(ids.flat().sort()).toEqual(['call_1', 'call_2', 'call_3', 'call_render']);
  });

  test('that is blocked is answered like any other', async () => {
    const { respond, sent } = responding({
      script: ({ outputs }) => (outputs.length > 0 ? say('ok') : callTools(render)),
      decisions: { render: 'DENY' },
      tools: { render: () => 'never' },
    });
    expect(await respond()).toMatchObject({ text: 'ok', calls: [{ outcome: 'denied', executed: 'no' }] });
    expect(sent()[1]?.['input']).toMatchObject([{ output: 'Tool blocked by Interven.' }]);
  });

  test('is aborted with its run, and its conversation receives its outcome', async () => {
    const controller = new AbortController();
    const { on, items } = responding({
      script: ({ outputs, turn }) => {
        if (turn === 2)
          void idle().then(() => {
            controller.abort();
          });
        return outputs.length > 0 ? say('so far') : callTools(render, { name: 'quick' });
      },
      decisions: { render: 'ALLOW', quick: 'ALLOW' },
      tools: {
        quick: () => 'done',
        render: async (_, { signal }) =>
          new Promise((resolve) => {
            signal.addEventListener('abort', () => {
              resolve('half a picture');
            });
          }),
      },
    });
    const error = await ending(on({}, { signal: controller.signal }));
    expect(error).toMatchObject({ code: 'aborted', leftOpen: false });
    expect(items('function_call_output').map(({ output }) => output)).toEqual(['done', 'half a picture']);
  });
});
