/** A custom gateway in JavaScript may return or throw anything: the call is blocked with a clear error, never more. */
import { describe, expect, test } from '@jest/globals';
import { GatewayError, scanToolCalls, type Gateway, type GuardedRunnerOptions } from 'interven-openai-assistants';
import { callTools, say } from 'interven-openai-assistants/testing';
import type OpenAI from 'openai';
import { world } from '../../setup/world.ts';
import { journalWorld } from '../journal/world.ts';

const cycle: Record<string, unknown> = {};
cycle['self'] = cycle;
const broken = new Error('broken');
const fail = (): never => {
  throw broken;
};
// Without `then`, because `await` would throw before anything is returned.
const hostile = new Proxy(
  {},
  { get: (_, key) => (key === 'then' ? undefined : fail()), ownKeys: fail, has: fail, getPrototypeOf: fail },
);

const CLEAR = { decision: 'ALLOW', status: 'approved' };
/** What no gateway may return, as either of its methods. */
const NONSENSE: readonly [string, unknown, RegExp][] = [
  ['nothing', undefined, /returned undefined; it must return/],
  ['null', null, /returned null; it must return/],
  ['a number', 7, /returned 7; it must return/],
  ['a BigInt', 7n, /returned 7; it must return/],
  ['a symbol', Symbol('s'), /returned Symbol\(s\); it must return/],
  ['a string', 'ALLOW', /returned "ALLOW"; it must return/],
  ['a boolean', true, /returned true; it must return/],
  ['an array', [{ decision: 'ALLOW', status: 'approved' }], /returned an array; it must return/],
  ['an array with a decision', Object.assign([], CLEAR), /returned an array; it must return/],
  ['a function', () => ({ decision: 'ALLOW' }), /returned a function; it must return/],
  ['a function with a decision', Object.assign(() => undefined, CLEAR), /returned a function; it must return/],
  [
    'an instance with a decision',
    Object.assign(new URL('http://x'), CLEAR),
    /returned an instance of URL; it must return/,
  ],
  ['a Response', new Response('{"decision":"ALLOW"}'), /returned an instance of Response; it must return/],
  ['an empty object', {}, /returned an object without a known decision or status; it must return/],
  ['a cycle', cycle, /returned an object without a known/],
  ['an unknown word', { decision: 'MAYBE', status: 'maybe' }, /returned the unknown "(MAYBE|maybe)"; it must return/],
  ['the wrong case', { decision: 'allow', status: 'APPROVED' }, /returned the unknown "(allow|APPROVED)"/],
  ['a key of Object.prototype', { decision: 'constructor', status: 'toString' }, /returned the unknown/],
  ['words in an array', { decision: ['ALLOW'], status: ['approved'] }, /returned an object without a known/],
  [
    'a String object',
    { decision: Object('ALLOW') as unknown, status: Object('approved') as unknown },
    /returned an object without/,
  ],
  ['a secret', { decision: 'sk-123 456', status: 'sk-123 456' }, /returned an object without a known/],
  [
    'a getter that throws',
    {
      get decision() {
        return fail();
      },
      get status() {
        return fail();
      },
    },
    /returned a value that cannot be read/,
  ],
  ['a proxy that throws', hostile, /returned a value that cannot be read/],
];

/** What either method may throw. */
const THROWN: readonly [string, unknown][] = [
  ['nothing', undefined],
  ['null', null],
  ['a string', 'no'],
  ['a symbol', Symbol('s')],
  ['an object', { status: 404 }],
  [
    'an error whose fields throw',
    {
      get name() {
        return fail();
      },
      get fault() {
        return fail();
      },
      get status() {
        return fail();
      },
    },
  ],
  ['an unknown fault', new GatewayError('odd' as 'unknown', 'odd')],
];

type Options = Partial<GuardedRunnerOptions<unknown, OpenAI>>;
const gatewayOf = (scan: () => unknown, approvalStatus: () => unknown = fail): Gateway =>
  ({ scan, approvalStatus, holdsApprovals: true }) as unknown as Gateway;

async function paying(gateway: Gateway, options: Options = {}) {
  const ran: string[] = [];
  const { runner, threadId, assistantId } = world({
    script: ({ turn }) => (turn <= 2 ? callTools({ name: 'pay', arguments: { cents: 1 } }) : say('ok')),
    decisions: {},
    tools: { pay: () => void ran.push('pay') },
    options: { onGatewayError: 'allow', gateway, approvalTimeoutMs: 20, ...options },
  });
  const { status, calls } = await runner.run(threadId, assistantId);
  return { status, calls, ran };
}

/** Every second value is that of a promise: the runner awaits both. */
const returned = NONSENSE.map(([what, value, message], index) => {
  const [how, returns] = index % 2 === 0 ? ['returns', () => value] : (['resolves with', async () => value] as const);
  return { how, what, message, returns };
});
const throwing = (value: unknown): [string, () => unknown][] => [
  [
    'throws',
    () => {
      throw value;
    },
  ],
  [
    'rejects with',
    async () => {
      throw value;
    },
  ],
];

describe('scan', () => {
  test.each(returned)('that $how $what blocks the call, and names it', async ({ returns: scan, message }) => {
    const { status, calls, ran } = await paying(gatewayOf(scan));
    expect({ status, ran }).toEqual({ status: 'completed', ran: [] });
    for (const { outcome, fault, error } of calls) {
      expect({ outcome, fault }).toEqual({ outcome: 'scan_rejected', fault: 'malformed_reply' });
      expect((error as Error).message).toMatch(message);
    }
  });

  test.each(returned)('that $how $what gives scanToolCalls a denial', async ({ returns: scan, message }) => {
    const [scanned] = await scanToolCalls([{ call_id: 'c', name: 'pay', arguments: '{}' }], {
      gateway: gatewayOf(scan),
    });
    expect(scanned?.scan).toMatchObject({ decision: 'DENY', fault: 'malformed_reply' });
    expect((scanned?.scan.error as Error).message).toMatch(message);
  });

  const thrown = THROWN.flatMap(([what, value]) => throwing(value).map(([how, scan]) => ({ how, what, scan })));
  test.each(thrown)('that $how $what blocks the call', async ({ scan }) => {
    const { status, calls, ran } = await paying(gatewayOf(scan));
    expect({ status, ran }).toEqual({ status: 'completed', ran: [] });
    expect(calls.map(({ outcome, fault }) => [outcome, fault])).toEqual(
      Array.from({ length: 2 }, () => ['scan_unavailable', 'unknown']),
    );
  });

  test('that decides with odd facts decides, and the odd facts are dropped, also from the journal', async () => {
    const odd = {
      decision: 'ALLOW',
      reasonCodes: ['OK', 7, null, cycle],
      riskScore: 5n,
      riskBand: cycle,
      policyName: { name: 'p' },
      ruleId: () => 'r',
      reason: 7,
      traceId: hostile,
      classifications: 'PII',
      more: 8n,
    };
    const at = await journalWorld([callTools({ name: 'pay' }), say('ok')], { pay: 'ALLOW' });
    const runner = at.process({ pay: () => 'paid' }, { gateway: gatewayOf(() => odd) });
    const { calls } = await runner.run(at.place.threadId, at.place.assistantId);
    expect(calls).toMatchObject([{ outcome: 'allowed', reasonCodes: ['OK'], decision: 'ALLOW' }]);
    for (const key of ['riskScore', 'policyName', 'ruleId', 'reason', 'traceId'])
      expect(calls[0]).not.toHaveProperty(key);
  });

  test.each([
    ['a BigInt', { cents: 1n }],
    ['a cycle', { cents: cycle }],
    ['a proxy', hostile],
    ['a date', new Date(0)],
    ['a function', { cents: () => 1 }],
  ])('that redacts with %s in the body blocks the call', async (_, sanitizedBody) => {
    const { calls, ran } = await paying(gatewayOf(() => ({ decision: 'SANITIZE', sanitizedBody })));
    expect({ ran, outcomes: calls.map(({ outcome }) => outcome) }).toEqual({
      ran: [],
      outcomes: ['scan_rejected', 'scan_rejected'],
    });
  });

  test('that changes its decision later changes nothing', async () => {
    const decision = { decision: 'SANITIZE', reasonCodes: ['A'], sanitizedBody: { cents: 0 } };
    const ran: unknown[] = [];
    const scan = (): unknown => {
      setImmediate(() => {
        Object.assign(decision, { decision: 'ALLOW', reasonCodes: ['B'] });
        decision.sanitizedBody.cents = 99;
      });
      return { ...decision };
    };
    const { runner, threadId, assistantId } = world({
      script: [callTools({ name: 'pay', arguments: { cents: 1 } }), say('ok')],
      decisions: {},
      tools: { pay: (input) => void ran.push(input) },
      options: { gateway: gatewayOf(scan) },
    });
    const { calls } = await runner.run(threadId, assistantId);
    expect({ ran, calls }).toMatchObject({
      ran: [{ cents: 0 }],
      calls: [{ outcome: 'sanitized', reasonCodes: ['A'] }],
    });
  });
});

describe('approvalStatus', () => {
  const holding = (status: () => unknown): Gateway =>
    gatewayOf(() => ({ decision: 'REQUIRE_APPROVAL', reasonCodes: [], approvalId: 'ap_1' }), status);
  test.each(returned)('that $how $what blocks the call, and names it', async ({ returns: status, message }) => {
    const waited = await paying(holding(status), { approval: 'wait' });
    const asked = await paying(holding(status), { approval: 'message' });
    expect([...waited.ran, ...asked.ran]).toEqual([]);
    for (const record of [waited.calls[0], asked.calls[1]]) {
      expect(record).toMatchObject({ outcome: 'scan_rejected', fault: 'malformed_reply' });
      expect((record?.error as Error).message).toMatch(message);
    }
  });

  const thrown = THROWN.flatMap(([what, value]) => throwing(value).map(([how, status]) => ({ how, what, status })));
  test.each(thrown)('that $how $what leaves the call pending', async ({ status }) => {
    const { calls, ran } = await paying(holding(status), { approval: 'wait' });
    expect({ ran, outcomes: calls.map(({ outcome }) => outcome) }).toEqual({
      ran: [],
      outcomes: ['approval_pending', 'approval_pending'],
    });
  });
});
