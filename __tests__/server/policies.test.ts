import { describe, expect, test } from '@jest/globals';
import type { PolicyInput } from 'interven-openai-assistants/embedded';
import { PolicyError } from 'interven-openai-assistants/embedded';
import { jsonOf, refusalOf, SECRET, serving } from './serving.ts';

const policy = {
  name: 'no posts',
  description: 'Nothing is posted.',
  env_name: 'prod',
  rules: [
    {
      match: { operations: ['read_*'], verbs: ['READ'] },
      condition: { has_data_class: ['PII'] },
      action: 'DENY',
      reason: 'No posts.',
    },
  ],
};
const read = {
  method: 'GET',
  url: 'https://tools.invalid/read_page',
  body: { text: `by ${['ann', 'example.com'].join('@')}` },
};

describe('an applied policy', () => {
  test('is in effect, and returned with its defaults', async () => {
    const { ann, agent } = serving();
    const applied = await jsonOf(await ann('POST', '/v1/policies/apply', policy));
    expect(applied).toEqual({
      policy_id: expect.stringMatching(/^[\da-f-]{36}$/),
      name: 'no posts',
      description: 'Nothing is posted.',
      env_name: 'prod',
      version: 1,
      rules: [
        {
          rule_id: 'no-posts-1',
          priority: 100,
          action: 'DENY',
          match: { operations: ['read_*'], verbs: ['READ'] },
          condition: { has_data_class: ['PII'] },
          reason: 'No posts.',
        },
      ],
    });
    expect(await jsonOf(await agent('POST', '/v1/scan', read))).toMatchObject({
      decision: 'DENY',
      policy_name: 'no posts',
    });
    for (const who of [ann, agent]) {
      expect(await jsonOf(await who('GET', '/v1/policies/by-name/no%20posts'))).toEqual(applied);
    }
  });

  test('can have a default, and everything that a rule can say', async () => {
    const { ann, agent } = serving();
    const rules = [
      {
        rule_id: 'reading',
        priority: 1,
        action: 'ALLOW',
        match: { verbs: ['READ'], not: { tool_name: 'read_salaries' } },
        condition: {
          x_arguments: { page: { below: 10 }, 'tags[]': { not_in: ['secret'] } },
          x_principal: { roles: ['reader'], attributes: { team: { equals: 'sales' } } },
          not: { is_external_principal: true },
        },
      },
    ];
    const applied = await jsonOf(await ann('POST', '/v1/policies/apply', { name: 'list', default: 'DENY', rules }));
    expect(applied).toMatchObject({ default: 'DENY', rules });
    const body = { page: 1, tags: ['a'] };
    const reader = { id: 'ada', roles: ['reader'], attributes: { team: 'sales' } };
    const ask = async (more: object) => jsonOf(await agent('POST', '/v1/scan', { ...read, body, ...more }));
    expect(await ask({ x_principal: reader })).toMatchObject({ decision: 'ALLOW', rule_id: 'reading' });
    expect(await ask({})).toMatchObject({
      decision: 'DENY',
      reason_codes: ['NO_RULE_ALLOWS'],
      x_reason: 'No rule allows this call.',
    });
    expect(await ask({ x_principal: reader, body: { ...body, page: 11 } })).toMatchObject({ decision: 'DENY' });
  });

  test('keeps its version while its content is unchanged, and gets the next version on a change', async () => {
    const sent: PolicyInput[] = [];
    const { ann } = serving({ onPolicyApplied: (one) => void sent.push(one) });
    const versionOf = async (body: object) => (await jsonOf(await ann('POST', '/v1/policies/apply', body)))['version'];
    expect(await versionOf(policy)).toBe(1);
    expect(await versionOf({ ...policy, rules: policy.rules.map((rule) => ({ priority: 100, ...rule })) })).toBe(1);
    expect(await versionOf({ ...policy, description: 'Otherwise.' })).toBe(2);
    expect(await versionOf(policy)).toBe(3);
    expect(sent.map(({ description }) => description)).toEqual([
      'Nothing is posted.',
      'Otherwise.',
      'Nothing is posted.',
    ]);
  });

  test('is passed to onPolicyApplied with its verified sender and time, whatever the body claims', async () => {
    const taken: (readonly [PolicyInput, object])[] = [];
    const { ann, gateway } = serving({ onPolicyApplied: (...args) => void taken.push(args) });
    const before = Date.now();
    const reply = await ann('POST', '/v1/policies/apply', { ...policy, applied_by: 'bob', applied_at: '2001-01-01' });
    const [[kept, application] = []] = taken;
    expect(application).toEqual({ appliedBy: 'ann' });
    expect(kept).toEqual({ ...policy, applied_by: 'ann', applied_at: expect.any(String) });
    expect(Date.parse(kept?.applied_at ?? '')).toBeGreaterThanOrEqual(before);
    expect(JSON.stringify([await jsonOf(reply), await gateway.policies()])).not.toContain('applied');
  });

  test('replaces an earlier policy, as its second version', async () => {
    const { ann, gateway } = serving();
    const rules = [{ action: 'DENY' }];
    const reply = await jsonOf(await ann('POST', '/v1/policies/apply', { name: 'tests', rules }));
    expect(reply['version']).toBe(2);
    expect((await gateway.policies()).map(({ name }) => name)).toEqual(['tests']);
  });

  test('takes effect only after onPolicyApplied has resolved, one policy after the other', async () => {
    const inEffect: string[][] = [];
    const parts = serving({
      onPolicyApplied: async () => {
        await new Promise((resolve) => setImmediate(resolve));
        inEffect.push((await parts.gateway.policies()).map(({ name }) => name));
      },
    });
    const names = ['first', 'second', 'third'];
    await Promise.all(names.map(async (name) => parts.ann('POST', '/v1/policies/apply', { ...policy, name })));
    expect(inEffect).toEqual([['tests'], ['tests', 'first'], ['tests', 'first', 'second']]);
  });

  test('is refused if onPolicyApplied rejects; the response has the message of a PolicyError only', async () => {
    let error: Error = new Error('disk /secret/place is full');
    const { ann, gateway } = serving({ onPolicyApplied: async () => Promise.reject(error) });
    expect(await refusalOf(await ann('POST', '/v1/policies/apply', policy))).toEqual({
      status: 500,
      code: 'internal',
      message: 'Internal error.',
    });
    error = new PolicyError([{ path: 'rules[0]', message: 'is not for this gateway' }]);
    expect(await refusalOf(await ann('POST', '/v1/policies/apply', policy))).toMatchObject({
      status: 400,
      path: 'rules[0]',
    });
    expect((await gateway.policies()).map(({ name }) => name)).toEqual(['tests']);
  });

  test.each([
    ['name', { rules: policy.rules }],
    ['rules', { name: 'x' }],
    ['rules[0].action', { name: 'x', rules: [{ action: 'REFUSE' }] }],
    [
      'rules[1].match.verbs[0]',
      { name: 'x', rules: [{ action: 'DENY' }, { action: 'DENY', match: { verbs: ['WRIT'] } }] },
    ],
    ['rules[0].match.operatoins', { name: 'x', rules: [{ action: 'DENY', match: { operatoins: ['*'] } }] }],
    ['env_name', { ...policy, env_name: 7 }],
    ['policies', { ...policy, policies: [policy] }],
    ['policy_id', { ...policy, policy_id: 'tests-id' }],
  ])('is refused for an invalid %s', async (path, body) => {
    const { ann, gateway } = serving(
      {},
      { policies: { name: 'tests', policy_id: 'tests-id', rules: [{ action: 'DENY' }] } },
    );
    const refusal = await refusalOf(await ann('POST', '/v1/policies/apply', body));
    expect(refusal).toMatchObject({ status: 400, code: 'invalid_request', path });
    expect((await gateway.policies()).map(({ name }) => name)).toEqual(['tests']);
  });
});

describe('a policy', () => {
  test('is found by its name, whatever the environment', async () => {
    const { agent } = serving();
    expect(await jsonOf(await agent('GET', '/v1/policies/by-name/tests?env=staging'))).toMatchObject({
      name: 'tests',
      version: 1,
      env_name: 'staging',
      rules: [{ rule_id: 'tests-1' }, { match: { operations: ['*delete*'] } }, { action: 'SANITIZE' }],
    });
  });

  test('may have any name', async () => {
    const { ann } = serving();
    for (const name of ['a/b', '50 %', 'Ärger?#']) {
      await ann('POST', '/v1/policies/apply', { name, rules: [{ action: 'ALLOW' }] });
      expect(await jsonOf(await ann('GET', `/v1/policies/by-name/${encodeURIComponent(name)}`))).toMatchObject({
        name,
      });
    }
  });

  test.each(['nothing', '__proto__', '%00', '%'])('named %s is not found if it does not exist', async (name) => {
    const { agent } = serving();
    expect(await refusalOf(await agent('GET', `/v1/policies/by-name/${name}`))).toMatchObject({ status: 404 });
  });
});

describe('POST /v1/explain', () => {
  test('explains to approvers how the rules judge a call, without values, an approval or a decision in the log', async () => {
    const { ann, approvals } = serving();
    const call = { function: 'delete_page', arguments: { note: SECRET } };
    const explained = await jsonOf(await ann('POST', '/v1/explain', call));
    expect(explained).toMatchObject({
      action: 'DENY',
      policy: 'tests',
      rule: 'tests-1',
      call: { operations: ['delete_page'], method: 'DELETE', found: [{ data_class: 'SECRETS', path: 'note' }] },
      rules: [
        { action: 'DENY', applies: true },
        { action: 'REQUIRE_APPROVAL', applies: true },
        { action: 'SANITIZE', applies: false },
      ],
    });
    expect(JSON.stringify(explained)).not.toContain(SECRET);
    const held = await jsonOf(await ann('POST', '/v1/explain', { ...call, arguments: {} }));
    expect(held).toMatchObject({ action: 'REQUIRE_APPROVAL', approvers: [], reason: 'Deleted pages are gone.' });
    expect(await approvals()).toEqual([]);
    expect(await jsonOf(await ann('GET', '/v1/decisions'))).toMatchObject({ decisions: [] });
  });

  test('refuses agents, and names what is wrong with a call', async () => {
    const { ann, agent } = serving();
    expect((await agent('POST', '/v1/explain', { function: 'a', arguments: {} })).status).toBe(403);
    expect(await refusalOf(await ann('POST', '/v1/explain', { name: 'a', arguments: {} }))).toMatchObject({
      status: 400,
      message: 'The call has the unknown key "name". Did you mean "function"?',
    });
    expect(await refusalOf(await ann('POST', '/v1/explain', 'oops'))).toMatchObject({ status: 400 });
  });
});
