import { checkFunction } from '../internal/checks.ts';
import type { GatewayEvents } from './gateway-events.ts';
import { createPolicySource, type PolicyOptions, type PolicySource } from './policy-files/policy-source.ts';
import { parsePolicies } from './policy/parse-policies.ts';
import type { PolicyInput } from './policy/policy-input.ts';

/** The policies in effect, whose changes are events. */
export interface ObservedPolicies extends Omit<PolicySource, 'apply'> {
  /**
   * Adds a policy, or replaces the one with its name.
   *
   * @throws PolicyError for an invalid policy
   */
  apply(policy: PolicyInput): void;
}

/** @throws as `createPolicySource` does */
export function observePolicies(options: PolicyOptions, events: GatewayEvents, now: () => number): ObservedPolicies {
  const onPolicyChange = checkFunction('onPolicyChange', options.onPolicyChange);
  let isLoaded = false;
  const changed = (
    policyNames: readonly string[],
    applied: { readonly by?: string; readonly applied?: string },
  ): void => {
    events.emit({ type: 'policy-change', at: new Date(now()), policyNames, ...applied });
  };
  const source = createPolicySource({
    ...options,
    onPolicyChange: (names) => {
      // The first load of files changes nothing.
      if (isLoaded) changed(names, {});
      isLoaded = true;
      return onPolicyChange?.(names);
    },
  });
  return {
    ...source,
    apply(policy) {
      for (const parsed of parsePolicies(policy)) source.apply(parsed);
      const applied = { applied: policy.name, ...(policy.applied_by ? { by: policy.applied_by } : {}) };
      source.current().then(
        (all) => {
          changed(
            all.map(({ name }) => name),
            applied,
          );
        },
        () => undefined,
      );
    },
  };
}
