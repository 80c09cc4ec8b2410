import { Limit, TimeLimitError, sleep } from '../../internal/abort.ts';
import { backoffMs } from '../../internal/backoff.ts';
import {
  checkBoolean,
  checkCount,
  checkFunction,
  checkMs,
  checkString,
  unchecked,
  readOptions,
  type OptionTable,
  type Settings,
} from '../../internal/checks.ts';
import { isLoopback, parseUrl } from '../../internal/url.ts';
import { omitUndefined } from '../../internal/omit-undefined.ts';
import { limits } from '../limits.ts';
import { faultOf, GatewayError, OUTAGES } from './gateway-error.ts';
import type {
  Approval,
  Decision,
  Gateway,
  GatewayCallOptions,
  OutputDecision,
  OutputRequest,
  ScanRequest,
} from './gateway.ts';
import { exchange, type Fetch, type GatewayRequest } from './interven-http.ts';
import {
  approvalFromWire,
  conversationToWire,
  decisionFromWire,
  isApprovalId,
  outputDecisionFromWire,
  outputToWire,
  principalToWire,
  toWire,
} from './interven-wire.ts';

export interface IntervenGatewayOptions {
  /** API key of the gateway. Default: the environment variable `INTERVEN_API_KEY`. */
  readonly apiKey?: string | undefined;
  /**
   * Default: the environment variable `INTERVEN_GATEWAY_URL`, else `https://api.intervensecurity.com`. Plain http to another machine is a
   * process warning, unless you pass `fetch`.
   */
  readonly gatewayUrl?: string | undefined;
  /** Milliseconds for one scan or status request, including retries and `acquire`. Default 30 000. */
  readonly timeoutMs?: number | undefined;
  /** Maximum number of retries after 429, 5xx, a timeout or a broken connection. Default 2; 0 disables retries. */
  readonly maxRetries?: number | undefined;
  /** Id of the agent that makes the calls, unless the runner's options set one. */
  readonly agentId?: string | undefined;
  readonly agentName?: string | undefined;
  /**
   * Sends the user's messages and the tool outputs with a scan, as the string `context`. Keeps only the newest of them
   * if the request would exceed 256 KB, and says so: a gateway server then counts as unknown what a missing tool output
   * may have said. Needs the runner's `provenance: true`. Default false.
   */
  readonly sendConversation?: boolean | undefined;
  /**
   * Sends the run's principal and thread with each scan, as `x_principal` (`id`, `roles` and `attributes`) and
   * `x_thread_id`. Only a gateway server of this library reads them. Default false.
   */
  readonly sendPrincipal?: boolean | undefined;
  /** Called and awaited before each scan, to plug in a rate limiter. The gateway's own limit is 60 scans a minute. */
  readonly acquire?: (() => unknown) | undefined;
  /** Default: the global `fetch`. */
  readonly fetch?: Fetch | undefined;
}

/** Rows of {@link IntervenGatewayOptions}. */
export const INTERVEN_OPTIONS = {
  // Checked after the environment variable is read.
  apiKey: { check: unchecked },
  gatewayUrl: { check: unchecked },
  timeoutMs: { check: checkMs, default: 30_000 },
  maxRetries: { check: checkRetries, default: 2 },
  agentId: { check: checkString },
  agentName: { check: checkString },
  sendConversation: { check: checkBoolean, default: false },
  sendPrincipal: { check: checkBoolean, default: false },
  acquire: { check: checkFunction },
  // Looked up at each call, so that a `fetch` replaced later (tracing, tests) is used.
  fetch: { check: checkFunction, default: async (url, init) => globalThis.fetch(url, init) },
} satisfies OptionTable<IntervenGatewayOptions>;

const OWN_HOST = 'https://api.intervensecurity.com';
/** The gateway's maximum (413 above it). */
const MAX_REQUEST_BYTES = 256 * 1024;

/** Client of the hosted Interven gateway, or of any gateway with the same HTTP API. */
export class IntervenGateway implements Gateway {
  /** A private field, so that neither inspection nor serialization shows the key. */
  readonly #apiKey: string;
  readonly #url: string;
  readonly #agent: { readonly agentId?: string; readonly agentName?: string };
  readonly #settings: Settings<IntervenGatewayOptions, typeof INTERVEN_OPTIONS>;

  /** False for Interven's own host, which does not know `needsApproval`. */
  get holdsApprovals(): boolean {
    return this.#url !== OWN_HOST;
  }

  /** False for Interven's own host, which only takes reports of outputs. */
  get judgesOutputs(): boolean {
    return this.#url !== OWN_HOST;
  }

  /** @throws TypeError for a missing API key or an invalid option */
  constructor(options: IntervenGatewayOptions = {}) {
    this.#settings = readOptions(INTERVEN_OPTIONS, options, { owner: 'IntervenGateway' });
    const { apiKey, gatewayUrl, agentId, agentName } = this.#settings;
    this.#apiKey = checkApiKey(apiKey ?? process.env['INTERVEN_API_KEY']);
    this.#url = checkUrl(gatewayUrl ?? (process.env['INTERVEN_GATEWAY_URL'] || OWN_HOST));
    this.#agent = omitUndefined({ agentId, agentName });
    if (options.fetch === undefined) warnOfPlainHttp(new URL(this.#url));
  }

  async scan(request: ScanRequest, options: GatewayCallOptions = {}): Promise<Decision> {
    const body = this.#bodyOf({ ...this.#agent, ...request });
    checkSize(body, `The scan of "${request.functionName}"`);
    const scan = { method: 'POST', path: '/v1/scan', body, decode: decisionFromWire } as const;
    const decision = await this.#ask(scan, options.signal);
    if (decision.decision !== 'REQUIRE_APPROVAL') return decision;
    const { approvalUrl, ...rest } = decision;
    const url = isHttpUrl(approvalUrl) ? approvalUrl : this.#consolePage(decision.approvalId);
    return url === undefined ? rest : { ...rest, approvalUrl: url };
  }

  async approvalStatus(approvalId: string, options: GatewayCallOptions = {}): Promise<Approval> {
    // Other ids could change the path.
    if (!isApprovalId(approvalId)) throw new GatewayError('malformed_reply', 'The approval id is invalid.');
    const path = `/v1/approvals/${encodeURIComponent(approvalId)}/status`;
    return this.#ask({ method: 'GET', path, decode: approvalFromWire }, options.signal);
  }

  /** Reports an output. A gateway server of this library also judges it; Interven's own host only takes the report. */
  async scanOutput(request: OutputRequest, options: GatewayCallOptions = {}): Promise<OutputDecision> {
    const judged = this.judgesOutputs;
    const body = JSON.stringify(outputToWire({ ...request, call: { ...this.#agent, ...request.call } }, judged));
    checkSize(body, `The output of "${request.call.functionName}"`);
    const decode = (reply: unknown): OutputDecision => outputDecisionFromWire(reply, judged);
    return this.#ask({ method: 'POST', path: '/v1/scan/response', body, decode }, options.signal);
  }

  #bodyOf(request: ScanRequest): string {
    const wire = { ...toWire(request), ...(this.#settings.sendPrincipal ? principalToWire(request) : {}) };
    const body = JSON.stringify(wire);
    if (!this.#settings.sendConversation || !request.conversation) return body;
    const room = MAX_REQUEST_BYTES - Buffer.byteLength(body);
    return JSON.stringify({ ...wire, ...conversationToWire(request.conversation, room) });
  }

  /** The console's page, which exists only for Interven's own gateway. */
  #consolePage(approvalId: string | undefined): string | undefined {
    if (approvalId === undefined || this.#url !== OWN_HOST) return undefined;
    return `https://app.intervensecurity.com/approvals/${encodeURIComponent(approvalId)}`;
  }

  /** Sends a request, with retries while the fault is transient and time is left. */
  async #ask<Reply>(request: GatewayRequest<Reply>, parent: AbortSignal | undefined): Promise<Reply> {
    const { timeoutMs, maxRetries, acquire, fetch } = this.#settings;
    const until = Date.now() + timeoutMs;
    const around = { url: this.#url, apiKey: this.#apiKey, fetch };
    let last: unknown;
    const waits = { forRateLimit: false };
    const attempts = async (signal: AbortSignal): Promise<Reply> => {
      for (let attempt = 1; ; attempt += 1) {
        signal.throwIfAborted();
        waits.forRateLimit = true;
        if (request.method === 'POST') await acquire?.();
        signal.throwIfAborted();
        waits.forRateLimit = false;
        try {
          // Half of the remaining time, so that a request that hangs leaves time for another one.
          const left = until - Date.now();
          const share = attempt > maxRetries ? left : left / 2;
          return await new Limit(signal, share).within(async ({ signal: own }) =>
            exchange(request, { ...around, signal: own }),
          );
        } catch (error) {
          signal.throwIfAborted();
          const isOverRateLimit = faultOf(error) === 'rate_limited';
          if (!isOverRateLimit && !OUTAGES.has(faultOf(error))) throw error;
          const wait =
            (error as Partial<GatewayError>).retryAfterMs ??
            backoffMs(attempt, limits.gatewayRetryFirstMs, limits.gatewayRetryMaxMs);
          if (attempt > maxRetries || Date.now() + wait >= until) throw error;
          last = error;
          waits.forRateLimit = isOverRateLimit;
          await sleep(wait, signal);
        }
      }
    };
    try {
      return await new Limit(parent, timeoutMs).within(({ signal }) => attempts(signal));
    } catch (error) {
      if (!(error instanceof TimeLimitError)) throw error;
      if (waits.forRateLimit) {
        const message = `The gateway's rate limit did not allow ${request.path} in time.`;
        throw new GatewayError('rate_limited', message, { cause: last ?? error });
      }
      const message = `The gateway took longer than ${timeoutMs} ms for ${request.path}.`;
      throw new GatewayError('timeout', message, { cause: last ?? error });
    }
  }
}

/** @throws GatewayError for a request that the gateway refuses (413) */
function checkSize(body: string, what: string): void {
  if (Buffer.byteLength(body) <= MAX_REQUEST_BYTES) return;
  throw new GatewayError('too_large', `${what} is larger than the gateway's 256 KB.`);
}

function checkRetries(option: string, maxRetries: number): void {
  if (maxRetries !== 0) checkCount(option, maxRetries);
}

function checkApiKey(apiKey: string | undefined): string {
  if (apiKey === undefined || apiKey === '') {
    throw new TypeError(
      'Missing Interven API key: pass apiKey or set INTERVEN_API_KEY. Create keys at https://app.intervensecurity.com. Without an account, use EmbeddedGateway from interven-openai-assistants/embedded.',
    );
  }
  // The characters of a bearer token (RFC 6750, section 2.1).
  if (typeof apiKey !== 'string' || !/^[\w.~+/-]+=*$/.test(apiKey)) {
    throw new TypeError(
      'apiKey is invalid: it has a space, a line break or another character that keys never contain.',
    );
  }
  return apiKey;
}

function checkUrl(gatewayUrl: string): string {
  const url = isHttpUrl(gatewayUrl) ? new URL(gatewayUrl) : undefined;
  if (!url || /[?#]/.test(gatewayUrl) || url.username !== '' || url.password !== '') {
    throw new TypeError('gatewayUrl must be an absolute http(s) URL, without a query, user name or password.');
  }
  return url.href.replace(/\/+$/, '');
}

function warnOfPlainHttp({ protocol, hostname, origin }: URL): void {
  // A wildcard address as the destination is this machine.
  if (protocol === 'https:' || isLoopback(hostname) || ['0.0.0.0', '[::]'].includes(hostname)) return;
  const message = `gatewayUrl is ${origin}: others on the network can read the API key and the arguments. Use https.`;
  process.emitWarning(message, { type: 'IntervenGatewayWarning' });
}

function isHttpUrl(value: string | undefined): value is string {
  return value !== undefined && /^https?:$/.test(parseUrl(value)?.protocol ?? '');
}
