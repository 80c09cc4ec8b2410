import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { tool, type RunEvent } from 'interven-openai-assistants';
import { callTools, requestApprovals, say, type ScriptedRule } from 'interven-openai-assistants/testing';
import { z } from 'zod';
import { send, sending } from '../setup/sending.ts';
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
    ['a gateway that is away', { fault: 'unreachable' }, { outcome: 'scan_unavailable', fields: [] }],
    ['nonsense', { fault: 'malformed_reply' }, { outcome: 'scan_rejected', fields: [] }],
  ] as const)(
    'runs the original whatever the gateway says, and says what would have been: %s',
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

  test('asks no approver, and waits for none', async () => {
    const asked: unknown[] = [];
    const { gateway, events } = await monitored(
      { decision: 'REQUIRE_APPROVAL', approvalId: 'ap_1' },
      { options: { approval: 'wait', onApprovalRequested: (request) => asked.push(request) } },
    );
    expect(asked).toEqual([]);
    expect(gateway.statusRequests).toEqual([]);
    expect(events.some(({ type }) => type.startsWith('approval'))).toBe(false);
  });

  test('waits for no scan unless asked: the decision is told when it comes, also after the run', async () => {
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
    await sleep(5);
    expect(events.at(-1)).toMatchObject({ type: 'decision', decision: 'DENY', enforced: false });
    expect(calls[0]).toMatchObject({ decision: 'DENY', wouldBe: { outcome: 'denied' } });
  });

  test('still ends the run at the first scan when the gateway is set up wrongly', async () => {
    const { runner, threadId, assistantId } = sending({ fault: 'configuration' }, 1, {
      options: { mode: 'monitor', awaitScans: true },
    });
    expect(await rejection(runner.run(threadId, assistantId))).toMatchObject({ code: 'gateway_configuration' });
  });

  test('ends the next run where the gateway said so when the run was over', async () => {
    let release = (): void => undefined;
    const isOver = new Promise<void>((resolve) => (release = resolve));
    const late = async () => isOver.then(() => ({ fault: 'configuration' }) as const);
    const { runner, openai, threadId, assistantId } = sending(late, 1, { options: { mode: 'monitor' } });
    expect((await runner.run(threadId, assistantId)).status).toBe('completed');
    release();
    await sleep(0);
    const next = openai.seed('Hello');
    expect(await rejection(runner.run(next.threadId, next.assistantId))).toMatchObject({
      code: 'gateway_configuration',
    });
    expect(openai.runs(next.threadId)).toEqual([]);
  });

  test('keeps what the handler threw, whenever the scan ends', async () => {
    const boom = new Error('boom');
    const { runner, threadId, assistantId } = sending({ decision: 'ALLOW', delayMs: 10 }, 1, {
      tools: {
        send: () => {
          throw boom;
        },
      },
      options: { mode: 'monitor' },
    });
    const { calls } = await runner.run(threadId, assistantId);
    await sleep(40);
    expect(calls).toMatchObject([{ outcome: 'handler_error', wouldBe: { outcome: 'allowed' } }]);
    expect(calls[0]?.error).toBe(boom);
  });

  test('holds no enforced call up, however many scans hang', async () => {
    const told: string[] = [];
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
          if (event.type === 'decision') told.push(event.name);
        },
      },
    });
    await runner.run(threadId, assistantId);
    while (told.length < 21) await sleep(10);
    expect(told[0]).toBe('pay');
  });

  test('lets a call be repeated that would have been denied each time', async () => {
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
  ] as const)('of a runner is "%s", of a tool "%s": the tool goes first', async (mode, ofTool, outcome) => {
    const { runner, threadId, assistantId } = world({
      script: [callTools({ name: 'pay' }), say('ok')],
      decisions: { pay: 'DENY' },
      tools: { pay: tool({ parameters: z.object({}), execute: () => 'paid', mode: ofTool }) },
      options: { mode, awaitScans: true },
    });
    const { calls } = await runner.run(threadId, assistantId);
    expect(calls).toMatchObject([{ outcome }]);
  });

  test('approves what the API itself wants to run', async () => {
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

  test('runs what is too large for the gateway, and does not ask it', async () => {
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

  test('still runs nothing that does not fit its tool, is over its budget, or is no tool', async () => {
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
