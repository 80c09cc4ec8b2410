/** The four answers of a gateway, in the wire's words. */
export type DecisionWord = 'ALLOW' | 'SANITIZE' | 'DENY' | 'REQUIRE_APPROVAL';

/** One question to the gateway: may this call run? */
export interface ScanRequest {
  /** The tool's name, as the model wrote it. */
  readonly functionName: string;
  /** The HTTP method that the call amounts to. */
  readonly method: string;
  /** The absolute URL that the call amounts to. */
  readonly url: string;
  /**
   * Whether the developer said what the call amounts to, by the tool's `target`. Absent: it was told from the name or the
   * arguments, which the model chose, so that the address can only make the call stricter.
   */
  readonly isTargetDeclared?: boolean;
  /** The parsed arguments themselves, frozen. */
  readonly body: unknown;
  readonly runtimeType: string;
  readonly agentId?: string;
  readonly agentName?: string;
  /** Where the arguments' values may come from; only with `provenance: true`. */
  readonly conversation?: Conversation;
}

/** What was said and read before a call, so that a rule can tell the user's wish from a tool output's. */
export interface Conversation {
  /**
   * What the user wrote, oldest first, up to the newest 1,000,000 characters. Empty when it could not be had: then nothing
   * counts as the user's words.
   */
  readonly userMessages: readonly string[];
  /**
   * What tools have returned in this run, and before it where the API lists that, oldest first, up to the newest 8,000,000
   * characters.
   */
  readonly toolOutputs: readonly ToolOutputText[];
}

export interface ToolOutputText {
  readonly functionName: string;
  readonly output: string;
}

interface DecisionFacts {
  readonly reasonCodes: readonly string[];
  /** 0 to 1. */
  readonly riskScore?: number;
  readonly riskBand?: string;
  readonly traceId?: string;
  /** What the gateway took the call for. */
  readonly toolName?: string;
  readonly operation?: string;
  readonly classifications?: readonly string[];
  readonly policyId?: string;
  readonly policyName?: string;
  readonly ruleId?: string;
  /** The wire's own JSON. */
  readonly raw?: unknown;
}

/** The gateway's answer. REQUIRE_APPROVAL leaves it open; everything else settles it. */
export type Decision = DecisionFacts &
  (
    | { readonly decision: 'ALLOW' }
    | { readonly decision: 'DENY' }
    /** Run it with `sanitizedBody` instead of the arguments. */
    | { readonly decision: 'SANITIZE'; readonly sanitizedBody?: unknown }
    | {
        readonly decision: 'REQUIRE_APPROVAL';
        readonly approvalId?: string;
        readonly approvalUrl?: string;
        /** Until when a person can decide, where the gateway tells. */
        readonly approvalExpiresAt?: Date;
      }
  );

/** What a person said. */
export interface Approval {
  readonly status: 'pending' | 'approved' | 'denied' | 'expired';
  readonly decidedBy?: string;
  readonly decidedAt?: Date;
  readonly note?: string;
}

export interface GatewayCallOptions {
  readonly signal?: AbortSignal;
}

/**
 * Whoever judges a tool call and remembers a person's answer. Both methods reject with a `GatewayError` when there is no
 * answer; any other rejection blocks the call whatever the failure mode.
 */
export interface Gateway {
  scan(request: ScanRequest, options?: GatewayCallOptions): Promise<Decision>;
  approvalStatus(approvalId: string, options?: GatewayCallOptions): Promise<Approval>;
}
