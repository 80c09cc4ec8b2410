import { stat } from 'node:fs/promises';
import { checkMs } from '../../internal/checks.ts';
import type { Policy } from '../policy/policy.ts';
import { loadPoliciesWith } from './load-policies.ts';
import { findPolicyFiles } from './find-policy-files.ts';

export interface PolicyWatchOptions {
  /** Policies in effect besides those of the files. Default: none. */
  readonly fixed?: readonly Policy[] | undefined;
  /** Receives all policies: soon after the start, then after every valid change. */
  readonly onChange: (policies: readonly Policy[]) => void;
  /** Receives each new error once, usually a `PolicyError`. The previous policies stay in effect. */
  readonly onError: (error: unknown) => void;
  /** Milliseconds between two checks. Default: 1000. */
  readonly everyMs?: number | undefined;
  /** Milliseconds that the files must be unchanged before they are read. Default: 100. */
  readonly debounceMs?: number | undefined;
}

export interface PolicyWatch {
  /** Stops watching. No listener is called after that. */
  close(): void;
}

/**
 * Reloads policies whenever a file is written, added, removed or replaced. Polls the files' times and sizes, because
 * file system events are missing on network drives and container mounts, and incomplete for replaced folders (a
 * ConfigMap). Never keeps the process alive.
 *
 * @param paths as for `loadPolicies`
 * @throws TypeError for invalid times
 */
export function watchPolicies(
  paths: string | readonly string[],
  { fixed = [], onChange, onError, everyMs, debounceMs }: PolicyWatchOptions,
): PolicyWatch {
  const untilNext = checkMs('everyMs', everyMs) ?? 1_000;
  const untilQuiet = checkMs('debounceMs', debounceMs) ?? 100;
  let isClosed = false;
  let timer: NodeJS.Timeout | undefined;
  let lastState: string | undefined;
  let loaded: string | undefined;
  let lastError: string | undefined;

  /** Loads changed files, and returns the delay until the next check. */
  const check = async (): Promise<number> => {
    const state = await stateOf(paths);
    if (state !== lastState) {
      lastState = state;
      return untilQuiet;
    }
    if (state === loaded) return untilNext;
    loaded = undefined;
    const policies = await loadPoliciesWith(paths, fixed);
    loaded = state;
    lastError = undefined;
    if (!isClosed) onChange(policies);
    return untilNext;
  };
  /** Reports each error once. Failed loads are retried at every check, because the cause need not be in the files. */
  const fail = (error: unknown): number => {
    const isNew = String(error) !== lastError;
    lastError = String(error);
    if (isNew && !isClosed) onError(error);
    return untilNext;
  };
  const checkAfter = (ms: number): void => {
    if (isClosed) return;
    timer = setTimeout(
      () =>
        void check()
          .catch(fail)
          .catch(() => untilNext)
          .then(checkAfter),
      ms,
    ).unref();
  };

  checkAfter(0);
  return {
    close: () => {
      isClosed = true;
      clearTimeout(timer);
    },
  };
}

/** Resolves with a string that changes whenever a file changes. */
async function stateOf(paths: string | readonly string[]): Promise<string> {
  const { files, problems } = await findPolicyFiles(paths);
  const states = files.map(async (file) => {
    const { mtimeNs, ctimeNs, size, ino } = await stat(file, { bigint: true });
    return [mtimeNs, ctimeNs, size, ino].join(' ');
  });
  const settled = await Promise.allSettled(states);
  const values = settled.map((state) => (state.status === 'fulfilled' ? state.value : String(state.reason)));
  return JSON.stringify([files, values, problems]);
}
