import { EndRun, GatewayError } from '../errors.ts';
import { raceAbort, TimeLimitError, withTimeLimit } from '../internal/abort.ts';
import type { GatewayFault } from './outcome.ts';
import type { RunState } from './run-state.ts';

export type Answer<T> =
  | { readonly answered: true; readonly answer: T }
  | { readonly answered: false; readonly fault: GatewayFault; readonly error: unknown };

/** The faults that may pass: requests are sent again for them, and the failure mode follows them, and no others. */
export const PASSING_FAULTS: ReadonlySet<GatewayFault> = new Set([
  'unreachable',
  'timeout',
  'rate_limited',
  'server_error',
]);

/**
 * Asks the gateway within the scan's time limit and the runner's number of concurrent scans. A configuration fault ends the run.
 *
 * @param until when it aborts, the answer is of no use any more
 * @throws the reason of the run's signal, when the run has ended
 */
export async function askGateway<T>(
  run: RunState,
  until: AbortSignal,
  ask: (signal: AbortSignal) => Promise<T>,
  mostMs: number = Infinity,
): Promise<Answer<T>> {
  try {
    const asked = run.settings.scans(async () => {
      until.throwIfAborted();
      // A gateway may throw before it returns a promise.
      return withTimeLimit(Math.min(run.settings.scanTimeoutMs, mostMs), until, async (signal) => ask(signal));
    });
    return { answered: true, answer: await raceAbort(asked, until) };
  } catch (error) {
    run.signal.throwIfAborted();
    const fault = faultOf(error);
    if (fault === 'configuration') {
      run.end(new EndRun('gateway_configuration', messageOf(error), { cause: error }));
    }
    return { answered: false, fault, error };
  }
}

/** By shape, not only by class: the thrower may use another copy of this package. */
export function faultOf(error: unknown): GatewayFault {
  if (error instanceof TimeLimitError) return 'timeout';
  if (error instanceof GatewayError) return error.fault;
  const like = error as { name?: unknown; fault?: unknown } | null | undefined;
  return like?.name === 'GatewayError' && typeof like.fault === 'string' ? (like.fault as GatewayFault) : 'unknown';
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : 'The gateway refused the request.';
}
