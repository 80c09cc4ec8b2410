import { describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { ApprovalStore, StoredApproval } from '../../../src/embedded/approvals/approval-store.ts';
import { Approvals } from '../../../src/embedded/approvals/approvals.ts';
import type { ScanRequest } from '../../../src/runner/gateway/gateway.ts';

export function approvalOf(changes: Partial<StoredApproval> = {}): StoredApproval {
  return {
    approvalId: randomUUID(),
    callHash: 'call',
    functionName: 'delete_page',
    method: 'DELETE',
    url: 'https://tools.invalid/delete_page',
    arguments: { page: 1, lines: ['é', null] },
    resources: ['page 1'],
    reasonCodes: ['DESTRUCTIVE'],
    createdAt: 1_000,
    expiresAt: 601_000,
    status: 'pending',
    ...changes,
  };
}

const request: ScanRequest = {
  functionName: 'delete_page',
  method: 'DELETE',
  url: 'https://tools.invalid/delete_page',
  body: { page: 1 },
  runtimeType: 'openai_assistants',
};
const reasons = { reasonCodes: ['DESTRUCTIVE'], resources: [] };

/** The contract of every store, and the rules of approvals over it. */
export function approvalStoreContract(name: string, make: () => Promise<ApprovalStore>): void {
  describe(`${name}, like every approval store,`, () => {
    test('returns an added approval unchanged', async () => {
      const store = await make();
      const names = { agentId: 'a', agentName: 'Ann’s', policyName: 'p', ruleId: 'r', reason: 'Pages stay.' };
      const [toolName, operation] = ['custom_proxy', 'delete_page'];
      const outline = { summary: 's', functionName: 'f', toolName, operation, url: 'u', argumentsHash: 'h' };
      const headers = { 'X-Tenant': 'acme', accept: ['*/*'] };
      const full = approvalOf({
        ...names,
        key: 'k',
        keyName: 'Support desk',
        principalId: 'ada',
        headers,
        callBytes: 7,
        approvers: {
          needs: [{ count: 2, roles: ['finance'] }, { count: 1 }],
          given: [
            {
              by: 'ann',
              roles: ['finance'],
              at: new Date(5),
              note: 'seen',
              grant: { for: 'similar', free: ['page'], expiresAt: 7 },
            },
          ],
        },
        mayGrant: { rules: ['r'], maxMinutes: 5, conversation: 'c', similar: 's' },
        grant: { approvalId: 'a', for: 'similar', free: ['page'], pinnedHash: 'h', rules: ['r'] },
        outline: { ...outline, agentName: 'Ann’s' },
        risk: { band: 'HIGH', signals: ['operation'] },
        valueSources: [{ path: 'to[0]', tools: ['read_mail'] }],
        conversation: { userMessages: ['Hi'], toolOutputs: [{ functionName: 'f', output: 'o' }], isCut: false },
      });
      await store.add(full);
      expect(await store.get(full.approvalId)).toEqual(full);
    });

    test('keeps the latest freeze, until it ends', async () => {
      const store = await make();
      expect(await store.frozen()).toBeUndefined();
      const freeze = { by: 'ann', at: new Date(5), reason: 'drill', pending: 'void' } as const;
      await store.setFrozen({ at: new Date(4), pending: 'keep' });
      await store.setFrozen(freeze);
      expect(await store.frozen()).toEqual(freeze);
      await store.setFrozen(undefined);
      expect(await store.frozen()).toBeUndefined();
    });

    test('has the outcome of the last of several freezes at once', async () => {
      const store = await make();
      const freeze = { at: new Date(4), pending: 'keep' } as const;
      await Promise.all([store.setFrozen(freeze), store.setFrozen(undefined), store.setFrozen(freeze)]);
      expect(await store.frozen()).toEqual(freeze);
      await Promise.all([store.setFrozen(freeze), store.setFrozen(undefined)]);
      expect(await store.frozen()).toBeUndefined();
    });

    test('has nothing for an unknown id or call', async () => {
      const store = await make();
      expect(await store.list()).toEqual([]);
      await store.add(approvalOf());
      for (const odd of ['', 'other', '__proto__', 'constructor']) {
        expect(await store.get(odd)).toBeUndefined();
        expect(await store.byCall(odd)).toEqual([]);
      }
      expect(await store.change(approvalOf(), { status: 'approved' })).toBe(false);
    });

    test('lists all approvals, and those of one call, oldest first', async () => {
      const store = await make();
      const approvals = ['x', 'y', 'x', 'z', 'x'].map((callHash) => approvalOf({ callHash }));
      await Promise.all(approvals.map(async (approval) => store.add(approval)));
      expect(await store.list()).toEqual(approvals);
      expect(await store.byCall('x')).toEqual(approvals.filter(({ callHash }) => callHash === 'x'));
      expect(await store.byCall('y')).toEqual([approvals[1]]);
    });

    test('changes only the given fields, and keeps the order', async () => {
      const store = await make();
      const [first, second] = [approvalOf(), approvalOf()];
      await store.add(first);
      await store.add(second);
      const before = await got(store, first.approvalId);
      const approvers = { needs: [{ count: 1 }], given: [{ by: 'ann', at: new Date(2_000) }] };
      const decided = { status: 'approved', decidedBy: 'ann', decidedAt: new Date(2_000), note: 'fine\n' } as const;
      const change = { ...decided, approvers, revoked: { by: 'bob', at: new Date(3_000) } };
      expect(await store.change(before, change)).toBe(true);
      expect(await store.list()).toEqual([{ ...first, ...change }, second]);
      expect(before).toEqual(first);
    });

    test('changes an approval only if it is unchanged since it was read', async () => {
      const store = await make();
      const approval = approvalOf();
      await store.add(approval);
      const before = await got(store, approval.approvalId);
      expect(await store.change(before, { status: 'approved' })).toBe(true);
      expect(await store.change(before, { status: 'denied' })).toBe(false);
      const after = await got(store, approval.approvalId);
      expect(after.status).toBe('approved');
      expect(await store.change(after, { usedBy: 'scan' })).toBe(true);
    });

    test('accepts one of many concurrent changes', async () => {
      const store = await make();
      const approval = approvalOf();
      await store.add(approval);
      const before = await got(store, approval.approvalId);
      const names = Array.from({ length: 20 }, (_, n) => `n${n}`);
      const won = await Promise.all(names.map(async (decidedBy) => store.change(before, { decidedBy })));
      expect(won.filter(Boolean)).toEqual([true]);
      expect((await got(store, approval.approvalId)).decidedBy).toBe(names[won.indexOf(true)]);
    });

    test('returns arguments and headers as one frozen copy', async () => {
      const store = await make();
      const body = { list: [{}], text: 'é' };
      const approval = approvalOf({ arguments: body, headers: { 'X-Tenant': 'acme' } });
      await store.add(approval);
      body.text = 'changed';
      const kept = await got(store, approval.approvalId);
      expect(kept.arguments).toEqual({ list: [{}], text: 'é' });
      expect(kept.arguments).toBe(kept.arguments);
      // Objects take many times the memory of their JSON.
      expect(Object.getOwnPropertyDescriptor(kept, 'arguments')).not.toHaveProperty('value');
      expect([kept.arguments, kept.headers].every((part) => Object.isFrozen(part))).toBe(true);
      await store.change(kept, { status: 'denied' });
      expect((await got(store, approval.approvalId)).headers).toEqual({ 'X-Tenant': 'acme' });
    });

    test('drops large calls a minute after their approval has ended, and nothing else', async () => {
      const store = await make();
      const large = { callBytes: 5_000, headers: { a: 'b' } };
      const done = { status: 'denied', decidedAt: new Date(2_000) } as const;
      const [expired, waiting, small] = [approvalOf(large), approvalOf({ ...large, expiresAt: 601_001 }), approvalOf()];
      const [denied, used] = [approvalOf(large), approvalOf({ ...large, expiresAt: 601_001 })];
      for (const approval of [expired, waiting, small, denied, used]) await store.add(approval);
      await store.change(await got(store, denied.approvalId), done);
      await store.change(await got(store, used.approvalId), { ...done, status: 'approved' });
      await store.add(approvalOf({ createdAt: 62_000, expiresAt: 661_999 }));
      const gone = async () => (await store.list()).filter(({ isCallGone }) => isCallGone).map((one) => one.approvalId);
      expect(await gone()).toEqual([denied.approvalId]);
      await store.change(await got(store, used.approvalId), { usedBy: 'asker' });
      await store.add(approvalOf({ createdAt: 661_000, expiresAt: 1_261_000 }));
      expect(await gone()).toEqual([expired.approvalId, denied.approvalId, used.approvalId]);
      const { arguments: _arguments, headers: _headers, ...rest } = { ...denied, ...done };
      expect(await got(store, denied.approvalId)).toEqual({ ...rest, isCallGone: true });
    });

    test('deletes expired approvals although a clock that was ahead made a later one', async () => {
      const store = await make();
      const [ahead, old] = [approvalOf({ createdAt: 9_000_000, expiresAt: 9_600_000 }), approvalOf()];
      for (const approval of [ahead, old]) await store.add(approval);
      await store.add(approvalOf({ createdAt: 1_201_000, expiresAt: 1_801_000 }));
      expect(await store.get(old.approvalId)).toBeUndefined();
      expect(await store.get(ahead.approvalId)).toEqual(ahead);
    });

    test('deletes approvals ten minutes after they expire, when another is added', async () => {
      const store = await make();
      const [old, recent] = [approvalOf(), approvalOf({ createdAt: 1_001, expiresAt: 601_001 })];
      await store.add(old);
      await store.add(recent);
      const next = approvalOf({ createdAt: 1_201_000, expiresAt: 1_801_000 });
      await store.add(next);
      expect(await store.list()).toEqual([recent, next]);
      expect(await store.byCall('call')).toEqual([recent, next]);
      expect(await store.change(old, { status: 'approved' })).toBe(false);
    });
  });

  describe(`the rules of approvals over ${name}`, () => {
    const asking = async () => {
      const clock = { now: 1_000 };
      const approvals = new Approvals(await make(), () => clock.now);
      const ask = async (changes: Partial<ScanRequest> = {}) => {
        const answer = await approvals.ask({ ...request, ...changes }, reasons);
        if (typeof answer === 'string') return { answer };
        const { status, approvalId } = answer;
        return { answer: status === 'approved' ? status : 'asked', approvalId };
      };
      const askId = async () => (await ask()).approvalId ?? '';
      return { approvals, ask, askId, clock };
    };

    test('one approval clears one of many concurrent calls', async () => {
      const { approvals, ask, askId } = await asking();
      await approvals.decide(await askId(), 'approved', { decidedBy: 'ann' });
      const answers = await Promise.all(Array.from({ length: 20 }, async () => ask()));
      expect(answers.filter(({ answer }) => answer === 'approved')).toHaveLength(1);
      expect(answers.filter(({ answer }) => answer === 'asked')).toHaveLength(19);
    });

    test('one approval clears the requester or an equal scan, not both', async () => {
      const { approvals, ask, askId } = await asking();
      const approvalId = await askId();
      await approvals.decide(approvalId, 'approved', {});
      const [scan, status] = await Promise.all([ask(), approvals.status(approvalId)]);
      expect([scan.answer === 'approved', status.status === 'approved'].filter(Boolean)).toEqual([true]);
    });

    test('two approvals clear two calls', async () => {
      const { approvals, ask, askId } = await asking();
      for (const approvalId of [await askId(), await askId()]) await approvals.decide(approvalId, 'approved', {});
      const answers = [await ask(), await ask(), await ask()];
      expect(answers.map(({ answer }) => answer)).toEqual(['approved', 'approved', 'asked']);
    });

    test('an approval clears no other call', async () => {
      const { approvals, ask, askId } = await asking();
      await approvals.decide(await askId(), 'approved', {});
      expect((await ask({ body: { page: 2 } })).answer).toBe('asked');
      expect((await ask()).answer).toBe('approved');
    });

    test('a denial denies every equal call', async () => {
      const { approvals, ask, askId } = await asking();
      await approvals.decide(await askId(), 'denied', {});
      const answers = await Promise.all([ask(), ask()]);
      expect(answers).toEqual([{ answer: 'denied' }, { answer: 'denied' }]);
    });

    test('of two concurrent decisions, one is accepted', async () => {
      const { approvals, askId } = await asking();
      const approvalId = await askId();
      const decided = await Promise.allSettled([
        approvals.decide(approvalId, 'approved', { decidedBy: 'ann' }),
        approvals.decide(approvalId, 'denied', { decidedBy: 'bob' }),
      ]);
      expect(decided.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
      const [kept] = await approvals.list();
      expect(kept).toMatchObject(
        decided[0].status === 'fulfilled'
          ? { status: 'approved', decidedBy: 'ann' }
          : { status: 'denied', decidedBy: 'bob' },
      );
    });

    test('the requester can read an approval again for ten minutes, and not after that', async () => {
      const { approvals, askId, clock } = await asking();
      const approvalId = await askId();
      await approvals.decide(approvalId, 'approved', {});
      clock.now += 599_999;
      const read = [await approvals.status(approvalId), await approvals.status(approvalId)];
      expect(read.map(({ status }) => status)).toEqual(['approved', 'approved']);
      clock.now += 1;
      expect((await approvals.status(approvalId)).status).toBe('expired');
      // The stored approval still has the decision and its use.
      expect(await approvals.list()).toMatchObject([{ status: 'approved', usedBy: 'asker' }]);
    });

    test('an approval that has been seen to expire stays expired when the clock is set back', async () => {
      const { approvals, ask, askId, clock } = await asking();
      const [pending, unused] = [await askId(), (await ask({ body: { n: 2 } })).approvalId ?? ''];
      await approvals.decide(unused, 'approved', {});
      clock.now += 600_000;
      expect((await approvals.list()).map(({ status }) => status)).toEqual(['expired', 'expired']);
      clock.now -= 600_000;
      await expect(approvals.decide(pending, 'approved', {})).rejects.toThrow('is already expired');
      expect((await approvals.status(unused)).status).toBe('expired');
      expect((await ask({ body: { n: 2 } })).answer).toBe('asked');
    });

    test('lists what an approver asks for, the most urgent first', async () => {
      const { approvals, ask, clock } = await asking();
      const names: Record<string, string> = {};
      for (const name of ['lapsed', 'unused', 'denied', 'used', 'first', 'second']) {
        if (name === 'denied') clock.now += 590_000;
        clock.now += 1_000;
        const id = (await ask({ body: { name } })).approvalId ?? '';
        names[id] = name;
        if (['unused', 'used'].includes(name)) await approvals.decide(id, 'approved', {});
        if (name === 'used') await approvals.status(id);
        if (name === 'denied') await approvals.decide(id, 'denied', {});
      }
      clock.now += 8_000;
      const namesOf = async (query: Parameters<Approvals['list']>[0]) =>
        (await approvals.list(query)).map(({ approvalId }) => names[approvalId]);
      expect(await namesOf({})).toEqual(['lapsed', 'unused', 'denied', 'used', 'first', 'second']);
      expect(await namesOf({ limit: 9 })).toEqual(['first', 'second', 'unused', 'lapsed', 'used', 'denied']);
      expect(await namesOf({ limit: 1 })).toEqual(['first']);
      expect(await namesOf({ status: 'pending', limit: 1 })).toEqual(['first']);
      expect(await namesOf({ status: 'approved', limit: 9 })).toEqual(['used']);
      expect(await namesOf({ status: 'denied' })).toEqual(['denied']);
      expect(await namesOf({ status: 'expired', limit: 9 })).toEqual(['unused', 'lapsed']);
      await approvals.setFrozen({ at: new Date(0), pending: 'void' });
      expect(await namesOf({ status: 'pending' })).toEqual([]);
      const [first] = await approvals.list({ limit: 9, status: 'expired' });
      expect(first).toMatchObject({ status: 'expired', note: 'Voided by a freeze.' });
    });

    test('header names ignore the case of ASCII letters only', async () => {
      const { approvals } = await asking();
      const askWith = async (name: string) => approvals.ask(request, reasons, { headers: { [name]: '1' } });
      const answer = await askWith('X-Key');
      await approvals.decide(typeof answer === 'string' ? '' : answer.approvalId, 'approved', {});
      expect(await askWith('X-\u212aey')).toMatchObject({ approvalId: expect.any(String) });
      expect(await askWith('x-kEY')).toMatchObject({ status: 'approved' });
    });

    test('an approval expires after ten minutes, decided or not', async () => {
      const { approvals, ask, askId, clock } = await asking();
      const [pending, approved] = [await askId(), await askId()];
      await approvals.decide(approved, 'approved', {});
      clock.now += 600_000;
      expect((await approvals.status(pending)).status).toBe('expired');
      await expect(approvals.decide(pending, 'approved', {})).rejects.toThrow('already expired');
      expect((await ask()).answer).toBe('asked');
    });
  });
}

async function got(store: ApprovalStore, approvalId: string): Promise<StoredApproval> {
  const approval = await store.get(approvalId);
  if (!approval) throw new Error('The approval is missing.');
  return approval;
}
