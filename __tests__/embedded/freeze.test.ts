import { afterEach, describe, expect, test } from '@jest/globals';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ScanRequest } from 'interven-openai-assistants';
import {
  auditLog,
  EmbeddedGateway,
  fileApprovalStore,
  memoryApprovalStore,
  type EmbeddedGatewayOptions,
  type GatewayEvent,
} from 'interven-openai-assistants/embedded';

const AT = Date.parse('2026-03-01T12:00:00Z');
const request: ScanRequest = {
  functionName: 'delete_page',
  method: 'DELETE',
  url: 'https://tools.invalid/delete_page',
  body: { page: 7 },
  runtimeType: 'openai_assistants',
};
const reading = { ...request, functionName: 'get_page', method: 'GET', url: 'https://tools.invalid/get_page' };
const policies = { name: 'own', rules: [{ match: { operations: ['delete*'] }, action: 'REQUIRE_APPROVAL' as const }] };
const gatewayOf = (options: EmbeddedGatewayOptions = {}) =>
  new EmbeddedGateway({ policies, now: () => AT, ...options });
const asked = async (gateway: EmbeddedGateway): Promise<string> => {
  const decision = await gateway.scan(request);
  return decision.decision === 'REQUIRE_APPROVAL' ? (decision.approvalId ?? '') : decision.decision;
};

const folders: string[] = [];
const folder = async (): Promise<string> => {
  const path = await mkdtemp(join(tmpdir(), 'freeze-'));
  folders.push(path);
  return path;
};
afterEach(async () => {
  for (const path of folders.splice(0)) await rm(path, { recursive: true });
});

describe('a frozen gateway', () => {
  test('denies every call, and says who froze it, when and why', async () => {
    const gateway = gatewayOf();
    await gateway.freeze({ by: 'ann', reason: 'incident 12' });
    const reason = 'ann froze the gateway at 2026-03-01T12:00:00.000Z: incident 12';
    for (const call of [request, reading]) {
      const decision = await gateway.scan(call);
      expect(decision).toMatchObject({ decision: 'DENY', reasonCodes: ['FROZEN'], reason });
      expect(decision.raw).toMatchObject({ decision: 'DENY', reason_codes: ['FROZEN'], x_reason: reason });
    }
    expect(await gateway.approvals()).toEqual([]);
    expect(await gateway.frozen()).toEqual({ by: 'ann', at: new Date(AT), reason: 'incident 12', pending: 'keep' });
    await gateway.unfreeze({ by: 'bob' });
    expect(await gateway.frozen()).toBeUndefined();
    expect((await gateway.scan(reading)).decision).toBe('ALLOW');
  });

  test('stays frozen if the name of the person who ends the freeze is not a string', async () => {
    const gateway = gatewayOf();
    await gateway.freeze({ by: 'ann' });
    await expect(gateway.unfreeze({ by: 7 } as never)).rejects.toThrow('by is 7; it must be a string.');
    expect(await gateway.frozen()).toMatchObject({ by: 'ann' });
  });

  test('denies even if it has no usable policies', async () => {
    const gateway = gatewayOf({ policies: '/nowhere/policies' });
    await gateway.freeze();
    const reason = 'The gateway was frozen at 2026-03-01T12:00:00.000Z.';
    expect(await gateway.scan(request)).toMatchObject({ reasonCodes: ['FROZEN'], reason });
  });

  test.each(['keep', 'void'] as const)('denies a call that is being scanned (pending: %s)', async (pending) => {
    let judge = (): void => undefined;
    const waits = new Promise<void>((resolve) => {
      judge = resolve;
    });
    const gateway = gatewayOf({ judge: async () => waits.then(() => undefined) });
    const scans = [gateway.scan(request), gateway.scan(reading)];
    await gateway.freeze({ pending });
    judge();
    for (const scan of scans) expect(await scan).toMatchObject({ decision: 'DENY', reasonCodes: ['FROZEN'] });
    expect((await gateway.approvals()).map(({ status }) => status)).toEqual([
      pending === 'keep' ? 'pending' : 'expired',
    ]);
  });

  test('keeps approvals, which clear nothing meanwhile and may be used afterwards', async () => {
    const gateway = gatewayOf();
    const [read, scanned, later] = [await asked(gateway), await asked(gateway), await asked(gateway)];
    for (const id of [read, scanned]) await gateway.approve(id, { decidedBy: 'ann' });
    await gateway.approvalStatus(read);
    await gateway.freeze({ pending: 'keep' });
    await gateway.approve(later);
    for (const id of [read, scanned, later]) expect(await gateway.approvalStatus(id)).toEqual({ status: 'pending' });
    expect((await gateway.scan(request)).decision).toBe('DENY');
    await gateway.unfreeze();
    expect(await gateway.approvalStatus(read)).toMatchObject({ status: 'approved', decidedBy: 'ann' });
    expect(await gateway.scan(request)).toMatchObject({ decision: 'ALLOW', approvalId: scanned });
    expect((await gateway.approvalStatus(later)).status).toBe('approved');
  });

  test('voids pending and unused approvals, but no refusal', async () => {
    const gateway = gatewayOf();
    const [pending, approved, read] = [await asked(gateway), await asked(gateway), await asked(gateway)];
    for (const id of [approved, read]) await gateway.approve(id);
    await gateway.approvalStatus(read);
    await gateway.freeze({ by: 'ann', pending: 'void' });
    await gateway.unfreeze();
    for (const id of [pending, approved, read]) {
      expect(await gateway.approvalStatus(id)).toMatchObject({
        status: 'expired',
        note: 'Voided by the freeze of ann.',
      });
      await expect(gateway.approve(id)).rejects.toThrow(`Approval ${id} is already expired.`);
    }
    const refused = await asked(gateway);
    await gateway.deny(refused);
    await gateway.freeze({ pending: 'void' });
    await gateway.unfreeze();
    expect((await gateway.scan(request)).reasonCodes).toContain('APPROVAL_DENIED');
  });

  test('voids what an approver decides at the same time', async () => {
    const store = memoryApprovalStore();
    const gateway = gatewayOf({ store });
    const id = await asked(gateway);
    await Promise.all([gateway.freeze({ pending: 'void' }), gateway.approve(id).catch(() => undefined)]);
    expect((await store.get(id))?.status).toBe('expired');
  });

  test('stays frozen in a new process, with the file store', async () => {
    const file = join(await folder(), 'approvals.jsonl');
    const first = await fileApprovalStore(file);
    await gatewayOf({ store: first }).freeze({ by: 'ann', reason: 'incident 12', pending: 'void' });
    await first.close();
    const second = await fileApprovalStore(file);
    const gateway = gatewayOf({ store: second });
    expect((await gateway.scan(reading)).reasonCodes).toEqual(['FROZEN']);
    expect(await gateway.frozen()).toMatchObject({ by: 'ann', at: new Date(AT), pending: 'void' });
    await gateway.unfreeze();
    await second.close();
    const third = await fileApprovalStore(file);
    expect(await third.frozen()).toBeUndefined();
    await third.close();
  });

  test('is frozen in its process even if the file cannot be written', async () => {
    const store = await fileApprovalStore(join(await folder(), 'approvals.jsonl'));
    const gateway = gatewayOf({ store });
    await store.close();
    await expect(gateway.freeze()).rejects.toThrow();
    expect((await gateway.scan(reading)).reasonCodes).toEqual(['FROZEN']);
    await expect(gateway.unfreeze()).rejects.toThrow();
    expect((await gateway.scan(reading)).reasonCodes).toEqual(['FROZEN']);
  });

  test('emits the freeze and its end, which the audit log has', async () => {
    const file = join(await folder(), 'decisions.jsonl');
    const log = await auditLog(file);
    const gateway = gatewayOf();
    const events: GatewayEvent[] = [];
    gateway.observe(log.listener);
    gateway.observe((event) => events.push(event));
    await asked(gateway);
    events.splice(0);
    await gateway.unfreeze({ by: 'nobody' });
    await gateway.freeze({ by: 'ann', reason: 'incident 12', pending: 'void' });
    await gateway.unfreeze({ by: 'bob' });
    const freeze = { by: 'ann', at: new Date(AT), reason: 'incident 12', pending: 'void' };
    expect(events).toEqual([
      { type: 'freeze', freeze, voided: 1 },
      { type: 'unfreeze', at: new Date(AT), by: 'bob' },
    ]);
    await log.close();
    const lines = (await readFile(file, 'utf8')).trim().split('\n').slice(1);
    const at = '2026-03-01T12:00:00.000Z';
    expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      { type: 'freeze', ...freeze, at, voided: 1 },
      { type: 'unfreeze', at, by: 'bob' },
    ]);
    await (await auditLog(file)).close();
  });

  test.each([
    ['pending', { pending: 'drop' }],
    ['by', { by: 7 }],
    ['reasn', { reasn: 'typo' }],
  ])('refuses an invalid %s, and is not frozen then', async (option, options) => {
    const gateway = gatewayOf();
    await expect(gateway.freeze(options as object)).rejects.toThrow(option);
    expect(await gateway.frozen()).toBeUndefined();
  });
});
