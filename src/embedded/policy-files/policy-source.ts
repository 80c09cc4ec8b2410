import { GatewayError } from '../../runner/gateway/gateway-error.ts';
import { checkFunction } from '../../internal/checks.ts';
import { PolicyError } from '../policy/policy-error.ts';
import type { PolicyInput } from '../policy/policy-input.ts';
import type { Policy } from '../policy/policy.ts';
import { parsePolicies } from '../policy/parse-policies.ts';
import { starterPolicies } from '../policy/starter-policies.ts';
import { loadPoliciesBeside } from './load-policies.ts';
import { watchPolicies } from './watch-policies.ts';

export interface PolicyOptions {
  /**
   * Policies as objects, or where their files are: a file, a folder or a glob. Objects, paths and what `loadPolicies` gave may stand in
   * one list; no file may have the name of an object then. Default: `starterPolicies`.
   */
  readonly policies?: PolicyInput | string | readonly (PolicyInput | Policy | string)[] | undefined;
  /** Whether files are read again when they change. A broken one keeps the last good policies. Default: false. */
  readonly watch?: boolean | undefined;
  /** Told why changed files are not in force. Default: a warning of the process, since nobody else would know. */
  readonly onPolicyError?: ((error: unknown) => unknown) | undefined;
  /** Told the names of all policies that are in force from now on, once for files and then after each change of theirs. */
  readonly onPolicyChange?: ((policyNames: readonly string[]) => unknown) | undefined;
}

/** The policies in force. */
export interface PolicySource {
  /** @throws GatewayError when the files could not be read the first time: there is nothing to judge by, which ends a run */
  current(): Promise<readonly Policy[]>;
  /**
   * Puts a policy in force, in the place of the one that has its name. From the next reading of the files on it is theirs alone, if one
   * of them has that name or had it before: a file that goes takes its policy with it.
   */
  apply(policy: Policy): void;
  close(): void;
}

/**
 * @throws TypeError when there is nothing to watch
 * @throws PolicyError for an object that is no policy
 */
export function createPolicySource(options: PolicyOptions): PolicySource {
  const { policies = starterPolicies, watch = false } = options;
  const onChange = checkFunction('onPolicyChange', options.onPolicyChange);
  const onError = checkFunction('onPolicyError', options.onPolicyError) ?? warn;
  const applied = new Map<string, Policy>();
  const { paths, objects } = parted(policies);
  const beside = paths.length > 0 && objects.length === 0 ? [] : parsePolicies(paths.length > 0 ? objects : policies);
  if (paths.length === 0) {
    if (watch) throw new TypeError('watch is true, and policies are objects; it needs the path of their files.');
    return { ...withApplied(async () => beside, applied), close: () => undefined };
  }

  let current = loadPoliciesBeside(paths, beside);
  let readBefore: readonly Policy[] = [];
  const tell = (read: readonly Policy[]): void => {
    heard(() => onChange?.(together(read, applied).map(({ name }) => name)));
  };
  // Rejections are told by the first scan, or by the watch, which tells what it starts with, too.
  current
    .then((loaded) => {
      if (!watch) tell(loaded);
    })
    .catch(() => undefined);
  const watching = watch
    ? watchPolicies(paths, {
        beside,
        onChange: (changed) => {
          current = Promise.resolve(changed);
          for (const { name } of [...readBefore, ...changed]) applied.delete(name);
          readBefore = changed;
          tell(changed);
        },
        onError: (error) => {
          heard(() => onError(error));
        },
      })
    : undefined;
  const loaded = async (): Promise<readonly Policy[]> => {
    try {
      return await current;
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      throw new GatewayError('configuration', message, { cause: error });
    }
  };
  return {
    ...withApplied(loaded, applied),
    close: () => {
      watching?.close();
    },
  };
}

/** Where files are, and what is no path. */
function parted(policies: NonNullable<PolicyOptions['policies']>): {
  readonly paths: readonly string[];
  readonly objects: readonly (PolicyInput | Policy)[];
} {
  const all: readonly (PolicyInput | Policy | string)[] = [policies].flat();
  if (all.length === 0) throw nothingToJudgeBy();
  const isPath = (one: PolicyInput | Policy | string): one is string => typeof one === 'string';
  return { paths: all.filter(isPath), objects: all.filter((one) => typeof one !== 'string') };
}

function nothingToJudgeBy(): PolicyError {
  const message =
    'would let every call through; leave policies out for starterPolicies, or pass [...starterPolicies, agentSafety], policies of your own, or the path of a folder of them';
  return new PolicyError([{ path: 'policies', value: '[]', message }]);
}

function withApplied(
  loaded: PolicySource['current'],
  applied: Map<string, Policy>,
): Pick<PolicySource, 'current' | 'apply'> {
  return {
    current: async () => together(await loaded(), applied),
    apply: (policy) => {
      applied.set(policy.name, policy);
    },
  };
}

function together(others: readonly Policy[], applied: ReadonlyMap<string, Policy>): readonly Policy[] {
  return applied.size === 0 ? others : [...others.filter(({ name }) => !applied.has(name)), ...applied.values()];
}

function warn(error: unknown): void {
  process.emitWarning(error instanceof Error ? error : String(error));
}

/** A listener that throws changes nothing. */
function heard(tell: () => unknown): void {
  try {
    void Promise.resolve(tell()).catch(() => undefined);
  } catch {
    // As it says.
  }
}
