import { describe, expect, test } from '@jest/globals';
import OpenAI from 'openai';
import { GuardedRunner, IntervenGateway, type Gateway, type Principal } from 'interven-openai-assistants';
import { EmbeddedGateway, loadPolicies, type ApproveOptions } from 'interven-openai-assistants/embedded';
import { callTools, FakeOpenAI, say } from 'interven-openai-assistants/testing';
import { createGatewayServer } from '../../src/server.ts';

const policies = await loadPolicies('examples/company/policy.yaml');
const KEY = ['iv', 'test', 'key', 'of', 'agents'].join('_');

const ada: Principal = { id: 'ada', roles: ['finance'], attributes: { limit: 5000 } };
const bob: Principal = { id: 'bob', roles: ['finance'], attributes: { limit: 5000 } };
/** Approvers: ada is one herself. */
const roles = { ada: ['finance'], cal: ['finance'], eve: ['finance'], dan: [] as string[] };
type Args = NonNullable<ApproveOptions['arguments']>;
type Approver = keyof typeof roles;

/** What approvers do. Each rejects with the gateway's message. */
interface Desk {
  readonly gateway: Gateway;
  approve(by: Approver, id: string, how?: Pick<ApproveOptions, 'arguments' | 'grant'>): Promise<unknown>;
  grants(): Promise<readonly string[]>;
  revoke(by: Approver, grantId: string): Promise<unknown>;
  freeze(by: Approver, reason: string, pending: 'keep' | 'void'): Promise<unknown>;
  unfreeze(by: Approver): Promise<unknown>;
}

function inProcess(): Desk {
  const gateway = new EmbeddedGateway({ policies, ownDomains: ['acme.com'] });
  return {
    gateway,
    approve: async (by, id, how) => gateway.approve(id, { decidedBy: by, roles: roles[by], ...how }),
    grants: async () => (await gateway.grants()).map(({ approvalId }) => approvalId),
    revoke: async (by, grantId) => gateway.revokeGrant(grantId, { by }),
    freeze: async (by, reason, pending) => gateway.freeze({ by, reason, pending }),
    unfreeze: async (by) => gateway.unfreeze({ by }),
  };
}

function overHttp(): Desk {
  const tokenOf = (name: string): string => `${name}-has-a-long-enough-token`;
  const approvers = Object.entries(roles).map(([name, own]) => ({ name, token: tokenOf(name), roles: own }));
  const gateway = new EmbeddedGateway({ policies, ownDomains: ['acme.com'] });
  const { fetch: answer } = createGatewayServer({ gateway, keys: [KEY], approvers });
  const call = async (by: Approver, path: string, body?: object): Promise<Record<string, unknown>> => {
    const response = await answer(
      new Request(`https://gateway.example/v1/${path}`, {
        method: path === 'grants' ? 'GET' : 'POST',
        headers: { authorization: `Bearer ${tokenOf(by)}`, 'content-type': 'application/json' },
        body: body ? JSON.stringify(body) : null,
      }),
    );
    const reply = (await response.json()) as Record<string, unknown>;
    if (!response.ok) throw new Error((reply['error'] as { message: string }).message);
    return reply;
  };
  return {
    gateway: new IntervenGateway({
      apiKey: KEY,
      gatewayUrl: 'https://gateway.example',
      sendPrincipal: true,
      fetch: async (url, init) => answer(new Request(url, init)),
    }),
    approve: async (by, id, how = {}) => call(by, `approvals/${id}/approve`, how),
    grants: async () => {
      const { grants } = await call('cal', 'grants');
      return (grants as { grant_id: string }[]).map(({ grant_id: id }) => id);
    },
    revoke: async (by, grantId) => call(by, `grants/${grantId}/revoke`, {}),
    freeze: async (by, reason, pending) => call(by, 'freeze', { reason, pending }),
    unfreeze: async (by) => call(by, 'unfreeze', {}),
  };
}

/** A runner for all employees. `asks` has the model make one call for a user, and returns its record. */
function company(desk: Desk) {
  const ran: [string, unknown][] = [];
  const handler = (name: string) => (args: unknown) => {
    ran.push([name, args]);
    return 'done';
  };
  const asks = async (user: Principal, name: string, args: Record<string, unknown>) => {
    const openai = new FakeOpenAI({ script: [callTools({ name, arguments: args }), say('ok')] });
    const runner = new GuardedRunner({
      client: new OpenAI({ apiKey: 'test', baseURL: openai.baseURL, fetch: openai.fetch }),
      gateway: desk.gateway,
      tools: { transfer_money: handler('transfer_money'), send_email: handler('send_email') },
    });
    const { calls } = await runner.responses({ model: 'm', input: 'Go.' }, { principal: user });
    const [record] = calls;
    if (!record) throw new Error('The model made no call.');
    return { ...record, approvalId: record.approvalId ?? '' };
  };
  return { ran, asks };
}

describe.each([
  ['in process', inProcess],
  ['through the server', overHttp],
])('the approvals of the company’s policy %s:', (_, deskOf) => {
  test('a very large transfer needs two others from finance, and clears one call of the requester', async () => {
    const desk = deskOf();
    const { ran, asks } = company(desk);
    const large = { amount: 50_000, currency: 'EUR' };
    const { outcome, approvalId } = await asks(ada, 'transfer_money', large);
    expect(outcome).toBe('approval_pending');
    await expect(desk.approve('ada', approvalId)).rejects.toThrow('ada is the requester');
    await expect(desk.approve('dan', approvalId)).rejects.toThrow('2 approvers with the role finance');
    await desk.approve('cal', approvalId);
    await expect(desk.approve('cal', approvalId)).rejects.toThrow('cal has approved this call already');
    expect((await asks(ada, 'transfer_money', large)).outcome).toBe('approval_pending');
    await desk.approve('eve', approvalId);
    expect((await asks(bob, 'transfer_money', large)).outcome).toBe('approval_pending');
    expect(ran).toEqual([]);
    expect((await asks(ada, 'transfer_money', large)).outcome).toBe('allowed');
    expect((await asks(ada, 'transfer_money', large)).outcome).toBe('approval_pending');
    expect(ran).toEqual([['transfer_money', large]]);
  });

  test('an edited transfer is judged again, runs as edited, and the model learns which field', async () => {
    const desk = deskOf();
    const { ran, asks } = company(desk);
    const asked = { amount: 2_000, currency: 'EUR' };
    const { approvalId } = await asks(ada, 'transfer_money', asked);
    const edited = async (args: Args) => desk.approve('cal', approvalId, { arguments: args });
    await expect(edited({ ...asked, currency: 'USD' })).rejects.toThrow('Transfers are in EUR only.');
    await edited({ ...asked, amount: 1_500 });
    const { output, ...record } = await asks(ada, 'transfer_money', asked);
    expect(record).toMatchObject({ executed: 'yes', approvalId });
    expect(output).toMatch(/^A reviewer changed these arguments before the tool ran: amount\b/);
    expect(ran).toEqual([['transfer_money', { amount: 1_500, currency: 'EUR' }]]);
  });

  test('a transfer that is edited into a very large one needs a second approver, too', async () => {
    const desk = deskOf();
    const { ran, asks } = company(desk);
    const asked = { amount: 2_000, currency: 'EUR' };
    const edited = { ...asked, amount: 50_000 };
    const { approvalId } = await asks(ada, 'transfer_money', asked);
    await desk.approve('cal', approvalId, { arguments: edited });
    expect((await asks(ada, 'transfer_money', asked)).outcome).toBe('approval_pending');
    await expect(desk.approve('eve', approvalId)).rejects.toThrow('another approver has edited the call');
    await desk.approve('eve', approvalId, { arguments: edited });
    expect((await asks(ada, 'transfer_money', asked)).executed).toBe('yes');
    expect(ran).toEqual([['transfer_money', edited]]);
  });

  test('a grant clears mail to the same recipient for its requester until it is revoked', async () => {
    const desk = deskOf();
    const { ran, asks } = company(desk);
    const mail = (text: string) => ({ to: ['zoe@partner.example'], text });
    const { approvalId } = await asks(ada, 'send_email', mail('one'));
    await desk.approve('cal', approvalId, { grant: { for: 'similar', pinned: ['to'] } });
    expect((await asks(ada, 'send_email', mail('one'))).outcome).toBe('allowed');
    const [grantId = ''] = await desk.grants();
    expect(await asks(ada, 'send_email', mail('two'))).toMatchObject({ outcome: 'allowed', grantId });
    const elsewhere = { ...mail('two'), to: ['eli@partner.example'] };
    expect((await asks(ada, 'send_email', elsewhere)).outcome).toBe('approval_pending');
    expect((await asks(bob, 'send_email', mail('two'))).outcome).toBe('approval_pending');
    await desk.revoke('dan', grantId);
    expect((await asks(ada, 'send_email', mail('three'))).outcome).toBe('approval_pending');
    expect(ran.map(([, args]) => args)).toEqual([mail('one'), mail('two')]);
  });

  test('a freeze stops every call, and a voided approval and grant clear nothing after it', async () => {
    const desk = deskOf();
    const { ran, asks } = company(desk);
    const transfer = { amount: 2_000, currency: 'EUR' };
    const mail = { to: ['zoe@partner.example'], text: 'Hello' };
    const { approvalId } = await asks(ada, 'transfer_money', transfer);
    await desk.approve('cal', approvalId);
    await desk.approve('cal', (await asks(ada, 'send_email', mail)).approvalId, {
      grant: { for: 'similar', pinned: [] },
    });
    await desk.freeze('eve', 'incident 12', 'void');
    for (const [name, args] of [
      ['transfer_money', { amount: 5, currency: 'EUR' }],
      ['send_email', mail],
    ] as const)
      expect(await asks(ada, name, args)).toMatchObject({ outcome: 'denied', reasonCodes: ['FROZEN'] });
    expect((await asks(bob, 'transfer_money', { amount: 5, currency: 'EUR' })).output).toContain('incident 12');
    expect(ran).toEqual([]);
    await desk.unfreeze('eve');
    expect((await asks(ada, 'transfer_money', transfer)).outcome).toBe('approval_pending');
    expect((await asks(ada, 'send_email', mail)).outcome).toBe('approval_pending');
    expect((await asks(ada, 'transfer_money', { amount: 5, currency: 'EUR' })).outcome).toBe('allowed');
    expect(ran).toEqual([['transfer_money', { amount: 5, currency: 'EUR' }]]);
  });
});
