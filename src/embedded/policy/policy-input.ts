import type { DataClass } from '../detection/span.ts';
import type { Verb } from '../catalog/target.ts';

/** The action of a rule, in Interven's terms. */
export type Action = 'ALLOW' | 'DENY' | 'SANITIZE' | 'REQUIRE_APPROVAL';

/**
 * A policy as you write it, as an object, JSON or YAML, in Interven's schema. The strictest rule that matches a call decides;
 * among equally strict rules, the lowest `priority`.
 *
 * @example
 * const policy: PolicyInput = {
 *   name: 'Payments',
 *   rules: [
 *     { match: { tool_name: 'stripe', verbs: ['WRITE'] }, action: 'REQUIRE_APPROVAL' },
 *     { condition: { has_data_class: ['SECRETS'] }, action: 'DENY', priority: 1 },
 *   ],
 * };
 */
export interface PolicyInput {
  /** Unique among the policies in effect. */
  readonly name: string;
  readonly description?: string | null | undefined;
  /** Default: a UUID derived from the name. */
  readonly policy_id?: string | null | undefined;
  /** At least one. */
  readonly rules: readonly RuleInput[];
  /** Used by Interven's hosted gateway only. */
  readonly env_name?: string | null | undefined;
  /** Used by Interven's hosted gateway only. */
  readonly version?: string | number | null | undefined;
  /** The approver who applied the policy, written by the gateway server. Not evaluated. */
  readonly applied_by?: string | null | undefined;
  /** The time of that, in ISO 8601. */
  readonly applied_at?: string | null | undefined;
}

/** The keys of `match` and `condition` may also be in the rule itself (Interven's older form), but not in both places. */
export interface RuleInput extends MatchInput, ConditionInput {
  /** Unique in its policy. Default: the policy's name and the rule's position, counted from 1, such as `payments-2`. */
  readonly rule_id?: string | undefined;
  /** An integer; among equally strict rules the lowest decides. Default: 100. */
  readonly priority?: number | undefined;
  /** Default: every call. */
  readonly match?: MatchInput | undefined;
  /** Default: no further condition. */
  readonly condition?: ConditionInput | undefined;
  readonly action: Action;
  /** Fields that SANITIZE replaces as a whole, by name or path. Default: everything detected. */
  readonly sanitize_fields?: readonly string[] | null | undefined;
}

/**
 * Selects calls. All given keys must match; of an array, any entry. In globs `*` is any number of characters, `?` is one,
 * `[a-z]` is one of a set, `{red,blue}` is either word. Case is ignored.
 */
export interface MatchInput {
  /** The service (`slack`, `github`, …), or the function's name for a tool of your own. A glob: `stripe*`. */
  readonly tool_name?: string | undefined;
  /** `create_issue` (a glob: `delete_*`), `method:POST`, `category:issues`. */
  readonly operations?: readonly string[] | undefined;
  readonly verbs?: readonly Verb[] | undefined;
  /** Owners on GitHub, as globs. */
  readonly org_patterns?: readonly string[] | undefined;
  /** Repositories on GitHub, as globs: `hello`, `octo/*`. */
  readonly repo_patterns?: readonly string[] | undefined;
  /** Channels on Slack, as globs: `#sec-*`. */
  readonly channel_patterns?: readonly string[] | undefined;
}

/** Further conditions of a rule. All given keys must hold. */
export interface ConditionInput {
  /** Whether a recipient, or a user who is granted access, is outside your own domains. */
  readonly is_external_principal?: boolean | undefined;
  /** Any of these classes is in the arguments. */
  readonly has_data_class?: readonly (DataClass | Lowercase<DataClass>)[] | undefined;
  /** Any of these strings is in the arguments, ignoring case. */
  readonly body_contains_any?: readonly string[] | undefined;
  /** All of these strings are in the arguments, ignoring case. */
  readonly body_contains_all?: readonly string[] | undefined;
  /** Whether this agent uses the resource for the first time. */
  readonly new_resource?: boolean | undefined;
  /** Whether this agent exceeds the gateway's `burst` limit. */
  readonly volume_burst?: boolean | undefined;
  /**
   * Extension, needs provenance: the value of any of these fields is in a tool output and not in the user's messages. Names
   * (`to`), paths (`customer.email`), `*` for every field, `@address` for every value that is an address, `@composed_url` for
   * URLs that were composed with a host from a tool output.
   */
  readonly x_from_tool_output?: readonly string[] | undefined;
  /** Extension, needs provenance: whether a tool output gives instructions to the model. */
  readonly x_instructions_in_tool_output?: boolean | undefined;
}
