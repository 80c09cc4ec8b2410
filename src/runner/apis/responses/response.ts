import { refusalOf, type FinalMessage } from '../api.ts';
import { Limit } from '../../../internal/abort.ts';
import { RunFailure } from '../../errors.ts';
import { limits } from '../../limits.ts';
import type { Loop } from '../../run/driver.ts';
import type { TextFeed } from '../../run/text-feed.ts';
import { httpResponseOf, notA } from '../api-error.ts';
import { type Fields, readStream } from '../event-stream.ts';
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
function emitEventText(event: Fields, text: TextFeed): void {
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

export interface StreamedRequest {
  /** Sends the request for a stream. */
  readonly send: (signal: AbortSignal) => PromiseLike<unknown>;
  /** Rejoins a background response after an event. Undefined in the foreground. */
  readonly rejoin: ((responseId: string, after: number, signal: AbortSignal) => PromiseLike<unknown>) | undefined;
  /** Receives each event before the response in it is recorded. */
  readonly onEvent: (event: Fields) => void;
  /** Records each whole response in an event. */
  readonly observe: (response: unknown) => ModelResponse;
  /** Polls the response until it has ended. */
  readonly pollToEnd: (response: ModelResponse, signal: AbortSignal) => Promise<ModelResponse>;
  readonly retrieve: (responseId: string, signal: AbortSignal) => Promise<ModelResponse>;
  /** Returns the signal that aborts the stream, which depends on whether the response's id is known. */
  readonly signalFor: (isKnown: boolean) => AbortSignal;
}

/** Maximum number of times to rejoin a stream before polling. */
const MAX_REJOINS = 3;

/**
 * Follows a response by its events. Rejoins a broken stream of a background response, which may still be in progress
 * when this resolves. Polls any other response.
 *
 * @throws the stream's error when the response is lost
 */
export async function followStream(request: StreamedRequest, { text }: Loop): Promise<ModelResponse> {
  const { send, rejoin, onEvent: note, observe, pollToEnd, retrieve, signalFor } = request;
  let response: ModelResponse | undefined;
  let after = -1;
  let failure: unknown = new TypeError('The stream ended before the response did.');

  const onResponse = (whole: unknown): boolean => {
    const { id } = (whole ?? {}) as Partial<ModelResponse>;
    // A stream must not mix responses.
    if (response && id !== response.id) throw new TypeError('The stream sent an event of another response.');
    response = observe(whole);
    return !isInProgress(response);
  };
  const read = async (open: (signal: AbortSignal) => PromiseLike<unknown>): Promise<void> => {
    try {
      await readStream({
        open,
        onEvent: (event) => onEvent(event),
        onReply: (reply) => {
          if (!Array.isArray((reply as Partial<ModelResponse> | null)?.output)) return false;
          onResponse(reply);
          return true;
        },
        get probe() {
          const known = latest();
          return known && (async (signal: AbortSignal) => retrieve(known.id, signal).then(onResponse));
        },
        get signal() {
          return signalFor(latest() !== undefined);
        },
      });
    } catch (error) {
      signalFor(response !== undefined).throwIfAborted();
      failure = error;
    }
  };
  const onEvent = (event: Fields): boolean => {
    const { type, sequence_number: number, response: whole } = event;
    // An error of the API: the response's status shows its effect, where it can be retrieved.
    if (type === 'error') throw new TypeError('The stream ended with an error event.', { cause: event });
    // A server may repeat events.
    if (typeof number === 'number' && number <= after) return false;
    if (typeof number === 'number') after = number;
    note(event);
    if (text) emitEventText(event, text);
    return whole !== undefined && String(type).startsWith('response.') && onResponse(whole);
  };
  const latest = (): ModelResponse | undefined => response;

  await read(send);
  for (let again = 0; again < MAX_REJOINS; again += 1) {
    const known = latest();
    // Without a sequence number, the stream cannot be rejoined.
    if (!rejoin || after < 0 || !known || !isInProgress(known)) break;
    await read((signal) => rejoin(known.id, after, signal));
  }

  const known = latest();
  if (!known) throw failure;
  if (!isInProgress(known) || rejoin) return known;
  const now = await new Limit(signalFor(true), limits.responseRetrieveMs)
    .within(async ({ signal }) => pollToEnd(known, signal))
    .catch(() => undefined);
  signalFor(true).throwIfAborted();
  if (now && now.status !== 'cancelled') return now;
  throw failure;
}
