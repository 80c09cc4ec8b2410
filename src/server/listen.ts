import { listen, type Listening } from '../internal/node-http.ts';
import { MAX_BODY_BYTES } from './request-body.ts';
import type { GatewayServer } from './server.ts';

export interface ListenOptions {
  /** 0 for any free one. Default 4000. */
  readonly port?: number | undefined;
  /** Default `127.0.0.1`: only this machine. Beyond it, put something that speaks TLS before the gateway. */
  readonly host?: string | undefined;
}

/** How long requests that are being served have, when it ends. */
const GRACE_MS = 2_000;

/**
 * Serves a gateway on a port of this machine.
 *
 * @returns where it is, and what ends it: streams at once, requests that are being served within two seconds
 * @throws the system's error when the port cannot be had
 */
export async function listenGateway(server: GatewayServer, options: ListenOptions = {}): Promise<Listening> {
  const { port = 4000, host = '127.0.0.1' } = options;
  const listening = await listen(async (request) => server.fetch(request), {
    port,
    host,
    maxBodyBytes: MAX_BODY_BYTES,
    graceMs: GRACE_MS,
  });
  return {
    url: listening.url,
    close: async () => {
      server.close();
      await listening.close();
    },
  };
}
