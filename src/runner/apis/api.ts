import { Limit, sleep, type Limited } from '../../internal/abort.ts';
import { backoffMs } from '../../internal/backoff.ts';
import { omitUndefined } from '../../internal/omit-undefined.ts';
import { limits } from '../limits.ts';
import { notA, retryAfterOf, statusOf } from './api-error.ts';

/** Options that the drivers pass with a request. Each SDK accepts more. */
export interface RequestOptions {
  signal?: AbortSignal;
  maxRetries?: number;
  timeout?: number;
}

/** The SDK's own number of attempts. */
export const MAX_ATTEMPTS = 3;

/** Pauses before a request that failed is repeated: as long as the server asks for, or longer after each attempt. */
export async function pauseBeforeRetry(error: unknown, attempt: number, signal?: AbortSignal): Promise<void> {
  await sleep(retryAfterOf(error) ?? backoffMs(attempt, limits.apiRetryFirstMs, limits.apiRetryMaxMs), signal);
}

/**
 * Retries a read that failed without a status, such as a broken body. The SDK retries those with a status.
 *
 * @param isNew true if the object was created just before: a replica may not have it yet
 */
export async function retryRead<T>(
  signal: AbortSignal,
  read: (own: Limited) => PromiseLike<T>,
  isNew = false,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    signal.throwIfAborted();
    try {
      return await new Limit(signal).within(read);
    } catch (error) {
      const status = statusOf(error);
      const isTransient = status === undefined || (isNew && status === 404);
      if (!isTransient || attempt >= MAX_ATTEMPTS || signal.aborted) throw error;
      await pauseBeforeRetry(error, attempt, signal);
    }
  }
}

/** Looks with growing pauses until there is something. */
export async function lookUntilFound<T>(
  signal: AbortSignal,
  look: () => Promise<T | undefined>,
  firstMs: number,
  maxMs: number = 1_000,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    const found = await look();
    if (found !== undefined) return found;
    await sleep(backoffMs(attempt, firstMs, maxMs), signal);
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

/**
 * Returns the entries of a page.
 *
 * @throws TypeError when the response is not a list: the SDK reads HTML or `{}` as an empty page
 */
export function entriesOf<Entry>(page: Page<Entry>): readonly Entry[] {
  const { body = page } = Object(page) as { readonly body?: unknown };
  const { data } = Object(body) as Partial<Page<Entry>>;
  if (Array.isArray(data)) return page.data;
  throw notA('a list', body);
}

/** Lists the newest entries, oldest first, page by page until `isEnough`, at most 2,000. */
export async function listNewest<Entry>(
  list: (query: ListQuery, signal: AbortSignal) => PromiseLike<Page<Entry>>,
  signal: AbortSignal,
  isEnough: (newestFirst: readonly Entry[]) => boolean = () => false,
): Promise<readonly Entry[]> {
  const newestFirst: Entry[] = [];
  let after: string | undefined;
  for (let page = 1; page <= MAX_PAGES; page += 1) {
    const query = omitUndefined({ order: 'desc', limit: PAGE_SIZE, after });
    const { data, hasMore } = await retryRead(signal, async ({ signal: own }) => {
      const listed = await list(query, own);
      return { data: entriesOf(listed), hasMore: listed.has_more };
    });
    newestFirst.push(...data);
    const last = (data.at(-1) as { id?: unknown } | null | undefined)?.id;
    // Compatible servers omit `has_more`, and may return the same page again and again.
    if (hasMore === false || typeof last !== 'string' || last === after || isEnough(newestFirst)) break;
    after = last;
  }
  return newestFirst.reverse();
}

/** Returns the label of an MCP server as a string. */
export function labelString(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value ?? {});
}
