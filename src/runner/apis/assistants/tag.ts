import { randomUUID } from 'node:crypto';
import type { RequestOptions } from '../api.ts';
import type { AssistantRun, RunBody, RunsApi } from './client.ts';

/** Metadata key by which a run whose creation was not answered is found again. */
const TAG = 'interven_run';
/** The API takes 16 pairs. */
export const MAX_METADATA_PAIRS = 16;

/** Before the id of the place where a run's calls are journaled. */
const JOURNAL_PREFIX = 'journaled-';

/** Whether the run was begun with a journal that is kept elsewhere: here, what has run would run again. */
export function isJournaledElsewhere({ metadata }: AssistantRun, journalId: string | undefined): boolean {
  const tag = (metadata as Record<string, unknown> | null | undefined)?.[TAG];
  if (typeof tag !== 'string' || !tag.startsWith(JOURNAL_PREFIX)) return false;
  return journalId === undefined || !tag.startsWith(`${JOURNAL_PREFIX}${journalId}.`);
}

/**
 * The body with a tag of its own in its metadata; as it is where they leave no room for one.
 *
 * @param journalId where the run's calls are journaled, if they are
 */
export function withTag(body: RunBody, journalId: string | undefined): { body: RunBody; tag: string | undefined } {
  const metadata = body.metadata ?? {};
  if (Object.keys(metadata).length >= MAX_METADATA_PAIRS) return { body, tag: undefined };
  const tag = `${journalId === undefined ? '' : `${JOURNAL_PREFIX}${journalId}.`}${randomUUID()}`;
  return { body: { ...body, metadata: { ...metadata, [TAG]: tag } }, tag };
}

/** The thread's run with that tag. A new run is among its newest, as a thread takes one at a time. */
export async function findTagged(
  api: RunsApi,
  threadId: string,
  tag: string | undefined,
  options: RequestOptions,
): Promise<AssistantRun | undefined> {
  if (tag === undefined) return undefined;
  const listed = await api.list?.(threadId, { order: 'desc', limit: 20 }, options);
  return listed?.data.find(({ metadata }) => (metadata as Record<string, unknown> | null | undefined)?.[TAG] === tag);
}
