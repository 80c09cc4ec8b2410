import type { EmbeddedGateway } from '../embedded/embedded-gateway.ts';
import { unavailable } from './http-error.ts';
import { get, type Route } from './router.ts';

/** Serves the health of this server to load balancers: whether the store of approvals answers. Without it, no call is cleared. */
export function healthRoutes(gateway: EmbeddedGateway): readonly Route[] {
  let checking: Promise<unknown> | undefined;
  return [
    get('/health', 'anyone', async () => {
      // One check at a time, as anyone may request it.
      checking ??= gateway.frozen().finally(() => {
        checking = undefined;
      });
      try {
        await checking;
      } catch {
        throw unavailable();
      }
      return { status: 'ok' };
    }),
  ];
}
