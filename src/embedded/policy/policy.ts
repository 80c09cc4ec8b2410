import type { DataClass } from '../detection/span.ts';
import type { Action, Default, GrantKind, PrincipalTests, ValueTests } from './policy-input.ts';
import type { Verb } from '../catalog/target.ts';

export type {
  Action,
  ApproversInput,
  ConditionInput,
  Default,
  GrantInput,
  GrantKind,
  MatchInput,
  OutputInput,
  PolicyInput,
  PrincipalTests,
  RuleInput,
  ValueTests,
} from './policy-input.ts';

/** A validated policy with defaults filled in, frozen. You write a `PolicyInput`. */
export interface Policy {
  /** The id as written, otherwise a UUID derived from the name, so that equal names have equal ids. */
  readonly policyId: string;
  /** Unique among the policies in effect. */
  readonly name: string;
  readonly description?: string;
  /** The action for calls that no ALLOW rule applies to. Absent: ALLOW. */
  readonly default?: Default;
  /** The rules for calls, in written order. */
  readonly rules: readonly Rule[];
  /** The rules for outputs (`x_output`), in written order. */
  readonly outputRules: readonly OutputRule[];
}

/** A rule for the outputs of calls that match `match`. */
export interface OutputRule extends Pick<Rule, 'ruleId' | 'priority' | 'match' | 'reason' | 'sanitizeFields'> {
  readonly action: 'SANITIZE' | 'FENCE' | 'DENY';
  /** What the output contains. */
  readonly output: { readonly any?: true; readonly instructions?: true; readonly dataClasses?: readonly DataClass[] };
}

/** A rule applies to calls that match both `match` and `condition`. */
export interface Rule {
  /** Unique in its policy. */
  readonly ruleId: string;
  /** Among equally strict rules, the lowest decides. */
  readonly priority: number;
  readonly action: Action;
  readonly match: Match;
  readonly condition: Condition;
  /** In plain words, for the model, the approver and the developer. */
  readonly reason?: string;
  /** The approvers that REQUIRE_APPROVAL needs. Absent: any one. */
  readonly approvers?: { readonly count: number; readonly roles?: readonly string[] };
  /** The grants that an approver may give. Absent: none. */
  readonly grant?: { readonly for: readonly GrantKind[]; readonly maxMinutes: number };
  /** Fields that SANITIZE replaces as a whole, by name or path. Absent: everything detected. */
  readonly sanitizeFields?: readonly string[];
}

/** A validated `MatchInput`. An empty `match` matches every call. No array is empty. */
export interface Match {
  readonly toolName?: string;
  /** Operations, with methods in upper case. */
  readonly operations?: readonly string[];
  readonly verbs?: readonly Verb[];
  readonly orgPatterns?: readonly string[];
  readonly repoPatterns?: readonly string[];
  readonly channelPatterns?: readonly string[];
  /** The call must not match these. Has at least one key. */
  readonly not?: Omit<Match, 'not'>;
}

/** A validated `ConditionInput`. No array is empty. */
export interface Condition {
  readonly isExternalPrincipal?: boolean;
  readonly hasDataClass?: readonly DataClass[];
  readonly bodyContainsAny?: readonly string[];
  readonly bodyContainsAll?: readonly string[];
  readonly newResource?: boolean;
  readonly volumeBurst?: boolean;
  readonly fromToolOutput?: readonly string[];
  readonly fromToolProse?: readonly string[];
  readonly fromToolUnasked?: readonly string[];
  readonly askedByUser?: boolean | 'with_values';
  readonly notFromUser?: readonly string[];
  readonly secretsFromUser?: boolean | 'in_own_field';
  readonly dataFromUser?: boolean;
  readonly instructionsInToolOutput?: boolean | 'followed';
  /** Tests by path. */
  readonly arguments?: Readonly<Record<string, ValueTests>>;
  readonly principal?: PrincipalTests;
  /** These must not all hold. Has at least one key. */
  readonly not?: Omit<Condition, 'not'>;
}
