import type { DataClass } from '../detection/span.ts';
import type { Verb } from '../catalog/target.ts';

/** What a rule does with the calls that it is about, in Interven's words. */
export type Action = 'ALLOW' | 'DENY' | 'SANITIZE' | 'REQUIRE_APPROVAL';

/**
 * A policy as it is written, in an object, in JSON or in YAML: Interven's schema. Of the rules that fit a call the one with the lowest
 * `priority` decides, unless a stricter one fits as well.
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
  /** Unique among the policies in force. */
  readonly name: string;
  readonly description?: string | null | undefined;
  /** Default: a UUID made of the name. */
  readonly policy_id?: string | null | undefined;
  /** At least one. */
  readonly rules: readonly RuleInput[];
  /** For Interven's own gateway; not used here. */
  readonly env_name?: string | null | undefined;
  /** What Interven's own gateway counts up; not used here. */
  readonly version?: string | number | null | undefined;
  /** The approver who sent it to a gateway's server, which writes it there; not used to judge. */
  readonly applied_by?: string | null | undefined;
  /** When that was, as an ISO 8601 time. */
  readonly applied_at?: string | null | undefined;
}

/** The keys of `match` and `condition` may stand in the rule itself, too (Interven's older form), but none in both places. */
export interface RuleInput extends MatchInput, ConditionInput {
  /** Unique in its policy. Default: the policy's name and the rule's position, counted from 1, such as `payments-2`. */
  readonly rule_id?: string | undefined;
  /** A whole number; the lowest is judged first. Default: 100. */
  readonly priority?: number | undefined;
  /** Default: every call. */
  readonly match?: MatchInput | undefined;
  /** Default: whatever is in the call. */
  readonly condition?: ConditionInput | undefined;
  readonly action: Action;
  /** What SANITIZE replaces: whole fields, by name or path. Default: whatever was found. */
  readonly sanitize_fields?: readonly string[] | null | undefined;
}

/**
 * What a call is about; all that is given must fit, of a list any one. In globs `*` is any number of characters, `?` is one,
 * `[a-z]` one of a set, `{red,blue}` either word; case does not matter.
 */
export interface MatchInput {
  /** The service (`slack`, `github`, …) or, of a tool of your own, the function's name. A glob: `stripe*`. */
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

/** What must be so of a call; all that is given must hold. */
export interface ConditionInput {
  /** Whether somebody outside your own domains receives something or is let in. */
  readonly is_external_principal?: boolean | undefined;
  /** Any of these was found in the arguments. */
  readonly has_data_class?: readonly (DataClass | Lowercase<DataClass>)[] | undefined;
  /** Any of these stands in the arguments, whatever its case. */
  readonly body_contains_any?: readonly string[] | undefined;
  /** All of these stand in the arguments, whatever their case. */
  readonly body_contains_all?: readonly string[] | undefined;
  /** Whether this agent touches the resource for the first time. */
  readonly new_resource?: boolean | undefined;
  /** Whether this agent asks for more calls than usual. */
  readonly volume_burst?: boolean | undefined;
  /**
   * Our own, and only with provenance: the value of any of these fields stands in a tool's output and not in the user's words. Names
   * (`to`), paths (`customer.email`), `*` for every field, `@address` for every value that is an address, `@composed_url` for web
   * addresses of a tool's host that were put together.
   */
  readonly x_from_tool_output?: readonly string[] | undefined;
  /** Our own, and only with provenance: whether a tool's output speaks to the model as its user would. */
  readonly x_instructions_in_tool_output?: boolean | undefined;
}
