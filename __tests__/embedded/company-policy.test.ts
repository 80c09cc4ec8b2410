import { describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { EmbeddedGateway, loadPolicies } from 'interven-openai-assistants/embedded';
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

describe('the company’s policy of the docs', () => {
  test.each(calls.map((call) => [call.name, call] as const))('decides on %s', async (_, call) => {
    const { decision, ruleId, reason } = await gateway().scan(scanRequestOf(call));
    expect(decision).toBe(call.expect.decision);
    if (call.expect.rule !== undefined) expect(ruleId).toBe(call.expect.rule);
    if (decision !== 'ALLOW') expect(reason).toMatch(/^[A-Z].*\.$/);
  });

  test.each(calls.map((call) => [call.name, call] as const))('decides through the server on %s', async (_, call) => {
    const approvers = [{ name: 'ann', token: ['ann', 'has', 'a', 'long', 'token'].join('-') }];
    const server = createGatewayServer({ gateway: gateway(), keys: [KEY], approvers });
    const { method, url, body, principal } = scanRequestOf(call);
    const request = new Request('https://gateway.example/v1/scan', {
      method: 'POST',
      headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
      body: JSON.stringify({ method, url, body, x_principal: principal, runtime_type: 'openai_assistants' }),
    });
    expect(await (await server.fetch(request)).json()).toMatchObject({
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
