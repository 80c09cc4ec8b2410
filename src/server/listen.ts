import { listen, type Listening, type ListenLimits } from '../internal/node-http.ts';
import { ownHosts } from './own-hosts.ts';
import { Refusal } from './refusal.ts';
import { secured } from './security-headers.ts';
import type { GatewayServer } from './server.ts';

export interface ListenOptions {
  /** 0 for any free one. Default 4000. */
  readonly port?: number | undefined;
  /** Default `127.0.0.1`: only this machine. Beyond it, put something that speaks TLS before the gateway. */
  readonly host?: string | undefined;
}

const LIMITS: Pick<ListenLimits, 'graceMs' | 'maxConnections' | 'timeouts'> = {
  graceMs: 2_000,
  maxConnections: 1_000,
  timeouts: {
    headersTimeout: 10_000,
    requestTimeout: 30_000,
    keepAliveTimeout: 5_000,
    connectionsCheckingInterval: 5_000,
  },
};

/**
 * Serves a gateway on a port of this machine. Nobody is waited for long: a request's headers have 10 seconds, all of it 30, a
 * connection without a request 5; of more than 1,000 connections the last ones are closed. A response has all the time it takes.
 *
 * A gateway without a `publicUrl` answers only requests to its own host (421 otherwise): `localhost` and the other loopback
 * addresses, `host`, and any address in digits where `host` is every address of the machine, such as `0.0.0.0`.
 *
 * @returns where it is, and what ends it: streams at once, requests that are being served within two seconds
 * @throws the system's error when the port cannot be had
 */
export async function listenGateway(server: GatewayServer, options: ListenOptions = {}): Promise<Listening> {
  const { port = 4000, host = '127.0.0.1' } = options;
  const isOwn = server.publicUrl === undefined ? ownHosts(host) : () => true;
  const answer = async (request: Request): Promise<Response> =>
    isOwn(new URL(request.url).hostname) ? server.fetch(request) : secured(elsewhere().toResponse());
  const listening = await listen(answer, { port, host, ...LIMITS });
  return {
    url: listening.url,
    close: async () => {
      server.close();
      await listening.close();
    },
  };
}

function elsewhere(): Refusal {
  const message =
    'The gateway does not know this host name as its own. Start it with --public-url, or the option publicUrl of createGatewayServer.';
  return new Refusal(421, 'misdirected', message);
}
