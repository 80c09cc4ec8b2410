import type { Loop } from '../../run/driver.ts';
import type { AssistantRun, RetrievedResponse } from './client.ts';
import { EndRun } from '../../errors.ts';

/** What was seen of a run so far, by whoever looked last. */
export interface RunSnapshot {
  readonly latest: AssistantRun | undefined;
  readonly runId: string | undefined;
  /** How far this machine's clock is ahead of the server's, in milliseconds. */
  readonly clockAheadMs: number;
  /** What a run that nobody answered for can be found by. */
  tag: string | undefined;
  /** Settles when no creation is under way. */
  creation: Promise<unknown>;
  /** A creation was sent, and the API has not said that it refused it. */
  creationUncertain: boolean;
  /** Resolves when the run has an id. */
  readonly hasId: Promise<unknown>;
  /** Called when the API is known to have taken the outputs that were submitted last. */
  onAccepted: () => void;
  /** @throws TypeError when it is not a run */
  readonly observe: (run: AssistantRun) => AssistantRun;
  /** @param askedAt when the request was sent: a slow reply must not look like a fast clock */
  readonly observeClock: (response: RetrievedResponse['response'], askedAt: number) => void;
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
      // Half a reply can be valid JSON, and a compatible server can answer anything.
      if (typeof (run as Partial<AssistantRun> | null | undefined)?.id !== 'string') {
        throw new TypeError('The API response is not a run.');
      }
      snapshot.latest = run;
      if (snapshot.runId === undefined) {
        snapshot.runId = run.id;
        loop.opened(run.id);
        // Begun with the run, so that one that is interrupted is known to have no calls. Whoever needs it hears of its faults.
        loop.journal().catch(() => undefined);
        markIdKnown();
      }
      return run;
    },
    observeClock({ headers }: RetrievedResponse['response'], askedAt: number): void {
      const serverTime = Date.parse(headers.get('date') ?? '');
      if (Number.isFinite(serverTime)) snapshot.clockAheadMs = askedAt - serverTime;
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

/** @throws EndRun for a status that nobody knows: the SDK's poll would ask again for ever, without a pause */
export function assertKnownStatus(run: AssistantRun): void {
  if (run.status === 'requires_action' || isActive(run) || isTerminal(run)) return;
  throw new EndRun('unknown_status', `Unknown run status "${run.status}".`);
}
