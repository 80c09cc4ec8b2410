import { randomUUID } from 'node:crypto';
import type { RequestOptions } from '../request-options.ts';
import type { AssistantRun, RunBody, RunsApi } from './client.ts';

/** Metadata key by which a run whose creation was not answered is found again. */
const TAG = 'interven_run';
/** The API takes 16 pairs. */
export const MOST_METADATA = 16;

/** How the tag of a run begins whose calls are journaled: without that journal, what has run would run again. */
const JOURNALED = 'journaled-';

/** Whether a runner with a journal began the run. */
export function isJournaled({ metadata }: AssistantRun): boolean {
  const tag = (metadata as Record<string, unknown> | null | undefined)?.[TAG];
  return typeof tag === 'string' && tag.startsWith(JOURNALED);
}

/** The body with a tag of its own in its metadata; as it is where they leave no room for one. */
export function withTag(body: RunBody, journals: boolean): { body: RunBody; tag: string | undefined } {
  const metadata = body.metadata ?? {};
  if (Object.keys(metadata).length >= MOST_METADATA) return { body, tag: undefined };
  const tag = `${journals ? JOURNALED : ''}${randomUUID()}`;
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
