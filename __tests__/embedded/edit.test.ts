import { describe, expect, test } from '@jest/globals';
import type { ScanRequest } from 'interven-openai-assistants';
import {
  EmbeddedGateway,
  memoryApprovalStore,
  type ApproveOptions,
  type EmbeddedGatewayOptions,
  type PolicyInput,
} from 'interven-openai-assistants/embedded';

const POLICY: PolicyInput = {
  name: 'Payments',
  rules: [
    {
      rule_id: 'large',
      condition: { x_arguments: { amount: { above: 1000 } } },
      action: 'DENY',
      reason: 'No payment exceeds 1,000.',
    },
    { rule_id: 'held', condition: { x_arguments: { amount: { above: 100 } } }, action: 'REQUIRE_APPROVAL' },
    { rule_id: 'clean', condition: { has_data_class: ['PII'] }, action: 'SANITIZE' },
  ],
};
const requested = { amount: 500, to: 'ada', memo: 'rent', lines: [{ n: 1 }, { n: 2 }] };
const request: ScanRequest = {
  functionName: 'pay',
  method: 'POST',
  url: 'https://tools.invalid/pay',
  body: requested,
  runtimeType: 'openai_assistants',
  threadId: 'thread_1',
  takesEdits: true,
};
const mail = ['ann', 'example.com'].join('@');

async function asked(scan: Partial<ScanRequest> = {}, options: EmbeddedGatewayOptions = {}) {
  let time = Date.parse('2026-03-01T12:00:00Z');
  const gateway = new EmbeddedGateway({ policies: POLICY, now: () => time, ...options });
  const decision = await gateway.scan({ ...request, ...scan });
  const id = decision.decision === 'REQUIRE_APPROVAL' ? (decision.approvalId ?? '') : decision.decision;
  const edit = async (edited: unknown, by = 'ann') =>
    gateway.approve(id, { decidedBy: by, arguments: edited as NonNullable<ApproveOptions['arguments']> });
  return { gateway, id, edit, wait: (ms: number) => (time += ms), status: async () => gateway.approvalStatus(id) };
}

describe('an approver who edits a call', () => {
  test('clears the call with these arguments; the paths name every field that differs', async () => {
    const { edit, status } = await asked();
    const { memo: _, ...rest } = requested;
    const edited = { ...rest, amount: 50, reference: 'x', lines: [{ n: 1 }, { n: 3 }] };
    const editedFields = ['amount', 'lines[1].n', 'reference', 'memo'];
    expect(await edit(edited)).toMatchObject({ status: 'approved', editedFields });
    expect(await status()).toMatchObject({
      status: 'approved',
      decidedBy: 'ann',
      editedArguments: edited,
      editedFields,
    });
  });

  test('whose arguments are the requested ones approves the call as it is', async () => {
    const { edit, status } = await asked({ takesEdits: false });
    await edit({ ...requested });
    expect(await status()).toEqual({ status: 'approved', decidedBy: 'ann', decidedAt: expect.any(Date) });
  });

  test('may write what a rule would hold: the edit is the approval, and lists describe the edited call', async () => {
    const { edit, status } = await asked();
    const { outline } = await edit({ ...requested, amount: 999, to: 'bob' });
    expect(outline?.summary).toBe('pay wants to move money, involving bob');
    expect(await status()).toMatchObject({ status: 'approved', editedArguments: { amount: 999 } });
  });

  test('is refused what a rule, the default or the judge denies, and can then still decide', async () => {
    const denied = { ...requested, amount: 2000 };
    const one = await asked();
    await expect(one.edit(denied)).rejects.toMatchObject({
      name: 'EditError',
      status: 422,
      message:
        'The gateway refuses the edit: rule "large" of policy "Payments" denies the edited call (ARGUMENT_MATCH): No payment exceeds 1,000.',
      ruleId: 'large',
      policyName: 'Payments',
    });
    expect(await one.status()).toEqual({ status: 'pending' });
    const rules: PolicyInput['rules'] = [
      { match: { operations: ['pay'] }, action: 'REQUIRE_APPROVAL' },
      { condition: { x_arguments: { to: { in: ['ada'] } } }, action: 'ALLOW' },
    ];
    const listed = await asked({}, { policies: { name: 'list', rules }, default: 'DENY' });
    await expect(listed.edit({ ...requested, to: 'bob' })).rejects.toThrow(
      'the gateway denies the edited call (NO_RULE_ALLOWS)',
    );
    const judged = await asked(
      {},
      {
        judge: ({ body, threadId }) =>
          (body as { to?: string }).to === threadId ? { decision: 'DENY', reason: 'No.' } : undefined,
      },
    );
    await expect(judged.edit({ ...requested, to: 'thread_1' })).rejects.toThrow(
      'the gateway denies the edited call (JUDGE): No.',
    );
    await judged.edit({ ...requested, amount: 1 });
    expect(await judged.status()).toMatchObject({ status: 'approved' });
  });

  test('learns what SANITIZE rules redact in the edited arguments', async () => {
    const { edit, status } = await asked();
    const decided = await edit({ ...requested, amount: 1, memo: `to ${mail}` });
    expect(decided).toMatchObject({ sanitizedFields: ['memo'], editedFields: ['amount', 'memo'] });
    expect(await status()).toMatchObject({ editedArguments: { amount: 1, memo: 'to [REDACTED:EMAIL]' } });
  });

  test.each<[string, unknown, string]>([
    ['no object', [1], 'not a JSON object'],
    ['a function', { amount: () => 1 }, 'not a JSON object'],
    ['Infinity', { amount: Infinity }, 'a number that is too large'],
    ['an unsafe integer', { amount: 2 ** 53 + 2 }, 'amount: The number has more digits than a double keeps'],
    ['a key __proto__', JSON.parse('{"__proto__":{"amount":1}}'), '__proto__'],
    ['half of a character', { to: '\ud800' }, 'to: The string has half of a character'],
    ['300 KB', { to: 'x'.repeat(300_000) }, 'larger than 256 KB'],
    [
      'a cycle',
      Object.assign(
        {},
        {
          get self() {
            return this;
          },
        },
      ),
      'nested deeper than 200 levels',
    ],
  ])('cannot write %s', async (_, edited, problem) => {
    const { edit, status } = await asked();
    await expect(edit(edited)).rejects.toThrow(problem);
    expect(await status()).toEqual({ status: 'pending' });
  });

  test('gets an error for a misspelt option, so that the call is not approved as it was', async () => {
    const { gateway, id, status } = await asked();
    const typo = { argument: { amount: 1 } } as ApproveOptions;
    await expect(gateway.approve(id, typo)).rejects.toThrow(
      'approve: Unknown option "argument". Did you mean "arguments"?',
    );
    expect(await status()).toEqual({ status: 'pending' });
  });

  test('cannot edit the call of a client that would run it unedited', async () => {
    const { edit } = await asked({ takesEdits: false });
    await expect(edit({ ...requested, amount: 1 })).rejects.toThrow('client cannot run edited arguments');
  });

  test('cannot change where the call goes, unless the developer declared that', async () => {
    const fetching = { amount: 500, url: 'https://acme.com/a', method: 'post' };
    const call = { url: 'https://acme.com/a', body: fetching };
    const { edit } = await asked(call);
    await expect(edit({ ...fetching, url: 'https://evil.example/a' })).rejects.toThrow('"url" decides where');
    await expect(edit({ ...fetching, method: 'DELETE' })).rejects.toThrow('"method" decides where');
    const unnamed = await asked();
    await expect(unnamed.edit({ ...requested, url: 'https://evil.example/a' })).rejects.toThrow('"url" decides where');
    const declared = await asked({ ...call, isTargetDeclared: true });
    await declared.edit({ ...fetching, url: 'https://other.example/a', method: 'PUT' });
    expect(await declared.status()).toMatchObject({ status: 'approved', editedFields: ['url', 'method'] });
  });

  test('is judged for the principal of the call, and as if any value could come from a tool output', async () => {
    const rules: PolicyInput['rules'] = [
      { match: { operations: ['pay'] }, action: 'REQUIRE_APPROVAL' },
      {
        rule_id: 'interns',
        condition: { x_principal: { roles: ['intern'] }, x_arguments: { amount: { above: 600 } } },
        action: 'DENY',
      },
      { rule_id: 'sources', condition: { x_from_tool_output: ['to'] }, action: 'DENY' },
    ];
    const options = { policies: { name: 'p', rules } };
    const intern = await asked({ principal: { id: 'ian', roles: ['intern'] } }, options);
    await expect(intern.edit({ ...requested, amount: 700 })).rejects.toThrow('rule "interns"');
    await intern.edit({ ...requested, amount: 1 });
    const conversation = { userMessages: ['Pay ada'], toolOutputs: [] };
    const judged = await asked({ conversation, principal: { id: 'ann', roles: [] } }, options);
    await expect(judged.edit({ ...requested, amount: 1 })).rejects.toThrow(
      'rule "sources" of policy "p" denies the edited call (NO_PROVENANCE)',
    );
  });

  test('is the only one of two: the other learns who was first', async () => {
    const { gateway, id, edit } = await asked();
    const both = await Promise.allSettled([
      edit({ ...requested, amount: 1 }, 'ann'),
      edit({ ...requested, amount: 2 }, 'bob'),
    ]);
    expect(both.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    expect(both[1]).toMatchObject({ reason: { message: expect.stringContaining('already approved by ann') } });
    expect(await gateway.approvalStatus(id)).toMatchObject({ decidedBy: 'ann', editedArguments: { amount: 1 } });
  });

  test('cannot edit after the expiry, during which the store keeps nothing of the edit', async () => {
    const { edit, status, wait } = await asked();
    wait(600_000);
    await expect(edit({ ...requested, amount: 1 })).rejects.toThrow('already expired');
    expect(await status()).toEqual({ status: 'expired' });
  });

  test('counts no call for volume_burst, and makes only the edited recipient known', async () => {
    const policies: PolicyInput = {
      name: 'p',
      rules: [
        { rule_id: 'burst', condition: { volume_burst: true }, action: 'DENY' },
        { condition: { new_resource: true }, action: 'REQUIRE_APPROVAL' },
      ],
    };
    const sending = { functionName: 'send_email', url: 'https://tools.invalid/send_email' };
    const { gateway, edit, status } = await asked(
      { ...sending, body: { to: mail } },
      { policies, burst: { calls: 3 } },
    );
    await edit({ to: `other-${mail}` });
    await status();
    const scan = async (to: string) => (await gateway.scan({ ...request, ...sending, body: { to } })).decision;
    expect(await scan(`other-${mail}`)).toBe('ALLOW');
    expect(await scan(`third-${mail}`)).toBe('REQUIRE_APPROVAL');
    expect(await scan(mail)).toBe('DENY');
  });
});

describe('the edited arguments', () => {
  test('replace those of an equal call that is scanned later, once', async () => {
    const { gateway, id, edit } = await asked();
    await edit({ ...requested, amount: 1 });
    const later = await gateway.scan(request);
    expect(later).toMatchObject({
      decision: 'SANITIZE',
      reasonCodes: ['APPROVAL_GRANTED'],
      sanitizedBody: { amount: 1 },
      approvalId: id,
      editedFields: ['amount'],
      raw: { x_approval_id: id, x_edited_fields: ['amount'] },
    });
    expect(await gateway.scan(request)).toMatchObject({ decision: 'REQUIRE_APPROVAL' });
  });

  test('do not clear a call that the agent makes with them', async () => {
    const { gateway, edit } = await asked();
    await edit({ ...requested, amount: 200 });
    const decision = await gateway.scan({ ...request, body: { ...requested, amount: 200 } });
    expect(decision.decision).toBe('REQUIRE_APPROVAL');
  });

  test('stay as long as their approval can be read, also large ones that another call makes the store drop', async () => {
    const store = memoryApprovalStore();
    const { gateway, edit, status, wait } = await asked({}, { store });
    const edited = { ...requested, amount: 1, memo: 'x'.repeat(5000) };
    await edit(edited);
    await status();
    wait(120_000);
    await gateway.scan({ ...request, body: { ...requested, amount: 300 } });
    expect(await status()).toMatchObject({ status: 'approved', editedArguments: edited });
  });

  test('are those at the edit, whatever the caller changes later', async () => {
    const { edit, status } = await asked();
    const edited = { ...requested, lines: [{ n: 9 }] };
    await edit(edited);
    for (const line of edited.lines) line.n = 10;
    expect(await status()).toMatchObject({ editedArguments: { lines: [{ n: 9 }] } });
  });
});

describe('the edit of a call that needs several approvers', () => {
  const two: PolicyInput = {
    name: 'two',
    rules: [
      { match: { operations: ['pay'] }, action: 'REQUIRE_APPROVAL', x_approvers: { count: 2 } },
      {
        condition: { x_arguments: { amount: { above: 600 } } },
        action: 'REQUIRE_APPROVAL',
        x_approvers: { roles: ['finance'] },
      },
    ],
  };
  const less = { ...requested, amount: 400 };

  test('voids what others gave for other arguments, and waits until enough approve the edited ones', async () => {
    const { gateway, id, edit, status } = await asked({}, { policies: two });
    await gateway.approve(id, { decidedBy: 'ann' });
    expect((await edit(less, 'bob')).approvers?.given).toMatchObject([{ by: 'bob' }]);
    expect(await status()).toEqual({ status: 'pending' });
    expect(await edit(less, 'ann')).toMatchObject({ status: 'approved', editedFields: ['amount'] });
    expect(await status()).toMatchObject({ decidedBy: 'bob, ann', editedArguments: less });
  });

  test('is not approved by someone who may have seen other arguments', async () => {
    const { gateway, id, edit, status } = await asked({}, { policies: two });
    await edit(less, 'ann');
    const refusal = 'another approver has edited the call';
    await expect(gateway.approve(id, { decidedBy: 'bob' })).rejects.toThrow(refusal);
    await edit(requested, 'bob');
    expect(await status()).toEqual({ status: 'pending' });
    await expect(gateway.approve(id, { decidedBy: 'cid' })).rejects.toThrow(refusal);
    await edit(requested, 'cid');
    expect(await status()).toMatchObject({ decidedBy: 'bob, cid', editedArguments: requested, editedFields: [] });
  });

  test('is never mixed up with the arguments that others approve at the same moment', async () => {
    const { gateway, id, edit, status } = await asked({}, { policies: two });
    await gateway.approve(id, { decidedBy: 'ann' });
    const both = await Promise.allSettled([edit(less, 'bob'), edit({ ...requested }, 'cid'), edit(less, 'dan')]);
    const settled = await status();
    if (settled.status === 'pending') throw new Error('Two of them agree.');
    expect(both.filter((one) => one.status === 'rejected').length).toBeGreaterThan(0);
    expect(['ann, cid', 'bob, dan']).toContain(settled.decidedBy);
    expect(settled.editedArguments).toEqual(settled.decidedBy === 'ann, cid' ? undefined : less);
  });

  test('needs the approvers that the rules ask for the edited call, too', async () => {
    const { gateway, id, edit, status } = await asked({}, { policies: two });
    const more = { ...requested, amount: 900 };
    await edit(more, 'ann');
    await expect(edit(more, 'bob')).resolves.toMatchObject({ status: 'pending' });
    await gateway.approve(id, { decidedBy: 'fay', roles: ['finance'], arguments: more });
    expect(await status()).toMatchObject({ status: 'approved', decidedBy: 'ann, bob, fay', editedArguments: more });
  });
});
