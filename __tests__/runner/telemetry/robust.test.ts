import { describe, expect, test } from '@jest/globals';
import { context, metrics, trace, type Meter, type Tracer } from '@opentelemetry/api';
import { openTelemetry, type OpenTelemetryOptions } from 'interven-openai-assistants/telemetry';
import { callTools, say } from 'interven-openai-assistants/testing';
import { sending } from '../../setup/sending.ts';
import { world } from '../../setup/world.ts';
import { collecting } from './collected.ts';
import { takeWarnings } from '../../setup/warnings.ts';

const collected = collecting();
const telemetry = openTelemetry();

test('no part of a run exports arguments, outputs or error messages', async () => {
  const secret = ['the', 'cat', 'is', 'called', 'Schnurri'].join('_');
  const thrown = Object.assign(new Error(secret), { name: `Error of ${secret}`, code: secret });
  const { runner, gateway, threadId, assistantId } = world({
    script: [
      callTools(
        ...['read', 'fail', 'pay', 'hide', 'deny', 'away'].map((name) => ({
          name,
          arguments: { text: secret, url: `https://example.com/${secret}`, [secret]: [secret] },
        })),
        { name: 'read', arguments: `{"broken": "${secret}` },
      ),
      say(secret),
    ],
    decisions: {
      read: 'ALLOW',
      fail: 'ALLOW',
      pay: { decision: 'REQUIRE_APPROVAL', approvalId: 'a1', approvalUrl: `https://example.com/${secret}` },
      hide: { decision: 'SANITIZE', sanitizedBody: { text: '-' } },
      deny: 'DENY',
      away: () => {
        throw thrown;
      },
    },
    tools: {
      read: () => secret,
      fail: () => {
        throw thrown;
      },
      pay: () => ({ text: secret }),
      hide: () => secret,
      deny: () => secret,
      away: () => secret,
    },
    options: { telemetry, approval: 'wait', payloads: true },
  });
  gateway.approvalStatus = async () => ({ status: 'approved', decidedBy: secret, note: secret });
  const { calls } = await runner.run(threadId, assistantId);
  const outcomes = [
    'allowed',
    'handler_error',
    'allowed',
    'sanitized',
    'denied',
    'scan_unavailable',
    'invalid_arguments',
  ];
  expect(calls.map(({ outcome }) => outcome)).toEqual(outcomes);
  const text = await collected.text();
  expect(text).toContain('interven.decisions');
  expect(text).toContain('execute_tool read');
  expect(text).not.toContain(secret);
});

describe('telemetry', () => {
  const broken = new Proxy(
    {},
    {
      get: () => () => {
        throw new Error('The exporter is broken.');
      },
    },
  );
  const half: Tracer = {
    startSpan: (name, ...about) => {
      if (name.startsWith('invoke_agent')) return trace.getTracer('half').startSpan(name, ...about);
      throw new Error('No more spans.');
    },
    startActiveSpan: () => undefined as never,
  };

  test.each<[string, OpenTelemetryOptions, number]>([
    ['a tracer that throws', { tracer: broken as Tracer }, 0],
    ['a meter that throws', { meter: broken as Meter }, 0],
    ['a tracer that throws half way', { tracer: half }, 1],
  ])('that fails does not affect the run: %s', async (_, options, failures) => {
    const { runner, ran, threadId, assistantId } = sending('ALLOW', 2, {
      options: { telemetry: openTelemetry(options) },
    });
    const { status, calls } = await runner.run(threadId, assistantId);
    expect(status).toBe('completed');
    expect(calls.map(({ output }) => output)).toEqual(['sent', 'sent']);
    expect(ran).toHaveLength(2);
    expect(await takeWarnings()).toHaveLength(failures);
  });

  test('that calls its work twice runs a handler once', async () => {
    const twice = <T>(work: () => T): T => {
      work();
      return work();
    };
    const startRun = () => ({
      onEvent: () => undefined,
      withinRun: twice,
      within: <T>(_part: string, _call: unknown, work: () => T) => twice(work),
    });
    const { runner, ran, gateway, threadId, assistantId } = sending('ALLOW', 1, {
      options: { telemetry: { startRun } },
    });
    await runner.run(threadId, assistantId);
    expect([ran.length, gateway.scans.length]).toEqual([1, 1]);
  });

  test('with a fault in the spans still exports the metrics', async () => {
    const { runner, threadId, assistantId } = sending('ALLOW', 1, {
      options: { telemetry: openTelemetry({ tracer: half }) },
    });
    await runner.run(threadId, assistantId);
    expect(await collected.points('interven.decisions')).toHaveLength(1);
    expect(await collected.points('gen_ai.invoke_agent.duration')).toHaveLength(1);
    expect(await takeWarnings()).toEqual([expect.stringContaining('telemetry failed: No more spans.')]);
  });

  test('without a registered SDK records nothing', async () => {
    trace.disable();
    metrics.disable();
    context.disable();
    const { runner, threadId, assistantId } = sending('ALLOW', 1, { options: { telemetry } });
    expect(await runner.run(threadId, assistantId)).toMatchObject({ status: 'completed' });
    expect(collected.spans()).toEqual([]);
  });

  test('with an invalid option is a TypeError', () => {
    const made = (options: unknown) => () => openTelemetry(options as OpenTelemetryOptions);
    expect(made({ tracer: {} })).toThrow(new TypeError('tracer needs the methods startSpan.'));
    expect(made({ meter: {} })).toThrow(new TypeError('meter needs the methods createCounter, createHistogram.'));
    expect(made({ traces: 1 })).toThrow(
      new TypeError('openTelemetry: Unknown option "traces". Did you mean "tracer"?'),
    );
  });
});

test('a tracer and a meter in the options override the global ones', async () => {
  const scopes: string[] = [];
  const tracer: Tracer = {
    startSpan: (name, ...about) => {
      scopes.push(name);
      return trace.getTracer('own').startSpan(name, ...about);
    },
    startActiveSpan: () => undefined as never,
  };
  const { runner, threadId, assistantId } = sending('ALLOW', 1, {
    options: { telemetry: openTelemetry({ tracer, meter: metrics.getMeter('own') }) },
  });
  await runner.run(threadId, assistantId);
  expect(scopes).toEqual(['invoke_agent', 'interven.turn', 'interven.scan', 'execute_tool send']);
  expect(await collected.text()).not.toContain('"interven-openai-assistants"');
});
