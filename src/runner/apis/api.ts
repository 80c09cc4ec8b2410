import { sleep, withOwnSignal } from '../../internal/abort.ts';
import { backoffMs } from '../../internal/backoff.ts';
import { statusOf } from './api-error.ts';

/** What the drivers say with a request; each SDK takes more. */
export interface RequestOptions {
  signal?: AbortSignal;
  maxRetries?: number;
  timeout?: number;
}

/** As often as the SDK itself sends a request. */
export const MAX_ATTEMPTS = 3;

export function retryWaitMs(attempt: number): number {
  return backoffMs(attempt, 500, 8_000);
}

/** The SDK repeats what has a status. Half a body has none, and a read may be repeated. */
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

/** The APIs' most for one page. */
const PAGE_SIZE = 100;
/** 2,000 entries: further back than a model is told. */
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

/** The newest entries of a list, oldest first, page by page to its end or to 2,000. */
export async function listNewest<Entry>(
  list: (query: ListQuery, signal: AbortSignal) => PromiseLike<Page<Entry>>,
  signal: AbortSignal,
): Promise<readonly Entry[]> {
  const newestFirst: Entry[] = [];
  let after: string | undefined;
  for (let page = 1; page <= MAX_PAGES; page += 1) {
    const query: ListQuery = { order: 'desc', limit: PAGE_SIZE, ...(after === undefined ? {} : { after }) };
    const { data, has_more: hasMore } = await retryRead(signal, (own) => list(query, own));
    newestFirst.push(...data);
    const last = (data.at(-1) as { id?: unknown } | null | undefined)?.id;
    // Compatible servers leave `has_more` out, and may send one page for ever.
    if (hasMore === false || typeof last !== 'string' || last === after) break;
    after = last;
  }
  return newestFirst.reverse();
}

/** The APIs say text; where one, or a compatible server, sends the object itself, it is guarded all the same. */
export function argumentsString(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value ?? {});
}
