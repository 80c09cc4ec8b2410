import type { EmbeddedGateway } from '../embedded/embedded-gateway.ts';
import { approvalEntry, decisionEntry, type DecisionEntry } from '../embedded/audit/audit-entry.ts';
import { checkCount, checkFunction, checkKeys, checkMethods } from '../internal/checks.ts';
import { approvalRoutes } from './approval-routes.ts';
import { Credentials, type AgentKey, type ApproverToken } from './credentials.ts';
import { RecentDecisions, auditRoutes } from './audit-routes.ts';
import { Authenticator } from './authenticate.ts';
import { EventStreams } from './event-streams.ts';
import { explainRoutes } from './explain-routes.ts';
import { freezeRoutes } from './freeze-routes.ts';
import { Guesses } from './guesses.ts';
import { grantRoutes } from './grant-routes.ts';
import { healthRoutes } from './health-routes.ts';
import { memoryNoticeOutbox, OUTBOX_METHODS, type NoticeOutbox } from './notices/outbox.ts';
import { Notices } from './notices/notices.ts';
import { warnOfNotice, type NoticeReceiver, type OnNoticeProblem } from './notices/receiver.ts';
import { pageRoutes } from './page-routes.ts';
import { policyRoutes, refusePolicy, type OnPolicyApplied } from './policy-routes.ts';
import { createRouter, withSecurityHeaders } from './router.ts';
import { scanRoutes } from './scan-routes.ts';
import { MemoryServerState, STATE_METHODS, type ServerState } from './server-state.ts';
import { decidedRuns } from './decided-runs.ts';
import { KnownRuns } from './known-runs.ts';
import { runRoutes } from './run-routes.ts';
import { Sessions } from './sessions.ts';
import type { Runs } from '../runner/journal/runs.ts';
import { parseUrl } from '../internal/url.ts';

export interface GatewayServerOptions {
  readonly gateway: EmbeddedGateway;
  /**
   * API keys of agents (`Authorization: Bearer`), each with at least 16 characters: `name:key`, `{ name, key }`, or a key
   * without a name. Agents can scan calls and read the status of their approvals, but cannot decide.
   */
  readonly keys: readonly (string | AgentKey)[];
  /** Approvers. Names are unique. Tokens have at least 16 characters and differ from all keys. */
  readonly approvers: readonly ApproverToken[];
  /**
   * The http(s) origin of the gateway behind a TLS proxy, such as `https://gateway.example.com`. It is the base of
   * `approval_url`. Default: the origin of each request's URL; `listenGateway` then accepts requests to its own host
   * only. If your app forwards requests, check their `Host`.
   */
  readonly publicUrl?: string | undefined;
  /** Scans per minute and key. Default 60; `Infinity` for no limit. */
  readonly scansPerMinute?: number | undefined;
  /** Returns epoch milliseconds. Default: `Date.now`. */
  readonly now?: (() => number) | undefined;
  /** Called before an applied policy takes effect. Reject to refuse the policy. */
  readonly onPolicyApplied?: OnPolicyApplied | undefined;
  /**
   * Earlier decisions for the page, oldest first, or a function that returns the newest ones of all replicas, these included, such as
   * `decisions` of `storedAuditLog`. The page does not show their arguments.
   */
  readonly decisions?: readonly DecisionEntry[] | (() => Promise<readonly DecisionEntry[]>) | undefined;
  /** The runs that the page shows to approvers: `journalRuns(journal)`. Default: those of the newest 1,000 decisions. */
  readonly runs?: Runs | undefined;
  /**
   * What the replicas of this server share: `await postgresServerState(pool)`. Each of them then needs the same keys, approvers and
   * policies, and a gateway with the same store. Default: in memory, for one server.
   */
  readonly state?: ServerState | undefined;
  /** URLs that get signed webhooks of approvals, freezes and changes of policies. Requires `publicUrl`. Default: none. */
  readonly notices?: readonly NoticeReceiver[] | undefined;
  /** Keeps notices until they are delivered, such as `await fileNoticeOutbox('notices')`. Default: in memory. */
  readonly noticeOutbox?: NoticeOutbox | undefined;
  /** Called when a receiver does not confirm a notice. Default: emits a process warning. */
  readonly onNoticeProblem?: OnNoticeProblem | undefined;
}

export interface GatewayServer {
  /**
   * Answers a request, and never rejects. Takes the arguments of the global `fetch`. Paths start at the root: another
   * app can forward `/v1/…`, but the page needs the whole path `/`.
   */
  readonly fetch: (input: string | URL | Request, init?: RequestInit) => Promise<Response>;
  /** The origin of the option `publicUrl`. */
  readonly publicUrl?: string | undefined;
  /** Ends the event streams and the notices, and stops observing the gateway. The gateway stays open. */
  readonly close: () => void;
}

/**
 * Creates the HTTP API for clients in any language and the page where approvers decide, as a `(Request) => Response`
 * function. `listenGateway` serves it on a port.
 *
 * @throws TypeError for an unknown or invalid option, or a duplicate secret
 * @example
 * const server = createGatewayServer({ gateway, keys: [key], approvers: [{ name: 'ann', token }] });
 * new IntervenGateway({ apiKey: key, gatewayUrl: 'http://gateway.invalid', fetch: server.fetch });
 */
export function createGatewayServer(options: GatewayServerOptions): GatewayServer {
  checkKeys('createGatewayServer', options, OPTIONS);
  const { gateway } = options;
  checkMethods('gateway', gateway, [
    'scan',
    'approvalStatus',
    'approve',
    'deny',
    'approval',
    'approvals',
    'grants',
    'revokeGrant',
    'policies',
    'applyPolicy',
    'observe',
    'freeze',
    'unfreeze',
    'frozen',
    'explain',
  ]);
  const credentials = new Credentials(options.keys, options.approvers);
  const publicUrl = parsePublicUrl('publicUrl', options.publicUrl);
  const perMinute = checkCount('scansPerMinute', options.scansPerMinute) ?? 60;
  if (options.runs !== undefined) checkMethods('runs', options.runs, ['list', 'show']);
  if (options.state !== undefined) checkMethods('state', options.state, STATE_METHODS);
  const now = checkFunction('now', options.now) ?? options.state?.now?.bind(options.state) ?? Date.now;
  const state = options.state ?? new MemoryServerState(now);
  const onPolicyApplied =
    checkFunction('onPolicyApplied', options.onPolicyApplied) ?? (options.state ? refusePolicy : () => undefined);

  const sessions = new Sessions(state, credentials);
  const notices = noticesOf(options, publicUrl, now);
  const authenticator = new Authenticator(credentials, sessions, new Guesses(now));
  const { decisions = [] } = options;
  const own = new RecentDecisions(typeof decisions === 'function' ? [] : decisions);
  const recent = async (): Promise<RecentDecisions> =>
    typeof decisions === 'function' ? new RecentDecisions(await decisions()) : own;
  const runs = new KnownRuns(options.runs, async () => {
    const pending = await gateway.approvals({ status: 'pending', limit: MAX_PENDING });
    return decidedRuns((await recent()).entries, new Set(pending.map(({ approvalId }) => approvalId)));
  });
  const streams = new EventStreams();
  const app = createRouter(
    [
      ...scanRoutes(gateway, { state, perMinute }),
      ...approvalRoutes(gateway, now),
      ...grantRoutes(gateway, now),
      ...policyRoutes(gateway, onPolicyApplied),
      ...explainRoutes(gateway),
      ...freezeRoutes(gateway),
      ...auditRoutes(recent, streams),
      ...runRoutes(runs, now),
      ...healthRoutes(gateway),
      ...pageRoutes(authenticator, sessions),
    ],
    authenticator,
    publicUrl,
  );
  const unobserve = [
    gateway.observe((event) => {
      if (event.type === 'decision') own.add(decisionEntry(event));
      if (event.type === 'approval') own.settle(approvalEntry(event));
      streams.changed();
    }),
    state.observe(() => {
      streams.changed();
    }),
    ...(notices ? [gateway.observe(notices.listener)] : []),
  ];
  return {
    publicUrl,
    fetch: async (input, init) => {
      const isUrl = typeof input === 'string' || input instanceof URL;
      return withSecurityHeaders(await app.fetch(isUrl ? new Request(input, init) : input));
    },
    close: () => {
      for (const stop of unobserve) stop();
      notices?.close();
      streams.close();
    },
  };
}

/** Approvals of which the runs show that they wait. */
const MAX_PENDING = 10_000;

const OPTIONS: readonly (keyof GatewayServerOptions)[] = [
  'gateway',
  'keys',
  'approvers',
  'publicUrl',
  'scansPerMinute',
  'now',
  'onPolicyApplied',
  'decisions',
  'runs',
  'state',
  'notices',
  'noticeOutbox',
  'onNoticeProblem',
];

function noticesOf(options: GatewayServerOptions, page: string | undefined, now: () => number): Notices | undefined {
  const { gateway, notices: receivers = [], noticeOutbox: outbox = memoryNoticeOutbox() } = options;
  checkMethods('noticeOutbox', outbox, OUTBOX_METHODS);
  const onProblem = checkFunction('onNoticeProblem', options.onNoticeProblem) ?? warnOfNotice;
  if (!Array.isArray(receivers)) throw new TypeError('notices must be an array of { url, secret }.');
  if (receivers.length === 0) return undefined;
  if (page === undefined) throw new TypeError('notices requires publicUrl: a notice links to the approvals page.');
  return new Notices(gateway, { receivers, outbox, onProblem, page, now });
}

/** @throws TypeError that does not quote the value: it may contain a password */
function parsePublicUrl(option: string, value: string | undefined): string | undefined {
  if (value === undefined) return undefined;
  const url = typeof value === 'string' ? parseUrl(value) : undefined;
  if (url && /^https?:$/.test(url.protocol) && url.href === `${url.origin}/`) return url.origin;
  throw new TypeError(`${option} must be an http or https origin such as https://gateway.example.com, without a path.`);
}
