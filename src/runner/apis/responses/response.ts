import { refusalOf, type FinalMessage } from '../api.ts';
import { RunFailure } from '../../errors.ts';
import type { TextFeed } from '../../run/text-feed.ts';
import { httpResponseOf, notA } from '../api-error.ts';
import type { Fields } from '../event-stream.ts';
import type { ModelResponse } from './client.ts';

const IN_PROGRESS: ReadonlySet<unknown> = new Set(['queued', 'in_progress']);
const ENDED: ReadonlySet<unknown> = new Set(['completed', 'failed', 'cancelled', 'incomplete']);

/** Returns true for a response that has not ended: a background response, or that of a server that replies early. */
export function isInProgress({ status }: ModelResponse): boolean {
  return IN_PROGRESS.has(status);
}

export function hasEnded({ status }: ModelResponse): boolean {
  return ENDED.has(status);
}

/** @throws RunFailure for an unknown status */
export function assertEnded(response: ModelResponse): void {
  if (hasEnded(response)) return;
  throw new RunFailure('unknown_status', `Unknown response status "${String(response.status)}".`);
}

/** @throws TypeError for a value that is not a response */
export function asResponse(reply: unknown): ModelResponse {
  const { id, output } = (reply ?? {}) as Partial<ModelResponse>;
  const isItem = (item: unknown): boolean => typeof item === 'object' && item !== null;
  if (typeof id === 'string' && Array.isArray(output) && output.every(isItem)) return reply as ModelResponse;
  throw notA('a model response', reply);
}

/**
 * Awaits the response to a request.
 *
 * @throws TypeError for a reply that is not a model response. Unlike the SDK's error, it does not quote the reply.
 */
export async function receiveResponse(sent: PromiseLike<unknown>): Promise<ModelResponse> {
  await httpResponseOf('a model response', sent);
  try {
    return asResponse(await sent);
  } catch (error) {
    const [, reply] =
      /^Cannot use 'in' operator to search for 'object' in (.*)/s.exec(String((error as Error | undefined)?.message)) ??
      [];
    if (reply === undefined) throw error;
    throw notA('a model response', /^(?:null|undefined)$/.test(reply) ? null : reply);
  }
}

/** Emits the text of an event. */
export function emitEventText(event: Fields, text: TextFeed): void {
  const { type, item_id: itemId, content_index: part, delta, item } = event;
  switch (type) {
    case 'response.output_item.added':
      if (isMessage(item)) text.begin(String(item['id']));
      return;
    case 'response.output_text.delta':
      text.delta(String(itemId), Number(part ?? 0), typeof delta === 'string' ? delta : '');
      return;
    case 'response.output_item.done':
      if (isMessage(item)) text.whole(String(item['id']), textsOf(item), refusalOf(item['content']));
  }
}

/** Emits the text of a response that was not emitted yet. */
export function emitResponseText({ output }: ModelResponse, text: TextFeed): void {
  for (const item of output)
    if (isMessage(item)) text.whole(String(item['id']), textsOf(item), refusalOf(item['content']));
}

/** Returns all text of a response, as in the SDK's `output_text`; null for a response without text. */
export function textOf({ output }: Pick<ModelResponse, 'output'>): string | null {
  const texts = output.flatMap((item) => (item['type'] === 'message' ? textsOf(item) : []));
  const hasText = output.some((item) => item['type'] === 'message' && partsOf(item).some(isText));
  return hasText ? texts.join('') : null;
}

/** Returns the text and the refusal of a response. */
export function messageOf(response: ModelResponse): FinalMessage {
  const messages = response.output.filter(({ type }) => type === 'message');
  return { text: textOf(response), refusal: refusalOf(messages.flatMap(partsOf)) };
}

function isMessage(item: unknown): item is Fields {
  const { type, id } = (item ?? {}) as Fields;
  return type === 'message' && typeof id === 'string';
}

/** Returns one string for each part. */
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

/** Adds the numbers of two usages, whatever the API counts. Other values come from the later one. */
export function addUsage(before: unknown, after: unknown): unknown {
  if (typeof before === 'number' && typeof after === 'number') return before + after;
  if (!isRecord(before) || !isRecord(after)) return after ?? before;
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return Object.fromEntries([...keys].map((key) => [key, addUsage(before[key], after[key])]));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
