import { describe, expect, test } from '@jest/globals';
import { type RunEvent } from 'interven-openai-assistants';
import { callTools, say, type ScriptedRule } from 'interven-openai-assistants/testing';
import { send, sending } from '../setup/sending.ts';
import { rejection, world } from '../setup/world.ts';
import { takeWarnings } from '../setup/warnings.ts';

/** The events and the result of a run of one call. */
async function observed(rule: ScriptedRule, options: Parameters<typeof sending>[2] = {}) {
  const events: RunEvent[] = [];
  const made = sending(rule, 1, {
    ...options,
    options: { onEvent: (event) => events.push(event), ...options.options },
  });
  const result = await made.runner.run(made.threadId, made.assistantId);
  return { ...made, ...result, events, types: events.map(({ type }) => type) };
}

const only = <Type extends RunEvent['type']>(events: readonly RunEvent[], type: Type) =>
  events.filter((event): event is Extract<RunEvent, { type: Type }> => event.type === type);

describe('Events', () => {
  test('report a run from its first turn to its end, in order', async () => {
    const { types } = await observed('ALLOW');
    expect(types).toEqual([
      'turn',
      'tool-call',
      'decision',
      'handler-start',
      'handler-end',
      'output-submitted',
      'text-delta',
      'run-end',
    ]);
  });

  test('have the ids of run, thread and call, the turn and the time', async () => {
    const before = Date.now();
    const { events, calls, run, threadId } = await observed('ALLOW');
    for (const event of events) {
      expect(event).toMatchObject({ runId: run.id, threadId });
      expect(event.at.getTime()).toBeGreaterThanOrEqual(before);
    }
    const ofCall = events.filter((event) => 'callId' in event);
    expect(ofCall).toHaveLength(5);
    for (const event of ofCall) expect(event).toMatchObject({ callId: calls[0]?.callId, name: 'send', turn: 1 });
    expect(only(events, 'turn')).toMatchObject([{ turn: 1, callIds: [calls[0]?.callId] }]);
  });

  test('of a decision have the gateway’s decision, its effect, the target and the hash of the arguments', async () => {
    const { events } = await observed({
      decision: 'ALLOW',
      reasonCodes: ['KNOWN'],
      riskScore: 0.2,
      policyName: 'mail',
      ruleId: 'known-people',
      reason: 'We know them.',
    });
    expect(only(events, 'decision')).toMatchObject([
      {
        decision: 'ALLOW',
        effective: 'ALLOW',
        enforced: true,
        reasonCodes: ['KNOWN'],
        riskScore: 0.2,
        policyName: 'mail',
        ruleId: 'known-people',
        reason: 'We know them.',
        traceId: 'trace_1',
        target: { method: 'POST', url: 'https://tools.invalid/send' },
        argumentsHash: expect.stringMatching(/^(sha256:)?[0-9a-f]{64}$/),
        scanMs: expect.any(Number),
      },
    ]);
  });

  test.each([
    ['SANITIZE', { decision: 'SANITIZE', sanitizedBody: { to: 'ada@example.com', text: '[R]' } }, 'SANITIZE', ['text']],
    ['SANITIZE that does not fit', { decision: 'SANITIZE', sanitizedBody: { to: 1 } }, 'DENY', []],
    ['DENY', 'DENY', 'DENY', []],
    ['REQUIRE_APPROVAL', { decision: 'REQUIRE_APPROVAL', approvalId: 'ap_1' }, 'REQUIRE_APPROVAL', []],
  ] as const)('of %s have the effective decision and the redacted fields', async (_, rule, effective, fields) => {
    const { events } = await observed(rule);
    const decision = typeof rule === 'string' ? rule : rule.decision;
    expect(only(events, 'decision')).toMatchObject([{ decision, effective, fields, enforced: true }]);
    expect(only(events, 'handler-start')).toHaveLength(effective === 'SANITIZE' ? 1 : 0);
  });

  test.each([
    ['block', 'DENY'],
    ['allow', 'ALLOW'],
  ] as const)(
    'of an unreachable gateway have the fault and no decision, with onGatewayError "%s"',
    async (mode, done) => {
      const { events } = await observed({ fault: 'unreachable' }, { options: { onGatewayError: mode } });
      const [decision] = only(events, 'decision');
      expect(decision).toMatchObject({ fault: 'unreachable', effective: done, enforced: true });
      expect(decision).not.toHaveProperty('decision');
    },
  );

  test('of a handler that throws have the name of the error, and not its message', async () => {
    const { events } = await observed('ALLOW', {
      tools: {
        send: () => {
          throw new RangeError(`no such address: ${send.arguments.to}`);
        },
      },
    });
    const [end] = only(events, 'handler-end');
    expect(end).toMatchObject({ end: 'threw', errorType: 'RangeError', handlerMs: expect.any(Number) });
    expect(JSON.stringify(events)).not.toContain(send.arguments.to);
  });

  test('have arguments and outputs only if `payloads` is true', async () => {
    const silent = await observed('ALLOW');
    expect(JSON.stringify(silent.events)).not.toMatch(/hunter2|ada@example\.com|"sent"/);
    const { events } = await observed('ALLOW', { options: { payloads: true } });
    expect(only(events, 'tool-call')).toMatchObject([{ arguments: JSON.stringify(send.arguments) }]);
    expect(only(events, 'decision')).toMatchObject([{ arguments: send.arguments }]);
    expect(only(events, 'handler-start')).toMatchObject([{ input: send.arguments }]);
    expect(only(events, 'output-submitted')).toMatchObject([{ output: 'sent' }]);
  });

  test('have only the origin of a URL that the model wrote', async () => {
    const events: RunEvent[] = [];
    const { runner, threadId, assistantId } = world({
      script: [
        callTools({ name: 'fetch_page', arguments: { url: 'https://user:pw@x.example/hunter2?token=1' } }),
        say('ok'),
      ],
      decisions: { fetch_page: 'ALLOW' },
      tools: { fetch_page: () => 'fetched' },
      options: { onEvent: (event) => events.push(event) },
    });
    await runner.run(threadId, assistantId);
    expect(only(events, 'decision')).toMatchObject([{ target: { url: 'https://x.example' } }]);
  });

  test('report an approval when it is requested, and again when the approver settles it', async () => {
    const events: RunEvent[] = [];
    const { runner, gateway, threadId, assistantId } = sending(
      { decision: 'REQUIRE_APPROVAL', approvalId: 'ap_1', approvalUrl: 'https://approve.test/1' },
      1,
      {
        options: {
          approval: 'wait',
          onEvent: (event) => {
            events.push(event);
            if (event.type === 'approval-requested') gateway.approve('ap_1');
          },
        },
      },
    );
    await runner.run(threadId, assistantId);
    expect(events.map(({ type }) => type).slice(2, 6)).toEqual([
      'decision',
      'approval-requested',
      'approval-settled',
      'handler-start',
    ]);
    expect(only(events, 'approval-requested')).toMatchObject([
      { approvalId: 'ap_1', approvalUrl: 'https://approve.test/1' },
    ]);
    expect(only(events, 'approval-settled')).toMatchObject([
      { approvalId: 'ap_1', status: 'approved', decidedBy: 'the test', approvalMs: expect.any(Number) },
    ]);
  });

  test('of a run that the runner ends have the error code last, and no status', async () => {
    const events: RunEvent[] = [];
    const { runner, threadId, assistantId } = sending('DENY', 3, {
      options: { onEvent: (event) => events.push(event) },
    });
    await rejection(runner.run(threadId, assistantId));
    expect(events.at(-1)).toMatchObject({ type: 'run-end', code: 'repeated_denial' });
    expect(events.at(-1)).not.toHaveProperty('status');
  });

  test('report an output once, also when the runner submits it again', async () => {
    const events: RunEvent[] = [];
    const { openai, runner, threadId, assistantId } = sending('ALLOW', 1, {
      options: { onEvent: (event) => events.push(event) },
    });
    openai.misbehave('runs.submitToolOutputs', { dropReply: true });
    await runner.run(threadId, assistantId);
    expect(only(events, 'output-submitted')).toMatchObject([{ outcome: 'allowed', executed: 'yes' }]);
  });

  test('reach the runner’s listener and the run’s listener', async () => {
    const ofRunner: RunEvent[] = [];
    const ofRun: RunEvent[] = [];
    const { runner, threadId, assistantId } = sending('ALLOW', 1, {
      options: { onEvent: (event) => ofRunner.push(event) },
    });
    await runner.run(threadId, assistantId, { onEvent: (event) => ofRun.push(event) });
    expect(ofRun.length).toBeGreaterThan(5);
    expect(ofRun).toEqual(ofRunner);
  });

  test('are frozen: a listener cannot change what the next listener receives', async () => {
    const seen: boolean[] = [];
    await observed('ALLOW', {
      options: {
        onEvent: (event) => {
          seen.push(Object.isFrozen(event));
          Object.assign(event, { type: 'run-end' });
        },
      },
    });
    expect(seen.length).toBeGreaterThan(5);
    expect(seen.every(Boolean)).toBe(true);
    expect(await takeWarnings()).toEqual([expect.stringContaining('onEvent failed: Cannot assign to read only')]);
  });

  test('are copies: a listener can change neither a handler’s arguments nor the call’s record', async () => {
    const { ran, calls } = await observed(
      { decision: 'ALLOW', reasonCodes: ['KNOWN'] },
      {
        options: {
          payloads: true,
          onEvent: (event) => {
            event.at.setTime(0);
            if (event.type === 'handler-start') Object.assign(event.input as object, { text: 'other words' });
            if (event.type === 'decision') (event.reasonCodes as string[]).push('INVENTED');
          },
        },
      },
    );
    expect(ran).toEqual([send.arguments]);
    expect(calls[0]?.reasonCodes).toEqual(['KNOWN']);
    expect(await takeWarnings()).toEqual([expect.stringContaining('onEvent failed: Cannot add property')]);
  });

  test('do not change the outcome when a handler throws an odd error', async () => {
    const odd = Object.defineProperty(new Error('odd'), 'name', {
      get: () => {
        throw new Error('no name');
      },
    });
    const { calls } = await observed('ALLOW', {
      tools: {
        send: () => {
          throw odd;
        },
      },
    });
    expect(calls).toMatchObject([{ outcome: 'handler_error', executed: 'yes' }]);
  });

  test.each([
    [
      'throws',
      () => {
        throw new Error('no disk');
      },
      1,
    ],
    ['rejects', async () => Promise.reject(new Error('no disk')), 1],
    ['hangs', async () => new Promise(() => undefined), 0],
  ])('do not affect the run when the listener %s, and its first failure is a warning', async (_, onEvent, failures) => {
    const { status, ran } = await observed('ALLOW', { options: { onEvent } });
    expect(status).toBe('completed');
    expect(ran).toHaveLength(1);
    const warning = 'Warning: onEvent failed: no disk. The run continues; later failures are not reported.';
    expect(await takeWarnings()).toEqual(Array(failures).fill(warning));
  });

  test('of each call are in order, also when the calls of a turn run concurrently', async () => {
    const events: RunEvent[] = [];
    const { runner, threadId, assistantId } = world({
      script: [callTools({ name: 'slow' }, { name: 'fast' }), say('ok')],
      decisions: { slow: { decision: 'ALLOW', delayMs: 30 }, fast: 'ALLOW' },
      tools: { slow: () => 1, fast: () => 2 },
      options: { onEvent: (event) => events.push(event) },
    });
    await runner.run(threadId, assistantId);
    const order = (name: string) =>
      events.filter((event) => 'name' in event && event.name === name).map(({ type }) => type);
    const whole = ['tool-call', 'decision', 'handler-start', 'handler-end', 'output-submitted'];
    expect(order('slow')).toEqual(whole);
    expect(order('fast')).toEqual(whole);
    const names = events.flatMap((event) => (event.type === 'handler-end' ? event.name : []));
    expect(names).toEqual(['fast', 'slow']);
  });
});
