import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { Limit } from '../../../internal/abort.ts';
import { limits } from '../../limits.ts';
import { isRateLimited, isResponseLost } from '../api-error.ts';
import { MAX_ATTEMPTS, type RequestOptions, pauseBeforeRetry } from '../api.ts';
import type { RetrievedResponse } from './client.ts';

/** The options of every method of the SDK. */
export interface AzureOptions {
  readonly abortSignal: AbortSignal;
  readonly requestOptions: { readonly headers: Readonly<Record<string, string>> };
  readonly onResponse: (response: AzureResponse) => void;
}

/** An HTTP response of the SDK. */
export interface AzureResponse {
  readonly status: number;
  readonly headers: { get(name: string): string | undefined };
  /** The body as the API sent it. The SDK's own objects lack some of its fields. */
  readonly parsedBody?: unknown;
  /** The body of an event stream. */
  readonly readableStreamBody?: Readable;
}

interface PipelineRequest {
  readonly headers: { has(name: string): boolean; delete(name: string): void };
}

interface PipelineResponse extends AzureResponse {
  readonly bodyAsText?: string | null;
}

/** The part of the SDK's pipeline that is used. */
export interface AzurePipeline {
  addPolicy(policy: object, options?: object): void;
  removePolicy(options: { name?: string }): unknown;
}

export interface AzureReply<Value> {
  readonly data: Value;
  readonly parsedBody: unknown;
  readonly response: RetrievedResponse['response'];
}

/**
 * Sends a request through the SDK. Repeats it as the OpenAI SDK does, unless `maxRetries` is 0.
 *
 * @throws the SDK's error, with the `status` and `headers` that errors of the OpenAI SDK have
 */
export type AzureRequest = <Value>(
  options: RequestOptions | undefined,
  send: (azure: AzureOptions) => PromiseLike<Value>,
) => Promise<AzureReply<Value>>;

export function azureRequests(pipeline: AzurePipeline | undefined): AzureRequest {
  if (pipeline) disableRetries(pipeline);
  const headers: Record<string, string> = pipeline ? { [ONCE]: '1' } : {};
  return async ({ signal, timeout = limits.azureRequestMs, maxRetries = MAX_ATTEMPTS - 1 } = {}, send) => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await sendOnce(signal, timeout, headers, send);
      } catch (error) {
        const isTemporary = isResponseLost(error) || isRateLimited(error);
        if (!isTemporary || attempt > maxRetries || signal?.aborted) throw error;
        await pauseBeforeRetry(error, attempt, signal);
      }
    }
  };
}

async function sendOnce<Value>(
  signal: AbortSignal | undefined,
  timeoutMs: number,
  headers: Readonly<Record<string, string>>,
  send: (azure: AzureOptions) => PromiseLike<Value>,
): Promise<AzureReply<Value>> {
  let response: AzureResponse | undefined;
  // The timers of the SDK's own limit outlive requests that fail, and keep the process alive.
  const opening = new Limit(signal, timeoutMs);
  try {
    const data = await send({
      abortSignal: opening.signal,
      requestOptions: { headers },
      onResponse: (received) => {
        response = received;
      },
    });
    const { readableStreamBody: stream } = response ?? {};
    // The SDK aborts a stream by an error on its socket. If the response has arrived completely and was not read to its
    // end, nothing handles that error, and the process crashes.
    if (stream) signal?.addEventListener('abort', () => stream.destroy(), { once: true });
    const get = (name: string): string | null => response?.headers.get(name) ?? null;
    return { data, parsedBody: response?.parsedBody, response: { headers: { get } } };
  } catch (error) {
    throw withStatus(error, response);
  } finally {
    opening.close();
  }
}

/** Marks the runner's requests. The policy removes it before they are sent. */
const ONCE = 'x-interven-once';

/**
 * Keeps the SDK from repeating the runner's requests: a creation or a submit may be repeated only after a look at the
 * API. The SDK's own retry policy is for all requests of a client.
 */
function disableRetries(pipeline: AzurePipeline): void {
  const name = 'intervenOncePolicy';
  const sendRequest = async (
    request: PipelineRequest,
    next: (request: PipelineRequest) => Promise<PipelineResponse>,
  ): Promise<PipelineResponse> => {
    if (!request.headers.has(ONCE)) return next(request);
    request.headers.delete(ONCE);
    // To end an event stream, its own connection is closed: not that of a stream which decompresses it.
    request.headers.delete('accept-encoding');
    // The retry policy repeats only requests that failed with a RestError.
    const response = await next(request).catch((error: unknown) => {
      throw isRestError(error) ? new Error(error.message, { cause: error }) : error;
    });
    const { status, readableStreamBody: stream } = response;
    const isRepeated = status === 408 || status === 429 || status >= 500;
    // A 401 may ask the SDK for another token.
    if (isRepeated || (stream && status >= 400 && status !== 401)) throw await errorOf(response);
    return response;
  };
  // A client may be adapted twice.
  pipeline.removePolicy({ name });
  pipeline.addPolicy({ name, sendRequest }, { afterPhase: 'Retry' });
}

/** Reads an error response. The SDK reports no message for one that was to be an event stream. */
async function errorOf(response: PipelineResponse): Promise<Error> {
  const { status, headers, bodyAsText, readableStreamBody: stream } = response;
  const body = bodyAsText ?? (stream ? await text(stream) : '');
  return Object.assign(new Error(messageIn(body) ?? `Unexpected status code: ${status}`), { status, headers });
}

function isRestError(error: unknown): error is Error {
  return (error as Partial<Error> | null | undefined)?.name === 'RestError';
}

function messageIn(body: string): string | undefined {
  try {
    const { error } = JSON.parse(body) as { error?: { message?: unknown } };
    return typeof error?.message === 'string' ? error.message : undefined;
  } catch {
    return undefined;
  }
}

/** A response that the SDK cannot parse has status 200 in its error. The API may have processed the request. */
function withStatus(thrown: unknown, response: AzureResponse | undefined): unknown {
  const { cause } = Object(thrown) as { cause?: unknown };
  const error = isRestError(cause) ? cause : thrown;
  const { status, statusCode = response?.status } = Object(error) as { status?: unknown; statusCode?: unknown };
  if (status !== undefined || typeof statusCode !== 'number' || statusCode < 400) return error;
  return Object.assign(error as Error, { status: statusCode, headers: response?.headers });
}
