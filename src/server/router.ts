import { Hono, type Context } from 'hono';
import type { Approver, Authenticator, BrowserRequest } from './authenticate.ts';
import type { Agent } from './credentials.ts';
import { HttpError, notFound, unavailable } from './http-error.ts';
import { faultOf, OUTAGES } from '../runner/gateway/gateway-error.ts';

/** A request with its parsed URL and path parameters. */
export interface RequestContext extends BrowserRequest {
  readonly url: URL;
  /** The path segment that matched `:name`. */
  readonly param: (name: string) => string;
}

/** A response, or the object to send as JSON. */
export type Reply = Response | object;

/** The client that each role admits. */
interface Clients {
  readonly anyone: undefined;
  readonly agent: Agent;
  readonly approver: Approver;
  readonly 'agent or approver': Agent | Approver;
}

type Role = keyof Clients;
type Serve<Of extends Role> = (context: RequestContext, client: Clients[Of]) => Reply | Promise<Reply>;

/** One endpoint. */
export interface Route {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  /** Authenticates the client, and serves its request. */
  readonly answer: (context: RequestContext, authenticator: Authenticator) => Promise<Reply>;
}

const ADMIT: {
  readonly [Of in Role]: (context: RequestContext, authenticator: Authenticator) => Promise<Clients[Of]>;
} = {
  anyone: async () => undefined,
  agent: async (context, authenticator) => authenticator.agent(context),
  approver: async (context, authenticator) => authenticator.approver(context),
  'agent or approver': async (context, authenticator) => authenticator.agentOrApprover(context),
};

export function get<Of extends Role>(path: string, role: Of, serve: Serve<Of>): Route {
  return routeOf('GET', path, role, serve);
}

export function post<Of extends Role>(path: string, role: Of, serve: Serve<Of>): Route {
  return routeOf('POST', path, role, serve);
}

function routeOf<Of extends Role>(method: Route['method'], path: string, role: Of, serve: Serve<Of>): Route {
  return { method, path, answer: async (context, from) => serve(context, await ADMIT[role](context, from)) };
}

/** Creates the app that authenticates each request, serves its route and turns errors into responses. */
export function createRouter(
  routes: readonly Route[],
  authenticator: Authenticator,
  publicUrl: string | undefined,
): Hono {
  const app = new Hono();
  for (const route of routes) {
    app.all(route.path, async (context) => {
      try {
        const reply = await serveRoute(route, authenticator, requestContext(context, publicUrl));
        return reply instanceof Response ? reply : Response.json(reply);
      } catch (error) {
        return httpErrorOf(error).toResponse();
      }
    });
  }
  app.notFound(() => notFound('Not found.').toResponse());
  return app;
}

async function serveRoute(route: Route, authenticator: Authenticator, context: RequestContext): Promise<Reply> {
  // Rejects HEAD too: it would open an event stream or use up an approval.
  if (context.request.method !== route.method) {
    const headers = { allow: route.method };
    throw new HttpError(405, 'method_not_allowed', `Method not allowed. Use ${route.method}.`, { headers });
  }
  return route.answer(context, authenticator);
}

function requestContext(context: Context, publicUrl: string | undefined): RequestContext {
  const { raw } = context.req;
  const url = new URL(raw.url);
  return { request: raw, url, origin: publicUrl ?? url.origin, param: (name) => context.req.param(name) ?? '' };
}

/** Hides other errors: their message may quote arguments. */
function httpErrorOf(error: unknown): HttpError {
  if (error instanceof HttpError) return error;
  return OUTAGES.has(faultOf(error)) ? unavailable() : new HttpError(500, 'internal', 'Internal error.');
}

const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'same-origin',
  'cache-control': 'no-store',
};

/** Forbids caching, framing and content sniffing, and limits the page to its own files. */
export function withSecurityHeaders(response: Response): Response {
  for (const [name, value] of Object.entries(SECURITY_HEADERS)) response.headers.set(name, value);
  return response;
}
