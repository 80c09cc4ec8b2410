import { describe, expect, test } from '@jest/globals';
import { memoryApprovalStore } from 'interven-openai-assistants/embedded';
import { jsonOf, refusalOf, serving } from './serving.ts';

const call = { method: 'DELETE', url: 'https://tools.invalid/delete_page', body: { page: 7 } };
const at = '2026-03-01T12:00:00.000Z';

describe('a freeze through the server', () => {
  test('denies every scan and clears no approved call, until it ends', async () => {
    const { ann, bob, agent, asked, approvals } = serving();
    const id = await asked();
    expect(await jsonOf(await ann('GET', '/v1/frozen'))).toEqual({ frozen: null });
    const frozen = { by: 'ann', at, reason: 'incident 12', pending: 'keep' };
    expect(await jsonOf(await ann('POST', '/v1/freeze', { reason: ' incident 12 ' }))).toEqual({ frozen });
    expect(await jsonOf(await bob('GET', '/v1/frozen'))).toEqual({ frozen });
    expect(await jsonOf(await agent('POST', '/v1/scan', call))).toMatchObject({
      decision: 'DENY',
      reason_codes: ['FROZEN'],
      x_reason: `ann froze the gateway at ${at}: incident 12`,
    });
    await bob('POST', `/v1/approvals/${id}/approve`);
    const status = async () => jsonOf(await agent('GET', `/v1/approvals/${id}/status`));
    expect(await status()).toEqual({ status: 'pending' });
    expect(await jsonOf(await bob('POST', '/v1/unfreeze'))).toEqual({ frozen: null });
    expect(await status()).toMatchObject({ status: 'approved', decided_by: 'bob' });
    expect(await approvals()).toHaveLength(1);
  });

  test('voids approvals if told so', async () => {
    const { ann, agent, asked, approvals } = serving();
    const id = await asked();
    await ann('POST', '/v1/freeze', { pending: 'void' });
    await ann('POST', '/v1/unfreeze');
    expect(await jsonOf(await agent('GET', `/v1/approvals/${id}/status`))).toEqual({ status: 'expired' });
    expect(await approvals()).toMatchObject([{ status: 'expired', note: 'Voided by the freeze of ann.' }]);
  });

  test('needs no body, and holds for all servers that share a store', async () => {
    const store = memoryApprovalStore();
    const [one, other] = [serving({}, { store }), serving({}, { store })];
    expect(await jsonOf(await one.ann('POST', '/v1/freeze'))).toEqual({ frozen: { by: 'ann', at, pending: 'keep' } });
    expect(await jsonOf(await other.agent('POST', '/v1/scan', call))).toMatchObject({ reason_codes: ['FROZEN'] });
  });

  test.each([
    ['pending', { pending: 'drop' }, 'It must be "keep" or "void".'],
    ['reason', { reason: 'x'.repeat(1_001) }, 'It must have at most 1000 characters.'],
  ])('is refused with an invalid %s', async (path, body, message) => {
    const { ann } = serving();
    const refusal = { status: 400, code: 'invalid_request', path, message };
    expect(await refusalOf(await ann('POST', '/v1/freeze', body))).toMatchObject(refusal);
    expect(await jsonOf(await ann('GET', '/v1/frozen'))).toEqual({ frozen: null });
  });

  test('is not for agents', async () => {
    const { agent } = serving();
    for (const path of ['/v1/freeze', '/v1/unfreeze']) expect((await agent('POST', path, {})).status).toBe(403);
    expect((await agent('GET', '/v1/frozen')).status).toBe(403);
  });
});
