import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { context, createContextKey, trace } from '@opentelemetry/api';
import OpenAI from 'openai';
import { openTelemetry } from 'interven-openai-assistants/telemetry';
import { GuardedRunner, type Gateway } from 'interven-openai-assistants';
import { callTools, FakeOpenAI, say } from 'interven-openai-assistants/testing';
import { world } from '../../setup/world.ts';
import { collecting } from './collected.ts';

const collected = collecting();
const telemetry = openTelemetry();

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
