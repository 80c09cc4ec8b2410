import { Limit, type Limited } from '../../internal/abort.ts';
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
export function textAndRefusalOf(content: unknown, separator: string = ''): FinalMessage {
  const texts: string[] = [];
  const refusals: string[] = [];
  for (const part of partsOf(content)) {
    const text = textOf(part);
    if (text !== undefined) texts.push(text);
    else if (part.type === 'refusal' && typeof part.refusal === 'string') refusals.push(part.refusal);
  }
  return {
    text: texts.length > 0 ? texts.join(separator) : null,
    refusal: refusals.length > 0 ? refusals.join('\n') : null,
  };
}

interface Part {
  readonly type?: unknown;
  readonly text?: unknown;
  readonly refusal?: unknown;
}

function partsOf(content: unknown): readonly Part[] {
  return Array.isArray(content) ? (content.map(Object) as Part[]) : [];
}

/** The Assistants API nests the text one level deeper. */
function textOf({ type, text }: Part): string | undefined {
  const written = type === 'text' ? (Object(text) as Fields)['value'] : type === 'output_text' ? text : undefined;
  return typeof written === 'string' ? written : undefined;
}

/** Emits the text of a complete message that was not emitted yet. */
export function emitMessage({ id, content }: Fields, feed: TextFeed | undefined): void {
  if (typeof id !== 'string') return;
  const texts = partsOf(content).map((part) => textOf(part) ?? '');
  feed?.whole(id, texts, textAndRefusalOf(content).refusal);
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
  list: (limit: Limited) => PromiseLike<Page<object>>,
  isOurs: (message: Fields) => boolean,
  streamed: Fields | undefined,
  feed: TextFeed | undefined,
  { signal, ms }: { readonly signal?: AbortSignal; readonly ms: number },
): Promise<readonly Fields[]> {
  const messages: Fields[] = [];
  try {
    const listed = entriesOf(await new Limit(signal, ms).within(list)) as readonly Fields[];
    // Compatible servers may ignore the query's filters.
    for (const message of listed) if (isOurs(message)) messages.push(message);
  } catch {
    // The run's result has no text then, unless it was streamed.
  }
  for (const message of feed ? messages.toReversed() : []) emitMessage(message, feed);
  if (messages.length === 0 && streamed && isOurs(streamed)) return [streamed];
  return messages;
}
