import { stat } from 'node:fs/promises';
import { checkMs } from '../../internal/checks.ts';
import type { Policy } from '../policy/policy.ts';
import { loadPoliciesBeside } from './load-policies.ts';
import { findPolicyFiles } from './find-policy-files.ts';

export interface PolicyWatchOptions {
  /** In force beside those of the files, whose names no file may have. Default: none. */
  readonly beside?: readonly Policy[] | undefined;
  /** Told what is in force from now on: soon after the start, then after every change that gives good policies. */
  readonly onChange: (policies: readonly Policy[]) => void;
  /** Told once why the files cannot be used; what `onChange` was told last stays in force. Usually a `PolicyError`. */
  readonly onError: (error: unknown) => void;
  /** How often to look, in milliseconds. Default: 1000. */
  readonly everyMs?: number | undefined;
  /** How long the files must have stayed as they are before they are read, in milliseconds. Default: 100. */
  readonly debounceMs?: number | undefined;
}

export interface PolicyWatch {
  /** Ends it; nothing is told after that. */
  close(): void;
}

/**
 * Reads the policies again whenever a file is written, added, removed or replaced. It looks at the files' times and sizes every
 * second: that also works where the system tells of no changes (network drives, containers' mounts) or tells of them only for
 * a folder that was put in another's place (a ConfigMap). It keeps no process alive.
 *
 * @param paths as for `loadPolicies`
 * @throws TypeError for times that are none
 */
export function watchPolicies(
  paths: string | readonly string[],
  { beside = [], onChange, onError, everyMs, debounceMs }: PolicyWatchOptions,
): PolicyWatch {
  const untilNext = checkMs('everyMs', everyMs) ?? 1_000;
  const untilQuiet = checkMs('debounceMs', debounceMs) ?? 100;
  let isClosed = false;
  let timer: NodeJS.Timeout | undefined;
  let seen: string | undefined;
  let inForce: string | undefined;
  let toldError: string | undefined;

  /** Looks, reads if there is something new, and returns when to look again. */
  const look = async (): Promise<number> => {
    const state = await stateOf(paths);
    if (state !== seen) {
      seen = state;
      return untilQuiet;
    }
    if (state === inForce) return untilNext;
    inForce = undefined;
    const policies = await loadPoliciesBeside(paths, beside);
    inForce = state;
    toldError = undefined;
    if (!isClosed) onChange(policies);
    return untilNext;
  };
  /** What could not be read is tried again each time, for a reason that leaves no trace in the files; it is told once. */
  const fail = (error: unknown): number => {
    const isNew = String(error) !== toldError;
    toldError = String(error);
    if (isNew && !isClosed) onError(error);
    return untilNext;
  };
  const lookAfter = (ms: number): void => {
    if (isClosed) return;
    timer = setTimeout(
      () =>
        void look()
          .catch(fail)
          .catch(() => untilNext)
          .then(lookAfter),
      ms,
    ).unref();
  };

  lookAfter(0);
  return {
    close: () => {
      isClosed = true;
      clearTimeout(timer);
    },
  };
}

/** A text that is another one as soon as a file is. */
async function stateOf(paths: string | readonly string[]): Promise<string> {
  const { files, problems } = await findPolicyFiles(paths);
  const states = files.map(async (file) => {
    const { mtimeNs, ctimeNs, size, ino } = await stat(file, { bigint: true });
    return [mtimeNs, ctimeNs, size, ino].join(' ');
  });
  const settled = await Promise.allSettled(states);
  const texts = settled.map((state) => (state.status === 'fulfilled' ? state.value : String(state.reason)));
  return JSON.stringify([files, texts, problems]);
}
