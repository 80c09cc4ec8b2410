import type { TextFeed } from '../../run/text-feed.ts';
import type { Fields } from '../event-stream.ts';
import type { ModelResponse } from './client.ts';

/** Tells what an event says of the model's words. */
export function tellEvent(event: Fields, text: TextFeed): void {
  const { type, item_id: itemId, content_index: part, delta, item } = event;
  switch (type) {
    case 'response.output_item.added':
      if (isMessage(item)) text.begin(String(item['id']));
      return;
    case 'response.output_text.delta':
      text.delta(String(itemId), Number(part ?? 0), typeof delta === 'string' ? delta : '');
      return;
    case 'response.output_item.done':
      if (isMessage(item)) text.whole(String(item['id']), textsOf(item));
  }
}

/** Tells what of a response's words was not told yet. */
export function tellResponse({ output }: ModelResponse, text: TextFeed): void {
  for (const item of output) if (isMessage(item)) text.whole(String(item['id']), textsOf(item));
}

/** All text of a response, as the SDK's `output_text` has it; null when there is none. */
export function textOf({ output }: ModelResponse): string | null {
  const texts = output.flatMap((item) => (item['type'] === 'message' ? textsOf(item) : []));
  const hasText = output.some((item) => item['type'] === 'message' && partsOf(item).some(isText));
  return hasText ? texts.join('') : null;
}

function isMessage(item: unknown): item is Fields {
  const { type, id } = (item ?? {}) as Fields;
  return type === 'message' && typeof id === 'string';
}

/** One for each part. */
function textsOf(item: Fields): readonly string[] {
  return partsOf(item).map((part) => (isText(part) ? part.text : ''));
}

function partsOf({ content }: Fields): readonly unknown[] {
  return Array.isArray(content) ? (content as unknown[]) : [];
}

function isText(part: unknown): part is { readonly text: string } {
  const { type, text } = (part ?? {}) as Fields;
  return type === 'output_text' && typeof text === 'string';
}
