import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { CallRecord } from '../runner/call/outcome.ts';
import type { ParkedApproval } from '../runner/call/open-call.ts';
import { CommandError, orFail } from './command.ts';
import { required } from './runs-options.ts';
import type { RunStore } from './runs-store.ts';
import { oneLine } from './format.ts';

/** The result of a resumed run, for each of the APIs. */
export interface ResumeResult {
  readonly status: string;
  readonly text: string | null;
  readonly calls: readonly CallRecord[];
  readonly approvals: readonly ParkedApproval[];
  /** The run; only for the Assistants API. */
  readonly run?: { readonly id?: unknown };
}

interface ResumeOptions {
  readonly context?: unknown;
}

/** The GuardedRunner methods used here. The user's module may load another copy of this package. */
export interface LoadedRunner {
  resume(
    threadId: string,
    runId: string,
    options: ResumeOptions & { readonly onExpired?: 'new-run' },
  ): Promise<ResumeResult>;
  resumeResponses(runId: string, options: ResumeOptions): Promise<ResumeResult>;
  resumeSession(sessionId: string, options: ResumeOptions): Promise<ResumeResult>;
  cancel(runId: string): Promise<{ readonly status: string }>;
  readonly journal?: unknown;
}

/** The user's runner and the `context` for its handlers. */
export interface Loaded {
  readonly runner: LoadedRunner;
  readonly context?: unknown;
}

const METHODS = ['resume', 'resumeResponses', 'resumeSession', 'cancel'] as const;

/**
 * Loads the runner from the user's module and checks that its journal is the given one.
 *
 * @param module a path from the working directory
 * @throws CommandError if the module or its runner cannot be used
 */
export async function loadRunner(module: string | undefined, store: RunStore): Promise<Loaded> {
  const given = required('runner', module, 'the ES module that exports your GuardedRunner as runner');
  const shown = oneLine(given);
  const path = resolve(given);
  if (!(await stat(path).catch(() => undefined))?.isFile())
    throw new CommandError(3, `--runner ${shown}: there is no such file.`);
  const exported = await importModule(path, shown);
  const found = exported['runner'] ?? exported['default'];
  const make = async (): Promise<unknown> => (typeof found === 'function' ? (found as () => unknown)() : found);
  const runner = await orFail(`--runner ${shown}: its function failed`, make());
  if (!isRunner(runner)) {
    const what =
      found === undefined ? 'has neither an export "runner" nor a default one' : 'exports something else as its runner';
    throw new CommandError(2, `--runner ${shown} ${what}; it must be a GuardedRunner, or a function that returns one.`);
  }
  await checkJournal(runner.journal, shown, store);
  return { runner, ...('context' in exported ? { context: exported['context'] } : {}) };
}

async function importModule(path: string, shown: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    return (await import(pathToFileURL(path).href)) as Record<string, unknown>;
  } catch (cause) {
    const { code, message } = Object(cause) as { readonly code?: unknown; readonly message?: unknown };
    const remedy =
      code === 'ERR_UNKNOWN_FILE_EXTENSION'
        ? '. Node reads JavaScript: name the compiled module, or set NODE_OPTIONS="--import tsx".'
        : '';
    throw new CommandError(3, `--runner ${shown} cannot be loaded: ${String(message ?? cause)}${remedy}`, { cause });
  }
}

function isRunner(value: unknown): value is LoadedRunner {
  const like = Object(value) as Readonly<Record<string, unknown>>;
  return METHODS.every((method) => typeof like[method] === 'function');
}

/**
 * Checks the runner's journal: without the run's journal, the runner would run its calls again.
 *
 * @throws CommandError unless it is the given one
 */
async function checkJournal(journal: unknown, shown: string, store: RunStore): Promise<void> {
  const problem =
    journal === undefined
      ? `its runner has no journal, and would run calls again: new GuardedRunner({ journal: ${store.code} }).`
      : await store.mismatch(Object(journal) as object);
  if (problem !== undefined) throw new CommandError(2, `--runner ${shown}: ${problem}`);
}
