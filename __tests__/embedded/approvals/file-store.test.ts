import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EmbeddedGateway } from 'interven-openai-assistants/embedded';
import type { StoredApproval } from '../../../src/embedded/approvals/approval-store.ts';
import { fileApprovalStore, type FileApprovalStore } from '../../../src/embedded/approvals/file-store.ts';
import { rejection } from '../../setup/world.ts';
import { approvalOf } from './store-contract.ts';
import { program } from '../../setup/program.ts';

let folder: string;
let path: string;
let stores: FileApprovalStore[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'approvals-'));
  path = join(folder, 'approvals.jsonl');
  stores = [];
});
afterEach(async () => {
  await closeAll();
  await rm(folder, { recursive: true });
});

const closeAll = async () => Promise.all(stores.map(async (store) => store.close()));
async function opened(): Promise<FileApprovalStore> {
  const store = await fileApprovalStore(path);
  stores.push(store);
  return store;
}
async function reopened(): Promise<FileApprovalStore> {
  await closeAll();
  return opened();
}
async function added(store: FileApprovalStore, approval = approvalOf()): Promise<StoredApproval> {
  await store.add(approval);
  return (await store.get(approval.approvalId)) ?? approval;
}
const refusal = async () => ((await rejection(opened())) as Error).message;

const asking = (store: FileApprovalStore) =>
  new EmbeddedGateway({ store, policies: { name: 'own', rules: [{ action: 'REQUIRE_APPROVAL' }] } });
const request = {
  functionName: 'delete_page',
  method: 'DELETE',
  url: 'https://tools.invalid/delete_page',
  body: { page: 1, text: 'é' },
  runtimeType: 'openai_assistants',
  takesEdits: true,
};
const ask = async (gateway: EmbeddedGateway): Promise<string> => {
  const decision = await gateway.scan(request);
  return decision.decision === 'REQUIRE_APPROVAL' ? (decision.approvalId ?? '') : decision.decision;
};

describe('approvals in a file', () => {
  test('are the same after a restart', async () => {
    const store = await opened();
    const gateway = asking(store);
    const [pending, approved, edited] = [await ask(gateway), await ask(gateway), await ask(gateway)];
    await gateway.approve(approved, { decidedBy: 'ann', note: 'line\nline' });
    await gateway.approve(edited, { arguments: { page: 2, text: 'è' } });
    const before = await store.list();
    expect(before.map(({ approvalId }) => approvalId)).toEqual([pending, approved, edited]);
    expect(before.at(-1)).toMatchObject({ editedArguments: { page: 2, text: 'è' }, editedFields: ['page', 'text'] });
    expect(await (await reopened()).list()).toEqual(before);
    expect((await (await reopened()).get(approved))?.decidedAt).toBeInstanceOf(Date);
  });

  test('with one of two approvers, and grants, are the same after a restart', async () => {
    const x_grant = { for: ['conversation', 'similar'], max_minutes: 60 } as const;
    const rules = [{ action: 'REQUIRE_APPROVAL', x_approvers: { count: 2 }, x_grant } as const];
    const of = (store: FileApprovalStore) => new EmbeddedGateway({ store, policies: { name: 'own', rules } });
    const call = { ...request, threadId: 'thread_1', principal: { id: 'ada' } };
    const scan = async (gateway: EmbeddedGateway) => {
      const decision = await gateway.scan(call);
      return 'approvalId' in decision ? (decision.approvalId ?? '') : decision.reasonCodes.join();
    };
    for (const grant of [{ for: 'conversation' }, { for: 'similar', pinned: ['page'] }] as const) {
      const id = await scan(of(await opened()));
      await of(await reopened()).approve(id, { decidedBy: 'ann', grant });
      const last = of(await reopened());
      await last.approve(id, { decidedBy: 'bob', grant });
      await last.approvalStatus(id);
      const before = await last.grants();
      const gateway = of(await reopened());
      expect(await gateway.grants()).toEqual(before);
      expect(await scan(gateway)).toBe('GRANT_USED');
      await gateway.revokeGrant(before.at(-1)?.approvalId ?? '', { by: 'bob' });
      const revoked = await gateway.grants();
      expect(await of(await reopened()).grants()).toEqual(revoked);
      expect(revoked.at(-1)).toMatchObject({ status: 'expired', revoked: { by: 'bob', at: expect.any(Date) } });
      await closeAll();
    }
  });

  test('requested before a restart can be decided after it, and clear one call', async () => {
    const approvalId = await ask(asking(await opened()));
    await asking(await reopened()).approve(approvalId);
    expect(await ask(asking(await reopened()))).toBe('ALLOW');
    const gateway = asking(await reopened());
    expect((await gateway.approvalStatus(approvalId)).status).toBe('expired');
    expect(await ask(gateway)).toMatch(/^[\da-f-]{36}$/);
  });

  test('used before a restart are used after it', async () => {
    const gateway = asking(await opened());
    const approvalId = await ask(gateway);
    await gateway.approve(approvalId);
    expect((await gateway.approvalStatus(approvalId)).status).toBe('approved');
    expect(await ask(asking(await reopened()))).not.toBe('ALLOW');
  });

  test('denied before a restart deny after it', async () => {
    const gateway = asking(await opened());
    await gateway.deny(await ask(gateway));
    expect(await ask(asking(await reopened()))).toBe('DENY');
  });

  test('of an earlier version, without keys, headers and outlines, are read', async () => {
    const earlier = {
      approvalId: '11111111-2222-4333-8444-555555555555',
      callHash: 'hash',
      functionName: 'delete_page',
      method: 'DELETE',
      url: 'https://tools.invalid/delete_page',
      arguments: { page: 1 },
      agentName: 'a',
      resources: ['page 1'],
      reasonCodes: ['DESTRUCTIVE'],
      policyName: 'p',
      ruleId: 'r',
      createdAt: 1_000,
      expiresAt: 601_000,
      status: 'pending',
    };
    await writeFile(path, `${JSON.stringify({ added: earlier })}\n`);
    const gateway = new EmbeddedGateway({ store: await opened(), now: () => 2_000 });
    expect(await gateway.approvals()).toEqual([earlier]);
    expect(await gateway.approvalStatus(earlier.approvalId)).toEqual({ status: 'pending' });
    await expect(gateway.approvalStatus(earlier.approvalId, { key: 'a1' })).rejects.toMatchObject({ status: 404 });
    await gateway.approve(earlier.approvalId);
    expect((await (await reopened()).list()).map(({ status }) => status)).toEqual(['approved']);
  });

  test('belong to their key after a restart, with the headers of the call', async () => {
    const approvals = async (store: FileApprovalStore, key: string) => {
      const decision = await asking(store).scan(request, { key, headers: { 'x-tenant': 'acme' } });
      return decision.decision === 'REQUIRE_APPROVAL' ? (decision.approvalId ?? '') : decision.decision;
    };
    await asking(await opened()).approve(await approvals(stores[0] as FileApprovalStore, 'a1'));
    expect(await approvals(await reopened(), 'b2')).toMatch(/^[\da-f-]{36}$/);
    expect(await approvals(await reopened(), 'a1')).toBe('ALLOW');
  });

  test('may have no body', async () => {
    const store = await opened();
    const approval = approvalOf({ arguments: undefined });
    await store.add(approval);
    expect(await (await reopened()).list()).toEqual([approval]);
  });

  test('are readable by the file’s owner only, with their arguments', async () => {
    await (await opened()).add(approvalOf());
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await readFile(path, 'utf8')).toContain('"arguments":{"page":1,"lines":["é",null]}');
  });

  test('are visible only once they are in the file', async () => {
    const store = await opened();
    const approval = approvalOf();
    const adding = store.add(approval);
    expect(await store.get(approval.approvalId)).toBeUndefined();
    await adding;
    const before = (await store.get(approval.approvalId)) ?? approval;
    const changing = store.change(before, { status: 'denied' });
    expect((await store.get(approval.approvalId))?.status).toBe('pending');
    expect(await changing).toBe(true);
    expect((await store.get(approval.approvalId))?.status).toBe('denied');
  });

  test('are not changed if the change cannot be written', async () => {
    const store = await opened();
    const approval = await added(store);
    await rm(`${path}.lock`);
    const changes = [store.change(approval, { status: 'approved' }), store.change(approval, { status: 'denied' })];
    for (const change of changes)
      expect(String(await rejection(change))).toContain('cannot be written to until it is opened again');
    await expect(store.add(approvalOf())).rejects.toThrow('was removed or replaced');
    expect(await store.list()).toEqual([approval]);
    expect(await (await reopened()).list()).toEqual([approval]);
  });

  test('are deleted at the same time in memory and when the file is read', async () => {
    const store = await opened();
    const old = await added(store);
    const changing = store.change(old, { status: 'approved' });
    const adding = store.add(approvalOf({ createdAt: 1_201_000, expiresAt: 1_801_000 }));
    await Promise.all([changing, adding]);
    const kept = await store.list();
    expect(kept).toHaveLength(1);
    expect(await (await reopened()).list()).toEqual(kept);
  });

  test('that have long expired are removed from a large file when it is opened', async () => {
    const store = await opened();
    const big = { text: 'x'.repeat(1_000_000) };
    for (let n = 0; n < 17; n += 1) await store.add(approvalOf({ arguments: big }));
    expect((await stat(path)).size).toBeGreaterThan(16_000_000);
    await reopened();
    expect((await stat(path)).size).toBeGreaterThan(16_000_000);
    const last = approvalOf({ createdAt: 1_201_000, expiresAt: 1_801_000 });
    const reader = await reopened();
    await reader.change(await added(reader, last), { status: 'denied', decidedAt: new Date(1_300_000) });
    const kept = await reader.list();
    const small = await reopened();
    expect((await stat(path)).size).toBeLessThan(1_000);
    expect(await small.list()).toEqual(kept);
    expect(await readdir(folder)).toEqual(['approvals.jsonl', 'approvals.jsonl.lock']);
  });

  test('decided after they were due for deletion, because a clock was ahead, are still read', async () => {
    const late = approvalOf({ createdAt: 1_201_000, expiresAt: 1_801_000 });
    const [ahead, old] = [approvalOf({ createdAt: 9_000_000, expiresAt: 9_600_000 }), approvalOf()];
    const lines = [
      { added: ahead },
      { added: old },
      { added: late },
      { changed: old.approvalId, to: { status: 'denied' } },
    ];
    await writeFile(path, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    expect(await (await opened()).list()).toEqual([ahead, late]);
  });

  test('keep their large calls in the file when memory drops them', async () => {
    const store = await opened();
    const old = approvalOf({ callBytes: 5_000 });
    await store.add(old);
    await store.add(approvalOf({ createdAt: 661_000, expiresAt: 1_261_000 }));
    expect((await store.get(old.approvalId))?.isCallGone).toBe(true);
    expect(await (await reopened()).get(old.approvalId)).toEqual(old);
  });

  test('have one owner', async () => {
    await opened();
    expect(await refusal()).toContain(`in use by this process (${process.pid})`);
  });
});

describe('a damaged file of approvals', () => {
  test('loses an unfinished last change, wherever it breaks off', async () => {
    const store = await opened();
    const approval = await added(store);
    await store.change(approval, { status: 'approved', decidedBy: 'ann' });
    await closeAll();
    const whole = await readFile(path);
    const lastLine = whole.lastIndexOf('\n', -2) + 1;
    for (let length = lastLine; length < whole.length; length += 1) {
      await writeFile(path, whole.subarray(0, length));
      expect(await (await reopened()).list()).toEqual([approval]);
      await closeAll();
      expect(whole.subarray(0, lastLine).equals(await readFile(path))).toBe(true);
    }
  });

  test.each([
    ['another object', '{"type":"decision"}'],
    ['an approval with an unknown field', JSON.stringify({ added: { ...approvalOf(), extra: 1 } })],
    ['an approval without its call', JSON.stringify({ added: { ...approvalOf(), callHash: undefined } })],
    ['an unknown status', JSON.stringify({ added: { ...approvalOf(), status: 'maybe' } })],
    [
      'an approval that is added again, which may have been used',
      JSON.stringify({ added: approvalOf({ approvalId: 'a' }) }),
    ],
    [
      'an approval that needs no approvers',
      JSON.stringify({ added: { ...approvalOf(), approvalId: 'b', approvers: { needs: [{ count: 0 }], given: [] } } }),
    ],
    ['a change of an unknown approval', '{"changed":"c","to":{"status":"denied"}}'],
    ['half a line', '{"added":'],
  ])('is rejected for %s', async (_, line) => {
    const good = JSON.stringify({ added: approvalOf({ approvalId: 'a' }) });
    const text = `${good}\n${line}\n${good}\n`;
    await writeFile(path, text);
    expect(await refusal()).toMatch(/approvals\.jsonl is damaged at line 2 \(byte \d+\): /);
    expect(await readFile(path, 'utf8')).toBe(text);
  });
});

test('a decision made just before the process is killed survives a restart', async () => {
  const store = await opened();
  const approvals = Array.from({ length: 20 }, () => approvalOf());
  await Promise.all(approvals.map(async (approval) => store.add(approval)));
  await closeAll();
  const child = spawn(process.execPath, [
    program(`import { fileApprovalStore } from './src/embedded/approvals/file-store.ts';
     const store = await fileApprovalStore(process.argv[2]);
     for (const approval of await store.list()) {
       await store.change(approval, { status: 'denied', decidedBy: 'ann', decidedAt: new Date() });
       process.stdout.write(approval.approvalId + '\\n');
     }
     setInterval(() => undefined, 1_000);`),
    path,
  ]);
  let printed = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    printed += text;
    if (printed.split('\n').length > 5) child.kill('SIGKILL');
  });
  await once(child, 'close');
  const decided = printed.split('\n').slice(0, -1);
  expect(decided.length).toBeGreaterThanOrEqual(5);
  const after = await opened();
  for (const approvalId of decided)
    expect(await after.get(approvalId)).toMatchObject({ status: 'denied', decidedBy: 'ann' });
  expect(await after.list()).toHaveLength(20);
}, 60_000);
