import { withTimeLimit } from '../../../internal/abort.ts';
import { limits } from '../../limits.ts';
import type { Loop } from '../../run/driver.ts';
import { type Fields, readStream } from '../event-stream.ts';
import type { ModelResponse } from './client.ts';
import { emitEventText, isInProgress } from './response.ts';

export interface StreamedRequest {
  /** Sends the request for a stream. */
  readonly send: (signal: AbortSignal) => PromiseLike<unknown>;
  /** Rejoins a background response after an event. Undefined in the foreground. */
  readonly rejoin: ((responseId: string, after: number, signal: AbortSignal) => PromiseLike<unknown>) | undefined;
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
  const { send, rejoin, observe, pollToEnd, retrieve, signalFor } = request;
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
  const now = await withTimeLimit(limits.responseRetrieveMs, signalFor(true), async (signal) =>
    pollToEnd(known, signal),
  ).catch(() => undefined);
  signalFor(true).throwIfAborted();
  if (now && now.status !== 'cancelled') return now;
  throw failure;
}
