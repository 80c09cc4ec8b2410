import { Hono, type Context } from 'hono';
import type { EmbeddedGateway } from '../embedded/embedded-gateway.ts';
import { decisionEntry, type DecisionEntry } from '../embedded/audit/audit-entry.ts';
import { checkCount, checkFunction, checkKeys, checkMethods } from '../internal/checks.ts';
import { approvalRoutes } from './approval-routes.ts';
import { Credentials, type ApproverToken } from './credentials.ts';
import { DecisionLog } from './decision-log.ts';
import { Doors } from './doors.ts';
import { EventStreams } from './event-streams.ts';
import { pageRoutes } from './page-routes.ts';
import { policyRoutes, type OnPolicyApplied } from './policy-routes.ts';
import { checkPublicUrl } from './public-url.ts';
import { recordRoutes } from './record-routes.ts';
import { notFound, Refusal } from './refusal.ts';
import type { Call, Reply, Route } from './route.ts';
import { scanRoutes } from './scan-routes.ts';
import { secured } from './security-headers.ts';
import { Sessions } from './sessions.ts';

export interface GatewayServerOptions {
  readonly gateway: EmbeddedGateway;
  /**
   * What agents show (`Authorization: Bearer`), 16 characters at least each. They may scan, and ask what became of an approval;
   * they may not decide.
   */
  readonly keys: readonly string[];
  /** Who may decide. Names are unique; tokens have 16 characters at least, and none is a key. Without any, nobody decides. */
  readonly approvers: readonly ApproverToken[];
  /**
   * Where people reach it when that is not where it listens, such as `https://gateway.example.com` in front of which something
   * speaks TLS: an http(s) origin. `approval_url` is made of it, and with https the page's cookie is for TLS only. Default: what
   * each request's URL says. `listenGateway` then takes requests to its own host only; an app of yours that passes requests on
   * has to see to it that it does too, as their `Host` header is the sender's.
   */
  readonly publicUrl?: string | undefined;
  /** For each key. Default 60; `Infinity` for no limit. */
  readonly scansPerMinute?: number | undefined;
  /** Epoch milliseconds. Default: `Date.now`. */
  readonly now?: (() => number) | undefined;
  /** Called before a policy that was sent is in force; rejects to refuse it. */
  readonly onPolicyApplied?: OnPolicyApplied | undefined;
  /** Decisions of before, oldest first, for the page; their arguments are not shown. */
  readonly decisions?: readonly DecisionEntry[] | undefined;
}

export interface GatewayServer {
  /**
   * Answers a request, and never rejects; takes what the global `fetch` takes. The paths begin at the root of the address: another
   * app can pass on `/v1/…`, but the page needs `/` for itself.
   */
  readonly fetch: (input: string | URL | Request, init?: RequestInit) => Promise<Response>;
  /** The origin of the option, if there is one. */
  readonly publicUrl?: string | undefined;
  /** Ends the streams of events, and hears no more of the gateway, which stays as it is. */
  readonly close: () => void;
}

/**
 * The gateway for clients in any language, and the page where approvers decide: a `(Request) => Response` function without a socket.
 * `listenGateway` serves it on a port.
 *
 * @throws TypeError for an option that is none, or keys and tokens that are not apart
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
    'approvals',
    'policies',
    'applyPolicy',
    'observe',
  ]);
  const credentials = new Credentials(options.keys, options.approvers);
  const publicUrl = checkPublicUrl('publicUrl', options.publicUrl);
  const perMinute = checkCount('scansPerMinute', options.scansPerMinute) ?? 60;
  const now = checkFunction('now', options.now) ?? Date.now;
  const onPolicyApplied = checkFunction('onPolicyApplied', options.onPolicyApplied) ?? (() => undefined);

  const sessions = new Sessions(now);
  const log = new DecisionLog(options.decisions ?? []);
  const streams = new EventStreams();
  const app = appOf(
    [
      ...scanRoutes(gateway, { keys: options.keys.length, perMinute, now }),
      ...approvalRoutes(gateway, now),
      ...policyRoutes(gateway, onPolicyApplied),
      ...recordRoutes(log, streams),
      ...pageRoutes(credentials, sessions, now),
    ],
    new Doors(credentials, sessions),
    publicUrl,
  );
  const unobserve = gateway.observe((event) => {
    if (event.type === 'decision') log.add(decisionEntry(event));
    streams.changed();
  });
  return {
    publicUrl,
    fetch: async (input, init) => {
      const isAddress = typeof input === 'string' || input instanceof URL;
      return secured(await app.fetch(isAddress ? new Request(input, init) : input));
    },
    close: () => {
      unobserve();
      streams.close();
    },
  };
}

const OPTIONS: readonly (keyof GatewayServerOptions)[] = [
  'gateway',
  'keys',
  'approvers',
  'publicUrl',
  'scansPerMinute',
  'now',
  'onPolicyApplied',
  'decisions',
];

function appOf(routes: readonly Route[], doors: Doors, publicUrl: string | undefined): Hono {
  const app = new Hono();
  for (const route of routes) {
    app.all(route.path, async (context) => {
      try {
        const reply = await admitted(route, doors, callOf(context, publicUrl));
        return reply instanceof Response ? reply : Response.json(reply);
      } catch (error) {
        return (error instanceof Refusal ? error : unexpected()).toResponse();
      }
    });
  }
  app.notFound(() => notFound('There is nothing here.').toResponse());
  return app;
}

async function admitted(route: Route, doors: Doors, call: Call): Promise<Reply> {
  // HEAD too is another method: asking for the headers alone would open a stream, or use up an approval.
  if (call.request.method !== route.method) {
    const headers = { allow: route.method };
    throw new Refusal(405, 'method_not_allowed', `This takes ${route.method} only.`, { headers });
  }
  switch (route.door) {
    case 'anyone':
      return route.serve(call);
    case 'agent or approver':
      doors.anybody(call);
      return route.serve(call);
    case 'agent':
      return route.serve(call, doors.agent(call));
    case 'approver':
      return route.serve(call, doors.approver(call));
  }
}

function callOf(context: Context, publicUrl: string | undefined): Call {
  const { raw } = context.req;
  const url = new URL(raw.url);
  return { request: raw, url, origin: publicUrl ?? url.origin, param: (name) => context.req.param(name) ?? '' };
}

/** It may quote arguments, so nothing of it is told. */
function unexpected(): Refusal {
  return new Refusal(500, 'internal', 'Something went wrong here.');
}
