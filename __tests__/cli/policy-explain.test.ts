import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { cli, folder, SECRET, type Folder } from './world.ts';

let files: Folder;
let policy: string;

beforeEach(async () => {
  files = await folder();
  policy = await files.write('shop.yaml', SHOP);
});
afterEach(async () => files.remove());

const SHOP = `
name: Shop
default: DENY
rules:
  - rule_id: reading
    match: { tool_name: '{get_time,transfer_money}' }
    action: ALLOW
  - rule_id: large
    priority: 5
    match: { operations: ['category:payments'] }
    condition: { x_arguments: { amount: { above: 1000 }, 'tags[]': { equals: rush } } }
    action: REQUIRE_APPROVAL
    reason: Large transfers need a person.
  - rule_id: interns
    match: { not: { verbs: [READ] } }
    condition: { x_principal: { id: ['*'], roles: [intern] }, not: { has_data_class: [SECRETS] } }
    action: DENY
  - rule_id: injected
    condition: { x_instructions_in_tool_output: true }
    action: DENY
  - rule_id: secrets
    condition: { has_data_class: [SECRETS] }
    action: DENY
`;
const explain = async (call: object | string, ...args: string[]) =>
  cli(['policy', 'explain', policy, ...args], { stdin: typeof call === 'string' ? call : JSON.stringify(call) });
const transfer = { amount: 5000, tags: ['slow', 'rush'] };

describe('policy explain', () => {
  test('shows which rules apply, which do not, and why', async () => {
    const call = { function: 'transfer_money', arguments: transfer, principal: { id: 'ada' } };
    expect(await explain(call)).toEqual({
      code: 0,
      err: '',
      out: `DENY by interns of Shop
  tool       custom_proxy, transfer_money
  operation  transfer_money
  kind       POST, WRITE, payments
  codes      PRINCIPAL_UNCLEAR

Rules that apply
  ALLOW  reading of Shop
    yes      match.tool_name
  REQUIRE_APPROVAL  large of Shop
    yes      match.operations
    yes      condition.x_arguments.amount
    unknown  condition.x_arguments.tags[]: it holds for some of the values
  DENY  interns of Shop
    yes      match.not
    no       match.not.verbs
    yes      condition.x_principal.id
    unknown  condition.x_principal.roles: the principal does not name it, or it is only nearly equal
    yes      condition.not
    no       condition.not.has_data_class

Rules that do not apply
  DENY  injected of Shop
    no       condition.x_instructions_in_tool_output: the request has no conversation
  DENY  secrets of Shop
    no       condition.has_data_class

Default
  DENY  of Shop; lifted: an ALLOW rule applies
`,
    });
  });

  test('names the approvers that all rules together need, and the grant that they allow', async () => {
    const rule = (id: string, terms: object) => ({ rule_id: id, action: 'REQUIRE_APPROVAL', ...terms });
    const held = async (...rules: object[]) => {
      const file = await files.write('held.json', { name: 'Held', rules });
      return cli(['policy', 'explain', file], { stdin: '{"function":"pay","arguments":{}}' });
    };
    const two = rule('two', {
      x_approvers: { count: 2, roles: ['finance', 'board'] },
      x_grant: { for: ['conversation', 'similar'], max_minutes: 60 },
    });
    const { out } = await held(two, rule('short', { x_grant: { for: ['similar'], max_minutes: 5 } }));
    expect(out).toContain('  approvers  2 with the role finance or board\n  grants     similar, for at most 5 min\n');
    expect(out).toContain(
      '  REQUIRE_APPROVAL  two of Held (approvers: 2 with the role finance or board; grants: conversation, similar, for at most 60 min)\n',
    );
    const { out: plain } = await held(two, rule('plain', {}));
    expect(plain).toContain('\n  grants     none\n');
    expect((await held(rule('plain', {}))).out).toContain('  approvers  any one\n  grants     none\n');
  });

  test('names the default where it decides', async () => {
    const call = { function: 'list_files', arguments: {}, principal: { id: 'ada', roles: [] } };
    const { out } = await explain(call);
    expect(out).toContain('DENY by the default of Shop\n');
    expect(out).toContain('  reason     No rule allows this call.\n');
    expect(out).toContain('Default\n  DENY  of Shop; no ALLOW rule applies\n');
  });

  test('says why an argument is unclear', async () => {
    const whyOf = async (args: object) => {
      const { out } = await explain({ function: 'transfer_money', arguments: args });
      return /x_arguments\.amount(.*)/.exec(out)?.[1];
    };
    expect(await whyOf({})).toBe(': the argument is missing');
    expect(await whyOf({ amount: '5000 EUR' })).toMatch(/^: the value cannot be read/);
    expect(await whyOf({ amount: 1 })).toBe('');
  });

  test('prints the same as JSON', async () => {
    const call = { function: 'transfer_money', arguments: transfer, principal: { id: 'ada', roles: [] } };
    const { code, out } = await explain(call, '--json', '--agent-safety');
    expect(code).toBe(0);
    const explained = JSON.parse(out) as { rules: { policy: string }[] };
    expect(explained).toMatchObject({
      action: 'REQUIRE_APPROVAL',
      policy: 'Shop',
      rule: 'large',
      reason: 'Large transfers need a person.',
      reason_codes: ['ARGUMENT_MATCH'],
      call: { operations: ['transfer_money'], categories: ['payments'], verb: 'WRITE', is_external_principal: false },
      default: { action: 'DENY', policy: 'Shop', is_lifted: true },
    });
    expect(explained.rules[1]).toEqual({
      policy: 'Shop',
      rule: 'large',
      action: 'REQUIRE_APPROVAL',
      priority: 5,
      applies: true,
      holds: 'unknown',
      checks: [
        { key: 'match.operations', holds: true },
        { key: 'condition.x_arguments.amount', holds: true },
        { key: 'condition.x_arguments.tags[]', holds: 'unknown', why: 'it holds for some of the values' },
      ],
    });
    expect(new Set(explained.rules.map((rule) => rule.policy))).toEqual(new Set(['Shop', 'Agent safety']));
  });

  test('prints no value of the arguments, and shows control characters', async () => {
    const call = { function: 'get\u001b[2J', arguments: { amount: SECRET, tags: 'hunter2' } };
    for (const args of [[], ['--json']]) {
      const { out } = await explain(call, ...args);
      expect(out).not.toMatch(/AKIA|hunter2|\u001b/);
    }
  });

  test.each([
    ['', 'No call on stdin'],
    ['{"function":"a"}', 'is missing "arguments"'],
    ['{"function":"a","arguments":{},"principal":{"id":7}}', '"principal.id" must be the id of the principal'],
    ['{"function":"a","arguments":{},"principal":{"id":"a","role":[]}}', 'has the unknown key "principal.role"'],
  ])('refuses the call %j', async (call, message) => {
    const { code, out, err } = await explain(call);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain(message);
  });

  test('fails for policies that cannot be loaded', async () => {
    const bad = await files.write('bad.yaml', 'rules: [{ action: DENY, x_arguments: { a: { abov: 1 } } }]');
    const { code, err } = await cli(['policy', 'explain', bad], { stdin: '{"function":"a","arguments":{}}' });
    expect(code).toBe(3);
    expect(err).toContain(`${bad}:1: rules[0].x_arguments.a.abov is an unknown key; did you mean above?`);
  });
});

test('policy test says that the default decided', async () => {
  const calls = await files.write('calls.jsonl', '{"function":"list_files","arguments":{},"expect":"ALLOW"}');
  const { code, out } = await cli(['policy', 'test', policy, '--calls', calls]);
  expect(code).toBe(1);
  expect(out).toContain('  actual   DENY by the default of Shop (NO_RULE_ALLOWS)\n');
});
