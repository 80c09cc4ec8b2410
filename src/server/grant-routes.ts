import type { EmbeddedGateway } from '../embedded/embedded-gateway.ts';
import { GatewayError } from '../runner/gateway/gateway-error.ts';
import { grantView } from './approval-view.ts';
import { HttpError, notFound } from './http-error.ts';
import { get, post, type Route } from './router.ts';

/** Serves the grants, and their revocation, to approvers. A grant is given with the approval of a call. */
export function grantRoutes(gateway: EmbeddedGateway, now: () => number): readonly Route[] {
  return [
    get('/v1/grants', 'approver', async () => {
      const grants = (await gateway.grants()).toReversed();
      return { grants: grants.map(grantView), now: new Date(now()).toISOString() };
    }),
    post('/v1/grants/:id/revoke', 'approver', async ({ param }, approver) => {
      try {
        return grantView(await gateway.revokeGrant(param('id'), { by: approver.name }));
      } catch (error) {
        if (!(error instanceof GatewayError)) throw error;
        if (error.status === 404) throw notFound('Grant not found.');
        throw new HttpError(409, 'expired', 'This grant is no longer in effect.');
      }
    }),
  ];
}
