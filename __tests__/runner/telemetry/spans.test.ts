import { describe, expect, test } from '@jest/globals';
import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { openTelemetry } from 'interven-openai-assistants/telemetry';
import { callTools, fail, requestApprovals, say, stopShort } from 'interven-openai-assistants/testing';
import { serving } from '../../setup/agents.ts';
import { responding } from '../../setup/responses.ts';
import { rejection, world } from '../../setup/world.ts';
import { collecting } from './collected.ts';

const collected = collecting();
const telemetry = openTelemetry();
const OK = { code: SpanStatusCode.UNSET };
const ERROR = { code: SpanStatusCode.ERROR };

/** `look` is allowed and `pay` denied in the first turn, `look` allowed in the second. */
const setup = {
  script: [
    callTools({ name: 'look', id: 'call_1' }, { name: 'pay', id: 'call_2' }),
    callTools({ name: 'look', id: 'call_3' }),
    say('ok'),
  ],
  decisions: { look: 'ALLOW', pay: { decision: 'DENY', reasonCodes: ['NO_MONEY'] } },
  tools: { look: () => 'seen', pay: () => 'paid' },
} as const;
const options = { telemetry, agentId: 'agent_1', agentName: 'clerk' };

/** Serves the script by each of the APIs. Resolves with the id of the thread, conversation or session. */
const apis = {
  async assistants() {
    const { runner, threadId, assistantId } = world({ ...setup, options });
    await runner.run(threadId, assistantId);
    return { id: threadId, method: 'run' };
  },
  async responses() {
    const { on, conversationId } = responding({ ...setup, options });
    await on();
    return { id: conversationId, method: 'responses' };
  },
  async agents() {
    const { serve, sessionId } = serving({ ...setup, options });
    await serve();
    return { id: sessionId, method: 'session' };
  },
};

test.each(['assistants', 'responses', 'agents'] as const)(
  'a run of the API %s is a tree of a run, its turns, and their scans and tool executions, by the GenAI conventions',
  async (api) => {
    const { id, method } = await apis[api]();
    expect(collected.tree()).toEqual({
      'invoke_agent clerk': {
        'interven.turn': { 'interven.scan': {}, 'interven.scan #2': {}, 'execute_tool look': {} },
        'interven.turn #2': { 'interven.scan': {}, 'execute_tool look': {} },
      },
    });
    expect(collected.open()).toEqual([]);
    expect(collected.spans().map(({ status }) => status)).toEqual(Array(8).fill(OK));

    const usage = {
      'gen_ai.usage.input_tokens': expect.any(Number),
      'gen_ai.usage.cache_read.input_tokens': expect.any(Number),
      'gen_ai.usage.output_tokens': expect.any(Number),
    };
    const run = collected.span('invoke_agent clerk');
    expect(run.kind).toBe(SpanKind.CLIENT);
    expect(run.attributes).toEqual({
      'gen_ai.operation.name': 'invoke_agent',
      'gen_ai.provider.name': 'openai',
      'gen_ai.agent.id': 'agent_1',
      'gen_ai.agent.name': 'clerk',
      'gen_ai.conversation.id': id,
      'interven.api': api,
      'interven.method': method,
      'interven.run.id': expect.any(String),
      'interven.run.status': 'completed',
      ...usage,
    });
    const [turn] = collected.spans().filter(({ name }) => name === 'interven.turn');
    expect(turn?.kind).toBe(SpanKind.INTERNAL);
    const ofTurn = { 'interven.turn.number': 1, 'interven.run.id': expect.any(String) };
    // Only the Responses API reports usage before the run's end.
    expect(turn?.attributes).toEqual(api === 'responses' ? { ...ofTurn, ...usage } : ofTurn);
    expect(turn?.events.map(({ name, attributes = {} }) => [name, attributes['interven.outcome']]).sort()).toEqual([
      ['interven.output', 'allowed'],
      ['interven.output', 'denied'],
    ]);
    const [tool] = collected.spans().filter(({ name }) => name === 'execute_tool look');
    expect(tool?.kind).toBe(SpanKind.INTERNAL);
    expect(tool?.attributes).toEqual({
      'gen_ai.operation.name': 'execute_tool',
      'gen_ai.tool.name': 'look',
      'gen_ai.tool.call.id': 'call_1',
      'gen_ai.tool.type': 'function',
    });
    const scan = collected.spans().find(({ attributes }) => attributes['gen_ai.tool.call.id'] === 'call_2');
    expect(scan).toMatchObject({ name: 'interven.scan', kind: SpanKind.CLIENT, status: OK });
    expect(scan?.attributes).toMatchObject({
      'gen_ai.tool.name': 'pay',
      'interven.decision': 'DENY',
      'interven.effective': 'DENY',
      'interven.enforced': true,
      'interven.reason_codes': ['NO_MONEY'],
    });
  },
);

test('a run without a name has its assistant’s id, and may have no thread', async () => {
  const { runner, threadId, assistantId } = world({ ...setup, script: [say('ok')], options: { telemetry } });
  await runner.run(threadId, assistantId);
  expect(collected.span('invoke_agent').attributes['gen_ai.agent.id']).toBe(assistantId);
  const { respond } = responding({ ...setup, script: [say('ok')], options: { telemetry, agentName: 'other' } });
  await respond();
  expect(Object.keys(collected.span('invoke_agent other').attributes)).not.toContain('gen_ai.conversation.id');
});

test('the outcome of calls that are never scanned is on their turn, however they are named', async () => {
  const name = 'n'.repeat(10_000);
  const { runner, threadId, assistantId } = world({
    script: [callTools({ name, id: 'call_1' }, { name: 'look', id: 'call_2', arguments: 'broken' }), say('ok')],
    decisions: {},
    tools: { look: () => 'seen' },
    options: { telemetry },
  });
  await runner.run(threadId, assistantId);
  const outputEvent = (outcome: string, of: string, callId: string): object => ({
    'gen_ai.tool.name': of,
    'gen_ai.tool.call.id': callId,
    'interven.outcome': outcome,
    'interven.executed': 'no',
  });
  expect(collected.span('interven.turn').events.map(({ attributes }) => attributes)).toEqual([
    outputEvent('unknown_tool', name.slice(0, 256), 'call_1'),
    outputEvent('invalid_arguments', 'look', 'call_2'),
  ]);
});

test('the spans of an MCP call have its server, and those of a subagent’s call the subagent', async () => {
  const { serve } = serving({
    script: [
      requestApprovals({ name: 'search', server: 'docs' }),
      callTools({ name: 'look', subagent: 'scout' }),
      say('found'),
      say('ok'),
    ],
    decisions: { search: 'ALLOW', look: 'ALLOW' },
    tools: { look: () => 'seen' },
    options: { telemetry },
  });
  await serve();
  const spans = collected.spans().map(({ name, attributes }) => [name, attributes] as const);
  expect(spans.filter(([, { 'interven.server': server }]) => server === 'docs').map(([name]) => name)).toEqual([
    'interven.scan',
  ]);
  const ofSubagent = spans.filter(([, attributes]) => 'interven.subagent.id' in attributes);
  expect(ofSubagent.map(([name]) => name)).toEqual(['interven.scan', 'execute_tool look']);
  expect(collected.open()).toEqual([]);
});

test('a turn whose calls arrive one by one is one span, which ends with the last call', () => {
  const ids = { threadId: undefined, assistantId: undefined, agentId: undefined, agentName: undefined };
  const { onEvent } = telemetry.startRun({ method: 'session', api: 'agents', ...ids });
  const place = (ms: number) => ({ at: new Date(Date.now() + ms), runId: 'turn_1', threadId: 'sess_1' });
  const call = (callId: string, turn = 1) => ({ callId, name: 'look', turn });
  const submitted = { type: 'output-submitted', outcome: 'allowed', executed: 'yes' } as const;
  onEvent({ type: 'turn', turn: 1, callIds: ['call_1'], ...place(0) });
  onEvent({ ...submitted, ...call('call_1'), ...place(10) });
  onEvent({ type: 'turn', turn: 1, callIds: ['call_2'], ...place(20) });
  onEvent({ ...submitted, ...call('call_2'), ...place(5_000) });
  expect(collected.spans()).toEqual([]);
  onEvent({ type: 'turn', turn: 2, callIds: ['call_3'], ...place(9_000) });
  expect(Math.round(collected.span('interven.turn').duration[0])).toBe(5);
  onEvent({ type: 'run-end', status: 'completed', durationMs: 9_000, ...place(9_000) });
  expect(collected.tree()).toEqual({ invoke_agent: { 'interven.turn': {}, 'interven.turn #2': {} } });
});

describe('the span of a run', () => {
  test.each([
    ['failed', fail('Out of luck.'), ERROR, 'failed'],
    ['incomplete', stopShort(), OK, undefined],
  ] as const)('that ends %s at the API', async (runStatus, step, status, type) => {
    const { runner, threadId, assistantId } = world({
      script: [step],
      decisions: {},
      tools: {},
      options: { telemetry },
    });
    await runner.run(threadId, assistantId);
    const run = collected.span('invoke_agent');
    expect(run.status).toEqual(status);
    expect(run.attributes['interven.run.status']).toBe(runStatus);
    expect(run.attributes['error.type']).toBe(type);
  });

  test('that the runner ends has the code of the error', async () => {
    const { runner, threadId, assistantId } = world({
      script: [callTools({ name: 'look' })],
      decisions: { look: { fault: 'configuration' } },
      tools: { look: () => 'seen' },
      options: { telemetry },
    });
    await rejection(runner.run(threadId, assistantId));
    expect(collected.span('invoke_agent')).toMatchObject({
      status: ERROR,
      attributes: { 'error.type': 'gateway_configuration' },
    });
    expect(collected.open()).toEqual([]);
  });
});
