import { RunFailure } from '../../errors.ts';
import type { Loop } from '../../run/driver.ts';
import type { AssistantRun, RetrievedResponse } from './client.ts';

/** The latest known state of a run. */
export interface RunSnapshot {
  readonly latest: AssistantRun | undefined;
  readonly runId: string | undefined;
  /** Milliseconds by which this machine's clock is ahead of the server's. */
  readonly clockAheadMs: number;
  /** The metadata tag that finds a run whose creation response was lost. */
  tag: string | undefined;
  /** Settles when no creation is in flight. */
  creation: Promise<unknown>;
  /** True if a creation was sent and the API may have accepted it. */
  creationUncertain: boolean;
  /** Resolves when the run has an id. */
  readonly hasId: Promise<unknown>;
  /** Called when the API has accepted the latest outputs. */
  onAccepted: () => void;
  /** @throws TypeError when the value is not a run */
  readonly observe: (run: AssistantRun) => AssistantRun;
  /** @param requestedAt time of the request in epoch milliseconds: a slow response must not look like a fast clock */
  readonly observeClock: (response: RetrievedResponse['response'], requestedAt: number) => void;
}

export function createRunSnapshot(loop: Loop, joined: string | undefined): RunSnapshot {
  if (joined !== undefined) loop.opened(joined);
  let markIdKnown = (): void => undefined;
  const hasId = new Promise<void>((resolve) => {
    markIdKnown = resolve;
  });
  const snapshot = {
    hasId,
    onAccepted: (): void => undefined,
    latest: undefined as AssistantRun | undefined,
    runId: joined,
    clockAheadMs: 0,
    creation: Promise.resolve() as Promise<unknown>,
    creationUncertain: false,
    tag: undefined as string | undefined,
    observe(run: AssistantRun): AssistantRun {
      // A truncated response can be valid JSON, and a compatible server can return anything.
      if (typeof (run as Partial<AssistantRun> | null | undefined)?.id !== 'string') {
        throw new TypeError('The API response is not a run.');
      }
      snapshot.latest = run;
      if (snapshot.runId === undefined) {
        snapshot.runId = run.id;
        loop.opened(run.id);
        // Opened with the run, so that after a crash the journal shows that it had no calls. Its errors surface at the
        // first use.
        loop.journal().catch(() => undefined);
        markIdKnown();
      }
      return run;
    },
    observeClock({ headers }: RetrievedResponse['response'], requestedAt: number): void {
      const serverTime = Date.parse(headers.get('date') ?? '');
      if (Number.isFinite(serverTime)) snapshot.clockAheadMs = requestedAt - serverTime;
    },
  };
  return snapshot;
}

const ACTIVE: ReadonlySet<string> = new Set(['queued', 'in_progress', 'cancelling']);
const TERMINAL: ReadonlySet<string> = new Set(['completed', 'failed', 'cancelled', 'expired', 'incomplete']);

export function isActive({ status }: AssistantRun): boolean {
  return ACTIVE.has(status);
}

export function isTerminal({ status }: AssistantRun): boolean {
  return TERMINAL.has(status);
}

/** @throws RunFailure for an unknown status: the SDK's poll would loop on it forever, without a pause */
export function assertKnownStatus(run: AssistantRun): void {
  if (run.status === 'requires_action' || isActive(run) || isTerminal(run)) return;
  throw new RunFailure('unknown_status', `Unknown run status "${run.status}".`);
}
