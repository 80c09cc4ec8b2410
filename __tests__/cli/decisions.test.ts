import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import OpenAI from 'openai';
import { decisionLog, GuardedRunner } from 'interven-openai-assistants';
import { auditLog, EmbeddedGateway } from 'interven-openai-assistants/embedded';
import { callTools, FakeOpenAI, say } from 'interven-openai-assistants/testing';
import { join } from 'node:path';
import { MODEL } from '../setup/model.ts';
import { cli, folder, POLICY, SECRET, type Folder } from './world.ts';

const MAIL = ['ann', 'example.com'].join('@');

let files: Folder;
beforeEach(async () => {
  files = await folder();
});
afterEach(async () => files.remove());

/** The logs of a run in monitor mode: one call for each decision, by a runner and its gateway. */
let logs: Folder;
let runnerLog: string;
let gatewayLog: string;

beforeAll(async () => {
  logs = await folder();
  runnerLog = join(logs.path, 'decisions.jsonl');
  gatewayLog = join(logs.path, 'audit.jsonl');
  const openai = new FakeOpenAI({
    script: [
      callTools(
        { name: 'get_time' },
        { name: 'note', arguments: { text: SECRET } },
        { name: 'note', arguments: { text: `Ask ${MAIL}.` } },
        { name: 'delete_page', arguments: { text: 'home' } },
      ),
      say('Done.'),
    ],
  });
  const gateway = new EmbeddedGateway({ policies: POLICY as never });
  const audit = await auditLog(gatewayLog);
  gateway.observe(audit.listener);
  const log = decisionLog(runnerLog, { arguments: true });
  const write = ({ text }: { text: string }): string => text;
  const runner = new GuardedRunner({
    client: new OpenAI({ apiKey: 'none', baseURL: openai.baseURL, fetch: openai.fetch }),
    gateway,
    mode: 'monitor',
    awaitScans: true,
    payloads: true,
    onEvent: log,
    tools: { get_time: () => 'noon', note: write, delete_page: write },
  });
  await runner.responses({ model: MODEL, input: 'Go.' }, { principal: { id: 'ada', roles: ['staff'] } });
  await log.flush();
  await audit.close();
});
afterAll(async () => logs.remove());

interface Entry {
  readonly [key: string]: unknown;
}

/** A line of a decision log. */
const line = (changes: Entry = {}): string =>
  JSON.stringify({
    type: 'decision',
    at: '2026-11-23T10:00:00.000Z',
    name: 'note',
    decision: 'ALLOW',
    effective: 'ALLOW',
    enforced: true,
    fields: [],
    reasonCodes: [],
    target: { method: 'POST', url: 'https://tools.invalid/note' },
    arguments: {},
    ...changes,
  });
const logOf = async (...lines: string[]): Promise<string> =>
  files.write('log.jsonl', lines.map((each) => `${each}\n`).join(''));
const report = async (...args: string[]) => cli(['decisions', 'report', ...args]);

describe('decisions report', () => {
  test('counts a call that both logs have once, by rule, tool and principal, with what enforcing would have done', async () => {
    const { code, out, err } = await report(runnerLog, gatewayLog, '--json');
    expect([code, err]).toEqual([0, '']);
    const one = { blocked: 1, held: 0, changed: 0, allowed: 0 };
    const all = { blocked: 1, held: 1, changed: 1, allowed: 1 };
    const parsed = JSON.parse(out) as { rules: { name: string }[] };
    expect(parsed).toMatchObject({
      total: 4,
      unit: 'hour',
      unread: [],
      modes: [{ name: 'not enforced', ...all }],
      tools: expect.arrayContaining([{ name: 'note', blocked: 1, held: 0, changed: 1, allowed: 0 }]),
      principals: [{ name: 'ada', ...all }],
    });
    expect(parsed.rules).toContainEqual({ name: 'no-secrets of House rules', ...one, examples: [`${runnerLog}:2`] });
    expect(parsed.rules.map(({ name }) => name)).toContain('no rule');
  });

  test('says of an audit log alone that the gateway does not know what was enforced', async () => {
    const { out } = await report(gatewayLog);
    expect(out).toMatch(/^4 decisions, \d{4}-\d\d-\d\d \d\d:\d\d UTC to/);
    expect(out).toContain('         1       1       1       1  gateway only\n');
  });

  test('has examples with places and reasons, and no arguments', async () => {
    for (const format of [[], ['--html'], ['--json']]) {
      const { out } = await report(runnerLog, ...format);
      expect(out).not.toMatch(/AKIA|ann@|home/);
      expect(out).toContain(`${runnerLog}:2`);
    }
    const { out } = await report(gatewayLog, runnerLog);
    expect(out).toContain('         1       0       0       0  no-secrets of House rules\n');
    expect(out).toContain(`${runnerLog}:2: note · SECRET_DETECTED · fields text · for ada\n`);
  });

  test('counts lines that are damaged or from neither log, and names them', async () => {
    const log = await logOf(line(), 'oops', line(), '{"a":1}', '{"type":"approval-requested"}', '[]');
    const { code, out } = await report(log);
    expect([code, out]).toEqual([0, expect.stringMatching(/^2 decisions/)]);
    expect(out).toContain(`3 lines are damaged, or from neither log: ${log}:2, ${log}:4, ${log}:6.`);
    expect((await report(log, '--html')).out).toContain('3 lines are damaged');
  });

  test('knows the lines of an audit log that are no decisions', async () => {
    const others = ['output', 'grant', 'freeze', 'unfreeze', 'policy-change'].map((type) => JSON.stringify({ type }));
    const log = await logOf(line(), ...others);
    expect(JSON.parse((await report(log, '--json')).out)).toMatchObject({ total: 1, unread: [] });
  });

  test('counts outputs, settled approvals, and decisions that the gateway did not log', async () => {
    const log = await logOf(
      line({ decision: 'REQUIRE_APPROVAL', effective: 'REQUIRE_APPROVAL' }),
      '{"type":"approval-settled","approvalId":"a","status":"pending"}',
      '{"type":"approval","approval_id":"a","status":"approved"}',
      '{"type":"output-scan","decision":"DENY"}',
      '{"type":"missed","entries":3}',
    );
    const { out } = await report(log);
    expect(out).toContain('\nApprovals: approved 1.\nOutputs: DENY 1.\n');
    expect(out).toContain('The gateway did not log 3 more decisions, because its disk was too slow.');
  });

  test('counts a call without an answer of the gateway as the runner treated it', async () => {
    const fault = { decision: undefined, fault: 'timeout' };
    const log = await logOf(
      line({ ...fault, effective: 'DENY' }),
      line({ ...fault, enforced: false, wouldBe: 'scan_unavailable' }),
      line({ ...fault, enforced: false, wouldBe: 'allowed' }),
    );
    const { rules } = JSON.parse((await report(log, '--json')).out) as { rules: Entry[] };
    expect(rules).toMatchObject([
      { name: 'no rule (gateway: timeout)', blocked: 2 },
      { name: 'no rule', allowed: 1 },
    ]);
  });

  test('counts a line that a log has twice once, if it has a trace id', async () => {
    const traced = line({ traceId: 'a' });
    const log = await logOf(traced, traced, line({ traceId: 'a', name: 'other' }), line(), line());
    expect(JSON.parse((await report(log, '--json')).out)).toMatchObject({ total: 4 });
  });

  test('groups by day what lasted longer than three days', async () => {
    const log = await logOf(line(), line({ at: '2026-11-28T10:00:00.000Z' }));
    expect(JSON.parse((await report(log, '--json')).out)).toMatchObject({
      unit: 'day',
      times: [{ name: '2026-11-23' }, { name: '2026-11-28' }],
    });
  });

  test('text of models cannot become markup, or move the cursor', async () => {
    const odd = '<img src=x onerror=alert(1)>"\'&\u001b[2J\u009b2J\u202e\nno rule';
    const log = await logOf(
      line({
        name: odd,
        principalId: odd,
        ruleId: odd,
        policyName: odd,
        reason: odd,
        reasonCodes: [odd],
        fields: [odd],
        decision: 'DENY',
        effective: 'DENY',
      }),
    );
    for (const format of [[], ['--html']]) {
      const { out } = await report(log, ...format);
      expect(out).not.toMatch(/[\u001b\u009b\u202e]|^no rule/m);
    }
    const { out } = await report(log, '--html');
    expect(out).not.toMatch(/<img|<script/);
    expect(out).toContain('&lt;img src=x onerror=alert(1)&gt;&quot;&#39;&amp;\\u001b[2J\\u009b2J');
    expect(out).toContain(`content="default-src 'none'; style-src 'unsafe-inline'"`);
    expect(out).not.toMatch(/https?:|url\(/);
  });

  test('refuses files without decisions', async () => {
    expect(await report(await logOf('{"a":1}'))).toMatchObject({
      code: 2,
      err: expect.stringContaining('No decisions'),
    });
    expect((await report(join(files.path, 'none'))).code).toBe(3);
  });
});

describe('policy replay', () => {
  const replay = async (log: string, policy: object, ...args: string[]) =>
    cli(['policy', 'replay', log, '--with', await files.write('new.json', { name: 'New', ...policy }), ...args]);
  const outcomes = async (log: string, policy: object): Promise<string> => {
    const { out } = await replay(log, policy);
    return out.split('\n')[0] ?? '';
  };
  const rule = (action: string, condition: object, id = 'own') => ({ rule_id: id, action, condition });

  test('says that the same policies change no outcome', async () => {
    expect(await replay(runnerLog, POLICY)).toEqual({
      code: 0,
      err: '',
      out: 'Outcomes: 4 same, 0 changed, 0 unknown, 0 not replayed.\n',
    });
  });

  test('names each outcome that changes, its direction, the rule and the calls', async () => {
    const { code, out } = await replay(runnerLog, {
      rules: [{ rule_id: 'all-notes', match: { tool_name: 'note' }, action: 'DENY' }],
    });
    expect(code).toBe(1);
    expect(out).toBe(`Outcomes: 2 same, 2 changed, 0 unknown, 0 not replayed.

Changed
  1 call  SANITIZE → DENY (stricter), by all-notes of New
    ${runnerLog}:3: note
  1 call  REQUIRE_APPROVAL → ALLOW (looser), by no rule
    ${runnerLog}:4: delete_page
`);
    expect(out).not.toMatch(/AKIA|ann@/);
  });

  test('names the rules that need what logs do not have, unless another key rules them out', async () => {
    const log = await logOf(line({ arguments: { amount: 5 }, principalId: 'ada' }));
    const needy = [
      rule('DENY', { x_not_from_user: ['amount'] }, 'user'),
      rule('REQUIRE_APPROVAL', { volume_burst: true }, 'burst'),
      rule('DENY', { not: { x_principal: { roles: ['staff'] } } }, 'roles'),
    ];
    const { code, out } = await replay(log, { rules: needy });
    expect(code).toBe(1);
    expect(out).toContain('Outcomes: 0 same, 0 changed, 1 unknown, 0 not replayed.\n');
    expect(out).toContain('  1 call  user of New (DENY): needs the conversation\n');
    expect(out).toContain('  1 call  burst of New (REQUIRE_APPROVAL): needs the earlier calls\n');
    expect(out).toContain('  1 call  roles of New (DENY): needs the roles and attributes of the principal\n');
    expect((await replay(log, { rules: needy }, '--allow-unknown')).code).toBe(0);

    const large = { x_arguments: { amount: { above: 9 } } };
    const ruledOut = needy.map((each) => ({ ...each, condition: { ...each.condition, ...large } }));
    expect((await replay(log, { rules: ruledOut })).code).toBe(0);
  });

  test('knows an outcome that unknown rules cannot change', async () => {
    const log = await logOf(line({ decision: 'DENY', effective: 'DENY', ruleId: 'old', policyName: 'Old' }));
    const deny = rule('DENY', { not: { has_data_class: ['SECRETS'] } }, 'deny');
    expect(await outcomes(log, { rules: [deny, rule('DENY', { volume_burst: true })] })).toMatch(/^Outcomes: 1 same/);
    expect(await outcomes(log, { rules: [deny, rule('ALLOW', { volume_burst: true })] })).toMatch(/^Outcomes: 1 same/);
    const allowList = { default: 'DENY', rules: [rule('ALLOW', { volume_burst: true })] };
    expect(await outcomes(log, allowList)).toMatch(/^Outcomes: 0 same, 0 changed, 1 unknown/);
  });

  test('evaluates the principal’s id, and rules on roles of a call without a principal, as the gateway does', async () => {
    const policy = { rules: [rule('DENY', { x_principal: { id: ['ada'] } })] };
    expect(await outcomes(await logOf(line({ principalId: 'ada' })), policy)).toContain('1 changed, 0 unknown');
    expect(await outcomes(await logOf(line({ principalId: 'bob' })), policy)).toContain('1 same');
    const roles = { rules: [rule('DENY', { x_principal: { roles: ['staff'] } })] };
    expect(await outcomes(await logOf(line()), roles)).toContain('1 changed, 0 unknown');
  });

  test.each([
    ['an approval that was given', { reasonCodes: ['APPROVAL_GRANTED'] }],
    ['an approval that was refused', { reasonCodes: ['X', 'APPROVAL_DENIED'], decision: 'DENY', effective: 'DENY' }],
    ['a grant', { reasonCodes: ['GRANT_USED'] }],
  ])('takes %s for a call that needs an approval', async (_, changes) => {
    const log = await logOf(line(changes));
    expect(await outcomes(log, { rules: [{ action: 'REQUIRE_APPROVAL' }] })).toContain('1 same');
  });

  test('keeps the approval that a tool’s own code requires', async () => {
    const held = { decision: 'REQUIRE_APPROVAL', effective: 'REQUIRE_APPROVAL', reasonCodes: ['NEEDS_APPROVAL'] };
    const log = await logOf(line(held));
    expect(await outcomes(log, { rules: [{ action: 'ALLOW' }] })).toContain('1 same');
    expect(await outcomes(log, { rules: [{ action: 'DENY' }] })).toContain('1 changed');
  });

  test.each<[string, Entry, string]>([
    ['without arguments', { arguments: undefined }, 'its arguments are not recorded'],
    ['without an answer', { decision: undefined, fault: 'timeout', effective: 'DENY' }, 'the gateway did not answer'],
    ['of a freeze', { decision: 'DENY', effective: 'DENY', reasonCodes: ['FROZEN'] }, 'the gateway was frozen'],
    ['of a judge', { decision: 'DENY', effective: 'DENY', reasonCodes: ['JUDGE'] }, 'no rule decided, but a judge'],
  ])('does not replay a call %s, and exits with 1', async (_, changes, why) => {
    const log = await logOf(line(changes));
    const { code, out } = await replay(log, { rules: [{ action: 'ALLOW' }] });
    expect([code, out]).toEqual([1, expect.stringContaining(`Not replayed\n  1 call  ${why}`)]);
    expect((await replay(log, { rules: [{ action: 'ALLOW' }] }, '--allow-unknown')).code).toBe(0);
  });

  test('judges a tool with a declared target by it, and a URL of the model by its arguments', async () => {
    const policy = { rules: [{ match: { tool_name: 'stripe' }, action: 'DENY' }] };
    const declared = line({ target: { method: 'POST', url: 'https://api.stripe.com/v1/refunds' } });
    const chosen = line({
      name: 'fetch_page',
      arguments: { url: 'https://api.stripe.com/v1/refunds', method: 'POST' },
      target: { method: 'POST', url: 'https://api.stripe.com' },
    });
    expect(await outcomes(await logOf(declared, chosen), policy)).toContain('0 same, 2 changed');
  });

  test('prints the same as JSON, and exits with 1 for a damaged line', async () => {
    const log = await logOf(line(), 'oops');
    const { code, out } = await replay(log, { rules: [rule('DENY', { volume_burst: true })] }, '--json');
    expect(code).toBe(1);
    expect(JSON.parse(out)).toEqual({
      ...{ same: 0, changed: 0, unknown: 1, skipped: 0, unread: [`${log}:2`], missed: 0 },
      groups: [
        {
          kind: 'unknown',
          title: 'own of New (DENY): needs the earlier calls',
          calls: [{ place: `${log}:1`, function: 'note' }],
        },
      ],
    });
  });

  test('fails without policies, and for policies that cannot be loaded', async () => {
    expect((await cli(['policy', 'replay', runnerLog])).code).toBe(2);
    expect((await cli(['policy', 'replay', runnerLog, '--with', runnerLog])).code).toBe(3);
  });
});
