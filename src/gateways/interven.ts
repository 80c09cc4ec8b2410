import type { Approval, Decision, Gateway, GatewayCallOptions, ScanRequest } from '../core/gateway.ts';
import { GatewayError } from '../errors.ts';
import { sleep, TimeLimitError, withTimeLimit } from '../internal/abort.ts';
import { backoffMs, retryAfterMs } from '../internal/backoff.ts';
import { checkCount, checkFunction, checkKeys, checkMs } from '../internal/checks.ts';
import { approvalFromWire, decisionFromWire, toWire } from './interven-wire.ts';

export interface IntervenGatewayOptions {
  /** Default: the environment's `INTERVEN_API_KEY`. */
  readonly apiKey?: string;
  /** Default: the environment's `INTERVEN_GATEWAY_URL`, else `https://api.intervensecurity.com`. */
  readonly gatewayUrl?: string;
  /** For one scan or one status request, retries and `acquire` included, in milliseconds. Default 30 000. */
  readonly timeoutMs?: number;
  /** How often a request is sent again after 429, 5xx, a time-out or a broken connection. Default 2; 0 for never. */
  readonly maxRetries?: number;
  /** Whose calls these are, where the runner does not say. */
  readonly agentId?: string;
  readonly agentName?: string;
  /** Awaited before each scan is sent: a rate limiter of yours. The gateway's own limit is 60 scans a minute. */
  readonly acquire?: () => unknown;
  /** Default: the global `fetch`. */
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>;
}

const OWN_HOST = 'https://api.intervensecurity.com';
const FIRST_WAIT_MS = 250;
const MOST_WAIT_MS = 5_000;
/** A request's limit at the gateway (413 above it). */
const MAX_REQUEST_BYTES = 256 * 1024;

/** The hosted Interven gateway, over HTTP. */
export class IntervenGateway implements Gateway {
  /** Private to the language, so that no inspection or serialisation shows it. */
  readonly #apiKey: string;
  readonly #url: string;
  readonly #timeoutMs: number;
  readonly #maxRetries: number;
  readonly #agent: { readonly agentId?: string; readonly agentName?: string };
  readonly #acquire: (() => unknown) | undefined;
  readonly #fetch: NonNullable<IntervenGatewayOptions['fetch']>;

  /** @throws TypeError when there is no key, or when an option cannot be used */
  constructor(options: IntervenGatewayOptions = {}) {
    checkKeys('IntervenGateway', options, [
      'apiKey',
      'gatewayUrl',
      'timeoutMs',
      'maxRetries',
      'agentId',
      'agentName',
      'acquire',
      'fetch',
    ]);
    this.#apiKey = checkApiKey(options.apiKey ?? process.env['INTERVEN_API_KEY']);
    this.#url = checkUrl(options.gatewayUrl ?? (process.env['INTERVEN_GATEWAY_URL'] || OWN_HOST));
    this.#timeoutMs = checkMs('timeoutMs', options.timeoutMs) ?? 30_000;
    this.#maxRetries = options.maxRetries === 0 ? 0 : (checkCount('maxRetries', options.maxRetries) ?? 2);
    const { agentId, agentName } = options;
    this.#agent = { ...(agentId === undefined ? {} : { agentId }), ...(agentName === undefined ? {} : { agentName }) };
    this.#acquire = checkFunction('acquire', options.acquire);
    // Looked up at each call, so that a fetch which is replaced later (tracing, tests) is used.
    this.#fetch = checkFunction('fetch', options.fetch) ?? (async (url, init) => globalThis.fetch(url, init));
  }

  async scan(request: ScanRequest, options: GatewayCallOptions = {}): Promise<Decision> {
    const body = JSON.stringify(toWire({ ...this.#agent, ...request }));
    if (Buffer.byteLength(body) > MAX_REQUEST_BYTES) {
      throw new GatewayError('too_large', `The scan of "${request.functionName}" is larger than the gateway's 256 KB.`);
    }
    const decision = decisionFromWire(await this.#ask('POST', '/v1/scan', body, options.signal));
    if (decision.decision !== 'REQUIRE_APPROVAL') return decision;
    const { approvalUrl, ...rest } = decision;
    const url = isHttpUrl(approvalUrl) ? approvalUrl : this.#consolePage(decision.approvalId);
    return url === undefined ? rest : { ...rest, approvalUrl: url };
  }

  async approvalStatus(approvalId: string, options: GatewayCallOptions = {}): Promise<Approval> {
    const path = `/v1/approvals/${encodeURIComponent(approvalId)}/status`;
    return approvalFromWire(await this.#ask('GET', path, undefined, options.signal));
  }

  /** The console's page, which exists for Interven's own gateway only. */
  #consolePage(approvalId: string | undefined): string | undefined {
    if (approvalId === undefined || this.#url !== OWN_HOST) return undefined;
    return `https://app.intervensecurity.com/approvals/${encodeURIComponent(approvalId)}`;
  }

  async #ask(
    method: string,
    path: string,
    body: string | undefined,
    parent: AbortSignal | undefined,
  ): Promise<unknown> {
    const until = Date.now() + this.#timeoutMs;
    let last: GatewayError | undefined;
    try {
      return await withTimeLimit(this.#timeoutMs, parent, async (signal) => {
        for (let attempt = 1; ; attempt += 1) {
          if (method === 'POST') await this.#acquire?.();
          signal.throwIfAborted();
          const answer = await this.#send(method, path, body, signal);
          if ('reply' in answer) return answer.reply;
          last = answer.error;
          const wait = answer.retryAfterMs ?? backoffMs(attempt, FIRST_WAIT_MS, MOST_WAIT_MS);
          const hopeless = !answer.retry || attempt > this.#maxRetries || Date.now() + wait >= until;
          if (hopeless) throw answer.error;
          await sleep(wait, signal);
        }
      });
    } catch (error) {
      if (!(error instanceof TimeLimitError)) throw error;
      throw new GatewayError('timeout', `The gateway took longer than ${this.#timeoutMs} ms for ${path}.`, {
        cause: last ?? error,
      });
    }
  }

  /** One HTTP exchange. Rejects only when the caller has left. */
  async #send(
    method: string,
    path: string,
    body: string | undefined,
    signal: AbortSignal,
  ): Promise<{ reply: unknown } | { error: GatewayError; retry: boolean; retryAfterMs?: number | undefined }> {
    const headers = { authorization: `Bearer ${this.#apiKey}`, accept: 'application/json' };
    const init: RequestInit = { method, headers, signal, redirect: 'manual' };
    if (body !== undefined) Object.assign(init, { body, headers: { ...headers, 'content-type': 'application/json' } });
    let response: Response;
    let text: string;
    try {
      response = await this.#fetch(`${this.#url}${path}`, init);
      text = await response.text();
    } catch (cause) {
      signal.throwIfAborted();
      const error = new GatewayError('unreachable', `The gateway at ${this.#url} could not be reached.`, { cause });
      return { error, retry: true };
    }
    if (!response.ok) return this.#refusal(response, path, text);
    try {
      return { reply: JSON.parse(text) as unknown };
    } catch {
      const details = { status: response.status, responseText: this.#withoutKey(text) };
      const error = new GatewayError('malformed_reply', `The gateway's answer to ${path} is not JSON.`, details);
      return { error, retry: false };
    }
  }

  #refusal(
    response: Response,
    path: string,
    text: string,
  ): { error: GatewayError; retry: boolean; retryAfterMs?: number | undefined } {
    const { status } = response;
    const details = { status, responseText: this.#withoutKey(text) };
    const says = `The gateway at ${this.#url} answered ${path} with ${status}`;
    if (status === 429 || status === 408 || status >= 500) {
      const fault = status === 429 ? 'rate_limited' : status === 408 ? 'timeout' : 'server_error';
      const error = new GatewayError(fault, `${says}.`, details);
      return { error, retry: true, retryAfterMs: retryAfterMs(response.headers.get('retry-after'), Date.now()) };
    }
    if (status === 413) return { error: new GatewayError('too_large', `${says}: too large.`, details), retry: false };
    return { error: new GatewayError('configuration', `${says}: ${remedyFor(status)}`, details), retry: false };
  }

  #withoutKey(text: string): string {
    return text.replaceAll(this.#apiKey, '[key]');
  }
}

function remedyFor(status: number): string {
  if (status === 400) return 'the request is not valid for it. Its words are in responseText.';
  if (status === 401) return 'the key is missing, wrong or revoked. Check apiKey or INTERVEN_API_KEY.';
  if (status === 403) return "the key may not be used from this machine's address. Check its IP list in the console.";
  return 'check gatewayUrl or INTERVEN_GATEWAY_URL.';
}

function checkApiKey(apiKey: string | undefined): string {
  if (apiKey === undefined || apiKey === '') {
    throw new TypeError(
      'There is no Interven API key: pass apiKey or set INTERVEN_API_KEY. Keys are made at https://app.intervensecurity.com; without an account, use EmbeddedGateway from interven-openai-assistants/embedded.',
    );
  }
  if (!/^[\x21-\x7e]+$/.test(apiKey)) {
    throw new TypeError('apiKey has a space, a line break or another character that no key has.');
  }
  return apiKey;
}

function checkUrl(gatewayUrl: string): string {
  const url = isHttpUrl(gatewayUrl) ? new URL(gatewayUrl) : undefined;
  if (!url || url.search !== '' || url.username !== '' || url.password !== '') {
    throw new TypeError('gatewayUrl must be an absolute http(s) URL, without a query and without a name or password.');
  }
  return url.href.replace(/\/+$/, '');
}

function isHttpUrl(value: string | undefined): value is string {
  return value !== undefined && URL.canParse(value) && /^https?:$/.test(new URL(value).protocol);
}
