import { z } from 'zod';
import type { EmbeddedGateway } from '../embedded/embedded-gateway.ts';
import { readJson, shortString, validate } from './read-request.ts';
import { get, post, type Route } from './router.ts';

const schema = z.strictObject({
  reason: shortString(1_000).nullish(),
  pending: z.enum(['keep', 'void'], 'It must be "keep" or "void".').nullish(),
});

/** Serves the freeze of the gateway, its beginning and its end to approvers. */
export function freezeRoutes(gateway: EmbeddedGateway): readonly Route[] {
  const state = async (): Promise<object> => {
    const freeze = await gateway.frozen();
    return { frozen: freeze ? { ...freeze, at: freeze.at.toISOString() } : null };
  };
  return [
    get('/v1/frozen', 'approver', state),
    post('/v1/freeze', 'approver', async ({ request }, { name }) => {
      const { reason, pending } = request.body ? validate(schema, await readJson(request)) : {};
      await gateway.freeze({ by: name, reason: reason?.trim() || undefined, pending: pending ?? undefined });
      return state();
    }),
    post('/v1/unfreeze', 'approver', async (_, { name }) => {
      await gateway.unfreeze({ by: name });
      return state();
    }),
  ];
}
