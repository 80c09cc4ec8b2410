import { appendFile } from 'node:fs/promises';
import type { RunEvent, RunEventOf, RunListener } from './run/events.ts';
import { outputText } from './call/output.ts';
import { checkBoolean, checkFunction, checkKeys, shown } from '../internal/checks.ts';
import { Queue } from '../internal/queue.ts';

export interface DecisionLogOptions {
  /** Whether the arguments are written, where the runner tells them (`payloads: true`). Default false: only their hash. */
  readonly arguments?: boolean | undefined;
  /** Told of a write that failed; the entries of it are lost. Default: a process warning, once. */
  readonly onError?: ((error: unknown) => unknown) | undefined;
}

/** A listener for `onEvent` that keeps decisions in a file. */
export type DecisionLog = RunListener & {
  /** Resolves when everything told so far is in the file, or could not be written. */
  readonly flush: () => Promise<void>;
};

/**
 * Appends a line of JSON to a file for each decision, and for each approval that is asked for or settled: what the gateway said, what was
 * done, and a SHA-256 of the arguments. Runs and processes may share a file: a line of less than 512 KB is written as a whole. The file is
 * opened anew for each write, so that it can be moved away at any time; it is made for its owner's eyes only (0600). What is written outlives
 * the process, not a loss of power.
 *
 * @throws TypeError for an option that is none
 * @example
 * const log = decisionLog('decisions.jsonl');
 * const runner = new GuardedRunner({ client, gateway, tools, onEvent: log });
 * // Before the process ends:
 * await log.flush();
 */
export function decisionLog(path: string, options: DecisionLogOptions = {}): DecisionLog {
  if (typeof (path as unknown) !== 'string' || path === '') {
    throw new TypeError(
      `decisionLog: path is ${shown(path)}; it must be the path of a file, such as "decisions.jsonl".`,
    );
  }
  checkKeys('decisionLog', options, ['arguments', 'onError']);
  const withArguments = checkBoolean('arguments', options.arguments) ?? false;
  const onError = checkFunction('onError', options.onError) ?? warnOnce(path);
  const waiting = new Queue<string>();
  let writing: Promise<void> | undefined;

  /** What comes while one write goes on is in the next one. */
  const write = async (): Promise<void> => {
    while (waiting.size > 0) {
      try {
        await appendFile(path, nextChunk(waiting), { mode: 0o600 });
      } catch (error) {
        report(error);
      }
    }
    writing = undefined;
  };
  const report = (error: unknown): void => {
    const told = async (): Promise<unknown> => onError(error);
    // Whoever is told of a fault must not add one.
    told().catch(() => undefined);
  };

  const listener = (event: RunEvent): void => {
    if (!isKept(event)) return;
    waiting.push(`${outputText(entryOf(event, withArguments))}\n`);
    writing ??= Promise.resolve().then(write);
  };
  return Object.assign(listener, {
    flush: async () => {
      await writing;
    },
  });
}

type Kept = RunEventOf<'decision' | 'approval-requested' | 'approval-settled'>;

/** Node writes more than 512 KB in several pieces, between which another process may write. */
const MAX_CHARACTERS = 100_000;

/** Whole lines: as many as one write takes, and at least one. */
function nextChunk(waiting: Queue<string>): string {
  let chunk = waiting.shift() ?? '';
  while (waiting.size > 0 && chunk.length < MAX_CHARACTERS) chunk += waiting.shift() ?? '';
  return chunk;
}

function isKept(event: RunEvent): event is Kept {
  return event.type === 'decision' || event.type === 'approval-requested' || event.type === 'approval-settled';
}

function entryOf(event: Kept, withArguments: boolean): object {
  if (withArguments || !('arguments' in event)) return event;
  return Object.fromEntries(Object.entries(event).filter(([key]) => key !== 'arguments'));
}

function warnOnce(path: string): (error: unknown) => void {
  let isWarned = false;
  return (error) => {
    if (isWarned) return;
    isWarned = true;
    const reason = error instanceof Error ? error.message : String(error);
    process.emitWarning(`Decisions cannot be written to ${path}: ${reason}`);
  };
}
