import pLimit from 'p-limit';

/** The number of journals read in parallel. */
const MAX_CONCURRENT_READS = 4;

/**
 * Reads journals, a few at a time. The results are in their order, without those that `read` has none for.
 *
 * @param unreadable returns the result for a journal that cannot be read, so that it does not hide the others
 */
export async function readAll<Item, Result extends object>(
  items: readonly Item[],
  read: (item: Item) => Promise<Result | undefined>,
  unreadable: (item: Item, problem: Error) => Result | undefined,
): Promise<readonly Result[]> {
  const all = await pLimit(MAX_CONCURRENT_READS).map(items, async (item) =>
    read(item).catch((error: unknown) => unreadable(item, error instanceof Error ? error : new Error(String(error)))),
  );
  return all.filter((one) => one !== undefined);
}
