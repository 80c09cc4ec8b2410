import { inspect } from 'node:util';
import { retryAfterMs } from '../../internal/backoff.ts';
import { omitUndefined } from '../../internal/omit-undefined.ts';
import { GatewayError, type GatewayErrorDetails } from './gateway-error.ts';
import { messageOf } from '../../internal/error-message.ts';

export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

export interface GatewayRequest<Reply> {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: string;
  /** Parses the response's JSON. Throws when it is invalid. */
  readonly decode: (reply: unknown) => Reply;
}

/**
 * Performs one HTTP exchange with the gateway. Maps its status codes to faults.
 *
 * @throws GatewayError, or the signal's reason when it aborts
 */
export async function exchange<Reply>(
  { method, path, body, decode }: GatewayRequest<Reply>,
  { url, apiKey, fetch, signal }: { url: string; apiKey: string; fetch: Fetch; signal: AbortSignal },
): Promise<Reply> {
  const headers: Record<string, string> = { authorization: `Bearer ${apiKey}`, accept: 'application/json' };
  if (body !== undefined) headers['content-type'] = 'application/json';
  let response: Response;
  let text: string;
  try {
    // A redirect would send the arguments to a URL that is not configured.
    const init: RequestInit = omitUndefined({ method, headers, signal, redirect: 'manual', body });
    response = await fetch(`${url}${path}`, init);
    text = await response.text();
  } catch (cause) {
    signal.throwIfAborted();
    throw new GatewayError('unreachable', `Could not reach the gateway at ${url}.`, { cause: scrubbed(cause, apiKey) });
  }
  const details = { status: response.status, responseText: text.replaceAll(apiKey, '[key]') };
  if (!response.ok)
    throw httpError(`The gateway at ${url} answered ${path} with status ${response.status}`, response, details);
  let reply: unknown;
  try {
    reply = JSON.parse(text);
  } catch {
    throw new GatewayError('malformed_reply', `The gateway's response to ${path} is not JSON.`, details);
  }
  try {
    return decode(reply);
  } catch (error) {
    const what = messageOf(error);
    throw new GatewayError('malformed_reply', `The gateway's response to ${path} has ${what}.`, details);
  }
}

function httpError(message: string, { status, headers }: Response, details: GatewayErrorDetails): GatewayError {
  if (status === 413) return new GatewayError('too_large', `${message}: the request is too large.`, details);
  if (status !== 429 && status !== 408 && status < 500) {
    return new GatewayError('configuration', `${message}: ${remedyFor(status)}`, details);
  }
  const fault = status === 429 ? 'rate_limited' : status === 408 ? 'timeout' : 'server_error';
  const wait = retryAfterMs(headers.get('retry-after'), Date.now());
  return new GatewayError(fault, `${message}.`, { ...details, retryAfterMs: wait });
}

function remedyFor(status: number): string {
  if (status === 401) return 'the API key is missing, wrong or revoked. Check apiKey or INTERVEN_API_KEY.';
  if (status === 403) {
    return 'the API key has no permission for this, or not from this IP address. At Interven, check its IP list. For a self-hosted gateway, use an API key, not an approver token.';
  }
  if (status === 404 || status < 400) return 'not found. Check gatewayUrl or INTERVEN_GATEWAY_URL.';
  return 'the gateway rejected the request. See responseText.';
}

/** Replaces an error that has the key somewhere: a `fetch` of your own may quote the request. */
function scrubbed(cause: unknown, apiKey: string): unknown {
  if (!inspect(cause, { depth: 8, maxStringLength: Infinity, maxArrayLength: Infinity }).includes(apiKey)) return cause;
  const { message, code } = Object(cause) as { readonly message?: unknown; readonly code?: unknown };
  return Object.assign(new Error(String(message).replaceAll(apiKey, '[key]')), omitUndefined({ code }));
}
