/** The four decisions of a gateway, as the API spells them. */
export type DecisionWord = 'ALLOW' | 'SANITIZE' | 'DENY' | 'REQUIRE_APPROVAL';

/** The user or service on whose behalf a run acts. Your code sets it; the model cannot. */
export interface Principal {
  /** Unique and stable, such as a user id: rules, approvals and grants are bound to it. */
  readonly id: string;
  /** Such as `intern` or `finance`. */
  readonly roles?: readonly string[];
  /** Further facts for rules, such as `{ department: 'sales', limit: 500 }`. */
  readonly attributes?: Readonly<Record<string, string | number | boolean>>;
}

/** A tool call for the gateway to decide on. */
export interface ScanRequest {
  /** The tool's name, as the model wrote it. */
  readonly functionName: string;
  /** The HTTP method that stands for the call's effect. */
  readonly method: string;
  /** The absolute URL that stands for the call's effect. */
  readonly url: string;
  /**
   * True if the developer declared the method and URL with the tool's `target`. Otherwise they come from the name or
   * the arguments, which the model chose, so the URL can only make the decision stricter.
   */
  readonly isTargetDeclared?: boolean;
  /** The arguments as the tool's schema changes them, which the handler gets; frozen. */
  readonly body: unknown;
  readonly runtimeType: string;
  readonly agentId?: string;
  readonly agentName?: string;
  /** The principal of the run, if your code names one. */
  readonly principal?: Principal;
  /** Id of the run's thread, conversation or session; without one, that of its first response. */
  readonly threadId?: string;
  /** Id of the run in its journal, or else the first that the API gave it: the approver's page leads to the run. */
  readonly runId?: string;
  /**
   * True if the tool's `needsApproval` says that the call needs an approval: the decision must then be REQUIRE_APPROVAL,
   * or DENY, or name the `approvalId` that an approver gave for this call. The runner blocks the call otherwise.
   */
  readonly needsApproval?: boolean;
  /**
   * True if the requester runs the arguments that an approver edits (`Approval.editedArguments`). Without it, the gateway
   * must refuse edits, because the requester would run the call as it was.
   */
  readonly takesEdits?: boolean;
  /** The possible sources of the arguments' values. Present only with `provenance: true`. */
  readonly conversation?: Conversation;
}

/** The messages and tool outputs before a call, so that a rule can distinguish the user's wish from a tool's output. */
export interface Conversation {
  /**
   * The user's messages, oldest first, up to the newest 1,000,000 characters. Empty when they could not be read: no
   * value then counts as the user's.
   */
  readonly userMessages: readonly string[];
  /**
   * Tool outputs of this run, and earlier ones if the API lists them, oldest first, up to the newest 8,000,000
   * characters.
   */
  readonly toolOutputs: readonly ToolOutputText[];
  /** True if tool outputs are missing here, or cut: they may have said anything. */
  readonly isCut?: boolean;
}

export interface ToolOutputText {
  readonly functionName: string;
  readonly output: string;
  /** The arguments of the call, if it had any. */
  readonly arguments?: Readonly<Record<string, unknown>>;
  /** The tool's option `returns`. */
  readonly returns?: ReturnedTrust;
}

/** How far the output of a tool is trusted: see the tool's option `returns`. */
export type ReturnedTrust = 'trusted' | 'untrusted';

interface DecisionFacts {
  readonly reasonCodes: readonly string[];
  /** A number from 0 to 1. */
  readonly riskScore?: number;
  readonly riskBand?: string;
  readonly traceId?: string;
  /** The tool that the gateway recognised. */
  readonly toolName?: string;
  readonly operation?: string;
  readonly classifications?: readonly string[];
  readonly policyId?: string;
  readonly policyName?: string;
  readonly ruleId?: string;
  /** The rule's reason in plain words, written by its author for the model, the approver and the developer. */
  readonly reason?: string;
  /** The response's JSON. */
  readonly raw?: unknown;
}

/** The gateway's decision. REQUIRE_APPROVAL leaves the call pending; all others settle it. */
export type Decision = DecisionFacts &
  /** `approvalId`: the approval of an equal call that this decision uses. `grantId`: the grant that clears the call. */
  (
    | { readonly decision: 'ALLOW'; readonly approvalId?: string; readonly grantId?: string }
    | { readonly decision: 'DENY' }
    /**
     * Runs the call with `sanitizedBody` instead of its arguments. `editedFields`: these are the arguments that an
     * approver edited, in the approval of an equal call.
     */
    | {
        readonly decision: 'SANITIZE';
        readonly sanitizedBody?: unknown;
        readonly approvalId?: string;
        readonly editedFields?: readonly string[];
        readonly grantId?: string;
      }
    | {
        readonly decision: 'REQUIRE_APPROVAL';
        readonly approvalId?: string;
        readonly approvalUrl?: string;
        /** The time at which the approval expires, if the gateway reports it. */
        readonly approvalExpiresAt?: Date;
      }
  );

/** A tool's output, for the gateway to judge before the model reads it. */
export interface OutputRequest {
  /** The call as it was scanned, without the conversation. */
  readonly call: ScanRequest;
  /** The output, or the texts of its content parts, in order. */
  readonly texts: readonly string[];
  /** True if the output also has images or files, which are not in `texts`. */
  readonly hasMedia: boolean;
  /** The trace id of the decision on the call, if it has one. */
  readonly traceId?: string;
}

/**
 * The gateway's decision on an output. `FENCE` marks it as untrusted data, `DENY` withholds it. `sanitizedTexts` replace
 * the request's `texts`, one by one.
 */
export type OutputDecision = Pick<
  DecisionFacts,
  'reasonCodes' | 'traceId' | 'classifications' | 'policyId' | 'policyName' | 'ruleId' | 'reason' | 'raw'
> &
  (
    | { readonly decision: 'ALLOW' | 'DENY' }
    | { readonly decision: 'SANITIZE'; readonly sanitizedTexts: readonly string[] }
    | { readonly decision: 'FENCE'; readonly sanitizedTexts?: readonly string[] }
  );

/** The state of an approval. */
export interface Approval {
  readonly status: 'pending' | 'approved' | 'denied' | 'expired';
  readonly decidedBy?: string;
  readonly decidedAt?: Date;
  readonly note?: string;
  /** The arguments that run instead of the requested ones. Only with `approved`, and if the approver edited them. */
  readonly editedArguments?: Readonly<Record<string, unknown>>;
  /** The paths at which they differ from the requested ones, such as `user.emails[0]`; never values. */
  readonly editedFields?: readonly string[];
}

export interface GatewayCallOptions {
  readonly signal?: AbortSignal;
}

/**
 * Decides on tool calls and keeps the approvers' decisions. The methods reject with a `GatewayError` when there is no
 * usable response. Any other rejection blocks the call, whatever the failure mode.
 */
export interface Gateway {
  /** True if `scan` honours `needsApproval`. Without it, tools with `needsApproval` are refused. */
  readonly holdsApprovals?: boolean;
  scan(request: ScanRequest, options?: GatewayCallOptions): Promise<Decision>;
  approvalStatus(approvalId: string, options?: GatewayCallOptions): Promise<Approval>;
  /** True if `scanOutput` judges outputs. Otherwise it only takes reports, and its decision does not count. */
  readonly judgesOutputs?: boolean;
  /** Takes a tool's output, for `scanOutputs`. Rejects as `scan` does. */
  scanOutput?(request: OutputRequest, options?: GatewayCallOptions): Promise<OutputDecision>;
}
