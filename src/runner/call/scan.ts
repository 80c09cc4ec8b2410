import { EndRun } from '../errors.ts';
import { faultOf } from '../gateway/gateway-error.ts';
import { raceAbort, withTimeLimit } from '../../internal/abort.ts';
import type { GatewayFault } from '../gateway/gateway-error.ts';
import type { Limiter, RunState } from '../run/run-state.ts';

export type Answer<T> =
  | { readonly answered: true; readonly answer: T }
  | { readonly answered: false; readonly fault: GatewayFault; readonly error: unknown };

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
  { mostMs = Infinity, scans = run.settings.scans }: { readonly mostMs?: number; readonly scans?: Limiter } = {},
): Promise<Answer<T>> {
  try {
    const asked = scans(async () => {
      until.throwIfAborted();
      // A gateway may throw before it returns a promise.
      return withTimeLimit(Math.min(run.settings.scanTimeoutMs, mostMs), until, async (signal) => ask(signal));
    });
    return { answered: true, answer: await raceAbort(asked, until) };
  } catch (error) {
    if (until.aborted) run.signal.throwIfAborted();
    const fault = faultOf(error);
    if (fault === 'configuration') {
      const reason = new EndRun('gateway_configuration', messageOf(error), { cause: error });
      // A run that is over cannot say so any more: the next one does.
      if (run.isOver) run.settings.misconfigured.reason = reason;
      run.end(reason);
    }
    return { answered: false, fault, error };
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : 'The gateway refused the request.';
}
