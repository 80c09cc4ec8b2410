import { randomUUID } from 'node:crypto';
import type { AssistantRun, RunBody } from './client.ts';

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

/** Returns true if the run has this tag. */
export function hasTag({ metadata }: AssistantRun, tag: string): boolean {
  return (metadata as Record<string, unknown> | null | undefined)?.[TAG] === tag;
}
