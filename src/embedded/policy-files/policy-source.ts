import { GatewayError } from '../../runner/gateway/gateway-error.ts';
import { checkFunction } from '../../internal/checks.ts';
import { PolicyError } from '../policy/policy-error.ts';
import type { PolicyInput } from '../policy/policy-input.ts';
import type { Policy } from '../policy/policy.ts';
import { parsePolicies } from '../policy/parse-policies.ts';
import { starterPolicies } from '../policy/starter-policies.ts';
import { loadPoliciesWith } from './load-policies.ts';
import { watchPolicies } from './watch-policies.ts';
import { messageOf } from '../../internal/error-message.ts';

export interface PolicyOptions {
  /**
   * Policies as objects, a path (file, folder or glob), the result of `loadPolicies`, or an array of these. A policy of
   * a file cannot have the name of an object. Default: `starterPolicies`.
   */
  readonly policies?: PolicyInput | string | readonly (PolicyInput | Policy | string)[] | undefined;
  /** Reloads files when they change. If one becomes invalid, the previous policies stay in effect. Default: false. */
  readonly watch?: boolean | undefined;
  /** Receives the error if changed files are invalid. Default: emits a process warning. */
  readonly onPolicyError?: ((error: unknown) => unknown) | undefined;
  /** Receives the names of all policies in effect, after the files are loaded and after each change. */
  readonly onPolicyChange?: ((policyNames: readonly string[]) => unknown) | undefined;
}

/** The policies in effect. */
export interface PolicySource {
  /** @throws GatewayError if the first load of the files failed; it ends the run */
  current(): Promise<readonly Policy[]>;
  /**
   * Adds a policy, or replaces the one with its name. If a policy file has or had that name, the next reload restores
   * the file's policy, or removes it with its file.
   */
  apply(policy: Policy): void;
  close(): void;
}

/**
 * @throws TypeError if `watch` is set without files
 * @throws PolicyError for an invalid object
 */
export function createPolicySource(options: PolicyOptions): PolicySource {
  const { policies = starterPolicies, watch = false } = options;
  const onChange = checkFunction('onPolicyChange', options.onPolicyChange);
  const onError = checkFunction('onPolicyError', options.onPolicyError) ?? warn;
  const applied = new Map<string, Policy>();
  const { paths, objects } = splitPolicies(policies);
  const fixed = paths.length > 0 && objects.length === 0 ? [] : parsePolicies(paths.length > 0 ? objects : policies);
  if (paths.length === 0) {
    if (watch) throw new TypeError('watch is true, but policies are objects. Pass the path of policy files.');
    return { ...withApplied(async () => fixed, applied), close: () => undefined };
  }

  let current = loadPoliciesWith(paths, fixed);
  let previous: readonly Policy[] = [];
  const notify = (read: readonly Policy[]): void => {
    callListener(() => onChange?.(merged(read, applied).map(({ name }) => name)));
  };
  // Errors are reported by the first scan or by the watch. The watch also reports the first load.
  current
    .then((loaded) => {
      if (!watch) notify(loaded);
    })
    .catch(() => undefined);
  const watching = watch
    ? watchPolicies(paths, {
        fixed,
        onChange: (changed) => {
          current = Promise.resolve(changed);
          for (const { name } of [...previous, ...changed]) applied.delete(name);
          previous = changed;
          notify(changed);
        },
        onError: (error) => {
          callListener(() => onError(error));
        },
      })
    : undefined;
  const loaded = async (): Promise<readonly Policy[]> => {
    try {
      return await current;
    } catch (error) {
      throw new GatewayError('configuration', messageOf(error), { cause: error });
    }
  };
  return {
    ...withApplied(loaded, applied),
    close: () => {
      watching?.close();
    },
  };
}

function splitPolicies(policies: NonNullable<PolicyOptions['policies']>): {
  readonly paths: readonly string[];
  readonly objects: readonly (PolicyInput | Policy)[];
} {
  const all: readonly (PolicyInput | Policy | string)[] = [policies].flat();
  if (all.length === 0) throw noPolicies();
  const isPath = (one: PolicyInput | Policy | string): one is string => typeof one === 'string';
  return { paths: all.filter(isPath), objects: all.filter((one) => typeof one !== 'string') };
}

function noPolicies(): PolicyError {
  const message =
    'would allow every call; omit policies to use starterPolicies, or pass [...starterPolicies, agentSafety], your own policies, or the path of a folder';
  return new PolicyError([{ path: 'policies', value: '[]', message }]);
}

function withApplied(
  loaded: PolicySource['current'],
  applied: Map<string, Policy>,
): Pick<PolicySource, 'current' | 'apply'> {
  return {
    current: async () => merged(await loaded(), applied),
    apply: (policy) => {
      applied.set(policy.name, policy);
    },
  };
}

function merged(others: readonly Policy[], applied: ReadonlyMap<string, Policy>): readonly Policy[] {
  return applied.size === 0 ? others : [...others.filter(({ name }) => !applied.has(name)), ...applied.values()];
}

function warn(error: unknown): void {
  process.emitWarning(error instanceof Error ? error : String(error));
}

/** Calls a listener and ignores its errors. */
function callListener(listener: () => unknown): void {
  try {
    void Promise.resolve(listener()).catch(() => undefined);
  } catch {
    // Ignored, as documented.
  }
}
