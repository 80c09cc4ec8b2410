import { listen, type Listening, type ListenLimits } from '../internal/node-http.ts';
import { HttpError } from './http-error.ts';
import { withSecurityHeaders } from './router.ts';
import type { GatewayServer } from './server.ts';
import { isIP } from 'node:net';
import { isLoopback, parseUrl } from '../internal/url.ts';

export interface ListenOptions {
  /** The port to listen on; 0 for any free port. Default 4000. */
  readonly port?: number | undefined;
  /** The address to listen on. Default `127.0.0.1`: this machine only. For others, put a TLS proxy in front. */
  readonly host?: string | undefined;
}

const LIMITS: Pick<ListenLimits, 'graceMs' | 'connections' | 'timeouts'> = {
  graceMs: 2_000,
  connections: { max: 1_000, maxPerAddress: 500 },
  timeouts: {
    headersTimeout: 10_000,
    requestTimeout: 30_000,
    keepAliveTimeout: 5_000,
    connectionsCheckingInterval: 5_000,
  },
};

/**
 * Serves a gateway on a port of this machine. Time limits: 10 seconds for a request's headers, 30 seconds for the whole
 * request, 5 seconds for an idle connection, none for a response. Beyond 1,000 connections, or 500 of an address, a new
 * one replaces the oldest that has sent no valid key or token, or else the oldest idle one.
 *
 * A gateway without a `publicUrl` accepts only requests to its own host, and answers others with 421. Its own hosts are
 * the loopback addresses, `host`, and any IP address if `host` is a wildcard address such as `0.0.0.0`. It redirects the
 * page from `localhost` to the loopback address, and listens there if `host` is `localhost`.
 *
 * @returns the address, and `close`, which ends event streams at once and requests in flight within two seconds
 * @throws the system's error when the port cannot be opened
 */
export async function listenGateway(server: GatewayServer, options: ListenOptions = {}): Promise<Listening> {
  const { port = 4000 } = options;
  // Not the system's choice of its two addresses, so that the page has an address to lead to.
  const host = options.host?.toLowerCase() === 'localhost' ? LOOPBACK : (options.host ?? LOOPBACK);
  const isOwn = ownHostCheck(host);
  const answer = async (request: Request): Promise<Response> => {
    const url = new URL(request.url);
    if (server.publicUrl !== undefined) return server.fetch(request);
    if (!isOwn(url.hostname)) return withSecurityHeaders(misdirected().toResponse());
    return isPageByName(url) ? withSecurityHeaders(atAddress(url, host)) : server.fetch(request);
  };
  const listening = await listen(answer, { port, host, ...LIMITS });
  return {
    url: listening.url,
    close: async () => {
      server.close();
      await listening.close();
    },
  };
}

const LOOPBACK = '127.0.0.1';

/**
 * `localhost` has an IPv4 and an IPv6 address, and the gateway listens on one of them. A program that listens on the other
 * one, with the same port, would be of the same origin to a browser, and get the page's session.
 */
function isPageByName({ hostname, pathname }: URL): boolean {
  return hostname === 'localhost' && pathname === '/';
}

/** @param bound the host on which the gateway listens */
function atAddress(url: URL, bound: string): Response {
  const location = new URL(url);
  location.hostname = bound === '::1' ? '[::1]' : LOOPBACK;
  // Browsers keep the fragment, which names an approval.
  return new Response(null, { status: 307, headers: { location: location.href } });
}

function misdirected(): HttpError {
  const message = 'Unknown host name. Start the gateway with --public-url, or pass publicUrl to createGatewayServer.';
  return new HttpError(421, 'misdirected', message);
}

/**
 * Creates the check that prevents DNS rebinding: another site can let its own name resolve to this machine and read the
 * responses, but the browser still sends that name.
 *
 * @param bound the host on which the gateway listens
 * @returns a function that accepts loopback names, `bound`, and any IP address if `bound` is a wildcard address
 */
function ownHostCheck(bound: string): (hostname: string) => boolean {
  const address = `http://${isIP(bound) === 6 ? `[${bound}]` : bound}`;
  const own = parseUrl(address)?.hostname ?? bound;
  const isWildcard = own === '0.0.0.0' || own === '[::]';
  return (hostname) =>
    hostname === own || isLoopback(hostname) || (isWildcard && isIP(hostname.replace(/^\[|\]$/g, '')) > 0);
}
