import { SpanKind, SpanStatusCode, type Context, type Span, type Tracer } from '@opentelemetry/api';
import type { RunEventOf } from '../run/events.ts';
import type { TracedCall } from '../run/trace.ts';
import { callAttributes, decisionAttributes } from './attributes.ts';
import { keyOf } from './call-key.ts';

/** The scans of one run: each is a span from the question to the decision. */
export interface ScanSpans {
  /** To be told with `settled` when the gateway has answered, or nobody waits for it any more. */
  start(call: TracedCall, parent: Context): { readonly span: Span; readonly settled: () => void };
  decided(event: RunEventOf<'decision'>, parent: Context): void;
  /** Scans that nobody waits for may go on. */
  runEnded(): void;
}

export function createScanSpans(tracer: Tracer): ScanSpans {
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
      const key = keyOf(turn.runId, call.callId);
      const span = begin(key, call, parent);
      const settled = (): void => {
        undecided.add(key);
        // The decision follows at once; or never, where the run was left.
        if (isRunOver) setImmediate(end, key);
      };
      return { span, settled };
    },
    decided(event, parent) {
      const key = keyOf(event.runId, event.callId);
      // Arguments that are too large are not sent: the decision is there without a scan.
      const span = open.get(key) ?? begin(key, event, parent);
      span.setAttributes(decisionAttributes(event));
      if (event.fault) span.setStatus({ code: SpanStatusCode.ERROR });
      end(key);
    },
    runEnded() {
      isRunOver = true;
      for (const key of undecided) end(key);
    },
  };
}
