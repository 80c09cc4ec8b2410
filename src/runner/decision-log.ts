import { appendFile } from 'node:fs/promises';
import type { RunEvent, RunEventOf, RunListener } from './events.ts';
import { checkBoolean, checkFunction, checkKeys, shown } from '../internal/checks.ts';
import { jsonLine, lenientJson } from '../internal/json.ts';
import { Queue } from '../internal/queue.ts';
import { messageOf } from '../internal/error-message.ts';

export interface DecisionLogOptions {
  /** Writes the arguments, if the runner's events include them (`payloads: true`). Default false: only their hash. */
  readonly arguments?: boolean | undefined;
  /** Called when a write fails; its entries are lost. Default: one process warning. */
  readonly onError?: ((error: unknown) => unknown) | undefined;
}

/** Listener for `onEvent` that writes decisions to a file. */
export type DecisionLog = RunListener & {
  /** Resolves when all entries so far are written or have failed. */
  readonly flush: () => Promise<void>;
};

/**
 * Creates a decision log: a JSON Lines file with each decision on a call or an output, and each requested or settled approval. An entry holds
 * the gateway's decision, its effect and a SHA-256 of the arguments. Runs and processes may share a file: lines below
 * 512 KB are written atomically. The file is opened for each write, so log rotation may move it. It is created with
 * mode 0600. Entries survive a crash of the process, but not a power failure.
 *
 * @throws TypeError for an unknown or invalid option
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
  const queue = new Queue<string>();
  let writing: Promise<void> | undefined;

  /** Entries that arrive during a write go into the next one. */
  const write = async (): Promise<void> => {
    while (queue.size > 0) {
      try {
        await appendFile(path, takeChunk(queue), { mode: 0o600 });
      } catch (error) {
        report(error);
      }
    }
    writing = undefined;
  };
  const report = (error: unknown): void => {
    const call = async (): Promise<unknown> => onError(error);
    // Errors of `onError` are ignored.
    call().catch(() => undefined);
  };

  const listener = (event: RunEvent): void => {
    if (!isLogged(event)) return;
    queue.push(jsonLine(lenientJson(entryOf(event, withArguments))));
    writing ??= Promise.resolve().then(write);
  };
  return Object.assign(listener, {
    flush: async () => {
      await writing;
    },
  });
}

type LoggedEvent = RunEventOf<(typeof LOGGED)[number]>;

const LOGGED = ['decision', 'approval-requested', 'approval-settled', 'output-scan'] as const;

/** Node writes more than 512 KB in several pieces, between which another process may write. */
const MAX_CHARACTERS = 100_000;

/** Takes as many whole lines as fit in one write, at least one. */
function takeChunk(queue: Queue<string>): string {
  let chunk = queue.shift() ?? '';
  while (queue.size > 0 && chunk.length < MAX_CHARACTERS) chunk += queue.shift() ?? '';
  return chunk;
}

function isLogged(event: RunEvent): event is LoggedEvent {
  return LOGGED.some((type) => type === event.type);
}

function entryOf(event: LoggedEvent, withArguments: boolean): object {
  if (withArguments || !('arguments' in event)) return event;
  return Object.fromEntries(Object.entries(event).filter(([key]) => key !== 'arguments'));
}

function warnOnce(path: string): (error: unknown) => void {
  let isWarned = false;
  return (error) => {
    if (isWarned) return;
    isWarned = true;
    const reason = messageOf(error);
    process.emitWarning(`Decisions cannot be written to ${path}: ${reason}`);
  };
}
