import { Hono, type Context } from 'hono';
import type { Agent, Approver, Authenticator, BrowserRequest } from './authenticate.ts';
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

/** One endpoint and the role it requires. */
export type Route = {
  readonly method: 'GET' | 'POST';
  readonly path: string;
} & (
  | {
      readonly role: 'anyone' | 'agent or approver';
      readonly serve: (context: RequestContext) => Reply | Promise<Reply>;
    }
  | { readonly role: 'agent'; readonly serve: (context: RequestContext, agent: Agent) => Reply | Promise<Reply> }
  | {
      readonly role: 'approver';
      readonly serve: (context: RequestContext, approver: Approver) => Reply | Promise<Reply>;
    }
);

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
  switch (route.role) {
    case 'anyone':
      return route.serve(context);
    case 'agent or approver':
      await authenticator.agentOrApprover(context);
      return route.serve(context);
    case 'agent':
      return route.serve(context, await authenticator.agent(context));
    case 'approver':
      return route.serve(context, await authenticator.approver(context));
  }
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
