import { randomUUID } from 'node:crypto';
import type { RequestOptions } from '../api.ts';
import type { AssistantRun, RunBody, RunsApi } from './client.ts';

/** The metadata key that finds a run whose creation response was lost. */
const TAG = 'interven_run';
/** The API's maximum. */
export const MAX_METADATA_PAIRS = 16;

/** Prefix of a tag that names the run's journal. */
const JOURNAL_PREFIX = 'journaled-';

/** Returns true if the run's journal is in another store: this runner would then run its calls again. */
export function isJournaledElsewhere({ metadata }: AssistantRun, journalId: string | undefined): boolean {
  const tag = (metadata as Record<string, unknown> | null | undefined)?.[TAG];
  if (typeof tag !== 'string' || !tag.startsWith(JOURNAL_PREFIX)) return false;
  return journalId === undefined || !tag.startsWith(`${JOURNAL_PREFIX}${journalId}.`);
}

/**
 * Adds a unique tag to the run's metadata, if there is room.
 *
 * @param journalId the id of the journal's store; undefined without a journal
 */
export function withTag(body: RunBody, journalId: string | undefined): { body: RunBody; tag: string | undefined } {
  const metadata = body.metadata ?? {};
  if (Object.keys(metadata).length >= MAX_METADATA_PAIRS) return { body, tag: undefined };
  const tag = `${journalId === undefined ? '' : `${JOURNAL_PREFIX}${journalId}.`}${randomUUID()}`;
  return { body: { ...body, metadata: { ...metadata, [TAG]: tag } }, tag };
}

/** Finds the thread's run with this tag. A thread has one active run at a time, so a new run is among its newest. */
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
