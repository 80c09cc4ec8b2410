import type { Approval } from '../runner/gateway/gateway.ts';

/** The call of an approval or a grant, with redacted and truncated names. Times are ISO 8601. */
export interface CallHead {
  /** A sentence, such as `delete_file wants to delete /backups/2026-11`. Names and values in it come from the requester. */
  readonly summary: string;
  readonly function_name: string;
  readonly tool_name: string;
  readonly operation: string;
  readonly method: string;
  readonly redacted_url: string;
  readonly policy_name?: string | undefined;
  readonly rule_id?: string | undefined;
  /** The rule's reason in plain words. */
  readonly reason?: string | undefined;
  /** The first 16 hexadecimal digits of the SHA-256 of the requester's key. Absent for a call scanned in process. */
  readonly key_id?: string | undefined;
  /** The name of that key, from the server's option `keys`. */
  readonly key_name?: string | undefined;
  /** The agent's id as the requester claims it, like the name: not verified. */
  readonly agent_id?: string | undefined;
  readonly agent_name?: string | undefined;
  /** Id of the principal on whose behalf the agent acts, as the holder of the key claims it. */
  readonly principal_id?: string | undefined;
  readonly created_at: string;
  readonly expires_at: string;
  readonly note?: string | undefined;
}

/**
 * An approval in a list: without the call's arguments, with redacted and truncated names. Times are ISO 8601. Fields
 * that do not apply are absent.
 */
export interface ApprovalHead extends CallHead {
  readonly approval_id: string;
  readonly status: Approval['status'];
  readonly reason_codes: readonly string[];
  /** LOW, MEDIUM, HIGH or CRITICAL. */
  readonly risk_band?: string | undefined;
  /** The findings that the risk is made of, such as `external_principal`. */
  readonly risk_signals?: readonly string[] | undefined;
  /** SHA-256 of the arguments that run once they are approved, in canonical JSON, in hexadecimal. */
  readonly arguments_hash: string;
  /** Present if a rule says who approves. */
  readonly approvers?: ApproversView | undefined;
  /** The grants that an approver may give with the approval of a pending call; absent: none. */
  readonly may_grant?:
    { readonly for: readonly ('conversation' | 'similar')[]; readonly max_minutes: number } | undefined;
  /** Why the approver who requested this cannot approve a pending call; absent if the approver can. */
  readonly refused?: string | undefined;
  /** Id of the call's run, as the requester claims it: of one with a journal. */
  readonly run_id?: string | undefined;
  readonly decided_at?: string | undefined;
  readonly decided_by?: string | undefined;
  /** True if an approver may edit the arguments, because the requester runs the edited ones. */
  readonly takes_edits?: true | undefined;
  /** The argument fields that an approver edited, such as `user.emails[0]`: the first 20. */
  readonly edited_fields?: readonly string[] | undefined;
  /** Those that rules redacted in the edited arguments. */
  readonly sanitized_fields?: readonly string[] | undefined;
}

/** The approvers that a call needs, and those that have approved it. */
export interface ApproversView {
  /** Such as `1 of 2 approvers with the role finance; approved by ann`. */
  readonly summary: string;
  /** All of them have to be met; `given` counts towards `count`. */
  readonly needs: readonly { readonly count: number; readonly roles?: readonly string[]; readonly given: number }[];
  readonly given: readonly {
    readonly by: string;
    readonly roles?: readonly string[];
    readonly at: string;
    readonly note?: string;
    /** The grant that the approver would give, such as `similar calls, in which amount may differ`. */
    readonly grant?: string;
  }[];
}

/** A grant: it clears further calls of the requester of an approved one. */
export interface GrantView extends CallHead {
  readonly grant_id: string;
  /** The approval with which it was given. `summary` is that of its call. */
  readonly approval_id: string;
  /** `expired`: its time is over, or a freeze voided it (see `note`). */
  readonly status: 'active' | 'revoked' | 'expired';
  readonly for: 'conversation' | 'similar';
  /** Such as `similar calls, in which amount may differ`. */
  readonly description: string;
  /** The arguments that similar calls must have, with sensitive values replaced. */
  readonly pinned?: unknown;
  readonly granted_by?: string | undefined;
  readonly revoked_by?: string | undefined;
  readonly revoked_at?: string | undefined;
}

/** An approval with the call that runs after approval. */
export interface ApprovalView extends ApprovalHead {
  readonly url: string;
  readonly arguments: unknown;
  /** The arguments with sensitive values replaced; one placeholder when they cannot be redacted. */
  readonly redacted_arguments: unknown;
  /** The paths of replaced values, such as `user.emails[0]`. */
  readonly redacted_fields: readonly string[];
  /** True if the arguments cannot be redacted, so that none of them is shown. */
  readonly is_all_redacted: boolean;
  /** True if the store dropped large arguments and headers of a settled approval. */
  readonly is_call_gone?: boolean | undefined;
  readonly headers?: Readonly<Record<string, unknown>> | undefined;
  readonly redacted_headers?: unknown;
  /** Arguments that a rule found by where their value comes from, and the tools that returned it. */
  readonly value_sources?:
    | readonly {
        /** Such as `user.emails[0]`; `*` is the whole call. */
        readonly path: string;
        readonly tools: readonly string[];
        /** True if it is in a text that the user quotes. */
        readonly is_quoted: boolean;
      }[]
    | undefined;
  /** The conversation before the call, shortened and redacted, if the gateway keeps it. */
  readonly conversation?:
    | {
        /** Oldest first, like the outputs. */
        readonly user_messages: readonly string[];
        readonly tool_outputs: readonly { readonly function_name: string; readonly output: string }[];
        /** True if there were more outputs. */
        readonly is_cut: boolean;
      }
    | undefined;
  /** The arguments as the agent requested them, if an approver edited them. */
  readonly requested_arguments?: unknown;
}
