import { backoffMs } from '../../internal/backoff.ts';
import { limits } from '../limits.ts';
import type { Places } from '../../internal/places.ts';

/**
 * The polls of all approvals that a runner's calls wait for. They have places of their own, so that no scan waits for
 * them, and become rarer the more calls wait.
 */
export class ApprovalPolls {
  readonly places: Places;
  #waiting = 0;

  constructor(places: Places) {
    this.places = places;
  }

  /** Counts a call as waiting until `wait` settles. */
  async whileWaiting<T>(wait: () => Promise<T>): Promise<T> {
    this.#waiting += 1;
    try {
      return await wait();
    } finally {
      this.#waiting -= 1;
    }
  }

  /** Returns the milliseconds before a call's next poll. */
  pauseMs(attempt: number): number {
    const { approvalPollFirstMs, approvalPollMaxMs, approvalPollSpacingMs } = limits;
    const roundMs = this.#waiting * approvalPollSpacingMs;
    return backoffMs(attempt, Math.max(approvalPollFirstMs, roundMs), Math.max(approvalPollMaxMs, roundMs));
  }
}
