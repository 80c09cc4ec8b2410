import type { JsonObject } from '../../internal/json.ts';

/** The approval that a parked call waits for. */
export interface ParkedApproval {
  readonly approvalId: string;
  readonly approvalUrl?: string;
  readonly callId: string;
  readonly name: string;
  /** SHA-256 of the arguments in canonical JSON: the approval is for exactly these. */
  readonly argumentsHash: string;
  /** The time at which the approval expires, if the gateway reports it. */
  readonly expiresAt?: Date;
}

/** The decision on a call that an earlier process started. */
export type InDoubtAnswer = 'report' | 'run' | { readonly output: string };

/** A call whose handler an earlier process started, or was about to start, without recording a result. */
export interface InDoubtCall {
  readonly callId: string;
  readonly name: string;
  /** The arguments for the handler, frozen. */
  readonly arguments: JsonObject;
  readonly idempotencyKey: string;
  readonly runId: string;
  readonly threadId: string;
}
