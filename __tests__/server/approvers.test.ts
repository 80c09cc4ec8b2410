import { describe, expect, test } from '@jest/globals';
import type { PolicyInput } from 'interven-openai-assistants/embedded';
import { ANN, BOB, jsonOf, refusalOf, serving } from './serving.ts';

const EVE = ['eve', 'has', 'no', 'role', 'here'].join('-');
const ADA = ['ada', 'asks', 'and', 'approves'].join('-');
const approvers = [
  { name: 'ann', token: ANN, roles: ['finance'] },
  { name: 'bob', token: BOB, roles: ['finance', 'board'] },
  { name: 'eve', token: EVE },
  { name: 'ada', token: ADA, roles: ['finance'] },
];
const policies: PolicyInput = {
  name: 'own',
  rules: [{ action: 'REQUIRE_APPROVAL', x_approvers: { count: 2, roles: ['finance'] } }],
};
const call = {
  method: 'POST',
  url: 'https://tools.invalid/transfer_money',
  body: { amount: 5_000 },
  x_principal: { id: 'ada' },
};

describe('an approval that needs two approvers with a role, through the server,', () => {
  const asking = async () => {
    const parts = serving({ approvers }, { policies });
    const id = String((await jsonOf(await parts.agent('POST', '/v1/scan', call)))['approval_id']);
    return { ...parts, id, path: `/v1/approvals/${id}` };
  };

  test('is pending after the first approver, and approved after the second', async () => {
    const { ann, bob, agent, path, approvals } = await asking();
    const first = await jsonOf(await ann('POST', `${path}/approve`, { note: 'seen' }));
    const given = [{ by: 'ann', roles: ['finance'], at: '2026-03-01T12:00:00.000Z', note: 'seen' }];
    const needs = [{ count: 2, roles: ['finance'], given: 1 }];
    expect(first).toMatchObject({ status: 'pending', approvers: { needs, given } });
    expect(first).toMatchObject({ refused: 'ann has approved this call already; it needs another approver.' });
    expect(await jsonOf(await bob('GET', path))).not.toHaveProperty('refused');
    expect(await jsonOf(await agent('GET', `${path}/status`))).toEqual({ status: 'pending' });
    expect(await jsonOf(await bob('POST', `${path}/approve`))).toMatchObject({ status: 'approved' });
    expect(await jsonOf(await agent('GET', `${path}/status`))).toMatchObject({ decided_by: 'ann, bob' });
    expect((await approvals())[0]).not.toHaveProperty('refused');
  });

  test.each([
    ['without the role', EVE, 'This approval needs 2 approvers with the role finance; eve has no role.'],
    ['who is the requester', ADA, 'ada is the requester, who cannot decide on this call.'],
  ])('is decided neither in the API nor on the page by an approver %s', async (_, token, refused) => {
    const { as, ask, signIn, path } = await asking();
    const headers = await signIn(token);
    expect(await jsonOf(await as(token)('GET', path))).toMatchObject({ refused });
    for (const verb of ['approve', 'deny']) {
      for (const reply of [
        await as(token)('POST', `${path}/${verb}`),
        await ask('POST', `${path}/${verb}`, { headers }),
      ])
        expect(await refusalOf(reply)).toEqual({
          status: 403,
          code: 'approver_refused',
          message: refused,
        });
    }
    expect(await jsonOf(await as(ANN)('GET', path))).toMatchObject({ status: 'pending' });
  });

  test('takes no roles and no name from the request', async () => {
    const { as, path } = await asking();
    for (const field of ['roles', 'decidedBy']) {
      const reply = await as(EVE)('POST', `${path}/approve`, { [field]: ['finance'] });
      expect(await refusalOf(reply)).toMatchObject({ status: 400, path: field });
    }
  });
});

test('invalid roles of an approver are refused, without its token', () => {
  const roles = 'finance' as unknown as string[];
  expect(() => serving({ approvers: [{ name: 'ann', token: ANN, roles }] })).toThrow(
    'approvers[0].roles is "finance"; it must be an array of non-empty strings.',
  );
});
