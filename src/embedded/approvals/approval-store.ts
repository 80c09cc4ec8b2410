import type { Approval, Principal } from '../../runner/gateway/gateway.ts';
import type { JsonObject } from '../../internal/json.ts';

/** A call without its arguments, for lists. Built at the scan, with redacted sensitive data and truncated names. */
export interface CallOutline {
  /**
   * A sentence, such as `delete_file wants to delete /backups/2026-11`. The names and values in it come from the requester.
   */
  readonly summary: string;
  readonly functionName: string;
  readonly toolName: string;
  readonly operation: string;
  readonly url: string;
  readonly agentId?: string;
  readonly agentName?: string;
  /** SHA-256 of the arguments in canonical JSON, in hexadecimal. */
  readonly argumentsHash: string;
}

/** The call that an approval is for, and its requester. */
export interface RequestedCall {
  /**
   * SHA-256 of the call, its headers and its requester in canonical JSON. An approval is for exactly this call. The
   * requester is the key, the agent and the principal, or the thread if there is no principal.
   */
  readonly callHash: string;
  readonly functionName: string;
  readonly method: string;
  readonly url: string;
  /**
   * The arguments that run once they are approved. The stores of this package parse them from JSON on access. They drop
   * arguments of more than 4 KB one minute after the approval has ended ({@link StoredApproval.isCallGone}).
   */
  readonly arguments: unknown;
  /** The call's headers according to the scan request; absent without headers. */
  readonly headers?: JsonObject;
  /** Id of the requesting API key, not the key itself; absent for a call scanned in process. */
  readonly key?: string;
  /** The name of that key; absent for one without a name. */
  readonly keyName?: string;
  readonly agentId?: string;
  readonly agentName?: string;
  /** Id of the principal on whose behalf the agent makes the call. */
  readonly principalId?: string;
  /** Id of the run in its journal, as the requester claims it. */
  readonly runId?: string;
  /** Present if the requester runs edited arguments: the rest of the request, with which an edited call is judged. */
  readonly editable?: EditableRequest;
  /** Bytes of the call as canonical JSON; absent in approvals of earlier versions. */
  readonly callBytes?: number;
}

/** What a judge and the rules see of a scan request, besides the call. */
export interface EditableRequest {
  readonly runtimeType: string;
  readonly isTargetDeclared?: boolean;
  readonly principal?: Principal;
  readonly threadId?: string;
  /** True if the request had a conversation. It is not stored, so that rules about it are unknown for an edited call. */
  readonly hadConversation?: boolean;
}

/** The arguments that an approver edited. */
export interface Edit {
  /** After the redactions of SANITIZE rules. They replace the requested ones once the approval is given. */
  readonly editedArguments: JsonObject;
  readonly editedFields: readonly string[];
  /** Paths that SANITIZE rules redacted in the approver's arguments. */
  readonly sanitizedFields: readonly string[];
  /** Those of the edited call, as its outline. */
  readonly resources: readonly string[];
  readonly outline: CallOutline;
}

/** The reasons for the approval, shown to the approver. */
export interface ApprovalReasons {
  /** The resources that the call touches. They count as touched by its requester once the call is cleared. */
  readonly resources: readonly string[];
  readonly reasonCodes: readonly string[];
  readonly policyName?: string;
  readonly ruleId?: string;
  /** The rule's reason in plain words. */
  readonly reason?: string;
  /** The outline for lists; absent in approvals of earlier versions. */
  readonly outline?: CallOutline;
  /** Absent in approvals of earlier versions. */
  readonly risk?: CallRisk;
  /** Present if a rule found fields by where their values come from. */
  readonly valueSources?: readonly ValueSource[];
  /** Present with the option `keepConversation`, if the request had a conversation. */
  readonly conversation?: KeptConversation;
}

/** The risk of a call, which no rule depends on. */
export interface CallRisk {
  /** LOW, MEDIUM, HIGH or CRITICAL. */
  readonly band: string;
  /** The findings that it is made of, such as `external_principal`. */
  readonly signals: readonly string[];
}

/** Where the value of an argument comes from. */
export interface ValueSource {
  /** Such as `user.emails[0]`; `*` is the whole call. */
  readonly path: string;
  /** The tools that returned the value; empty if none did. */
  readonly tools: readonly string[];
  /** True if it is in a text that the user quotes. */
  readonly isQuoted?: boolean;
}

/** The conversation before a call, shortened, with sensitive data redacted. */
export interface KeptConversation {
  /** The newest three messages of the user, oldest first: the first 1,000 characters of each. */
  readonly userMessages: readonly string[];
  /** The newest ten outputs, oldest first: the first 300 characters of each. */
  readonly toolOutputs: readonly { readonly functionName: string; readonly output: string }[];
  /** True if there were more outputs. */
  readonly isCut: boolean;
}

/** Different approvers that a call needs, each with one of the roles. */
export interface ApproverNeed {
  readonly count: number;
  /** Absent: any role, or none. */
  readonly roles?: readonly string[];
}

/** An approval of one of several approvers. */
export interface GivenApproval {
  readonly by: string;
  readonly roles?: readonly string[];
  readonly at: Date;
  readonly note?: string;
  /** The grant that the approver would give. It is given if all of them would. */
  readonly grant?: GivenGrant;
}

/** A grant as an approver gives it, with a decision. */
export interface GivenGrant {
  readonly for: Grant['for'];
  /** With `similar`: the arguments that may differ from those of the approved call. */
  readonly free?: readonly string[];
  /** Epoch milliseconds. */
  readonly expiresAt: number;
}

/** The grants that an approver may give with an approval. */
export interface GrantTerms {
  /** Hashes of the rules that a grant answers. */
  readonly rules: readonly string[];
  readonly maxMinutes: number;
  /** The hash of the calls that a grant for this conversation may clear; absent if there is no such grant. */
  readonly conversation?: string;
  /** The same for similar calls. */
  readonly similar?: string;
}

/** Clears further calls, until it expires or an approver revokes it. */
export interface Grant {
  /** The approval with which it was given. */
  readonly approvalId: string;
  /**
   * `conversation`: the calls of the tool in the same conversation. `similar`: those of the same principal with the same
   * arguments, but the `free` ones. The tool is the function, method, URL and headers.
   */
  readonly for: 'conversation' | 'similar';
  readonly free?: readonly string[];
  /** With `similar`: the hash of the arguments without the free ones. */
  readonly pinnedHash?: string;
  /** Hashes of the rules that it answers. */
  readonly rules: readonly string[];
}

/** The approvers that a call needs, and those that have approved it. */
export interface Approvers {
  /** All of them have to be met, one for each set of roles. One approver may count for several. */
  readonly needs: readonly ApproverNeed[];
  readonly given: readonly GivenApproval[];
}

/** A call that waits for an approver, or that an approver has decided on. */
export interface StoredApproval extends Approval, RequestedCall, ApprovalReasons {
  /** See {@link Edit}. Edits of a call that waits for further approvers are in a pending approval. */
  readonly sanitizedFields?: Edit['sanitizedFields'];
  readonly approvalId: string;
  /** True if large arguments and headers have been dropped. The outline and its hash stay. */
  readonly isCallGone?: boolean;
  /** Absent: any one approver decides. `decidedBy` then has that name, otherwise all of them, with commas. */
  readonly approvers?: Approvers;
  /** Absent: an approver may allow this call only. */
  readonly mayGrant?: GrantTerms;
  /**
   * Present on a grant, which is stored as an approval that clears many calls: `approvalId` is the grant's id, `status` is
   * `approved` as long as it is in effect, and `arguments` are the pinned ones.
   */
  readonly grant?: Grant;
  /** The approver who revoked the grant, and when. */
  readonly revoked?: { readonly by?: string; readonly at: Date };
  /** Epoch milliseconds. */
  readonly createdAt: number;
  readonly expiresAt: number;
  /**
   * The user of the approval, which allows one call: `asker` if the requester read the status `approved`, `scan` if an
   * equal call was scanned.
   */
  readonly usedBy?: 'asker' | 'scan';
}

/** A grant. `decidedBy` are the approvers who gave it. */
export type StoredGrant = StoredApproval & { readonly grant: Grant };

/** The fields of an approval that may change. */
export type ApprovalChange = Partial<Approval & Edit> & Pick<StoredApproval, 'usedBy' | 'approvers' | 'revoked'>;

/** An emergency stop: the gateway denies every call until it ends. */
export interface Freeze {
  /** The person who froze the gateway, if named. */
  readonly by?: string;
  readonly at: Date;
  readonly reason?: string;
  /** What the freeze did with the approvals that could still clear a call. */
  readonly pending: 'keep' | 'void';
}

/** Narrows a list of approvals and grants. All fields that are present apply. */
export interface ApprovalQuery {
  /** Epoch milliseconds: the time of the query, for `status` and `isOpen`. */
  readonly at: number;
  readonly kind?: 'approval' | 'grant' | undefined;
  /** An approval without a use is `expired` from its expiry. */
  readonly status?: Approval['status'] | undefined;
  /** The approvals that count towards the same limit as those of this key, or without a key of this agent. */
  readonly requester?: Pick<RequestedCall, 'key' | 'agentId' | 'agentName'> | undefined;
  /** Those by which a call may still run. */
  readonly isOpen?: boolean | undefined;
  /** At most this many: pending ones first, the next to expire first, then the others, those that ended last first. */
  readonly limit?: number | undefined;
  /** True if the reader needs neither arguments nor headers. */
  readonly isBrief?: boolean | undefined;
}

/**
 * Stores approvals, and the freeze of the gateways that share them. Several gateways may share one store: a change applies only if the approval has not changed since
 * it was read.
 */
export interface ApprovalStore {
  add(approval: StoredApproval): Promise<void>;
  get(approvalId: string): Promise<StoredApproval | undefined>;
  /** Lists the approvals of one call, oldest first. */
  byCall(callHash: string): Promise<readonly StoredApproval[]>;
  /** Changes an approval. Resolves with false, and changes nothing, if it has changed since `before` was read. */
  change(before: StoredApproval, change: ApprovalChange): Promise<boolean>;
  /**
   * Lists all stored approvals and grants, oldest first. A store with many of them returns those that `query` asks for, in any
   * order if there is a limit. A store may ignore it, because the gateway filters and sorts again.
   */
  list(query?: ApprovalQuery): Promise<readonly StoredApproval[]>;
  /** Reads the freeze in effect: before each decision, so that it must be fast. A rejection blocks the call. */
  frozen(): Promise<Freeze | undefined>;
  /** Replaces the freeze; undefined ends it. */
  setFrozen(freeze: Freeze | undefined): Promise<void>;
  /**
   * Makes all approvals and grants by which a call may still run expire, with this note. Resolves with their number. Default: the
   * gateway changes them one by one.
   */
  expireOpen?(note: string): Promise<number>;
  /** Returns epoch milliseconds of the clock that all gateways of the store share. Default: each gateway's own clock. */
  now?(): number;
}

export const STORE_METHODS: readonly (keyof ApprovalStore)[] = [
  'add',
  'get',
  'byCall',
  'change',
  'list',
  'frozen',
  'setFrozen',
];
