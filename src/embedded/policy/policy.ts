import type { DataClass } from '../detection/span.ts';
import type { Action } from './policy-input.ts';
import type { Verb } from '../catalog/target.ts';

export type { Action, ConditionInput, MatchInput, PolicyInput, RuleInput } from './policy-input.ts';

/** A checked policy with its defaults filled in, frozen: what the engine reads. What people write is a `PolicyInput`. */
export interface Policy {
  /** What was written, or else a UUID made of the name: the same name has the same id, wherever it is loaded. */
  readonly policyId: string;
  /** Unique among the policies in force. */
  readonly name: string;
  readonly description?: string;
  /** In the order in which they are written; at least one. */
  readonly rules: readonly Rule[];
}

/** A rule applies to a call that fits both `match` and `condition`. */
export interface Rule {
  /** Unique in its policy. */
  readonly ruleId: string;
  /** The lowest is judged first. */
  readonly priority: number;
  readonly action: Action;
  readonly match: Match;
  readonly condition: Condition;
  /** What SANITIZE replaces: whole fields, by name or path. Absent: whatever was found. */
  readonly sanitizeFields?: readonly string[];
}

/** What a call is about. A key that is absent asks for nothing, so that an empty `match` fits every call. No list is empty. */
export interface Match {
  /** A glob for the service (`slack`, `stripe*`) or, of a tool without a known service, for the function's name. */
  readonly toolName?: string;
  /** Any of these: a glob for the operation (`create_issue`, `*`), `method:POST` (in capitals), `category:issues`. */
  readonly operations?: readonly string[];
  readonly verbs?: readonly Verb[];
  /** Globs for the owner on GitHub. */
  readonly orgPatterns?: readonly string[];
  /** Globs for the repository on GitHub: `hello`, `octo/*`. */
  readonly repoPatterns?: readonly string[];
  /** Globs for the channel on Slack: `#sec-*`. */
  readonly channelPatterns?: readonly string[];
}

/** What must be so of the call; every key that is there, and of a list of words any one unless it says otherwise. No list is empty. */
export interface Condition {
  /** Whether somebody outside the user's own domains receives something or is let in. */
  readonly isExternalPrincipal?: boolean;
  readonly hasDataClass?: readonly DataClass[];
  /** Substrings, whatever their case. */
  readonly bodyContainsAny?: readonly string[];
  /** Substrings, whatever their case; all of them. */
  readonly bodyContainsAll?: readonly string[];
  /** Whether this agent touches the resource for the first time. */
  readonly newResource?: boolean;
  /** Whether this agent asks for more calls than usual. */
  readonly volumeBurst?: boolean;
  /** Ours, `x_from_tool_output`: fields, by name or path, whose value stands in a tool's output and not in the user's words; `*`, `@address`, `@composed_url`. */
  readonly fromToolOutput?: readonly string[];
  /** Ours, `x_instructions_in_tool_output`: whether a tool's output speaks to the model as its user would. */
  readonly instructionsInToolOutput?: boolean;
}
