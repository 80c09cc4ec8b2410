import { describe, expect, test } from '@jest/globals';
import OpenAI from 'openai';
import { GuardedRunner, IntervenGateway, type Gateway, type RunEvent } from 'interven-openai-assistants';
import type { PolicyInput } from 'interven-openai-assistants/embedded';
import { callTools, FakeOpenAI, say } from 'interven-openai-assistants/testing';
import { jsonOf, KEY, refusalOf, SECRET, serving } from './serving.ts';

const policies: PolicyInput = {
  name: 'own',
  rules: [
    {
      rule_id: 'transfers',
      match: { tool_name: 'transfer_money' },
      action: 'REQUIRE_APPROVAL',
      reason: 'Transfers need a person.',
      x_grant: { for: ['conversation', 'similar'], max_minutes: 60 },
    },
  ],
};
const call = {
  method: 'POST',
  url: 'https://tools.invalid/transfer_money',
  body: { to: 'Bob Ltd', amount: 5_000 },
  x_principal: { id: 'ada' },
};

describe('a grant through the server', () => {
  const asking = async (body: object = call.body) => {
    const parts = serving({}, { policies });
    const scan = async (changes: object = {}) => jsonOf(await parts.agent('POST', '/v1/scan', { ...call, ...changes }));
    const id = String((await scan({ body }))['approval_id']);
    const approve = async (grant: unknown) => parts.ann('POST', `/v1/approvals/${id}/approve`, { grant });
    const grants = async () => (await jsonOf(await parts.bob('GET', '/v1/grants')))['grants'] as object[];
    return { ...parts, scan, id, approve, grants };
  };

  test('is offered with the approval, given with it, listed, named by decisions and revoked', async () => {
    const { ann, bob, agent, scan, id, approve, grants } = await asking();
    // Without a conversation, there is no grant for one.
    const path = `/v1/approvals/${id}`;
    expect(await jsonOf(await ann('GET', path))).toMatchObject({ may_grant: { for: ['similar'], max_minutes: 60 } });
    const given = await jsonOf(await approve({ for: 'similar', pinned: ['to'], until: '2026-03-01T13:30:00+01:00' }));
    expect(given).toMatchObject({ status: 'approved' });
    expect(given).not.toHaveProperty('may_grant');
    const [grant] = await grants();
    expect(grant).toEqual({
      grant_id: expect.any(String),
      approval_id: id,
      status: 'active',
      for: 'similar',
      description: 'similar calls, in which amount may differ',
      pinned: { to: 'Bob Ltd' },
      summary: expect.stringContaining('transfer_money'),
      function_name: 'transfer_money',
      tool_name: 'custom_proxy',
      operation: 'transfer_money',
      method: 'POST',
      redacted_url: call.url,
      policy_name: 'own',
      rule_id: 'transfers',
      reason: 'Transfers need a person.',
      key_id: expect.any(String),
      principal_id: 'ada',
      granted_by: 'ann',
      created_at: '2026-03-01T12:00:00.000Z',
      expires_at: '2026-03-01T12:30:00.000Z',
    });
    const grantId = (grant as { grant_id: string }).grant_id;
    await agent('GET', `${path}/status`);
    const body = { to: 'Bob Ltd', amount: 1 };
    expect(await scan({ body })).toMatchObject({ decision: 'ALLOW', x_grant_id: grantId, policy_name: 'own' });
    const decisions = await jsonOf(await bob('GET', '/v1/decisions?limit=1'));
    expect(decisions['decisions']).toMatchObject([{ decision: 'ALLOW', grant_id: grantId }]);
    const revoked = { status: 'revoked', revoked_by: 'bob', revoked_at: '2026-03-01T12:00:00.000Z' };
    expect(await jsonOf(await bob('POST', `/v1/grants/${grantId}/revoke`))).toMatchObject(revoked);
    expect(await grants()).toMatchObject([revoked]);
    expect(await scan({ body })).toMatchObject({ decision: 'REQUIRE_APPROVAL' });
    const again = await bob('POST', `/v1/grants/${grantId}/revoke`);
    expect(await refusalOf(again)).toMatchObject({ status: 409, code: 'expired' });
    expect(await refusalOf(await bob('POST', `/v1/grants/${id}/revoke`))).toMatchObject({ status: 404 });
  });

  test('shows pinned arguments without what is sensitive', async () => {
    const { approve, grants } = await asking({ to: `key ${SECRET}` });
    await approve({ for: 'similar' });
    expect(await grants()).toMatchObject([
      { description: 'equal calls', pinned: { to: 'key [REDACTED:AWS_ACCESS_KEY_ID]' } },
    ]);
  });

  test.each([
    [
      { for: 'conversation' },
      { code: 'grant_refused', path: 'grant', message: expect.stringContaining('no grant for') },
    ],
    [{ for: 'ever' }, { code: 'invalid_request', path: 'grant.for' }],
    [
      { for: 'similar', until: 'noon' },
      { path: 'grant.until', message: expect.stringContaining('ISO 8601') },
    ],
    [{ for: 'similar', pinned: 'to' }, { path: 'grant.pinned' }],
    [
      { for: 'similar', minutes: 5 },
      { path: 'grant.minutes', message: 'Unknown field.' },
    ],
  ])('is refused as %j, and the call stays pending', async (grant, refusal) => {
    const { approve, approvals } = await asking();
    expect(await refusalOf(await approve(grant))).toMatchObject({ status: 400, ...refusal });
    expect(await approvals()).toMatchObject([{ status: 'pending' }]);
  });

  test('is for approvers only, and no part of a denial', async () => {
    const { agent, ann, id } = await asking();
    expect((await agent('GET', '/v1/grants')).status).toBe(403);
    expect((await agent('POST', '/v1/grants/x/revoke')).status).toBe(403);
    const denied = await ann('POST', `/v1/approvals/${id}/deny`, { grant: { for: 'similar' } });
    expect(await refusalOf(denied)).toMatchObject({ status: 400, path: 'grant' });
  });
});

describe.each(['in process', 'through the server'])('a runner with a gateway %s', (place) => {
  test('names the grant in the record and the event of each call that it clears', async () => {
    const { gateway: embedded, server } = serving({}, { policies });
    const remote = new IntervenGateway({
      apiKey: KEY,
      gatewayUrl: 'https://gateway.example',
      sendPrincipal: true,
      fetch: async (url, init) => server.fetch(new Request(url, init)),
    });
    const gateway: Gateway = place === 'in process' ? embedded : remote;
    const transfer = (amount: number) => callTools({ name: 'transfer_money', arguments: { to: 'Bob Ltd', amount } });
    const openai = new FakeOpenAI({ script: [transfer(1), say('ok'), transfer(2), say('ok'), transfer(3), say('ok')] });
    const events: RunEvent[] = [];
    const runner = new GuardedRunner({
      client: new OpenAI({ apiKey: 'test', baseURL: openai.baseURL, fetch: openai.fetch }),
      gateway,
      principal: () => ({ id: 'ada' }),
      onEvent: (event) => events.push(event),
      tools: { transfer_money: () => 'sent' },
    });
    const callOf = async () => (await runner.responses({ model: 'm', input: 'Go.' })).calls[0];

    const first = await callOf();
    expect(first).toMatchObject({ outcome: 'approval_pending' });
    await embedded.approve(first?.approvalId ?? '', { decidedBy: 'ann', grant: { for: 'similar', pinned: ['to'] } });
    const grantId = (await embedded.grants())[0]?.approvalId;
    const facts = { grantId, policyName: 'own', reason: 'Transfers need a person.', reasonCodes: ['GRANT_USED'] };
    expect(await callOf()).toMatchObject({ outcome: 'allowed', decision: 'ALLOW', ...facts });
    expect(events.filter(({ type }) => type === 'decision').at(-1)).toMatchObject(facts);
    await embedded.revokeGrant(grantId ?? '');
    const last = await callOf();
    expect(last).toMatchObject({ outcome: 'approval_pending' });
    expect(last).not.toHaveProperty('grantId');
    openai.assertDone();
  });
});
