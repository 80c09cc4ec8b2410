import { describe, expect, test } from '@jest/globals';
import { openTelemetry } from 'interven-openai-assistants/telemetry';
import { callTools, requestApprovals, say, ScriptedGateway } from 'interven-openai-assistants/testing';
import type { GuardedRunnerOptions } from 'interven-openai-assistants';
import { serving } from '../../setup/agents.ts';
import { world } from '../../setup/world.ts';
import { collecting, type Point } from './collected.ts';

const collected = collecting();
const options: Partial<GuardedRunnerOptions<unknown, never>> = { telemetry: openTelemetry(), agentName: 'clerk' };

/** The number of values of each point of a histogram. */
const counts = (points: readonly Point[]) =>
  points.map(({ attributes, value }) => ({ attributes, count: (value as { count: number }).count }));
const boundaries = ([point]: readonly Point[]) =>
  (point?.value as { buckets: { boundaries: number[] } }).buckets.boundaries;

describe('the metrics', () => {
  test('count decisions, effects and faults', async () => {
    const { runner, threadId, assistantId } = world({
      script: [
        callTools({ name: 'look' }, { name: 'look' }, { name: 'pay' }, { name: 'send' }, { name: 'odd' }),
        say('ok'),
      ],
      decisions: { look: 'ALLOW', pay: 'DENY', send: { fault: 'unreachable' } },
      tools: { look: () => 'seen', pay: () => 'paid', send: () => 'sent' },
      options: { ...options, onGatewayError: 'allow' },
    });
    await runner.run(threadId, assistantId);
    const done = (name: string, effective: string, decision = {}) => ({
      'gen_ai.tool.name': name,
      'interven.effective': effective,
      'interven.enforced': true,
      ...decision,
    });
    expect(await collected.points('interven.decisions')).toEqual([
      { attributes: done('look', 'ALLOW', { 'interven.decision': 'ALLOW' }), value: 2 },
      { attributes: done('pay', 'DENY', { 'interven.decision': 'DENY' }), value: 1 },
      { attributes: done('send', 'ALLOW'), value: 1 },
    ]);
    expect(await collected.points('interven.gateway.faults')).toEqual([
      { attributes: { 'gen_ai.tool.name': 'send', 'interven.fault': 'unreachable' }, value: 1 },
    ]);
  });

  test('measure scans, approvals, tools and runs in seconds, in the conventions’ buckets if they exist', async () => {
    const { runner, gateway, threadId, assistantId } = world({
      script: [callTools({ name: 'pay' }, { name: 'fall' }), say('ok')],
      decisions: { pay: { decision: 'REQUIRE_APPROVAL', approvalId: 'a1', delayMs: 20 }, fall: 'ALLOW' },
      tools: {
        pay: () => 'paid',
        fall: () => {
          throw new TypeError('of ada');
        },
      },
      options: { ...options, approval: 'wait' },
    });
    gateway.approve('a1');
    const { calls } = await runner.run(threadId, assistantId);
    const scans = await collected.points('interven.scan.duration');
    expect(counts(scans)).toEqual([
      { attributes: { 'gen_ai.tool.name': 'fall', 'interven.decision': 'ALLOW' }, count: 1 },
      { attributes: { 'gen_ai.tool.name': 'pay', 'interven.decision': 'REQUIRE_APPROVAL' }, count: 1 },
    ]);
    expect((scans[1]?.value as { sum: number }).sum).toBeCloseTo((calls[0]?.scanMs ?? 0) / 1_000, 9);
    expect(boundaries(scans)[0]).toBe(0.001);
    const approvals = await collected.points('interven.approval.duration');
    expect(counts(approvals)).toEqual([
      { attributes: { 'gen_ai.tool.name': 'pay', 'interven.approval.status': 'approved' }, count: 1 },
    ]);
    const tools = await collected.points('gen_ai.execute_tool.duration');
    const tool = { 'gen_ai.tool.type': 'function', 'gen_ai.agent.name': 'clerk' };
    expect(counts(tools)).toEqual([
      { attributes: { ...tool, 'gen_ai.tool.name': 'fall', 'error.type': 'TypeError' }, count: 1 },
      { attributes: { ...tool, 'gen_ai.tool.name': 'pay' }, count: 1 },
    ]);
    expect(boundaries(tools)).toEqual([
      0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92,
    ]);
    const runs = await collected.points('gen_ai.invoke_agent.duration');
    expect(counts(runs)).toEqual([{ attributes: { 'gen_ai.agent.name': 'clerk' }, count: 1 }]);
    expect(boundaries(runs)).toEqual([0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 25.6, 51.2, 102.4, 204.8, 409.6]);
  });

  test('have no attribute that a model or another server can choose, and no id', async () => {
    const invented = Array.from({ length: 30 }, (_, index) => `tool_${index}`);
    const named = invented.map((name) => ({ name }));
    const gateway = new ScriptedGateway(Object.fromEntries([...invented, 'look'].map((name) => [name, 'ALLOW'])));
    const { serve } = serving({
      script: [callTools(...named, { name: 'look' }), requestApprovals(...named), say('ok')],
      tools: { look: () => 'seen' },
      options: { ...options, gateway },
    });
    await serve();
    expect(gateway.scans).toHaveLength(31);
    const names = (await collected.points('interven.decisions')).map(
      ({ attributes }) => attributes['gen_ai.tool.name'],
    );
    expect(names.sort()).toEqual(['_OTHER', 'look']);
    const text = JSON.stringify(await collected.allPoints());
    for (const id of ['call_', 'sess_', 'turn_', 'trace_', 'tool_']) expect(text).not.toContain(`"${id}`);
  });
});
