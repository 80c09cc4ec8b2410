import type { BurstLimit } from './agent-history.ts';
import type { ApprovalStore } from './approvals/approval-store.ts';
import type { BoundTo } from './approvals/requested-call.ts';
import type { Judge } from './judge.ts';
import { checkStrings } from '../internal/checks.ts';
import { isRegion } from './detection/personal/phone.ts';
import type { Default } from './policy/policy-input.ts';
import type { PolicyOptions } from './policy-files/policy-source.ts';

export interface EmbeddedGatewayOptions extends PolicyOptions {
  /**
   * The action for calls that no ALLOW rule applies to, at least: a policy's own `default` may be stricter. Default:
   * ALLOW.
   */
  readonly default?: Default | undefined;
  /** Decides on each call in code, besides the rules. It can only make a decision stricter. Default: none. */
  readonly judge?: Judge | undefined;
  /**
   * ISO 3166 codes (`US`) of the countries whose phone numbers are recognised without an international prefix. Every
   * country you add also adds false positives. Default: `DEFAULT_REGIONS`.
   */
  readonly regions?: readonly string[] | undefined;
  /**
   * Your own domains (subdomains included), addresses and user names. All other principals are external. Default: none,
   * so that every principal is external.
   */
  readonly ownDomains?: readonly string[] | undefined;
  /** Limit of the `volume_burst` condition. Default: more than 30 calls of an agent to one tool within 60 000 ms. */
  readonly burst?: Partial<BurstLimit> | undefined;
  /**
   * The requester for which an approval clears a call, and a refusal blocks it, besides the API key and the agent:
   * `'principal'` is the run's principal, or its thread or conversation if it has no principal. `'agent'` is any run of
   * the agent, on anyone's behalf. The history for `new_resource` and `volume_burst` is separate for each principal, or
   * with `'agent'` common to all. Default: `'principal'`.
   */
  readonly boundTo?: BoundTo | undefined;
  /**
   * Keeps the newest three messages of the user and ten tool outputs with each approval, shortened and with sensitive data
   * redacted, so that the approver sees why the agent makes the call. Needs `provenance: true` of the runner. Default:
   * false.
   */
  readonly keepConversation?: boolean | undefined;
  /** Storage of approvals. Default: in memory. */
  readonly store?: ApprovalStore | undefined;
  /** Returns epoch milliseconds. Default: the clock of a shared `store`, or `Date.now`. */
  readonly now?: (() => number) | undefined;
}

export const OPTIONS: readonly (keyof EmbeddedGatewayOptions)[] = [
  'policies',
  'watch',
  'onPolicyError',
  'onPolicyChange',
  'default',
  'judge',
  'regions',
  'ownDomains',
  'burst',
  'boundTo',
  'keepConversation',
  'store',
  'now',
];

/** @throws TypeError for an unknown country, whose phone numbers would silently not be detected */
export function checkRegions(value: readonly string[] | undefined): readonly string[] | undefined {
  const regions = checkStrings('regions', value);
  const unknown = regions?.find((region) => !isRegion(region));
  if (unknown === undefined) return regions;
  throw new TypeError(`Unknown region "${unknown}" in regions. Pass ISO 3166 codes, such as GB.`);
}
