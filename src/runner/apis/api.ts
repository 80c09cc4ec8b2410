import { sleep, withOwnSignal } from '../../internal/abort.ts';
import { backoffMs } from '../../internal/backoff.ts';
import { omitUndefined } from '../../internal/omit-undefined.ts';
import { statusOf } from './api-error.ts';

/** Options that the drivers pass with a request. Each SDK accepts more. */
export interface RequestOptions {
  signal?: AbortSignal;
  maxRetries?: number;
  timeout?: number;
}

/** The SDK's own number of attempts. */
export const MAX_ATTEMPTS = 3;

export function retryWaitMs(attempt: number): number {
  return backoffMs(attempt, 500, 8_000);
}

/** Retries a read that failed without a status, such as a broken body. The SDK retries those with a status. */
export async function retryRead<T>(signal: AbortSignal, read: (signal: AbortSignal) => PromiseLike<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    signal.throwIfAborted();
    try {
      return await withOwnSignal(signal, read);
    } catch (error) {
      if (statusOf(error) !== undefined || attempt >= MAX_ATTEMPTS || signal.aborted) throw error;
      await sleep(retryWaitMs(attempt), signal);
    }
  }
}

/** The APIs' maximum. */
const PAGE_SIZE = 100;
/** 2,000 entries, more than a model gets to see. */
const MAX_PAGES = 20;

export interface ListQuery {
  order?: 'asc' | 'desc';
  limit?: number;
  after?: string;
}

export interface Page<Entry> {
  readonly data: readonly Entry[];
  readonly has_more?: boolean;
}

/** Lists the newest entries, oldest first, page by page up to 2,000. */
export async function listNewest<Entry>(
  list: (query: ListQuery, signal: AbortSignal) => PromiseLike<Page<Entry>>,
  signal: AbortSignal,
): Promise<readonly Entry[]> {
  const newestFirst: Entry[] = [];
  let after: string | undefined;
  for (let page = 1; page <= MAX_PAGES; page += 1) {
    const query = omitUndefined({ order: 'desc', limit: PAGE_SIZE, after });
    const { data, has_more: hasMore } = await retryRead(signal, (own) => list(query, own));
    newestFirst.push(...data);
    const last = (data.at(-1) as { id?: unknown } | null | undefined)?.id;
    // Compatible servers omit `has_more`, and may return the same page again and again.
    if (hasMore === false || typeof last !== 'string' || last === after) break;
    after = last;
  }
  return newestFirst.reverse();
}

/** Returns a call's arguments as a string. Some compatible servers send the object itself. */
export function argumentsString(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value ?? {});
}
