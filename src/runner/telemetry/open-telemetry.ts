import { type Meter, metrics, trace, type Tracer } from '@opentelemetry/api';
import { checkKeys, checkMethods } from '../../internal/checks.ts';
import type { Telemetry } from '../trace.ts';
import { createInstruments, type Instruments, measureRun } from './metrics.ts';
import { startRunSpans } from './spans.ts';

/** The instrumentation scope of all spans and metrics. */
const SCOPE = 'interven-openai-assistants';

export interface OpenTelemetryOptions {
  /** Creates the spans. Default: the global provider's at the time of the run, so that you can register it later. */
  readonly tracer?: Tracer | undefined;
  /** Creates the metrics. Default: the global provider's at the time of the run. */
  readonly meter?: Meter | undefined;
}

/**
 * Traces and measures runs with OpenTelemetry: spans of runs, turns, scans, approvals and tool executions, and metrics
 * of decisions, faults and durations. They contain no arguments, outputs or error messages.
 *
 * @throws TypeError for an unknown option, or an invalid tracer or meter
 *
 * @example
 * const runner = new GuardedRunner({ client, gateway, tools, telemetry: openTelemetry() });
 */
export function openTelemetry(options: OpenTelemetryOptions = {}): Telemetry {
  checkKeys('openTelemetry', options, ['tracer', 'meter']);
  const { tracer, meter } = options;
  if (tracer !== undefined) checkMethods('tracer', tracer, ['startSpan']);
  if (meter !== undefined) checkMethods('meter', meter, ['createCounter', 'createHistogram']);
  const instrumentsByMeter = new WeakMap<Meter, Instruments>();
  const instrumentsOf = (used: Meter): Instruments => {
    const instruments = instrumentsByMeter.get(used) ?? createInstruments(used);
    instrumentsByMeter.set(used, instruments);
    return instruments;
  };
  return {
    startRun(run) {
      const measure = measureRun(instrumentsOf(meter ?? metrics.getMeter(SCOPE)), run);
      const spans = startRunSpans(tracer ?? trace.getTracer(SCOPE), run);
      return {
        withinRun: (work) => spans.withinRun(work),
        within: (part, call, work) => spans.within(part, call, work),
        onEvent(event) {
          try {
            spans.onEvent(event);
          } finally {
            measure(event);
          }
        },
      };
    },
  };
}
