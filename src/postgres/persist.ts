import { sleep, TimeLimitError, withTimeLimit } from '../internal/abort.ts';
import { backoffMs } from '../internal/backoff.ts';
import { SchemaError, sqlStateOf } from './client.ts';

const RETRY_FIRST_MS = 50;
const RETRY_MAX_MS = 1_000;

/** Runs a statement, which may still arrive after the time limit. */
export async function inTime<T>(ms: number, statement: () => Promise<T>): Promise<T> {
  return withTimeLimit(ms, undefined, statement).catch((cause: unknown) => {
    if (!(cause instanceof TimeLimitError)) throw cause;
    throw new TimeLimitError(`Postgres did not answer within ${Math.round(ms)} ms.`, { cause });
  });
}

/**
 * Repeats a step whose connection is lost, until a time on the clock of `performance.now()`.
 *
 * @param step takes its number, from 1. The statements of the one before may have arrived, or may still arrive.
 */
export async function persist<T>(until: () => number, step: (attempt: number) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await step(attempt);
    } catch (error) {
      if (!isTransient(error) || performance.now() >= until()) throw error;
      await sleep(backoffMs(attempt, RETRY_FIRST_MS, RETRY_MAX_MS));
    }
  }
}

/** Returns true for an error after which the same statement may succeed, or may have succeeded. */
function isTransient(error: unknown): boolean {
  if (error instanceof SchemaError) return false;
  const state = sqlStateOf(error);
  return state === undefined || TRANSIENT_CLASSES.has(state.slice(0, 2));
}

/**
 * Classes of SQLSTATE: the connection, a server that is read-only after a fail-over, a rolled back transaction, too few
 * resources, and an operator who shuts the server down or cancels a statement.
 */
const TRANSIENT_CLASSES: ReadonlySet<string> = new Set(['08', '25', '40', '53', '57']);
