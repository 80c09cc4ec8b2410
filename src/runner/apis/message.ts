import { Limit } from '../../internal/abort.ts';
import type { TextFeed } from '../run/text-feed.ts';
import { entriesOf, type Page } from './api.ts';
import type { Fields } from './event-stream.ts';

/** The last message of a run. */
export interface FinalMessage {
  readonly text: string | null;
  /** What the model wrote when it refused to answer. */
  readonly refusal: string | null;
}

export const NO_MESSAGE: FinalMessage = { text: null, refusal: null };

/** Returns the text and the refusal in a message's content. */
export function messageOf(content: unknown, separator: string = ''): FinalMessage {
  const parts = partsOf(content);
  const texts = parts.map(textOf).filter((text) => text !== undefined);
  return { text: texts.length > 0 ? texts.join(separator) : null, refusal: refusalOf(parts) };
}

/** Emits the text of a complete message that was not emitted yet. */
export function emitMessage({ id, content }: Fields, feed: TextFeed | undefined): void {
  const parts = partsOf(content);
  if (typeof id === 'string')
    feed?.whole(
      id,
      parts.map((part) => textOf(part) ?? ''),
      refusalOf(parts),
    );
}

/** Emits the text of an event about an item, as the Responses and the Agents API report it. */
export function emitItem(event: Fields, feed: TextFeed, isMessage: (item: Fields) => boolean): void {
  const { type, item_id: itemId, content_index: part, delta } = event;
  const name = String(type);
  const item = Object(event['item']) as Fields;
  if (name.endsWith('.output_text.delta'))
    feed.delta(String(itemId), Number(part ?? 0), typeof delta === 'string' ? delta : '');
  else if (!isMessage(item)) return;
  else if (name.endsWith('item.added')) feed.begin(String(item['id']));
  else if (name.endsWith('item.done')) emitMessage(item, feed);
}

/**
 * Reads the last messages of a run, newest first, and emits the text not emitted yet. If reading fails, the last message
 * that was streamed counts: a finished run does not fail for its text.
 *
 * @param ms milliseconds that the reading may take
 */
export async function readMessages(
  list: (signal: AbortSignal) => PromiseLike<Page<object>>,
  isOurs: (message: Fields) => boolean,
  streamed: Fields | undefined,
  feed: TextFeed | undefined,
  { signal, ms }: { readonly signal?: AbortSignal; readonly ms: number },
): Promise<readonly Fields[]> {
  const read = async (own: AbortSignal): Promise<readonly object[]> => entriesOf(await list(own));
  const listed = await new Limit(signal, ms).within(({ signal: own }) => read(own)).catch(() => []);
  // Compatible servers may ignore the query's filters.
  const messages = (listed as readonly Fields[]).filter(isOurs);
  for (const message of feed ? messages.toReversed() : []) emitMessage(message, feed);
  return messages.length > 0 || !streamed ? messages : [streamed].filter(isOurs);
}

function partsOf(content: unknown): readonly Fields[] {
  return Array.isArray(content) ? content.map((part: unknown) => Object(part) as Fields) : [];
}

/** The Assistants API nests the text one level deeper. */
function textOf({ type, text }: Fields): string | undefined {
  const written = type === 'text' ? (Object(text) as Fields)['value'] : type === 'output_text' ? text : undefined;
  return typeof written === 'string' ? written : undefined;
}

function refusalOf(parts: readonly Fields[]): string | null {
  const refusals = parts.flatMap(({ type, refusal }) =>
    type === 'refusal' && typeof refusal === 'string' ? refusal : [],
  );
  return refusals.length > 0 ? refusals.join('\n') : null;
}
