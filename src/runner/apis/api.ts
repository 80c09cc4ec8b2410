import { repeatRead } from './repeat.ts';

/** The APIs' most for one page. */
const PAGE = 100;
/** 2,000 entries: further back than a model is told. */
const MOST_PAGES = 20;

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
  for (let page = 1; page <= MOST_PAGES; page += 1) {
    const query: ListQuery = { order: 'desc', limit: PAGE, ...(after === undefined ? {} : { after }) };
    const { data, has_more: hasMore } = await repeatRead(signal, (own) => list(query, own));
    newestFirst.push(...data);
    const last = (data.at(-1) as { id?: unknown } | null | undefined)?.id;
    // Compatible servers leave `has_more` out, and may send one page for ever.
    if (hasMore === false || typeof last !== 'string' || last === after) break;
    after = last;
  }
  return newestFirst.reverse();
}
