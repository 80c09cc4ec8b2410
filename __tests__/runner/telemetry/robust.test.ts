import { describe, expect, test } from '@jest/globals';
import { context, createContextKey, type Meter, metrics, trace, type Tracer } from '@opentelemetry/api';
import { openTelemetry, type OpenTelemetryOptions } from 'interven-openai-assistants/telemetry';
import { callTools, FakeOpenAI, say } from 'interven-openai-assistants/testing';
import { sending } from '../../setup/sending.ts';
import { world } from '../../setup/world.ts';
import { collecting } from './collected.ts';
import { takeWarnings } from '../../setup/warnings.ts';
import { setTimeout as sleep } from 'node:timers/promises';
import OpenAI from 'openai';
import { type Gateway, GuardedRunner } from 'interven-openai-assistants';

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

/** Starts a span in the active context before and after an await, as an instrumented library does. */
async function instrumented<T>(name: string, work: () => Promise<T> | T): Promise<T> {
  const tracer = trace.getTracer('library');
  return tracer.startActiveSpan(name, async (span) => {
    await sleep(1);
    const result = await work();
    tracer.startSpan(`${name}: done`).end();
    span.end();
    return result;
  });
}

describe('a span of other instrumentation', () => {
  test('belongs to the part of the run that calls it: the handler, the scan, the run itself', async () => {
    const openai = new FakeOpenAI({ script: [callTools({ name: 'look' }), say('ok')] });
    const fetch: typeof globalThis.fetch = async (input, init) => {
      const { method } = new Request(input, init);
      return instrumented(method, async () => openai.fetch(input, init));
    };
    const gateway: Gateway = {
      scan: async () => instrumented('POST /v1/scan', () => ({ decision: 'ALLOW', reasonCodes: [] })),
      approvalStatus: async () => ({ status: 'expired' }),
    };
    const client = new OpenAI({ apiKey: 'test', baseURL: openai.baseURL, fetch });
    const tools = { look: async () => instrumented('query', () => 'seen') };
    const runner = new GuardedRunner({ client, gateway, tools, telemetry, pollIntervalMs: 5 });
    const { threadId, assistantId } = openai.seed('Hello');
    await instrumented('request', async () => runner.run(threadId, assistantId));

    const { request } = collected.tree();
    expect(Object.keys(request ?? {})).toEqual(['invoke_agent', 'request: done']);
    const run = request?.['invoke_agent'];
    expect(run?.['interven.turn']).toEqual({
      'interven.scan': { 'POST /v1/scan': { 'POST /v1/scan: done': {} } },
      'execute_tool look': { query: { 'query: done': {} } },
    });
    const others = Object.keys(run ?? {}).filter((name) => name !== 'interven.turn');
    expect(others.length).toBeGreaterThan(2);
    expect(others.every((name) => /^(?:GET|POST)\b/.test(name))).toBe(true);
    expect(collected.open()).toEqual([]);
  });

  test('keeps its parent and the caller’s context with concurrent runs and calls', async () => {
    const user = createContextKey('user');
    const seen: unknown[] = [];
    const { runner, openai } = world({
      script: ({ turn }) =>
        turn === 1 ? callTools(...['a', 'b', 'c'].map((id) => ({ name: 'look', id }))) : say('ok'),
      decisions: { look: { decision: 'ALLOW', delayMs: 5 } },
      tools: {
        look: async (_: unknown, { callId, threadId }) => {
          await sleep(callId === 'b' ? 1 : 10);
          trace.getTracer('user').startSpan(`${threadId} ${callId}`).end();
          seen.push(context.active().getValue(user));
          return 'seen';
        },
      },
      // The limits queue some scans and handlers.
      options: { telemetry, maxConcurrentHandlers: 2, maxConcurrentScans: 2 },
    });
    const places = ['ada', 'bob', 'cyd'].map((name) => ({ name, ...openai.seed('Hello') }));
    await Promise.all(
      places.map(async ({ name, threadId, assistantId }) =>
        context.with(context.active().setValue(user, name), async () => runner.run(threadId, assistantId)),
      ),
    );
    expect(seen.sort()).toEqual(places.flatMap(({ name }) => [name, name, name]));
    const byId = new Map(collected.spans().map((span) => [span.spanContext().spanId, span]));
    const parentOf = (span: ReturnType<typeof collected.span>) => byId.get(span.parentSpanContext?.spanId ?? '');
    for (const { threadId } of places) {
      for (const callId of ['a', 'b', 'c']) {
        const tool = parentOf(collected.span(`${threadId} ${callId}`));
        expect(tool?.name).toBe('execute_tool look');
        expect(tool?.attributes['gen_ai.tool.call.id']).toBe(callId);
        const run = tool && parentOf(parentOf(tool) ?? tool);
        expect(run?.attributes['gen_ai.conversation.id']).toBe(threadId);
      }
    }
    expect(new Set(collected.spans().map((span) => span.spanContext().traceId)).size).toBe(3);
  });

  test('has no active parent after the run', async () => {
    const { runner, threadId, assistantId } = world({
      script: [say('ok')],
      decisions: {},
      tools: {},
      options: { telemetry },
    });
    await runner.run(threadId, assistantId);
    expect(trace.getActiveSpan()).toBeUndefined();
  });
});
