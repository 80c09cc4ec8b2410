import assert from 'node:assert/strict';
import { context, metrics } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { callTools, say } from 'interven-openai-assistants/testing';
import { offline } from './offline.ts';

const { slack, threadId, assistantId } = offline([
  callTools(
    { name: 'post_message', arguments: { text: 'Mail ada@example.com' } },
    { name: 'delete_backup', arguments: { id: 'b1' } },
  ),
  say('Told them.'),
]);

// What an application has already, with exporters that send.
const spans = new InMemorySpanExporter();
const measured = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
const reader = new PeriodicExportingMetricReader({ exporter: measured });
trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] }));
metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }));
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());

// #region telemetry
import { trace } from '@opentelemetry/api';
import OpenAI from 'openai';
import { z } from 'zod';
import { GuardedRunner, IntervenGateway, tool } from 'interven-openai-assistants';
import { openTelemetry } from 'interven-openai-assistants/telemetry';

const runner = new GuardedRunner({
  client: new OpenAI(),
  gateway: new IntervenGateway(),
  agentName: 'clerk',
  telemetry: openTelemetry(), // the global provider's tracer and meter, or { tracer, meter }
  tools: {
    post_message: tool({ parameters: z.object({ text: z.string() }), execute: ({ text }) => slack.post('#ops', text) }),
    delete_backup: tool({ parameters: z.object({ id: z.string() }), execute: ({ id }) => `deleted ${id}` }),
  },
});

await trace.getTracer('app').startActiveSpan('POST /chat', async (span) => {
  await runner.run(threadId, assistantId);
  span.end();
});
// #endregion

const finished = spans.getFinishedSpans();
const under = (parent: string | undefined, depth = ''): string[] =>
  finished
    .filter(({ parentSpanContext }) => parentSpanContext?.spanId === parent)
    .sort((one, other) => described(one).localeCompare(described(other)))
    .flatMap((span) => [depth + described(span), ...under(span.spanContext().spanId, `${depth}  `)]);

function described({ name, attributes }: (typeof finished)[number]): string {
  const { 'gen_ai.tool.name': tool, 'interven.decision': decision } = attributes;
  return name === 'interven.scan' ? `${name} ${String(tool)}: ${String(decision)}` : name;
}

assert.deepEqual(under(undefined), [
  'POST /chat',
  '  invoke_agent clerk',
  '    interven.turn',
  '      execute_tool post_message',
  '      interven.scan delete_backup: REQUIRE_APPROVAL',
  '      interven.scan post_message: SANITIZE',
]);
const [turn] = finished.filter(({ name }) => name === 'interven.turn');
assert.deepEqual(turn?.events.map(({ attributes }) => attributes?.['interven.outcome']).sort(), [
  'approval_pending',
  'sanitized',
]);

await reader.forceFlush();
const [decisions] = measured.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((scope) => scope.metrics));
assert.equal(decisions?.descriptor.name, 'interven.decisions');
assert.deepEqual(decisions.dataPoints.map(({ attributes }) => attributes['interven.decision']).sort(), [
  'REQUIRE_APPROVAL',
  'SANITIZE',
]);
assert.ok(!JSON.stringify(finished.map(({ attributes, events }) => [attributes, events])).includes('ada@'));
await reader.shutdown();
