import { describe, expect, test } from '@jest/globals';
import type { ScanRequest } from 'interven-openai-assistants';
import {
  EmbeddedGateway,
  memoryApprovalStore,
  type Decider,
  type EmbeddedGatewayOptions,
  type GatewayEvent,
  type PolicyInput,
  type RuleInput,
} from 'interven-openai-assistants/embedded';

const request: ScanRequest = {
  functionName: 'transfer_money',
  method: 'POST',
  url: 'https://tools.invalid/transfer_money',
  body: { amount: 5_000 },
  runtimeType: 'openai_assistants',
  principal: { id: 'ada' },
};
type Approvers = RuleInput['x_approvers'];
const policy = (...approvers: Approvers[]): PolicyInput => ({
  name: 'own',
  rules: approvers.map((x_approvers) => ({ action: 'REQUIRE_APPROVAL', x_approvers })),
});
const gatewayOf = (policies: PolicyInput, options: EmbeddedGatewayOptions = {}) =>
  new EmbeddedGateway({ policies, ...options });
const asked = async (gateway: EmbeddedGateway, changes: Partial<ScanRequest> = {}): Promise<string> => {
  const decision = await gateway.scan({ ...request, ...changes });
  return decision.decision === 'REQUIRE_APPROVAL' ? (decision.approvalId ?? '') : decision.decision;
};
const by = (decidedBy: string, ...roles: string[]): Decider => ({ decidedBy, roles });
const given = async (gateway: EmbeddedGateway, id: string) =>
  (await gateway.approvals()).find(({ approvalId }) => approvalId === id)?.approvers?.given.map((one) => one.by);

describe('a call that needs two approvers with a role', () => {
  const two = policy({ count: 2, roles: ['finance', 'board'] });

  test('runs once two different approvers with one of the roles have approved', async () => {
    const gateway = gatewayOf(two);
    const events: GatewayEvent[] = [];
    gateway.observe((event) => events.push(event));
    const id = await asked(gateway);
    await gateway.approve(id, { ...by('ann', 'finance'), note: 'seen' });
    expect(await gateway.approvalStatus(id)).toEqual({ status: 'pending' });
    expect(await asked(gateway)).not.toBe('ALLOW');
    await gateway.approve(id, by('bob', 'board', 'legal'));
    expect(await gateway.approvalStatus(id)).toMatchObject({ status: 'approved', decidedBy: 'ann, bob' });
    const stored = (await gateway.approvals())[0];
    expect(stored?.approvers).toEqual({
      needs: [{ count: 2, roles: ['finance', 'board'] }],
      given: [
        { by: 'ann', roles: ['finance'], at: expect.any(Date), note: 'seen' },
        { by: 'bob', roles: ['board', 'legal'], at: expect.any(Date) },
      ],
    });
    const states = events.flatMap((event) => (event.type === 'approval' ? [event.approval.status] : []));
    expect(states).toEqual(['pending', 'approved']);
  });

  test.each([
    ['without the role', by('eve', 'legal'), '2 approvers with the roles finance or board; eve has the role legal.'],
    ['whose role differs in case', by('eve', 'Finance'), 'eve has the role Finance.'],
    ['without a role', by('eve'), 'eve has no role.'],
    ['without a name', { roles: ['finance'] }, 'pass decidedBy.'],
    ['who has no name but spaces', by(' ', 'finance'), 'pass decidedBy.'],
    ['who is the requester', by('ada', 'finance'), 'ada is the requester, who cannot decide on this call.'],
    ['who is the requester, in other letters', by('ＡDA ', 'finance'), 'is the requester'],
    ['who is the requester, in Cyrillic letters', by('\u0430d\u0430', 'finance'), 'is the requester'],
    ['who is the requester, with an invisible character', by('a\u200bda', 'finance'), 'is the requester'],
    ['whose name is invisible', by('\u200b', 'finance'), 'pass decidedBy.'],
  ])('is neither approved nor denied by an approver %s', async (_, decider, message) => {
    const gateway = gatewayOf(two);
    const id = await asked(gateway);
    for (const verb of ['approve', 'deny'] as const) {
      const refused = gateway[verb](id, decider);
      await expect(refused).rejects.toMatchObject({ status: 403, message: expect.stringContaining(message) });
    }
    expect(await given(gateway, id)).toEqual([]);
  });

  test('counts an approver once', async () => {
    const gateway = gatewayOf(two);
    const id = await asked(gateway);
    await gateway.approve(id, by('ann', 'finance'));
    for (const name of ['ann', 'Ann'])
      await expect(gateway.approve(id, by(name, 'board'))).rejects.toThrow(
        `${name} has approved this call already; it needs another approver.`,
      );
    expect((await gateway.approvalStatus(id)).status).toBe('pending');
  });

  test('counts both of two approvers at the same moment, and one approver at the same moment once', async () => {
    const gateway = gatewayOf(two);
    const [both, same] = [await asked(gateway), await asked(gateway)];
    await Promise.all(['ann', 'bob'].map(async (name) => gateway.approve(both, by(name, 'finance'))));
    expect((await gateway.approvalStatus(both)).status).toBe('approved');
    const twice = [1, 2].map(async () => gateway.approve(same, by('ann', 'finance')));
    expect((await Promise.allSettled(twice)).map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    expect((await gateway.approvalStatus(same)).status).toBe('pending');
  });

  test('counts an approver once, whatever looks like the name', async () => {
    const gateway = gatewayOf(two);
    const id = await asked(gateway);
    await gateway.approve(id, by('ann', 'finance'));
    for (const name of ['ANN', '\uff41nn', '\u0430nn', 'an\u2060n', 'ann\ufe0f'])
      await expect(gateway.approve(id, by(name, 'finance'))).rejects.toThrow('has approved this call already');
  });

  test('is not decided with a name or a note that is no string, which a store could not read again', async () => {
    const gateway = gatewayOf(policy(undefined));
    const id = await asked(gateway);
    for (const verb of ['approve', 'deny'] as const) {
      await expect(gateway[verb](id, { decidedBy: 7 } as never)).rejects.toThrow(
        'decidedBy is 7; it must be a string.',
      );
      await expect(gateway[verb](id, { note: {} } as never)).rejects.toThrow('note is an object; it must be a string.');
    }
    expect((await gateway.approvalStatus(id)).status).toBe('pending');
  });

  test('is denied by one of them, also after an approval', async () => {
    const gateway = gatewayOf(two);
    const id = await asked(gateway);
    await gateway.approve(id, by('ann', 'finance'));
    await gateway.deny(id, by('ann', 'finance'));
    expect(await gateway.approvalStatus(id)).toMatchObject({ status: 'denied', decidedBy: 'ann' });
    expect(await asked(gateway)).toBe('DENY');
  });

  test('expires with one approval after ten minutes', async () => {
    let now = 0;
    const gateway = gatewayOf(two, { now: () => now });
    const id = await asked(gateway);
    await gateway.approve(id, by('ann', 'finance'));
    now = 600_000;
    await expect(gateway.approve(id, by('bob', 'finance'))).rejects.toThrow('already expired');
    expect((await gateway.approvalStatus(id)).status).toBe('expired');
  });
});

describe('several rules with approvers', () => {
  test('are all met: the highest count for the same roles, and each other rule’s roles', async () => {
    const gateway = gatewayOf(policy({ count: 1, roles: ['finance'] }, { count: 2 }, { count: 2, roles: ['finance'] }));
    const id = await asked(gateway);
    expect((await gateway.approvals())[0]?.approvers?.needs).toEqual([{ count: 2, roles: ['finance'] }, { count: 2 }]);
    await gateway.approve(id, by('ann', 'finance'));
    await gateway.approve(id, by('eve'));
    await expect(gateway.approve(id, by('max'))).rejects.toThrow(
      'This approval still needs 2 approvers with the role finance; max has no role.',
    );
    await gateway.approve(id, by('bob', 'finance'));
    expect((await gateway.approvalStatus(id)).status).toBe('approved');
  });

  test('need one approver who has the roles of all of them', async () => {
    const gateway = gatewayOf(policy({ roles: ['finance'] }, { roles: ['legal'] }));
    const id = await asked(gateway);
    await gateway.approve(id, by('ann', 'finance', 'legal'));
    expect(await gateway.approvalStatus(id)).toMatchObject({ status: 'approved', decidedBy: 'ann' });
  });

  test('count also if a rule without approvers decides', async () => {
    const rules = [{ action: 'REQUIRE_APPROVAL' as const, priority: 1 }, ...policy({ count: 2 }).rules];
    const gateway = gatewayOf({ name: 'own', rules });
    const id = await asked(gateway);
    await gateway.approve(id, by('ann'));
    expect((await gateway.approvalStatus(id)).status).toBe('pending');
  });
});

describe('the requester', () => {
  test('may approve unless a rule names approvers, be it one with any role', async () => {
    const [open, other] = [gatewayOf(policy(undefined)), gatewayOf(policy({ count: 1 }))];
    await open.approve(await asked(open), by('ada'));
    const id = await asked(other);
    await expect(other.approve(id, by('ada'))).rejects.toThrow('ada is the requester');
    await other.approve(id, by('bob'));
    expect((await other.approvalStatus(id)).status).toBe('approved');
  });

  test('cannot use what they approved for another one, if approvals are for the agent', async () => {
    const gateway = gatewayOf(policy({ count: 1 }), { boundTo: 'agent' });
    await gateway.approve(await asked(gateway), by('bob'));
    expect(await asked(gateway, { principal: { id: 'bob' } })).not.toBe('ALLOW');
    expect(await asked(gateway, { principal: { id: 'cid' } })).toBe('ALLOW');
  });
});

test('an approval clears no call that needs more approvers since', async () => {
  const store = memoryApprovalStore();
  const before = gatewayOf(policy({ count: 1, roles: ['finance'] }), { store });
  await before.approve(await asked(before), by('ann', 'finance'));
  for (const approvers of [{ count: 2 }, { roles: ['legal'] }])
    expect(await asked(gatewayOf(policy(approvers), { store }))).not.toBe('ALLOW');
  expect(await asked(gatewayOf(policy({ roles: ['finance'] }), { store }))).toBe('ALLOW');
});

test.each([
  [{ count: 0 }, 'rules[0].x_approvers.count is 0: must be from 1 to 10'],
  [{ count: 1.5 }, 'count'],
  [{ roles: [] }, 'roles is []: must not be empty'],
  [{}, 'x_approvers is {}: must not be empty'],
  [{ role: ['finance'] }, 'did you mean roles?'],
])('a policy with x_approvers %j is invalid', (approvers, message) => {
  expect(() => gatewayOf(policy(approvers as Approvers))).toThrow(message);
});

test('a rule that does not require an approval has no approvers', () => {
  const rules: RuleInput[] = [{ action: 'DENY', x_approvers: { count: 2 } }];
  expect(() => gatewayOf({ name: 'own', rules })).toThrow('x_approvers is {"count":2}: is for REQUIRE_APPROVAL only');
});

test.each([
  ['role', { role: ['finance'] }],
  ['roles', { roles: 'finance' }],
])('an invalid option %s of approve or deny is refused', async (option, options) => {
  const gateway = gatewayOf(policy({ count: 1 }));
  const id = await asked(gateway);
  for (const verb of ['approve', 'deny'] as const)
    await expect(gateway[verb](id, options as Decider)).rejects.toThrow(option);
});
