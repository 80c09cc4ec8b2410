import { context, SpanKind, SpanStatusCode, trace, type Span, type Tracer } from '@opentelemetry/api';
import type { RunEvent, RunEventOf } from '../run/events.ts';
import type { RunTrace, TracedRun } from '../run/trace.ts';
import {
  approvalAttributes,
  handlerError,
  runAttributes,
  runEndAttributes,
  runError,
  toolAttributes,
} from './attributes.ts';
import { keyOf } from './call-key.ts';
import { createScanSpans } from './scan-spans.ts';
import { createTurnSpans } from './turn-spans.ts';

/** Starts the span of a run, within whatever is active. Those of its turns belong to it, and those of their calls to the turns. */
export function startRunSpans(tracer: Tracer, run: TracedRun): RunTrace {
  const caller = context.active();
  const name = run.agentName === undefined ? 'invoke_agent' : `invoke_agent ${run.agentName}`;
  const about = { kind: SpanKind.CLIENT, attributes: runAttributes(run) };
  const span = tracer.startSpan(name, about, caller);
  const inRun = trace.setSpan(caller, span);
  const turns = createTurnSpans(tracer, inRun);
  const scans = createScanSpans(tracer);
  const handlers = new Map<string, Span>();

  const on: { readonly [Type in RunEvent['type']]?: (event: RunEventOf<Type>) => void } = {
    turn: turns.began,
    decision(event) {
      scans.decided(event, turns.contextOf(event.turn));
    },
    'approval-settled'(event) {
      const { at, approvalMs = 0, turn } = event;
      const startTime = new Date(at.getTime() - approvalMs);
      const waited = { startTime, attributes: approvalAttributes(event) };
      tracer.startSpan('interven.approval', waited, turns.contextOf(turn)).end(at);
    },
    'handler-end'(event) {
      const key = keyOf(event.runId, event.callId);
      const handler = handlers.get(key);
      handlers.delete(key);
      if (handler) endAs(handler, handlerError(event));
    },
    'output-submitted': turns.submitted,
    'run-end'(event) {
      for (const handler of handlers.values()) handler.end();
      handlers.clear();
      scans.runEnded();
      turns.end();
      span.setAttributes(runEndAttributes(event));
      endAs(span, runError(event));
    },
  };

  return {
    onEvent: (event) => on[event.type]?.(event as never),
    withinRun: (work) => context.with(inRun, work),
    within(part, call, work) {
      const parent = turns.contextOf(call.turn.number);
      if (part === 'scan') {
        const scan = scans.start(call, parent);
        const answer = context.with(trace.setSpan(parent, scan.span), work);
        void Promise.resolve(answer).then(scan.settled, scan.settled);
        return answer;
      }
      const about = { attributes: toolAttributes(call) };
      const handler = tracer.startSpan(`execute_tool ${call.call.name}`, about, parent);
      handlers.set(keyOf(call.turn.runId, call.call.callId), handler);
      return context.with(trace.setSpan(parent, handler), work);
    },
  };
}

/** What went wrong is told by its type, never by its words. */
function endAs(span: Span, error: string | undefined): void {
  if (error !== undefined) span.setAttribute('error.type', error).setStatus({ code: SpanStatusCode.ERROR });
  span.end();
}
