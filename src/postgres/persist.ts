import { sleep } from '../internal/abort.ts';
import { backoffMs } from '../internal/backoff.ts';
import { SchemaError, sqlStateOf } from './client.ts';

const RETRY_FIRST_MS = 50;
const RETRY_MAX_MS = 1_000;

/**
 * Repeats a step whose connection is lost, until a time on the clock of `performance.now()`.
 *
 * @param step takes its number, from 1. The statements of the one before may have arrived, or may still arrive.
 * @param isRepeatable returns true for an error after which the step is repeated
 */
export async function persist<T>(
  until: () => number,
  step: (attempt: number) => Promise<T>,
  isRepeatable: (error: unknown) => boolean = isTransient,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await step(attempt);
    } catch (error) {
      if (!isRepeatable(error)) throw error;
      if (performance.now() >= until()) throw retryable(error);
      await sleep(backoffMs(attempt, RETRY_FIRST_MS, RETRY_MAX_MS));
    }
  }
}

/** Marks an error of a journal that was only unavailable: see `GuardedRunError`. */
export function retryable(error: unknown): unknown {
  return error instanceof Error && Object.isExtensible(error) ? Object.assign(error, { retryable: true }) : error;
}

/** Returns true for an error after which the same statement may succeed, or may have succeeded. */
export function isTransient(error: unknown): boolean {
  if (error instanceof SchemaError) return false;
  const state = sqlStateOf(error);
  return (
    state === undefined || ((TRANSIENT.has(state) || TRANSIENT.has(state.slice(0, 2))) && state !== DATABASE_DROPPED)
  );
}

/**
 * Codes and classes of SQLSTATE: the connection, a server that is read-only after a fail-over, a rolled back transaction, too
 * few resources, an operator who shuts the server down or cancels a statement, a lock that was not available, an object in use,
 * a system call that failed, and a snapshot that is too old.
 */
const TRANSIENT: ReadonlySet<string> = new Set([
  '08',
  '25',
  '40',
  '53',
  '57',
  '55P03',
  '55006',
  '58000',
  '58030',
  '72000',
]);
const DATABASE_DROPPED = '57P04';

/** Returns true for an error of a statement that certainly changed nothing, and that may succeed now. */
export function isRolledBack(error: unknown): boolean {
  return ROLLED_BACK.has(sqlStateOf(error) ?? '');
}

/** A conflict with another transaction, a deadlock, and a lock that was not available. */
const ROLLED_BACK: ReadonlySet<string> = new Set(['40001', '40P01', '55P03']);
