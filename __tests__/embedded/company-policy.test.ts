import { describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import OpenAI from 'openai';
import { GuardedRunner, IntervenGateway, type Gateway, type Principal } from 'interven-openai-assistants';
import { EmbeddedGateway, loadPolicies } from 'interven-openai-assistants/embedded';
import { callTools, FakeOpenAI, say } from 'interven-openai-assistants/testing';
import { createGatewayServer } from '../../src/server.ts';
import { readExpectedCall, scanRequestOf, type ExpectedCall } from '../../src/cli/call-input.ts';
import { cli } from '../cli/world.ts';

const POLICY = 'examples/company/policy.yaml';
const CALLS = 'examples/company/calls.jsonl';
const KEY = ['iv', 'test', 'key', 'of', 'agents'].join('_');

const calls = readFileSync(CALLS, 'utf8')
  .trim()
  .split('\n')
  .map((line): ExpectedCall => {
    const call = readExpectedCall(line);
    if (typeof call === 'string') throw new Error(call);
    return call;
  });
const policies = await loadPolicies(POLICY);
const gateway = (): EmbeddedGateway => new EmbeddedGateway({ policies, ownDomains: ['acme.com'] });

function serving(): (request: Request) => Promise<Response> {
  const approvers = [{ name: 'ann', token: ['ann', 'has', 'a', 'long', 'token'].join('-') }];
  return createGatewayServer({ gateway: gateway(), keys: [KEY], approvers }).fetch;
}

function overHttp(): Gateway {
  const answer = serving();
  return new IntervenGateway({
    apiKey: KEY,
    gatewayUrl: 'https://gateway.example',
    sendPrincipal: true,
    fetch: async (url, init) => answer(new Request(url, init)),
  });
}

describe.each([
  ['in process', gateway],
  ['through the server', overHttp],
])('one runner with the company’s policy %s', (_, gatewayOf) => {
  test('serves ada and bob by the same rules, and tells the model why a call does not run', async () => {
    const wanted = [
      { name: 'deploy', arguments: { environment: 'staging' } },
      { name: 'transfer_money', arguments: { amount: 900, currency: 'EUR' } },
      { name: 'transfer_money', arguments: { amount: 99_999_999, currency: 'EUR' } },
      { name: 'drop_tables', arguments: {} },
    ];
    const openai = new FakeOpenAI({ script: [callTools(...wanted), say('ok'), callTools(...wanted), say('ok')] });
    const runner = new GuardedRunner({
      client: new OpenAI({ apiKey: 'test', baseURL: openai.baseURL, fetch: openai.fetch }),
      gateway: gatewayOf(),
      principal: ({ user }: { readonly user: Principal }) => user,
      tools: { deploy: () => 'deployed', transfer_money: () => 'sent', drop_tables: () => 'dropped' },
    });
    const outputsFor = async (user: Principal) => {
      const { calls: records } = await runner.responses({ model: 'm', input: 'Go.' }, { context: { user } });
      return records.map(({ output }) => output.replace(/ at https:\S+(?=\. )/, ''));
    };
    const blocked = (codes: string, reason: string) =>
      `Tool blocked by Interven: ${codes}; policy "Company". Reason: ${reason}`;
    const held = (reason: string) => `Action requires human approval. Retry in a few minutes. Reason: ${reason}`;

    expect(await outputsFor({ id: 'ada', roles: ['finance'], attributes: { limit: 5000 } })).toEqual([
      'deployed',
      'sent',
      held('Transfers above 10,000 need two people from finance.'),
      blocked('NO_RULE_ALLOWS', 'No rule allows this call.'),
    ]);
    expect(await outputsFor({ id: 'bob', roles: ['intern'], attributes: { limit: 0 } })).toEqual([
      blocked('PRINCIPAL_MATCH', 'Interns may not deploy.'),
      held('Without a limit of your own, every transfer needs a person.'),
      held('Transfers above 10,000 need two people from finance.'),
      blocked('NO_RULE_ALLOWS', 'No rule allows this call.'),
    ]);
    openai.assertDone();
  });
});

describe('the company’s policy of the docs', () => {
  test.each(calls.map((call) => [call.name, call] as const))('decides on %s', async (_, call) => {
    const { decision, ruleId, reason } = await gateway().scan(scanRequestOf(call));
    expect(decision).toBe(call.expect.decision);
    if (call.expect.rule !== undefined) expect(ruleId).toBe(call.expect.rule);
    if (decision !== 'ALLOW') expect(reason).toMatch(/^[A-Z].*\.$/);
  });

  test.each(calls.map((call) => [call.name, call] as const))('decides through the server on %s', async (_, call) => {
    const { method, url, body, principal } = scanRequestOf(call);
    const request = new Request('https://gateway.example/v1/scan', {
      method: 'POST',
      headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
      body: JSON.stringify({ method, url, body, x_principal: principal, runtime_type: 'openai_assistants' }),
    });
    expect(await (await serving()(request)).json()).toMatchObject({
      decision: call.expect.decision,
      ...(call.expect.rule === undefined ? {} : { rule_id: call.expect.rule }),
      ...(call.expect.decision === 'ALLOW' ? {} : { x_reason: expect.stringMatching(/\.$/) }),
    });
  });

  test('passes policy validate, and its calls pass policy test', async () => {
    expect(await cli(['policy', 'validate', POLICY])).toMatchObject({ code: 0, out: `ok    ${POLICY}\n` });
    expect(await cli(['policy', 'test', POLICY, '--calls', CALLS, '--own-domain', 'acme.com'])).toMatchObject({
      code: 0,
      out: `${calls.length} calls, all as expected.\n`,
    });
  });
});
