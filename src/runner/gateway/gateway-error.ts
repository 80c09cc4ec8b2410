import { TimeLimitError } from '../../internal/abort.ts';

/** Why a gateway gave no usable answer. The first four follow `onGatewayError`; the others never open. */
export type GatewayFault =
  | 'unreachable'
  | 'timeout'
  | 'rate_limited'
  | 'server_error'
  /** An answer that is not one, or an unknown decision. */
  | 'malformed_reply'
  /** The gateway takes no request of this size (413). */
  | 'too_large'
  /** The caller's mistake (any other 4xx): ends the run. */
  | 'configuration'
  /** A gateway of the user's own threw something that is not a `GatewayError`. */
  | 'unknown';

export interface GatewayErrorDetails {
  /** The HTTP status, when there was an answer. */
  readonly status?: number | undefined;
  /** What the gateway wrote. It may quote arguments, so it is kept out of logs. */
  readonly responseText?: string | undefined;
  /** What the gateway asks us to wait, in milliseconds. */
  readonly retryAfterMs?: number | undefined;
  readonly cause?: unknown;
}

/**
 * What a gateway throws when it has no decision to give. A gateway of your own throws it too: only `unreachable`,
 * `timeout`, `rate_limited` and `server_error` follow `onGatewayError`, and any other thrown thing blocks the call.
 */
export class GatewayError extends Error {
  override readonly name: string = 'GatewayError';
  readonly fault: GatewayFault;
  readonly status: number | undefined;
  readonly retryAfterMs: number | undefined;
  /** Not enumerable: the gateway's words may quote the arguments. */
  declare readonly responseText: string | undefined;

  constructor(fault: GatewayFault, message: string, details: GatewayErrorDetails = {}) {
    super(message, 'cause' in details ? { cause: details.cause } : undefined);
    this.fault = fault;
    this.status = details.status;
    this.retryAfterMs = details.retryAfterMs;
    Object.defineProperty(this, 'responseText', { value: details.responseText, enumerable: false });
  }
}

/** The faults that can go away by themselves: the client retries them, and only they follow `onGatewayError`. */
export const TRANSIENT_FAULTS: ReadonlySet<GatewayFault> = new Set([
  'unreachable',
  'timeout',
  'rate_limited',
  'server_error',
]);

/** By shape, not only by class: the thrower may use another copy of this package. */
export function faultOf(error: unknown): GatewayFault {
  if (error instanceof TimeLimitError) return 'timeout';
  if (error instanceof GatewayError) return isFault(error.fault) ? error.fault : 'unknown';
  const like = error as { name?: unknown; fault?: unknown } | null | undefined;
  return like?.name === 'GatewayError' && isFault(like.fault) ? like.fault : 'unknown';
}

export const GATEWAY_FAULTS: readonly GatewayFault[] = [
  'unreachable',
  'timeout',
  'rate_limited',
  'server_error',
  'malformed_reply',
  'too_large',
  'configuration',
  'unknown',
];

/** A gateway of the user's own may say anything. */
function isFault(fault: unknown): fault is GatewayFault {
  return GATEWAY_FAULTS.includes(fault as GatewayFault);
}
