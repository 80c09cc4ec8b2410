import { describe, expect, test } from '@jest/globals';
import { SpanStatusCode } from '@opentelemetry/api';
import type { GuardedRunnerOptions } from 'interven-openai-assistants';
import { openTelemetry } from 'interven-openai-assistants/telemetry';
import { callTools, say, ScriptedGateway } from 'interven-openai-assistants/testing';
import { world } from '../../setup/world.ts';
import { collecting } from './collected.ts';

const collected = collecting();
const telemetry = openTelemetry();
const OK = { code: SpanStatusCode.UNSET };
const ERROR = { code: SpanStatusCode.ERROR };

describe('the span of a scan', () => {
  const scanned = async (
    rule: Parameters<typeof world>[0]['decisions'][string],
    more: Partial<GuardedRunnerOptions<unknown, never>> = {},
    text = 'hello',
  ) => {
    const { runner, threadId, assistantId } = world({
      script: [callTools({ name: 'send', id: 'call_1', arguments: { text } }), say('ok')],
      decisions: { send: rule },
      tools: { send: () => 'sent' },
      options: { telemetry, ...more },
    });
    await runner.run(threadId, assistantId);
    const { attributes, status } = collected.span('interven.scan');
    return { attributes, status };
  };

  test.each([
    [
      'ALLOW',
      { decision: 'ALLOW', traceId: 'trace_9', riskScore: 0.2, policyName: 'Mail', ruleId: 'mail-1' },
      {
        'interven.trace.id': 'trace_9',
        'interven.risk_score': 0.2,
        'interven.policy.name': 'Mail',
        'interven.rule.id': 'mail-1',
      },
    ],
    ['SANITIZE', { decision: 'SANITIZE', sanitizedBody: { text: '-' } }, { 'interven.redacted_fields': 1 }],
    ['DENY', { decision: 'DENY', reasonCodes: ['PII'] }, { 'interven.reason_codes': ['PII'] }],
    ['REQUIRE_APPROVAL', { decision: 'REQUIRE_APPROVAL', approvalId: 'a1' }, { 'interven.approval.id': 'a1' }],
  ] as const)('has the decision and its effect: %s', async (decision, rule, more) => {
    const { attributes, status } = await scanned(rule);
    expect(attributes).toMatchObject({
      'interven.decision': decision,
      'interven.effective': decision,
      'interven.enforced': true,
      ...more,
    });
    expect(status).toEqual(OK);
  });

  test('is an error for a gateway fault, and still has the effect', async () => {
    const blocked = await scanned({ fault: 'unreachable' });
    expect(blocked.status).toEqual(ERROR);
    expect(blocked.attributes).toMatchObject({
      'interven.fault': 'unreachable',
      'error.type': 'unreachable',
      'interven.effective': 'DENY',
    });
    expect(Object.keys(blocked.attributes)).not.toContain('interven.decision');
  });

  test('distinguishes a call that onGatewayError allows from one that the gateway allows', async () => {
    const { attributes, status } = await scanned({ fault: 'server_error' }, { onGatewayError: 'allow' });
    expect(attributes).toMatchObject({ 'interven.fault': 'server_error', 'interven.effective': 'ALLOW' });
    expect(status).toEqual(ERROR);
  });

  test('exists, too, if the arguments are too large for the gateway', async () => {
    const { attributes } = await scanned('ALLOW', {}, 'x'.repeat(300 * 1024));
    expect(attributes).toMatchObject({ 'gen_ai.tool.call.id': 'call_1', 'interven.effective': 'DENY' });
    expect(Object.keys(attributes)).not.toContain('interven.decision');
    expect(collected.tree()).toEqual({ invoke_agent: { 'interven.turn': { 'interven.scan': {} } } });
  });
});

test('a judged output has a span with the decision, and never the output', async () => {
  const gateway = new ScriptedGateway({ read: 'ALLOW' }, { outputs: { read: 'DENY' } });
  const { runner, threadId, assistantId } = world({
    script: [callTools({ name: 'read', id: 'call_1' }), say('ok')],
    decisions: {},
    tools: { read: () => 'the blue horse' },
    options: { telemetry, gateway, scanOutputs: true },
  });
  await runner.run(threadId, assistantId);
  gateway.assertDone();
  expect(collected.tree()).toEqual({
    invoke_agent: { 'interven.turn': { 'interven.scan': {}, 'execute_tool read': {}, 'interven.output_scan': {} } },
  });
  expect(collected.span('interven.output_scan').attributes).toEqual({
    'gen_ai.tool.name': 'read',
    'gen_ai.tool.call.id': 'call_1',
    'interven.decision': 'DENY',
    'interven.enforced': true,
    'interven.reason_codes': [],
  });
  expect(await collected.text()).not.toContain('blue horse');
});

describe('the span of an approval', () => {
  test('lasts as long as its call waited, before the handler starts', async () => {
    const { runner, gateway, threadId, assistantId } = world({
      script: [callTools({ name: 'pay', id: 'call_1' }), say('ok')],
      decisions: { pay: { decision: 'REQUIRE_APPROVAL', approvalId: 'a1' } },
      tools: { pay: () => 'paid' },
      options: { telemetry, approval: 'wait' },
    });
    gateway.approve('a1');
    const { calls } = await runner.run(threadId, assistantId);
    expect(collected.tree()).toEqual({
      invoke_agent: { 'interven.turn': { 'interven.scan': {}, 'interven.approval': {}, 'execute_tool pay': {} } },
    });
    const { attributes, status, duration } = collected.span('interven.approval');
    expect(attributes).toEqual({
      'gen_ai.tool.name': 'pay',
      'gen_ai.tool.call.id': 'call_1',
      'interven.approval.id': 'a1',
      'interven.approval.status': 'approved',
    });
    expect(status).toEqual(OK);
    const ms = duration[0] * 1_000 + duration[1] / 1_000_000;
    expect(Math.abs(ms - (calls[0]?.approvalMs ?? 0))).toBeLessThan(2);
  });

  test('has no duration if an approver decided between two turns', async () => {
    const { runner, gateway, threadId, assistantId } = world({
      script: ({ turn }) => {
        if (turn === 2) gateway.deny('a1');
        return turn < 3 ? callTools({ name: 'pay' }) : say('ok');
      },
      decisions: { pay: { decision: 'REQUIRE_APPROVAL', approvalId: 'a1' } },
      tools: { pay: () => 'paid' },
      options: { telemetry },
    });
    await runner.run(threadId, assistantId);
    expect(collected.tree()).toEqual({
      invoke_agent: { 'interven.turn': { 'interven.scan': {} }, 'interven.turn #2': { 'interven.approval': {} } },
    });
    expect(collected.span('interven.approval')).toMatchObject({
      attributes: { 'interven.approval.status': 'denied' },
      duration: [0, 0],
      status: OK,
    });
  });
});

describe('the span of a tool execution', () => {
  const executed = async (execute: () => unknown, more: Partial<GuardedRunnerOptions<unknown, never>> = {}) => {
    const { runner, threadId, assistantId } = world({
      script: [callTools({ name: 'work' }), say('ok')],
      decisions: { work: 'ALLOW' },
      tools: { work: execute },
      options: { telemetry, graceMs: 0, ...more },
    });
    await runner.run(threadId, assistantId);
    const { status, attributes, events } = collected.span('execute_tool work');
    expect(events).toEqual([]);
    return [status, attributes['error.type']];
  };
  class MailboxFull extends Error {
    override readonly name = 'MailboxFull';
  }
  const throwing = (thrown: unknown) => () => {
    throw thrown;
  };

  test('is an error of the type that the handler threw', async () => {
    expect(await executed(throwing(new MailboxFull('of ada')))).toEqual([ERROR, 'MailboxFull']);
  });

  test.each([
    ['a sentence as its name', Object.assign(new Error('no'), { name: 'no mail for ada@example.com' })],
    ['a very long name', Object.assign(new Error('no'), { name: 'No'.repeat(10_000) })],
  ])('has no type that is %s', async (_, thrown) => {
    expect(await executed(throwing(thrown))).toEqual([ERROR, '_OTHER']);
  });

  test('is an error if the handler timed out', async () => {
    expect(await executed(async () => new Promise(() => undefined), { handlerTimeoutMs: 5 })).toEqual([
      ERROR,
      'timeout',
    ]);
  });
});
