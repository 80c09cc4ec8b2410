import { describe, expect, test } from '@jest/globals';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ScanRequest } from 'interven-openai-assistants';
import {
  auditLog,
  EmbeddedGateway,
  memoryApprovalStore,
  type EmbeddedGatewayOptions,
  type GatewayEvent,
  type GrantOptions,
  type RuleInput,
  type ScanOrigin,
} from 'interven-openai-assistants/embedded';

const AT = Date.parse('2026-03-01T12:00:00Z');
const HOUR = 3_600_000;
const request: ScanRequest = {
  functionName: 'transfer_money',
  method: 'POST',
  url: 'https://tools.invalid/transfer_money',
  body: { to: 'Bob Ltd', amount: 5_000 },
  runtimeType: 'openai_assistants',
  agentId: 'bot',
  principal: { id: 'ada' },
  threadId: 'thread_1',
};
const asking: RuleInput = {
  rule_id: 'transfers',
  action: 'REQUIRE_APPROVAL',
  x_grant: { for: ['conversation', 'similar'], max_minutes: 60 },
  reason: 'Transfers need a person.',
};

/** A gateway with rules, and a clock that `wait` moves. */
function granting(rules: readonly RuleInput[] = [asking], options: EmbeddedGatewayOptions = {}) {
  let now = AT;
  const gateway = new EmbeddedGateway({ policies: { name: 'own', rules }, now: () => now, ...options });
  const scan = async (changes: Partial<ScanRequest> = {}, origin?: ScanOrigin) =>
    gateway.scan({ ...request, ...changes }, origin);
  const asked = async (changes: Partial<ScanRequest> = {}, origin?: ScanOrigin): Promise<string> => {
    const decision = await scan(changes, origin);
    return decision.decision === 'REQUIRE_APPROVAL' ? (decision.approvalId ?? '') : decision.decision;
  };
  return {
    gateway,
    scan,
    asked,
    /** True if a call needs no approval. */
    isClear: async (changes: Partial<ScanRequest> = {}, origin?: ScanOrigin) =>
      (await scan(changes, origin)).decision === 'ALLOW',
    /** Gives a grant with the approval of a call. Returns the grant's id. */
    give: async (grant: GrantOptions, changes: Partial<ScanRequest> = {}, origin?: ScanOrigin): Promise<string> => {
      const id = await asked(changes, origin);
      await gateway.approve(id, { decidedBy: 'ann', grant });
      // Uses the approval, which would clear an equal call.
      await gateway.approvalStatus(id);
      return (await gateway.grants()).at(-1)?.approvalId ?? '';
    },
    wait: (ms: number) => {
      now += ms;
    },
  };
}
const other = { body: { to: 'Eve Ltd', amount: 1 } };

describe('a grant for the conversation', () => {
  test('clears the calls of the tool in it, and is named by each decision, with the rule and its reason', async () => {
    const { gateway, scan, give, asked } = granting();
    const grantId = await give({ for: 'conversation' });
    for (const changes of [{}, other]) {
      const decision = await scan(changes);
      expect(decision).toMatchObject({
        decision: 'ALLOW',
        reasonCodes: ['GRANT_USED'],
        grantId,
        policyName: 'own',
        ruleId: 'transfers',
        reason: 'Transfers need a person.',
      });
      expect(decision.raw).toMatchObject({ decision: 'ALLOW', x_grant_id: grantId });
      expect(decision).not.toHaveProperty('approvalId');
    }
    expect(await asked({ functionName: 'delete_page' })).not.toBe('ALLOW');
    expect(await gateway.grants()).toMatchObject([
      {
        approvalId: grantId,
        status: 'approved',
        decidedBy: 'ann',
        principalId: 'ada',
        expiresAt: AT + HOUR,
        grant: { for: 'conversation' },
      },
    ]);
  });

  test('lets the approved call itself run once more by its approval, as without a grant', async () => {
    const { gateway, asked } = granting();
    const id = await asked();
    await gateway.approve(id, { grant: { for: 'conversation' } });
    expect(await gateway.approvalStatus(id)).toMatchObject({ status: 'approved' });
  });

  test.each<[string, Partial<ScanRequest>, ScanOrigin?]>([
    ['in another conversation', { threadId: 'thread_2' }],
    ['without a conversation', { threadId: undefined as unknown as string }],
    ['of another principal', { principal: { id: 'bob' } }],
    ['of another agent', { agentId: 'other' }],
    ['with another URL', { url: 'https://tools.invalid/other' }],
    ['with another method', { method: 'DELETE' }],
    ['of another key', {}, { key: 'other' }],
    ['with a header', {}, { key: 'own', headers: { 'X-Tenant': 'acme' } }],
  ])('does not clear a call %s', async (_, changes, origin = { key: 'own' }) => {
    const { give, isClear } = granting();
    await give({ for: 'conversation' }, {}, { key: 'own' });
    expect(await isClear({}, { key: 'own' })).toBe(true);
    expect(await isClear(changes, origin)).toBe(false);
  });
});

describe('a grant for similar calls', () => {
  test.each<[string, GrantOptions, Record<string, unknown>, boolean]>([
    ['with the same arguments', { for: 'similar' }, { amount: 5_000, to: 'Bob Ltd' }, true],
    ['with another argument', { for: 'similar' }, { to: 'Bob Ltd', amount: 1 }, false],
    [
      'in which an argument that is not pinned differs',
      { for: 'similar', pinned: ['to'] },
      { to: 'Bob Ltd', amount: 1 },
      true,
    ],
    ['that lacks an argument that is not pinned', { for: 'similar', pinned: ['to'] }, { to: 'Bob Ltd' }, true],
    ['in which a pinned argument differs', { for: 'similar', pinned: ['to'] }, { to: 'Eve Ltd', amount: 5_000 }, false],
    ['that lacks a pinned argument', { for: 'similar', pinned: ['to'] }, { amount: 5_000 }, false],
    [
      'with an argument that the approved call lacks',
      { for: 'similar', pinned: ['to'] },
      { to: 'Bob Ltd', cc: 'x' },
      false,
    ],
    ['with no argument pinned', { for: 'similar', pinned: [] }, { to: 'Eve Ltd', amount: 1 }, true],
  ])('decides on a call %s', async (_, grant, body, isCleared) => {
    const { give, isClear } = granting();
    await give(grant);
    expect(await isClear({ body })).toBe(isCleared);
  });

  test('holds in other conversations of the principal, and not for another one', async () => {
    const { give, isClear } = granting();
    await give({ for: 'similar' });
    expect(await isClear({ threadId: 'thread_2' })).toBe(true);
    expect(await isClear({ principal: { id: 'bob' } })).toBe(false);
  });

  test('holds in its conversation only if there is no principal', async () => {
    const { principal: _principal, ...rest } = request;
    const { gateway } = granting();
    const scan = async (threadId: string) => gateway.scan({ ...rest, threadId });
    const first = await scan('thread_1');
    const id = 'approvalId' in first ? (first.approvalId ?? '') : '';
    await gateway.approve(id, { grant: { for: 'similar' } });
    expect(await scan('thread_1')).toMatchObject({ reasonCodes: ['GRANT_USED'] });
    expect((await scan('thread_2')).decision).toBe('REQUIRE_APPROVAL');
  });

  test('ends at its time', async () => {
    const { give, isClear, wait, gateway } = granting();
    await give({ for: 'similar', until: new Date(AT + 60_000) });
    wait(59_999);
    expect(await isClear()).toBe(true);
    wait(1);
    expect(await isClear()).toBe(false);
    expect((await gateway.grants()).map(({ status }) => status)).toEqual(['expired']);
  });
});

describe('a grant is refused', () => {
  test.each<[string, Partial<RuleInput>, GrantOptions, string]>([
    ['without x_grant', { x_grant: undefined }, { for: 'similar' }, 'its rules have no x_grant'],
    [
      'of another kind',
      { x_grant: { for: ['similar'], max_minutes: 60 } },
      { for: 'conversation' },
      'no grant for "conversation"',
    ],
    ['for longer than the rule allows', {}, { for: 'similar', until: new Date(AT + HOUR + 1) }, 'within 60 minutes'],
    ['that is over', {}, { for: 'similar', until: new Date(AT) }, 'within 60 minutes'],
    ['with an argument that the call lacks', {}, { for: 'similar', pinned: ['cc'] }, 'no argument "cc"'],
    ['with pinned arguments for a conversation', {}, { for: 'conversation', pinned: ['to'] }, 'pins no arguments'],
  ])('%s, and the call stays pending', async (_, rule, grant, message) => {
    const { gateway, asked } = granting([{ ...asking, ...rule }]);
    const id = await asked();
    const refused = gateway.approve(id, { grant });
    await expect(refused).rejects.toMatchObject({ status: 400, message: expect.stringContaining(message) });
    expect((await gateway.approvalStatus(id)).status).toBe('pending');
  });

  test('for a call without a principal and without a conversation, which anyone could make', async () => {
    const { principal: _principal, threadId: _threadId, ...rest } = request;
    for (const [boundTo, isRefused] of [
      ['principal', true],
      ['agent', false],
    ] as const) {
      const { gateway } = granting([asking], { boundTo });
      const decision = await gateway.scan(rest);
      const id = 'approvalId' in decision ? (decision.approvalId ?? '') : '';
      const given = gateway.approve(id, { grant: { for: 'similar' } }).then(
        () => false,
        () => true,
      );
      expect(await given).toBe(isRefused);
    }
  });

  test.each<[string, unknown]>([
    ['until', { for: 'similar', until: 'tomorrow' }],
    ['pinned', { for: 'similar', pinned: 'to' }],
    ['grant.for', {}],
    ['grant.for', { for: 'ever' }],
    ['untill', { for: 'similar', untill: 1 }],
  ])('with an invalid %s', async (option, grant) => {
    const { gateway, asked } = granting();
    await expect(gateway.approve(await asked(), { grant: grant as GrantOptions })).rejects.toThrow(option);
  });
});

describe('a grant answers the rules that allow it, and', () => {
  const small = { match: { tool_name: 'transfer_money' } };

  test('DENY still denies', async () => {
    const deny: RuleInput = { condition: { x_arguments: { to: { equals: 'Eve Ltd' } } }, action: 'DENY' };
    const { give, scan, isClear } = granting([asking, deny]);
    await give({ for: 'conversation' });
    expect(await isClear()).toBe(true);
    expect((await scan(other)).decision).toBe('DENY');
  });

  test('SANITIZE still redacts', async () => {
    const { give, scan } = granting([asking, { action: 'SANITIZE', sanitize_fields: ['to'] }]);
    const grantId = await give({ for: 'conversation' });
    expect(await scan()).toMatchObject({
      decision: 'SANITIZE',
      grantId,
      sanitizedBody: { to: '[REDACTED:FIELD]', amount: 5_000 },
      reasonCodes: expect.arrayContaining(['GRANT_USED']),
      ruleId: 'transfers',
    });
  });

  test('another rule that requires an approval still does, with x_grant or without', async () => {
    for (const x_grant of [undefined, asking.x_grant]) {
      const large: RuleInput = {
        rule_id: 'large',
        condition: { x_arguments: { amount: { above: 10_000 } } },
        action: 'REQUIRE_APPROVAL',
        ...(x_grant ? { x_grant } : {}),
      };
      const { give, isClear } = granting([asking, large]);
      await give({ for: 'conversation' });
      expect(await isClear({ body: { to: 'Bob Ltd', amount: 10_000 } })).toBe(true);
      expect(await isClear({ body: { to: 'Bob Ltd', amount: 10_001 } })).toBe(false);
    }
  });

  test('rules that match together allow what all of them allow', async () => {
    const { gateway, asked } = granting([
      asking,
      { ...small, action: 'REQUIRE_APPROVAL', x_grant: { for: ['similar'], max_minutes: 5 } },
    ]);
    const id = await asked();
    await expect(gateway.approve(id, { grant: { for: 'conversation' } })).rejects.toThrow(
      'no grant for "conversation"',
    );
    await gateway.approve(id, { grant: { for: 'similar' } });
    expect((await gateway.grants())[0]?.expiresAt).toBe(AT + 5 * 60_000);
  });

  test('the default, a judge and the tool’s needsApproval still require an approval', async () => {
    const allowed: RuleInput = { match: { tool_name: 'transfer_money' }, action: 'ALLOW' };
    const store = memoryApprovalStore();
    const options = { default: 'REQUIRE_APPROVAL', store } as const;
    const { give, isClear } = granting([asking, allowed], options);
    await give({ for: 'conversation' });
    expect(await isClear()).toBe(true);
    expect(await isClear({ needsApproval: true })).toBe(false);
    expect(await granting([asking], options).isClear()).toBe(false);
    const judge = () => ({ decision: 'REQUIRE_APPROVAL' }) as const;
    expect(await granting([asking, allowed], { store, judge }).isClear()).toBe(false);
  });

  test('a refusal of an equal call still denies it', async () => {
    const { gateway, give, asked, scan } = granting();
    const [refused, granted] = [await asked(other), await asked(other)];
    await gateway.approve(granted, { grant: { for: 'similar' } });
    await gateway.deny(refused);
    expect((await scan(other)).decision).toBe('DENY');
    expect(await give({ for: 'conversation' })).not.toBe('');
  });

  test('a rule that changed since requires an approval, and one that is restored does not', async () => {
    const { gateway, give, isClear } = granting([{ action: 'REQUIRE_APPROVAL', x_grant: asking.x_grant }]);
    await give({ for: 'conversation' });
    const earlier: RuleInput = { match: { verbs: ['ADMIN'] }, action: 'DENY' };
    for (const rules of [
      // The rule's id is its position.
      [{ action: 'REQUIRE_APPROVAL', match: { tool_name: '*' }, x_grant: asking.x_grant }],
      [earlier, { action: 'REQUIRE_APPROVAL', x_grant: asking.x_grant }],
      [{ action: 'REQUIRE_APPROVAL' }],
      [{ action: 'REQUIRE_APPROVAL', x_grant: { for: ['conversation'], max_minutes: 1 } }],
      [{ action: 'REQUIRE_APPROVAL', x_grant: asking.x_grant, x_approvers: { count: 2 } }],
    ] as RuleInput[][]) {
      gateway.applyPolicy({ name: 'own', rules });
      expect(await isClear()).toBe(false);
    }
    gateway.applyPolicy({ name: 'own', rules: [{ action: 'REQUIRE_APPROVAL', x_grant: asking.x_grant }] });
    expect(await isClear()).toBe(true);
  });
});

describe('a grant of a call that needs two approvers', () => {
  const two = [{ ...asking, x_approvers: { count: 2 } }];
  const ann = { decidedBy: 'ann', grant: { for: 'similar', pinned: ['to'] } } as const;

  test('is given when both give it, until the earlier time', async () => {
    const { gateway, asked, isClear } = granting(two);
    const id = await asked();
    await gateway.approve(id, ann);
    expect(await isClear()).toBe(false);
    await gateway.approve(id, { decidedBy: 'bob', grant: { ...ann.grant, until: new Date(AT + 60_000) } });
    expect(await isClear({ body: { to: 'Bob Ltd', amount: 1 } })).toBe(true);
    expect(await gateway.grants()).toMatchObject([{ decidedBy: 'ann, bob', expiresAt: AT + 60_000 }]);
    expect(await isClear({ principal: { id: 'bob' } })).toBe(false);
  });

  test('is not given if one of them approves the call only', async () => {
    const { gateway, asked } = granting(two);
    const [first, second] = [await asked(), await asked()];
    await gateway.approve(first, ann);
    await gateway.approve(first, { decidedBy: 'bob' });
    await gateway.approve(second, { decidedBy: 'bob' });
    await expect(gateway.approve(second, ann)).rejects.toThrow('bob has approved this call only');
    await gateway.approve(second, { decidedBy: 'ann' });
    expect((await gateway.approvals()).map(({ status }) => status)).toEqual(['approved', 'approved']);
    expect(await gateway.grants()).toEqual([]);
  });

  test('is refused if they give different ones', async () => {
    const { gateway, asked } = granting(two);
    const id = await asked();
    await gateway.approve(id, ann);
    for (const grant of [{ for: 'conversation' }, { for: 'similar' }, { for: 'similar', pinned: [] }] as const)
      await expect(gateway.approve(id, { decidedBy: 'bob', grant })).rejects.toThrow(
        'ann has given another grant: similar calls, in which amount may differ.',
      );
  });
});

describe('a grant ends', () => {
  test('when it is revoked', async () => {
    const { gateway, give, isClear, wait } = granting();
    const grantId = await give({ for: 'conversation' });
    wait(1);
    await gateway.revokeGrant(grantId, { by: 'bob' });
    expect(await isClear()).toBe(false);
    expect(await gateway.grants()).toMatchObject([
      { status: 'expired', decidedBy: 'ann', revoked: { by: 'bob', at: new Date(AT + 1) } },
    ]);
    await expect(gateway.revokeGrant(grantId)).rejects.toThrow(`Grant ${grantId} is no longer in effect.`);
  });

  test('in a freeze that voids approvals, and is kept by another one', async () => {
    const { gateway, give, scan, isClear } = granting();
    await give({ for: 'conversation' });
    await gateway.freeze();
    expect((await scan()).reasonCodes).toEqual(['FROZEN']);
    await gateway.unfreeze();
    expect(await isClear()).toBe(true);
    await gateway.freeze({ by: 'eve', pending: 'void' });
    await gateway.unfreeze();
    expect(await isClear()).toBe(false);
    expect(await gateway.grants()).toMatchObject([{ status: 'expired', note: 'Voided by the freeze of eve.' }]);
  });
});

test('a grant that is given while a freeze voids approvals ends with them', async () => {
  const { gateway, asked } = granting();
  const id = await asked();
  const given = gateway.approve(id, { grant: { for: 'conversation' } }).catch(() => undefined);
  await Promise.all([gateway.freeze({ pending: 'void' }), given]);
  expect((await gateway.grants()).filter(({ status }) => status === 'approved')).toEqual([]);
});

test('a grant is no approval: it is not listed as one, and has no status', async () => {
  const { gateway, give, asked } = granting();
  const grantId = await give({ for: 'conversation' });
  expect(await gateway.approvals()).toHaveLength(1);
  const missing = { status: 404 };
  await expect(gateway.approvalStatus(grantId)).rejects.toMatchObject(missing);
  await expect(gateway.approve(grantId)).rejects.toMatchObject(missing);
  await expect(gateway.revokeGrant(await asked({ agentId: 'x' }))).rejects.toMatchObject(missing);
});

test('listeners and the audit log get each grant and its revocation', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'grants-'));
  const file = join(folder, 'decisions.jsonl');
  const log = await auditLog(file);
  const { gateway, give, scan } = granting();
  const events: GatewayEvent[] = [];
  gateway.observe(log.listener);
  gateway.observe((event) => events.push(event));
  const grantId = await give({ for: 'similar', pinned: ['to'] });
  await scan();
  await gateway.revokeGrant(grantId, { by: 'bob' });
  expect(events.map(({ type }) => type)).toEqual(['decision', 'approval', 'grant', 'decision', 'grant']);
  expect(events.at(-1)).toMatchObject({ grant: { revoked: { by: 'bob' } } });
  await log.close();
  const text = await readFile(file, 'utf8');
  const entry = { type: 'grant', grant_id: grantId, for: 'similar', free: ['amount'], decided_by: 'ann' };
  expect(
    text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown),
  ).toMatchObject([
    { type: 'decision', decision: 'REQUIRE_APPROVAL' },
    { type: 'approval', status: 'approved' },
    { ...entry, status: 'granted', expires_at: '2026-03-01T13:00:00.000Z' },
    { type: 'decision', decision: 'ALLOW', grant_id: grantId },
    { ...entry, status: 'revoked', revoked_by: 'bob' },
  ]);
  expect(text).not.toContain('Bob Ltd');
  await (await auditLog(file)).close();
  await rm(folder, { recursive: true });
});

test.each([
  [{ for: [], max_minutes: 1 }, 'for is []: must not be empty'],
  [{ for: ['ever'], max_minutes: 1 }, 'must be one of conversation, similar'],
  [{ for: ['similar'] }, 'max_minutes is missing'],
  [{ for: ['similar'], max_minutes: 43_201 }, 'must be from 1 to 43200'],
  [{ for: ['similar'], minutes: 5 }, 'did you mean max_minutes?'],
])('a policy with x_grant %j is invalid', (x_grant, message) => {
  expect(() => granting([{ ...asking, x_grant: x_grant as RuleInput['x_grant'] }])).toThrow(message);
});
