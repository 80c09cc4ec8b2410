import { describe, expect, test } from '@jest/globals';
import { tool, type RunEvent } from 'interven-openai-assistants';
import { callTools, requestApprovals, say, type ScriptedRule } from 'interven-openai-assistants/testing';
import { z } from 'zod';
import { holdTimers } from '../setup/held-timers.ts';
import { idle } from '../setup/idle.ts';
import { send, sending } from '../setup/sending.ts';
import { waitFor } from '../setup/wait-for.ts';
import { rejection, world } from '../setup/world.ts';

async function monitored(rule: ScriptedRule, options: Parameters<typeof sending>[2] = {}) {
  const events: RunEvent[] = [];
  const made = sending(rule, 1, {
    ...options,
    options: { mode: 'monitor', awaitScans: true, onEvent: (event) => events.push(event), ...options.options },
  });
  const result = await made.runner.run(made.threadId, made.assistantId);
  return { ...made, ...result, events };
}

describe('Monitor mode', () => {
  test.each([
    ['DENY', 'DENY', { outcome: 'denied', fields: [] }],
    [
      'SANITIZE',
      { decision: 'SANITIZE', sanitizedBody: { to: 'ada@example.com', text: '[REDACTED]' } },
      { outcome: 'sanitized', fields: ['text'] },
    ],
    [
      'a body that does not fit',
      { decision: 'SANITIZE', sanitizedBody: 1 },
      { outcome: 'sanitized_invalid', fields: [] },
    ],
    [
      'REQUIRE_APPROVAL',
      { decision: 'REQUIRE_APPROVAL', approvalId: 'ap_1' },
      { outcome: 'approval_pending', fields: [] },
    ],
    ['ALLOW', 'ALLOW', { outcome: 'allowed', fields: [] }],
    ['an unreachable gateway', { fault: 'unreachable' }, { outcome: 'scan_unavailable', fields: [] }],
    ['a malformed response', { fault: 'malformed_reply' }, { outcome: 'scan_rejected', fields: [] }],
  ] as const)(
    'runs the original arguments and records the outcome that enforcement would have: %s',
    async (_, rule, wouldBe) => {
      const { ran, calls, status, events } = await monitored(rule);
      expect(ran).toEqual([send.arguments]);
      expect(status).toBe('completed');
      expect(calls).toMatchObject([{ outcome: 'allowed', executed: 'yes', output: 'sent', wouldBe }]);
      expect(events.filter(({ type }) => type === 'decision')).toMatchObject([
        { effective: 'ALLOW', enforced: false, wouldBe: wouldBe.outcome, fields: wouldBe.fields },
      ]);
    },
  );

  test('requests no approval, and waits for no approver', async () => {
    const asked: unknown[] = [];
    const { gateway, events } = await monitored(
      { decision: 'REQUIRE_APPROVAL', approvalId: 'ap_1' },
      { options: { approval: 'wait', onApprovalRequested: (request) => asked.push(request) } },
    );
    expect(asked).toEqual([]);
    expect(gateway.statusRequests).toEqual([]);
    expect(events.some(({ type }) => type.startsWith('approval'))).toBe(false);
  });

  test('without awaitScans, emits a decision when it arrives, also after the run', async () => {
    let answer = (): void => undefined;
    const slow = new Promise<void>((resolve) => {
      answer = resolve;
    });
    const { events, calls, ran } = await monitored(
      async () => {
        await slow;
        return 'DENY' as const;
      },
      { options: { awaitScans: false } },
    );
    expect(ran).toHaveLength(1);
    expect(events.at(-1)).toMatchObject({ type: 'run-end', status: 'completed' });
    expect(calls[0]).not.toHaveProperty('wouldBe');
    answer();
    await waitFor(() => events.at(-1)?.type === 'decision');
    expect(events.at(-1)).toMatchObject({ type: 'decision', decision: 'DENY', enforced: false });
    expect(calls[0]).toMatchObject({ decision: 'DENY', wouldBe: { outcome: 'denied' } });
  });

  test('still ends the run at the first scan of a misconfigured gateway', async () => {
    const { runner, threadId, assistantId } = sending({ fault: 'configuration' }, 1, {
      options: { mode: 'monitor', awaitScans: true },
    });
    expect(await rejection(runner.run(threadId, assistantId))).toMatchObject({ code: 'gateway_configuration' });
  });

  test('ends the next run if the gateway proves misconfigured after the run has ended', async () => {
    let release = (): void => undefined;
    const hasEnded = new Promise<void>((resolve) => (release = resolve));
    const late = async () => hasEnded.then(() => ({ fault: 'configuration' }) as const);
    const { runner, openai, threadId, assistantId } = sending(late, 1, { options: { mode: 'monitor' } });
    expect((await runner.run(threadId, assistantId)).status).toBe('completed');
    release();
    await idle();
    const next = openai.seed('Hello');
    expect(await rejection(runner.run(next.threadId, next.assistantId))).toMatchObject({
      code: 'gateway_configuration',
    });
    expect(openai.runs(next.threadId)).toEqual([]);
  });

  test('records the error of a handler, also when its scan ends later', async () => {
    const boom = new Error('boom');
    let release = (): void => undefined;
    const isOver = new Promise<void>((resolve) => (release = resolve));
    const late = async () => isOver.then(() => 'ALLOW' as const);
    const { runner, threadId, assistantId } = sending(late, 1, {
      tools: {
        send: () => {
          throw boom;
        },
      },
      options: { mode: 'monitor' },
    });
    const { calls } = await runner.run(threadId, assistantId);
    release();
    await waitFor(() => calls[0]?.wouldBe !== undefined);
    expect(calls).toMatchObject([{ outcome: 'handler_error', wouldBe: { outcome: 'allowed' } }]);
    expect(calls[0]?.error).toBe(boom);
  });

  test('does not delay enforced calls, however many of its scans hang', async () => {
    const decided: string[] = [];
    const limit = holdTimers(200);
    const { runner, threadId, assistantId } = world({
      script: [callTools(...Array.from({ length: 20 }, () => ({ name: 'look' })), { name: 'pay' }), say('ok')],
      decisions: { look: () => new Promise(() => undefined), pay: 'ALLOW' },
      tools: {
        look: tool({ parameters: z.object({}), execute: () => 'seen', mode: 'monitor' }),
        pay: () => 'paid',
      },
      options: {
        scanTimeoutMs: 200,
        onEvent: (event) => {
          if (event.type === 'decision') decided.push(event.name);
        },
      },
    });
    await runner.run(threadId, assistantId);
    expect(decided).toEqual(['pay']);
    await waitFor(() => {
      limit.pass();
      return decided.length === 21;
    });
  });

  test('runs a call that the gateway denies as often as the model makes it', async () => {
    const { runner, gateway, ran, threadId, assistantId } = sending('DENY', 4, {
      options: { mode: 'monitor', awaitScans: true },
    });
    const { calls } = await runner.run(threadId, assistantId);
    expect(calls.map(({ outcome }) => outcome)).toEqual(['allowed', 'allowed', 'allowed', 'allowed']);
    expect(gateway.scans).toHaveLength(4);
    expect(ran).toHaveLength(4);
  });

  test.each([
    ['monitor', 'enforce', 'denied'],
    ['enforce', 'monitor', 'allowed'],
  ] as const)('of a tool overrides the runner’s: runner "%s", tool "%s"', async (mode, ofTool, outcome) => {
    const { runner, threadId, assistantId } = world({
      script: [callTools({ name: 'pay' }), say('ok')],
      decisions: { pay: 'DENY' },
      tools: { pay: tool({ parameters: z.object({}), execute: () => 'paid', mode: ofTool }) },
      options: { mode, awaitScans: true },
    });
    const { calls } = await runner.run(threadId, assistantId);
    expect(calls).toMatchObject([{ outcome }]);
  });

  test('approves an MCP call that the API runs', async () => {
    const { runner, openai, threadId, assistantId } = world({
      script: [requestApprovals({ name: 'search' }), say('ok')],
      decisions: { search: 'DENY' },
      tools: {},
      options: { mode: 'monitor', awaitScans: true },
    });
    const { calls } = await runner.run(threadId, assistantId);
    expect(calls).toMatchObject([{ outcome: 'allowed', wouldBe: { outcome: 'denied' } }]);
    openai.assertDone();
  });

  test('runs a call that is too large for the gateway, without a scan', async () => {
    const { runner, gateway, threadId, assistantId } = world({
      script: [callTools({ name: 'store', arguments: { text: 'x'.repeat(300_000) } }), say('ok')],
      decisions: { store: 'ALLOW' },
      tools: { store: () => 'stored' },
      options: { mode: 'monitor', awaitScans: true },
    });
    const { calls } = await runner.run(threadId, assistantId);
    expect(calls).toMatchObject([{ outcome: 'allowed', wouldBe: { outcome: 'too_large' } }]);
    expect(gateway.scans).toEqual([]);
  });

  test('still runs no call with invalid arguments or of an unknown tool', async () => {
    const { runner, threadId, assistantId } = world({
      script: [callTools({ name: 'pay', arguments: { sum: 'much' } }, { name: 'nothing' }), say('ok')],
      decisions: {},
      tools: { pay: tool({ parameters: z.object({ sum: z.number() }), execute: () => 'paid' }) },
      options: { mode: 'monitor', awaitScans: true },
    });
    const { calls } = await runner.run(threadId, assistantId);
    expect(calls.map(({ outcome }) => outcome)).toEqual(['invalid_arguments', 'unknown_tool']);
  });
});

test('a call over maxToolCalls does not run in monitor mode either', async () => {
  const ran: string[] = [];
  const { runner, threadId, assistantId } = world({
    script: [callTools({ name: 'work' }, { name: 'work' }), say('ok')],
    decisions: { work: 'ALLOW' },
    tools: { work: () => ran.push('work') },
    options: { mode: 'monitor', maxToolCalls: 1 },
  });
  const { calls } = await runner.run(threadId, assistantId);
  expect(calls.map(({ outcome }) => outcome)).toEqual(['allowed', 'budget_exceeded']);
  expect(ran).toEqual(['work']);
});
