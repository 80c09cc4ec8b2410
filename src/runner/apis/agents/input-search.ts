import { canonicalHash } from '../../../internal/json.ts';
import type { InputTrace } from '../../journal/events.ts';
import { listNewest, type ListQuery } from '../api.ts';
import type { Fields } from '../event-stream.ts';
import { extractConversation } from '../extract-conversation.ts';
import type { AgentTurn, SessionsApi } from './client.ts';
import { isRoot } from './turns.ts';

export type InputSearch =
  | { readonly is: 'found'; readonly turn: AgentTurn }
  /** No turn can have the input. */
  | { readonly is: 'absent' }
  /** `onlyTurn`: the only turn that can have it, if no message of that turn tells. */
  | { readonly is: 'unknown'; readonly onlyTurn?: AgentTurn | undefined };

/**
 * Finds the turn of an input: of the turns since it was sent, the only one with its message.
 *
 * @param itemsUnread called with the error of items that cannot be listed; throws it, or the search goes on without them
 * @throws Error when the turns cannot be listed
 */
export async function findInput(
  { turns, items }: SessionsApi,
  sessionId: string,
  { after, isActive, hash }: InputTrace,
  signal: AbortSignal,
  itemsUnread: (error: unknown) => readonly [],
): Promise<InputSearch> {
  if (!turns || after === undefined) return { is: 'unknown' };
  const listTurns = (query: ListQuery, own: AbortSignal) => turns.list(sessionId, query, { signal: own });
  const listed: readonly AgentTurn[] = await listNewest(listTurns, signal, (page) =>
    page.some(({ id }) => id === after),
  );
  const before = listed.findIndex(({ id }) => id === after);
  if (after !== null && before === -1) return { is: 'unknown' };
  const since = listed.slice(isActive ? before : before + 1).filter(isRoot);
  if (since.length === 0) return { is: 'absent' };

  const listItems = async (query: ListQuery, own: AbortSignal) =>
    items?.list(sessionId, query, { signal: own }) ?? NONE;
  const isEnough = (newest: readonly object[]): boolean => !isActive && newest.some((item) => turnOf(item) === after);
  const messages = await listNewest(listItems, signal, isEnough).catch(itemsUnread);
  const hashesOf = new Map<string, Set<string>>(since.map(({ id }) => [id, new Set()]));
  for (const message of messages) {
    const found = hashOfInput([message]);
    if (found !== undefined) hashesOf.get(turnOf(message) ?? '')?.add(found);
  }
  const [turn, ...others] = since.filter(({ id }) => hash !== undefined && hashesOf.get(id)?.has(hash));
  if (turn && others.length === 0) return { is: 'found', turn };
  const [only, ...more] = since;
  const tells = [...(hashesOf.get(only?.id ?? '') ?? [])].some((found) => isOfText(found) || isOfText(hash));
  return { is: 'unknown', onlyTurn: tells || more.length > 0 ? undefined : only };
}

const NONE = { data: [], has_more: false };

/** Returns the id of an item's turn. */
export function turnOf(item: object): string | undefined {
  const { turn_id: id } = item as { readonly turn_id?: unknown };
  return typeof id === 'string' ? id : undefined;
}

const IMAGES = 'images:';

/** Hashes the first message with text, or else the first one with images; undefined without both. */
export function hashOfInput(items: readonly object[]): string | undefined {
  const [text] = extractConversation(items).userMessages;
  // The API may trim or compose what it stores.
  if (text !== undefined) return canonicalHash(text.normalize().replace(/\s+/g, ' ').trim());
  const images = items.map(imagesIn).find(({ length }) => length > 0);
  return images && `${IMAGES}${canonicalHash(images)}`;
}

function isOfText(hash: string | undefined): boolean {
  return hash?.startsWith(IMAGES) === false;
}

/** Returns the images of a user's message. The API may change how they are shown, but not which they are. */
function imagesIn(item: object): readonly unknown[] {
  const { role, content } = item as Fields;
  const parts = role === 'user' && Array.isArray(content) ? (content as (Fields | null)[]) : [];
  return parts.flatMap((part) => part?.['image_url'] ?? part?.['file_id'] ?? []);
}
