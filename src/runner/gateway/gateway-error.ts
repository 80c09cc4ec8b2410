import { TimeLimitError } from '../../internal/abort.ts';

/**
 * Reason why a gateway returned no usable decision. The first three follow `onGatewayError`; the others always block.
 */
export type GatewayFault =
  | 'unreachable'
  | 'timeout'
  | 'server_error'
  /** The gateway accepts no more requests for now (429). Blocks: a model can cause it by requesting many calls. */
  | 'rate_limited'
  /** An invalid response, or an unknown decision. */
  | 'malformed_reply'
  /** The gateway does not accept requests of this size (413). */
  | 'too_large'
  /** A mistake in the setup (any other 4xx). Ends the run. */
  | 'configuration'
  /** A custom gateway threw an error that is not a `GatewayError`. */
  | 'unknown';

export interface GatewayErrorDetails {
  /** The HTTP status, if there was a response. */
  readonly status?: number | undefined;
  /** The response's body. It may quote arguments, so it is kept out of logs. */
  readonly responseText?: string | undefined;
  /** Milliseconds to wait before a retry, if the gateway requests it. */
  readonly retryAfterMs?: number | undefined;
  readonly cause?: unknown;
}

/**
 * The error that a gateway throws when it has no decision. A custom gateway throws it too: only `unreachable`, `timeout`
 * and `server_error` follow `onGatewayError`. Any other error blocks the call.
 */
export class GatewayError extends Error {
  override readonly name: string = 'GatewayError';
  readonly fault: GatewayFault;
  readonly status: number | undefined;
  readonly retryAfterMs: number | undefined;
  /** True if the same request may succeed later: the gateway or its database is down, too slow, or over its rate limit. */
  readonly retryable: boolean;
  /** The response's body. Not enumerable, because it may quote the arguments. */
  declare readonly responseText: string | undefined;

  constructor(fault: GatewayFault, message: string, details: GatewayErrorDetails = {}) {
    super(message, 'cause' in details ? { cause: details.cause } : undefined);
    this.fault = fault;
    this.status = details.status;
    this.retryAfterMs = details.retryAfterMs;
    this.retryable = fault === 'rate_limited' || OUTAGES.has(fault);
    Object.defineProperty(this, 'responseText', { value: details.responseText, enumerable: false });
  }
}

/** Faults of a gateway that is down: only they follow `onGatewayError`. */
export const OUTAGES: ReadonlySet<GatewayFault> = new Set(['unreachable', 'timeout', 'server_error']);

/** Returns an error's fault. Checks the shape too, because the error may come from another copy of this package. */
export function faultOf(error: unknown): GatewayFault {
  try {
    if (error instanceof TimeLimitError) return 'timeout';
    if (error instanceof GatewayError) return isFault(error.fault) ? error.fault : 'unknown';
    const like = error as { name?: unknown; fault?: unknown } | null | undefined;
    return like?.name === 'GatewayError' && isFault(like.fault) ? like.fault : 'unknown';
  } catch {
    // A proxy, or a getter that throws.
    return 'unknown';
  }
}

export const GATEWAY_FAULTS: readonly GatewayFault[] = [
  'unreachable',
  'timeout',
  'server_error',
  'rate_limited',
  'malformed_reply',
  'too_large',
  'configuration',
  'unknown',
];

/** Checks a fault, which a custom gateway may set to any value. */
function isFault(fault: unknown): fault is GatewayFault {
  return GATEWAY_FAULTS.includes(fault as GatewayFault);
}
