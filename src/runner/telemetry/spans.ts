import { context, type Context, type Span, SpanKind, SpanStatusCode, trace, type Tracer } from '@opentelemetry/api';
import type { RunEvent, RunEventOf } from '../events.ts';
import type { RunTrace, TracedCall, TracedRun } from '../trace.ts';
import {
  callAttributes,
  eventAttributes,
  handlerError,
  keyOf,
  runAttributes,
  runEndAttributes,
  runError,
  toolAttributes,
  turnAttributes,
} from './attributes.ts';

/**
 * Starts the span of a run, as a child of the active span. Turns are children of the run, calls children of their turn.
 */
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
    turn: turns.onTurn,
    decision(event) {
      scans.onDecision(event, turns.contextOf(event.turn));
    },
    'approval-settled'(event) {
      const { at, approvalMs = 0, turn } = event;
      const startTime = new Date(at.getTime() - approvalMs);
      const waited = { startTime, attributes: eventAttributes(event) };
      tracer.startSpan('interven.approval', waited, turns.contextOf(turn)).end(at);
    },
    'output-scan'(event) {
      const startTime = new Date(event.at.getTime() - event.scanMs);
      const scanned = { kind: SpanKind.CLIENT, startTime, attributes: eventAttributes(event) };
      tracer.startSpan('interven.output_scan', scanned, turns.contextOf(event.turn)).end(event.at);
    },
    'handler-end'(event) {
      const key = keyOf(event.runId, event.turn, event.callId);
      const handler = handlers.get(key);
      handlers.delete(key);
      if (handler) endAs(handler, handlerError(event));
    },
    'output-submitted': turns.onSubmitted,
    'run-end'(event) {
      for (const handler of handlers.values()) handler.end();
      handlers.clear();
      scans.onRunEnd();
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
      handlers.set(keyOf(call.turn.runId, call.turn.number, call.call.callId), handler);
      return context.with(trace.setSpan(parent, handler), work);
    },
  };
}

/** Reports errors by type, never by message. */
function endAs(span: Span, error: string | undefined): void {
  if (error !== undefined) span.setAttribute('error.type', error).setStatus({ code: SpanStatusCode.ERROR });
  span.end();
}

interface Turn {
  readonly span: Span;
  /** Calls whose outputs the API has not accepted yet. */
  readonly open: Set<string>;
  /** The time of the turn's last event. */
  endsAt: Date;
}

/** Spans of one run's turns, each from the model's stop to the last output that the API accepted. */
export interface TurnSpans {
  readonly onTurn: (event: RunEventOf<'turn'>) => void;
  readonly onSubmitted: (event: RunEventOf<'output-submitted'>) => void;
  /** Parent context for spans of a turn, even after the turn has ended. */
  readonly contextOf: (turn: number) => Context;
  readonly end: () => void;
}

function createTurnSpans(tracer: Tracer, inRun: Context): TurnSpans {
  const turns = new Map<number, Turn>();
  const contexts = new Map<number, Context>();

  function start(event: RunEventOf<'turn'>): Turn {
    const span = tracer.startSpan('interven.turn', { attributes: turnAttributes(event) }, inRun);
    const turn = { span, open: new Set<string>(), endsAt: event.at };
    turns.set(event.turn, turn);
    contexts.set(event.turn, trace.setSpan(inRun, span));
    return turn;
  }

  /** Ends answered turns. Called when the next turn starts, because a turn may continue with another call. */
  function endAnswered(but: number): void {
    for (const [number, { span, open, endsAt }] of turns) {
      if (number === but || open.size > 0) continue;
      turns.delete(number);
      span.end(endsAt);
    }
  }

  return {
    onTurn(event) {
      endAnswered(event.turn);
      const { open } = turns.get(event.turn) ?? start(event);
      for (const callId of event.callIds) open.add(callId);
    },
    onSubmitted(event) {
      const turn = turns.get(event.turn);
      if (!turn) return;
      turn.open.delete(event.callId);
      turn.endsAt = event.at;
      turn.span.addEvent('interven.output', eventAttributes(event), event.at);
    },
    contextOf: (turn) => contexts.get(turn) ?? inRun,
    end() {
      endAnswered(NaN);
      for (const { span } of turns.values()) span.end();
      turns.clear();
    },
  };
}

/** Spans of one run's scans, each from the request to the decision. */
export interface ScanSpans {
  /** Call `settled` when the gateway has responded or the scan was abandoned. */
  start(call: TracedCall, parent: Context): { readonly span: Span; readonly settled: () => void };
  onDecision(event: RunEventOf<'decision'>, parent: Context): void;
  /** Ends the spans of scans without a decision. Abandoned scans may still be running. */
  onRunEnd(): void;
}

function createScanSpans(tracer: Tracer): ScanSpans {
  const open = new Map<string, Span>();
  const undecided = new Set<string>();
  let isRunOver = false;

  function begin(key: string, call: TracedCall['call'], parent: Context): Span {
    const attributes = callAttributes(call);
    const span = tracer.startSpan('interven.scan', { kind: SpanKind.CLIENT, attributes }, parent);
    open.set(key, span);
    return span;
  }

  function end(key: string): void {
    open.get(key)?.end();
    open.delete(key);
    undecided.delete(key);
  }

  return {
    start({ call, turn }, parent) {
      const key = keyOf(turn.runId, turn.number, call.callId);
      const span = begin(key, call, parent);
      const settled = (): void => {
        undecided.add(key);
        // The decision event follows immediately, or never if the run was left early.
        if (isRunOver) setImmediate(end, key);
      };
      return { span, settled };
    },
    onDecision(event, parent) {
      const key = keyOf(event.runId, event.turn, event.callId);
      // Arguments that are too large are not sent: the decision comes without a scan.
      const span = open.get(key) ?? begin(key, event, parent);
      span.setAttributes(eventAttributes(event));
      if (event.fault) span.setStatus({ code: SpanStatusCode.ERROR });
      end(key);
    },
    onRunEnd() {
      isRunOver = true;
      for (const key of undecided) end(key);
    },
  };
}
