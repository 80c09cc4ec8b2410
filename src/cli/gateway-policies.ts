import type { EmbeddedGatewayOptions } from '../embedded/gateway-options.ts';
import { loadPoliciesWith } from '../embedded/policy-files/load-policies.ts';
import { agentSafety } from '../embedded/policy/agent-safety.ts';
import { PolicyError } from '../embedded/policy/policy-error.ts';
import type { PolicyInput } from '../embedded/policy/policy-input.ts';
import { parsePolicies } from '../embedded/policy/parse-policies.ts';
import { starterPolicies } from '../embedded/policy/starter-policies.ts';
import { policySaver } from './applied-policies.ts';
import { type Io, errorText } from './command.ts';
import { oneLine } from './format.ts';

/** The policies of a gateway and the terminal messages about their changes. */
export interface GatewayPolicies {
  /** Options for the embedded gateway. */
  readonly options: Pick<EmbeddedGatewayOptions, 'policies' | 'watch' | 'onPolicyError' | 'onPolicyChange'>;
  /** Option for the server: saves an applied policy, or rejects with a PolicyError. */
  readonly onPolicyApplied: (policy: PolicyInput) => Promise<void>;
}

/**
 * @param path the path of `--policies`
 * @param packs policies that are always in effect: no other policy can replace them
 * @throws PolicyError when the files cannot be used
 */
export async function gatewayPolicies(
  path: string | undefined,
  packs: readonly PolicyInput[],
  io: Io,
): Promise<GatewayPolicies> {
  const fixed = packs.length > 0 ? parsePolicies(packs) : [];
  const first = path === undefined ? [] : await loadPoliciesWith(path, fixed);
  const inForce = new Set(first.map(({ name }) => name));
  const keep = path === undefined ? undefined : policySaver(path);
  return {
    options:
      path === undefined
        ? { policies: [...starterPolicies, ...new Set([agentSafety, ...packs])] }
        : watched([path, ...fixed], inForce, io),
    onPolicyApplied: async (policy) => {
      const name = oneLine(policy.name);
      try {
        if (fixed.some((own) => own.name === policy.name)) throw nameOfThePack();
        const file = await keep?.(policy);
        const until =
          file === undefined
            ? 'until this process ends, because --policies is not a folder'
            : `saved in ${oneLine(file)}`;
        io.log(`The policy "${name}" was applied, ${until}.\n`);
      } catch (error) {
        io.log(`The policy "${name}" was not applied. ${errorText(error, false)}\n`);
        throw error;
      }
      inForce.add(policy.name);
    },
  };
}

/** @param inForce the names reported last, and those applied since */
function watched(
  policies: NonNullable<GatewayPolicies['options']['policies']>,
  inForce: Set<string>,
  io: Io,
): GatewayPolicies['options'] {
  // The gateway's start reports the first reading, unless the files changed since.
  let isBegun = false;
  return {
    policies,
    watch: true,
    onPolicyError: (error) => {
      isBegun = true;
      io.log(`The previous policies stay in effect. ${errorText(error, false)}\n`);
    },
    onPolicyChange: (names) => {
      const gone = [...inForce].filter((name) => !names.includes(name));
      isBegun ||= gone.length > 0 || names.some((name) => !inForce.has(name));
      inForce.clear();
      for (const name of names) inForce.add(name);
      const removed = gone.length === 0 ? '' : ` Removed: ${listed(gone)}.`;
      if (isBegun) io.log(`Reloaded the policies. In effect: ${listed(names)}.${removed}\n`);
      isBegun = true;
    },
  };
}

function listed(names: readonly string[]): string {
  return names.map(oneLine).join(', ');
}

function nameOfThePack(): PolicyError {
  const message = 'is the name of a pack that is in effect. Use another name';
  return new PolicyError([{ path: 'name', message }]);
}
