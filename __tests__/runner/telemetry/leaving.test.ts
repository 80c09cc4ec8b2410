import { describe, expect, test } from '@jest/globals';
import { SpanStatusCode } from '@opentelemetry/api';
import { openTelemetry } from 'interven-openai-assistants/telemetry';
import { callTools, say, type ScriptedDecision, type ScriptedRule } from 'interven-openai-assistants/testing';
import type { GuardedRunnerOptions, Handler } from 'interven-openai-assistants';
import { serving } from '../../setup/agents.ts';
import { holdTimers } from '../../setup/held-timers.ts';
import { waitFor } from '../../setup/wait-for.ts';
import { rejection, world } from '../../setup/world.ts';
import { collecting } from './collected.ts';

const collected = collecting();
const telemetry = openTelemetry();

/** One call of `look`, under the given rule. */
function looking(rule: ScriptedRule, look: Handler, options: Partial<GuardedRunnerOptions<unknown, never>> = {}) {
  return world({
    script: [callTools({ name: 'look', id: 'call_1' }), say('ok')],
    decisions: { look: rule },
    tools: { look },
    options: { telemetry, graceMs: 5, ...options },
  });
}

const forever = async () => new Promise<never>(() => undefined);
/** A rule that decides on demand. */
function held(decision: ScriptedDecision) {
  const gate = { open: (): void => undefined };
  const opened = new Promise<void>((resolve) => {
    gate.open = resolve;
  });
  return {
    rule: async () => opened.then(() => decision),
    decide: () => {
      gate.open();
    },
  };
}
const names = () => collected.spans().map(({ name }) => name);

describe('every span ends when the run ends early', () => {
  test.each([
    ['while its handler never returns', 'ALLOW' as const, 'execute_tool look', ['interven.scan', 'execute_tool look']],
    ['while its gateway never responds', forever, 'interven.scan', ['interven.scan']],
  ])('%s', async (_, rule, last, ended) => {
    const controller = new AbortController();
    const { runner, threadId, assistantId } = looking(rule, forever);
    const run = rejection(runner.run(threadId, assistantId, { signal: controller.signal }));
    await waitFor(() => collected.open().includes(last));
    controller.abort();
    await run;
    expect(names()).toEqual([...ended, 'interven.turn', 'invoke_agent']);
    expect(collected.open()).toEqual([]);
    expect(collected.span('invoke_agent')).toMatchObject({
      status: { code: SpanStatusCode.ERROR },
      attributes: { 'error.type': 'aborted' },
    });
  });

  test('while waiting for an approver', async () => {
    const controller = new AbortController();
    const { runner, threadId, assistantId } = looking(
      { decision: 'REQUIRE_APPROVAL', approvalId: 'a1' },
      () => 'seen',
      {
        approval: 'wait',
        onApprovalRequested: () => {
          setImmediate(() => {
            controller.abort();
          });
        },
      },
    );
    await rejection(runner.run(threadId, assistantId, { signal: controller.signal }));
    expect(names()).toEqual(['interven.scan', 'interven.turn', 'invoke_agent']);
    expect(collected.open()).toEqual([]);
  });

  test('while its scan is in flight and another client cancels the turn', async () => {
    const { serve, client, sessionId, gateway } = serving({
      script: [callTools({ name: 'look' }), say('ok')],
      decisions: { look: forever },
      tools: { look: () => 'seen' },
      options: { telemetry },
    });
    const session = serve();
    await waitFor(() => gateway.scans.length > 0);
    await client.beta.agents.sessions.events.create(sessionId, { events: [{ type: 'agent.session.input.cancel' }] });
    await session;
    await waitFor(() => collected.open().length === 0);
    expect(names()).toContain('interven.scan');
  });
});

test('the end of a run ends all its spans, whatever events came before', () => {
  const ids = { threadId: undefined, assistantId: undefined, agentId: undefined, agentName: undefined };
  const run = telemetry.startRun({ method: 'run', api: 'assistants', ...ids });
  const call = { call: { callId: 'call_1', name: 'look' }, turn: { runId: 'run_1', number: 1 } };
  run.withinRun(() => run.within('handler', call, () => 'seen'));
  run.onEvent({ type: 'run-end', code: 'aborted', durationMs: 1, at: new Date(), runId: 'run_1', threadId: 't' });
  expect(collected.tree()).toEqual({ invoke_agent: { 'execute_tool look': {} } });
});

describe('in monitor mode', () => {
  const monitored = { mode: 'monitor' } as const;

  test('a span has the would-be decision, and a late one ends after that of the run', async () => {
    const { rule, decide } = held('DENY');
    const { runner, threadId, assistantId } = looking(rule, () => 'seen', monitored);
    await runner.run(threadId, assistantId);
    expect(collected.open()).toEqual(['interven.scan']);
    decide();
    await waitFor(() => collected.open().length === 0);
    expect(collected.tree()).toEqual({
      invoke_agent: { 'interven.turn': { 'interven.scan': {}, 'execute_tool look': {} } },
    });
    expect(collected.span('interven.scan').attributes).toMatchObject({
      'interven.decision': 'DENY',
      'interven.effective': 'ALLOW',
      'interven.enforced': false,
      'interven.would_be': 'denied',
    });
    expect(await collected.points('interven.decisions')).toMatchObject([
      { attributes: { 'interven.decision': 'DENY', 'interven.effective': 'ALLOW', 'interven.enforced': false } },
    ]);
  });

  test('a scan that begins after its turn and the run still belongs to its turn', async () => {
    const { rule, decide } = held('ALLOW');
    const { runner, threadId, assistantId } = world({
      script: [callTools({ name: 'look' }, { name: 'look' }), say('ok')],
      decisions: { look: rule },
      tools: { look: () => 'seen' },
      options: { telemetry, ...monitored, maxConcurrentScans: 1 },
    });
    await runner.run(threadId, assistantId);
    expect(collected.open()).toEqual(['interven.scan']);
    decide();
    await waitFor(() => collected.spans().length === 6);
    expect(Object.keys(collected.tree()['invoke_agent']?.['interven.turn'] ?? {}).sort()).toEqual([
      'execute_tool look',
      'execute_tool look #2',
      'interven.scan',
      'interven.scan #2',
    ]);
  });

  test('the spans of abandoned late scans end, too', async () => {
    const { runner, threadId, assistantId } = world({
      script: [callTools({ name: 'look' }), say('ok')],
      decisions: { look: forever },
      tools: { look: () => 'seen' },
      options: { telemetry, ...monitored, scanTimeoutMs: 80 },
    });
    await runner.run(threadId, assistantId);
    await waitFor(() => collected.open().length === 0);
    const late = collected.spans().find(({ attributes }) => attributes['interven.fault'] === 'timeout');
    expect(late?.status).toEqual({ code: SpanStatusCode.ERROR });
  });

  test('late spans end, too, when one of the scans finds the gateway misconfigured', async () => {
    const { rule, decide } = held({ fault: 'configuration' });
    const limit = holdTimers(300);
    const { runner, threadId, assistantId } = world({
      script: [callTools({ name: 'look' }, { name: 'pay' }), say('ok')],
      decisions: { look: forever, pay: rule },
      tools: { look: () => 'seen', pay: () => 'paid' },
      options: { telemetry, ...monitored, scanTimeoutMs: 300 },
    });
    await runner.run(threadId, assistantId);
    expect(collected.open()).toEqual(['interven.scan', 'interven.scan']);
    decide();
    limit.end();
    await waitFor(() => collected.open().length === 0);
    expect(collected.spans().filter(({ name }) => name === 'interven.scan')).toHaveLength(2);
  });
});
