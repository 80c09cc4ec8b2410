import { afterEach, describe, expect, jest, test } from '@jest/globals';
import type { ScanRequest } from 'interven-openai-assistants';
import {
  EmbeddedGateway,
  type EmbeddedGatewayOptions,
  type Judge,
  type PolicyInput,
} from 'interven-openai-assistants/embedded';

import { takeWarnings } from '../setup/warnings.ts';

const request: ScanRequest = {
  functionName: 'pay',
  method: 'POST',
  url: 'https://tools.invalid/pay',
  body: { amount: 5000, note: 'ann@example.com' },
  runtimeType: 'openai_assistants',
};
const only = (action: PolicyInput['rules'][number]['action']): PolicyInput => ({
  name: 'p',
  rules: [{ rule_id: 'only', action }],
});
const judged = async (judge: Judge, options: EmbeddedGatewayOptions = { policies: only('ALLOW') }) =>
  new EmbeddedGateway({ ...options, judge }).scan(request);

afterEach(() => {
  jest.useRealTimers();
});

describe('a judge', () => {
  test('makes a decision stricter, in its own words', async () => {
    const decision = await judged(() => ({ decision: 'DENY', reason: 'Too much.', reasonCodes: ['OVER_LIMIT'] }));
    expect(decision).toMatchObject({ decision: 'DENY', reason: 'Too much.', reasonCodes: ['OVER_LIMIT'] });
    expect(decision).not.toHaveProperty('ruleId');
  });

  test('may be asynchronous, and gets the request', async () => {
    const seen: ScanRequest[] = [];
    const decision = await judged(async (one) => {
      seen.push(one);
      return Promise.resolve({ decision: 'REQUIRE_APPROVAL' });
    });
    expect(decision).toMatchObject({ decision: 'REQUIRE_APPROVAL', reasonCodes: ['JUDGE'] });
    expect(seen).toEqual([request]);
  });

  test('has its call approved once', async () => {
    const gateway = new EmbeddedGateway({ policies: only('ALLOW'), judge: () => ({ decision: 'REQUIRE_APPROVAL' }) });
    const asked = await gateway.scan(request);
    await gateway.approve(asked.decision === 'REQUIRE_APPROVAL' ? (asked.approvalId ?? '') : '');
    expect((await gateway.scan(request)).decision).toBe('ALLOW');
    expect((await gateway.scan(request)).decision).toBe('REQUIRE_APPROVAL');
  });

  test.each([
    ['ALLOW', 'DENY'],
    ['ALLOW', 'REQUIRE_APPROVAL'],
    ['ALLOW', 'SANITIZE'],
    ['REQUIRE_APPROVAL', 'DENY'],
    ['REQUIRE_APPROVAL', 'REQUIRE_APPROVAL'],
  ] as const)('that decides %s leaves the %s of a rule as it is', async (decision, action) => {
    const options = { policies: only(action) };
    expect(await judged(() => ({ decision }), options)).toMatchObject({ decision: action, ruleId: 'only' });
  });

  test('neither allows what the default denies', async () => {
    const policies: PolicyInput = { name: 'p', rules: [{ match: { tool_name: 'x' }, action: 'ALLOW' }] };
    expect(await judged(() => ({ decision: 'ALLOW' }), { policies, default: 'DENY' })).toMatchObject({
      decision: 'DENY',
      reasonCodes: ['NO_RULE_ALLOWS'],
    });
  });

  test('without an objection returns undefined', async () => {
    expect(await judged(() => undefined)).toMatchObject({ decision: 'ALLOW', ruleId: 'only' });
  });

  test.each<[string, () => unknown]>([
    [
      'throws',
      () => {
        throw new Error('no connection');
      },
    ],
    ['rejects', async () => Promise.reject(new Error('no connection'))],
    ['returns a word', () => 'ALLOW'],
    ['returns false', () => false],
    ['returns null', () => null],
    ['returns nothing of a decision', () => ({})],
    ['returns an unknown decision', () => ({ decision: 'MAYBE' })],
    ['returns SANITIZE', () => ({ decision: 'SANITIZE' })],
    ['returns an array', () => ['ALLOW']],
    ['returns a reason that is no string', () => ({ decision: 'ALLOW', reason: 7 })],
    ['returns codes that are no strings', () => ({ decision: 'ALLOW', reasonCodes: [7] })],
  ])('that %s denies the call, and is reported once', async (_, judge) => {
    const gateway = new EmbeddedGateway({ policies: only('ALLOW'), judge: judge as Judge });
    for (let scan = 0; scan < 2; scan += 1) {
      expect(await gateway.scan(request)).toMatchObject({ decision: 'DENY', reasonCodes: ['JUDGE_FAILED'] });
    }
    expect(await takeWarnings()).toEqual([expect.stringContaining('judge failed: ')]);
  });

  test('that does not answer denies the call after ten seconds', async () => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate'] });
    const decision = judged(async () => new Promise(() => undefined));
    await jest.advanceTimersByTimeAsync(10_000);
    expect(await decision).toMatchObject({ decision: 'DENY', reasonCodes: ['JUDGE_FAILED'] });
    jest.useRealTimers();
    expect(await takeWarnings()).toEqual([expect.stringContaining('judge failed: Took longer than 10000 ms.')]);
  });

  test('that is no function is an error', () => {
    expect(() => new EmbeddedGateway({ judge: true as unknown as Judge })).toThrow(
      'judge is true; it must be a function.',
    );
  });
});
