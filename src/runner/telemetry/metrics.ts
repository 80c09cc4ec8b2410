import type { Attributes, Counter, Histogram, Meter } from '@opentelemetry/api';
import type { RunEvent, RunEventOf } from '../events.ts';
import type { TracedRun } from '../trace.ts';
import { handlerError, knownToolName, runError } from './attributes.ts';
import { omitUndefined } from '../../internal/omit-undefined.ts';

/**
 * Bucket boundaries in seconds, the conventions' own where they exist. A scan takes from a fraction of a millisecond in
 * process up to its time limit.
 */
const BOUNDARIES = {
  run: [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 25.6, 51.2, 102.4, 204.8, 409.6],
  tool: [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92],
  scan: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
  approval: [1, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200],
};

export interface Instruments {
  readonly decisions: Counter;
  readonly faults: Counter;
  readonly scans: Histogram;
  readonly approvals: Histogram;
  readonly tools: Histogram;
  readonly runs: Histogram;
}

export function createInstruments(meter: Meter): Instruments {
  const seconds = (name: string, description: string, explicitBucketBoundaries: number[]): Histogram =>
    meter.createHistogram(name, { unit: 's', description, advice: { explicitBucketBoundaries } });
  return {
    decisions: meter.createCounter('interven.decisions', {
      unit: '{decision}',
      description: 'Decisions of the gateway on tool calls, and their effect.',
    }),
    faults: meter.createCounter('interven.gateway.faults', {
      unit: '{fault}',
      description: 'Scans without a usable response from the gateway.',
    }),
    scans: seconds(
      'interven.scan.duration',
      'Time from when a call could be scanned to the decision, including time in the queue.',
      BOUNDARIES.scan,
    ),
    approvals: seconds('interven.approval.duration', 'Time that calls waited for an approver.', BOUNDARIES.approval),
    tools: seconds('gen_ai.execute_tool.duration', 'The duration of a single tool execution.', BOUNDARIES.tool),
    runs: seconds('gen_ai.invoke_agent.duration', 'The duration of a run from end to end.', BOUNDARIES.run),
  };
}

/** Counts and measures one run by its events. No attribute is an id, or freely chosen by a model. */
export function measureRun(instruments: Instruments, { agentName }: TracedRun): (event: RunEvent) => void {
  const agent = omitUndefined({ 'gen_ai.agent.name': agentName });
  const on: { readonly [Type in RunEvent['type']]?: (event: RunEventOf<Type>) => void } = {
    decision(event) {
      const { decision, effective, enforced, fault, scanMs } = event;
      const tool = { 'gen_ai.tool.name': knownToolName(event) };
      const decisionAttributes = omitUndefined({ 'interven.decision': decision, 'error.type': fault });
      instruments.decisions.add(1, {
        ...tool,
        ...omitUndefined({ 'interven.decision': decision }),
        'interven.effective': effective,
        'interven.enforced': enforced,
      });
      if (fault) instruments.faults.add(1, { ...tool, 'interven.fault': fault });
      record(instruments.scans, scanMs, { ...tool, ...decisionAttributes });
    },
    'approval-settled'(event) {
      const attributes = { 'gen_ai.tool.name': knownToolName(event), 'interven.approval.status': event.status };
      record(instruments.approvals, event.approvalMs, attributes);
    },
    'handler-end'(event) {
      record(instruments.tools, event.handlerMs, {
        'gen_ai.tool.name': event.name,
        'gen_ai.tool.type': 'function',
        ...agent,
        ...omitUndefined({ 'error.type': handlerError(event) }),
      });
    },
    'run-end'(event) {
      record(instruments.runs, event.durationMs, { ...agent, ...omitUndefined({ 'error.type': runError(event) }) });
    },
  };
  return (event) => on[event.type]?.(event as never);
}

function record(histogram: Histogram, ms: number | undefined, attributes: Attributes): void {
  if (ms !== undefined) histogram.record(ms / 1_000, attributes);
}
