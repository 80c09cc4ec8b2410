import type { DataClass } from '../detection/span.ts';
import type { Verb } from '../catalog/target.ts';

/** The action of a rule, in Interven's terms. */
export type Action = 'ALLOW' | 'DENY' | 'SANITIZE' | 'REQUIRE_APPROVAL';

/** The action for calls that no ALLOW rule applies to. */
export type Default = Exclude<Action, 'SANITIZE'>;

/**
 * A policy in Interven's schema, which you write as an object, JSON or YAML. The strictest rule that matches a call
 * decides; among equally strict rules, the one with the lowest `priority`.
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
  /**
   * Extension: the action for calls that no ALLOW rule of any policy applies to. The strictest default of all policies
   * and of the gateway counts. Default: ALLOW.
   */
  readonly default?: Default | undefined;
  /** The rules, at least one. */
  readonly rules: readonly RuleInput[];
  /** Used by Interven's hosted gateway only. */
  readonly env_name?: string | null | undefined;
  /** Used by Interven's hosted gateway only. */
  readonly version?: string | number | null | undefined;
  /** The approver who applied the policy, written by the gateway server. Not evaluated. */
  readonly applied_by?: string | null | undefined;
  /** The time at which the approver applied it, in ISO 8601. */
  readonly applied_at?: string | null | undefined;
}

/**
 * A rule. It may contain the keys of `match` and `condition` itself (Interven's older form), except `not`, but none of
 * them twice.
 */
export interface RuleInput extends Omit<MatchInput, 'not'>, Omit<ConditionInput, 'not'> {
  /** Unique in its policy. Default: the policy's name and the rule's position, counted from 1, such as `payments-2`. */
  readonly rule_id?: string | undefined;
  /** An integer. Among equally strict rules, the lowest decides. Default: 100. */
  readonly priority?: number | undefined;
  /** The calls that the rule applies to. Default: every call. */
  readonly match?: MatchInput | undefined;
  /** Further conditions. Default: none. */
  readonly condition?: ConditionInput | undefined;
  /** FENCE is for outputs only: it marks one as untrusted data. */
  readonly action: Action | 'FENCE';
  /**
   * Extension: the rule is for outputs of the calls that `match` selects, and not for the calls. The action is SANITIZE,
   * FENCE or DENY, which withholds the output. Needs `scanOutputs` of the runner.
   */
  readonly x_output?: OutputInput | undefined;
  /**
   * Why the rule exists, in plain words, at most 500 characters: `Payments above 1,000 need a person.` The model (when
   * the call is denied or waits), the approver and the developer read it.
   */
  readonly reason?: string | undefined;
  /** Extension, for REQUIRE_APPROVAL: who approves. The requester's principal may not. Default: any one approver. */
  readonly x_approvers?: ApproversInput | undefined;
  /** Extension, for REQUIRE_APPROVAL: the grants for further calls that an approver may give. Default: none. */
  readonly x_grant?: GrantInput | undefined;
  /** Fields that SANITIZE replaces as a whole, by name or path. Default: everything detected. */
  readonly sanitize_fields?: readonly string[] | null | undefined;
}

/** What an output contains: `{ instructions: true }`, `{ data_classes: ['SECRETS'] }`. All keys present must hold. */
export interface OutputInput {
  /** Any output, whatever it contains. */
  readonly any?: true | undefined;
  /** The output gives instructions to the model that reads it. */
  readonly instructions?: true | undefined;
  /** The output contains any of these classes. SANITIZE redacts them; without this key, all classes. */
  readonly data_classes?: readonly (DataClass | Lowercase<DataClass>)[] | undefined;
}

/** The approvers that a call needs: `{ count: 2, roles: ['finance'] }` is two different ones, both with that role. */
export interface ApproversInput {
  /** From 1 to 10. Default: 1. */
  readonly count?: number | undefined;
  /** Each approver has one of these roles, in this case. Default: any role, or none. */
  readonly roles?: readonly string[] | undefined;
}

/** `conversation`: every call of the tool in this conversation. `similar`: calls of the tool with the same arguments. */
export type GrantKind = 'conversation' | 'similar';

/** The grants that an approver may give: `{ for: ['conversation'], max_minutes: 60 }`. */
export interface GrantInput {
  readonly for: readonly GrantKind[];
  /** A grant ends after this many minutes, from 1 to 43,200 (30 days). */
  readonly max_minutes: number;
}

/**
 * Selects calls. All keys present must match; an array matches if any of its entries does. In globs, `*` is any number
 * of characters, `?` is one, `[a-z]` is one of a set, and `{red,blue}` is either word. Case is ignored.
 */
export interface MatchInput {
  /** The service (`slack`, `github`, …), or the function's name for a tool of your own. A glob: `stripe*`. */
  readonly tool_name?: string | undefined;
  /** Operations: `create_issue` (a glob: `delete_*`), `method:POST`, `category:issues`. */
  readonly operations?: readonly string[] | undefined;
  readonly verbs?: readonly Verb[] | undefined;
  /** Owners on GitHub, as globs. */
  readonly org_patterns?: readonly string[] | undefined;
  /** Repositories on GitHub, as globs: `hello`, `octo/*`. */
  readonly repo_patterns?: readonly string[] | undefined;
  /** Channels on Slack, as globs: `#sec-*`. */
  readonly channel_patterns?: readonly string[] | undefined;
  /** Extension: the call must not match these. Several keys are a combination: `not: { a, b }` is "not both". */
  readonly not?: Omit<MatchInput, 'not'> | undefined;
}

/**
 * Tests of a value. All keys present must hold. A value that a test cannot read, such as `1,000` as a number, counts as
 * passed for rules that block, and as failed for ALLOW.
 */
export interface ValueTests {
  /** Numbers, also as plain decimal strings (`"1000.50"`): the value is greater than this. */
  readonly above?: number | undefined;
  readonly at_least?: number | undefined;
  readonly below?: number | undefined;
  readonly at_most?: number | undefined;
  readonly equals?: string | number | boolean | undefined;
  /** One of these, which are all strings or all numbers. */
  readonly in?: readonly string[] | readonly number[] | undefined;
  readonly not_in?: readonly string[] | readonly number[] | undefined;
  /** A glob for the whole string, in this case: `gold-*`. */
  readonly matches?: string | undefined;
  readonly not_matches?: string | undefined;
  /** Strings: more UTF-16 characters than this. Lists: more items. */
  readonly longer_than?: number | undefined;
  readonly shorter_than?: number | undefined;
  /** True if there is a value other than null. */
  readonly present?: boolean | undefined;
}

/** Tests of the principal. All keys present must hold. */
export interface PrincipalTests {
  /** The principal's id, as globs, in this case. */
  readonly id?: readonly string[] | undefined;
  /** The principal has one of these roles, as globs, in this case. */
  readonly roles?: readonly string[] | undefined;
  /** Tests of the principal's attributes, by name. */
  readonly attributes?: Readonly<Record<string, ValueTests>> | undefined;
}

/** Further conditions of a rule. All keys present must hold. */
export interface ConditionInput {
  /**
   * True matches a call with a recipient, or a user who gets access, outside your own domains; false matches all
   * others.
   */
  readonly is_external_principal?: boolean | undefined;
  /** The arguments, the address or the headers contain any of these classes. */
  readonly has_data_class?: readonly (DataClass | Lowercase<DataClass>)[] | undefined;
  /** The arguments, the address or the headers contain any of these strings, ignoring case and kinds of white space. */
  readonly body_contains_any?: readonly string[] | undefined;
  /** The same for all of these strings. */
  readonly body_contains_all?: readonly string[] | undefined;
  /** True matches a call whose agent uses the resource for the first time; false matches all others. */
  readonly new_resource?: boolean | undefined;
  /** True matches a call whose agent exceeds the gateway's `burst` limit; false matches all others. */
  readonly volume_burst?: boolean | undefined;
  /**
   * Extension, needs provenance: the value of any of these fields is in a tool output and not in the user's messages.
   * Entries are names (`to`), paths (`customer.email`), `*` for every field, `@address` for every value that is an
   * address, and `@composed_url` for URLs composed with a host from a tool output.
   */
  readonly x_from_tool_output?: readonly string[] | undefined;
  /**
   * Extension, needs provenance: as `x_from_tool_output`, for values that a tool returned only within a sentence, and
   * never alone in a field, a line or a cell.
   */
  readonly x_from_tool_prose?: readonly string[] | undefined;
  /**
   * Extension, needs provenance: as `x_from_tool_output`, without the values that the user's request points to, such as
   * the account for "Pay the bill in bill.txt", and the ids that a tool returned in fields of their own.
   */
  readonly x_from_tool_unasked?: readonly string[] | undefined;
  /**
   * Extension, needs provenance: true matches calls for which the user's messages have a word; false matches all others.
   * `with_values` matches calls for which they have a verb, and have or point to all values but reasons and comments.
   */
  readonly x_asked_by_user?: boolean | 'with_values' | undefined;
  /**
   * Extension, needs provenance: the value of any of these fields is not in the user's messages and names no person at your
   * own domains. Entries are names, paths, `*` and `@address` as above, `@unseen_address` for addresses that are in no
   * tool output either, and `@unseen_url` for those of the web.
   */
  readonly x_not_from_user?: readonly string[] | undefined;
  /**
   * Extension, needs provenance: true matches calls whose secrets are all in the user's messages, or in a URL that a tool
   * returned as it is; `in_own_field` matches those in which each is the whole value of a field for it, such as
   * `password`.
   */
  readonly x_secrets_from_user?: boolean | 'in_own_field' | undefined;
  /**
   * Extension, needs provenance: true matches calls whose personal data, health data and markings are all in the user's
   * messages, or are values to which the request points.
   */
  readonly x_data_from_user?: boolean | undefined;
  /**
   * Extension, needs provenance: true matches every call after a tool output that gives instructions to the model;
   * `followed` matches those that may follow them, because they use a value of the record with the instructions or of an
   * output that it names, or are named in it, or change something without any value to compare.
   */
  readonly x_instructions_in_tool_output?: boolean | 'followed' | undefined;
  /** Extension: tests of the arguments, by path: `{ amount: { above: 1000 }, 'items[].sku': { matches: 'gold-*' } }`. */
  readonly x_arguments?: Readonly<Record<string, ValueTests>> | undefined;
  /** Extension: tests of the principal on whose behalf the agent acts. */
  readonly x_principal?: PrincipalTests | undefined;
  /** Extension: these must not hold. Several keys are a combination: `not: { a, b }` is "not both". */
  readonly not?: Omit<ConditionInput, 'not'> | undefined;
}
