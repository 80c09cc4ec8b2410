import { afterAll, afterEach, describe, expect, test } from '@jest/globals';
import nock from 'nock';
import { z } from 'zod';
import {
  GatewayError,
  IntervenGateway,
  tool,
  type Decision,
  type Gateway,
  type GatewayFault,
} from 'interven-openai-assistants';
import { callTools, say, ScriptedGateway, type ScriptedRule } from 'interven-openai-assistants/testing';
import { gate } from '../setup/gate.ts';
import { shorten } from '../setup/limits.ts';
import { rejection, world } from '../setup/world.ts';

/** Throws any value. JavaScript allows it in a handler, and lint does not. */
const raise = (thrown: unknown): never => {
  throw thrown;
};

/** A run with one call of `pay`. */
function paying(
  rule: ScriptedRule,
  args: string | object = { amount: 1 },
  options: Parameters<typeof world>[0]['options'] = {},
) {
  const ran: unknown[] = [];
  const parts = world({
    script: [callTools({ name: 'pay', arguments: args as string }), say('ok')],
    decisions: { pay: rule },
    tools: {
      pay: tool({ parameters: z.looseObject({ amount: z.number() }), execute: (input) => ran.push(input) }),
    },
    options,
  });
  return { ran, ...parts };
}

const OUTAGES: readonly GatewayFault[] = ['unreachable', 'timeout', 'server_error'];

describe('a gateway that gives no decision blocks the call', () => {
  test.each([...OUTAGES, 'rate_limited'] as const)('%s: blocked by default', async (fault) => {
    const { runner, ran, threadId, assistantId } = paying({ fault });
    const { calls, status } = await runner.run(threadId, assistantId);
    expect(status).toBe('completed');
    expect(calls).toMatchObject([{ outcome: 'scan_unavailable', executed: 'no', fault }]);
    expect(ran).toEqual([]);
  });

  test.each(OUTAGES)(
    '%s: allowed with onGatewayError "allow", and recorded with the fault and no decision',
    async (fault) => {
      const { runner, ran, threadId, assistantId } = paying({ fault }, undefined, { onGatewayError: 'allow' });
      const { calls } = await runner.run(threadId, assistantId);
      expect(calls).toMatchObject([{ outcome: 'allowed', executed: 'yes', fault }]);
      expect(calls[0]).not.toHaveProperty('decision');
      expect(ran).toEqual([{ amount: 1 }]);
    },
  );

  test.each([
    ['rate_limited', 'scan_unavailable'],
    ['malformed_reply', 'scan_rejected'],
    ['too_large', 'too_large'],
    ['unknown', 'scan_unavailable'],
  ] as const)('%s: blocked, whatever onGatewayError is', async (fault, outcome) => {
    const { runner, ran, threadId, assistantId } = paying({ fault }, undefined, { onGatewayError: 'allow' });
    const { calls } = await runner.run(threadId, assistantId);
    expect(calls).toMatchObject([{ outcome, executed: 'no', fault }]);
    expect(ran).toEqual([]);
  });

  test('a tool’s onGatewayError overrides the runner’s', async () => {
    const ran: string[] = [];
    const pay = (onGatewayError: 'block' | 'allow', name: string) =>
      tool({ parameters: z.object({}), onGatewayError, execute: () => ran.push(name) });
    const { runner, threadId, assistantId } = world({
      script: [callTools({ name: 'strict' }, { name: 'loose' }), say('ok')],
      decisions: { strict: { fault: 'timeout' }, loose: { fault: 'timeout' } },
      tools: { strict: pay('block', 'strict'), loose: pay('allow', 'loose') },
      options: { onGatewayError: 'allow' },
    });
    await runner.run(threadId, assistantId);
    expect(ran).toEqual(['loose']);
  });

  test('a scan that never ends times out after scanTimeoutMs', async () => {
    const { runner, ran, threadId, assistantId } = paying(async () => new Promise(() => undefined), undefined, {
      scanTimeoutMs: 20,
    });
    const { calls } = await runner.run(threadId, assistantId);
    expect(calls).toMatchObject([{ outcome: 'scan_unavailable', fault: 'timeout', executed: 'no' }]);
    expect(ran).toEqual([]);
  });
});

describe('a misconfigured gateway ends the run, whatever onGatewayError is', () => {
  test('the runner cancels the run, aborts handlers in flight and starts no other', async () => {
    const saving = gate();
    const { runner, openai, threadId, assistantId } = world({
      script: [callTools({ name: 'save' }, { name: 'pay' }), say('ok')],
      decisions: { save: 'ALLOW', pay: async () => saving.opened.then(() => ({ fault: 'configuration' as const })) },
      tools: {
        save: async (_, { signal }) =>
          new Promise((_resolve, reject) => {
            signal.addEventListener('abort', () => {
              reject(new Error('stopped'));
            });
            saving.open();
          }),
        pay: () => 'paid',
      },
      options: { onGatewayError: 'allow' },
    });
    const error = await rejection(runner.run(threadId, assistantId));
    expect(error).toMatchObject({
      code: 'gateway_configuration',
      cause: { fault: 'configuration' },
      calls: [
        { name: 'save', outcome: 'aborted', executed: 'unknown' },
        { name: 'pay', fault: 'configuration', executed: 'no' },
      ],
    });
    expect(openai.runs(threadId)).toMatchObject([{ status: 'cancelled' }]);
  });
});

describe('a custom gateway that misbehaves blocks the call, whatever onGatewayError is', () => {
  const answers: [string, () => unknown][] = [
    [
      'throws before it returns a promise',
      () => {
        throw new TypeError('bug');
      },
    ],
    ['rejects with an error that is not a GatewayError', () => Promise.reject(new Error('bug'))],
    ['rejects with nothing', async () => raise(undefined)],
    ['returns nothing', () => Promise.resolve(undefined)],
    ['returns a string', () => Promise.resolve('ALLOW')],
    ['returns an unknown decision', () => Promise.resolve({ decision: 'PROBABLY', reasonCodes: [] })],
    ['returns a decision in lower case', () => Promise.resolve({ decision: 'allow', reasonCodes: [] })],
    ['returns an object without a decision', () => Promise.resolve({})],
  ];
  test.each(answers)('%s', async (_, answer) => {
    const gateway: Gateway = { scan: answer as Gateway['scan'], approvalStatus: async () => ({ status: 'approved' }) };
    const { runner, ran, threadId, assistantId } = paying('ALLOW', undefined, { gateway, onGatewayError: 'allow' });
    const { calls, status } = await runner.run(threadId, assistantId);
    expect(status).toBe('completed');
    expect(calls).toMatchObject([{ executed: 'no' }]);
    expect(['scan_unavailable', 'scan_rejected']).toContain(calls[0]?.outcome);
    expect(ran).toEqual([]);
  });

  test('throws when it changes the frozen request', async () => {
    const gateway = new ScriptedGateway({
      pay: ({ body }) => {
        (body as { amount: number }).amount = 1_000_000;
        return 'ALLOW';
      },
    });
    const { runner, ran, threadId, assistantId } = paying('ALLOW', undefined, { gateway });
    const { calls } = await runner.run(threadId, assistantId);
    expect(calls).toMatchObject([{ executed: 'no', fault: 'unknown' }]);
    expect(ran).toEqual([]);
  });

  test.each([[], 'text', 7, null])('returns SANITIZE with a body that is not a plain object: %p', async (body) => {
    const { runner, ran, threadId, assistantId } = paying({ decision: 'SANITIZE', sanitizedBody: body });
    const { calls } = await runner.run(threadId, assistantId);
    expect(calls).toMatchObject([{ outcome: 'sanitized_invalid', executed: 'no' }]);
    expect(ran).toEqual([]);
  });

  test('returns DENY at the first read and ALLOW at the next: the first counts', async () => {
    let reads = 0;
    const answer = {
      reasonCodes: [],
      get decision() {
        reads += 1;
        return reads === 1 ? 'DENY' : 'ALLOW';
      },
    };
    const gateway: Gateway = {
      scan: async () => answer,
      approvalStatus: async () => ({ status: 'pending' }),
    };
    const { runner, ran, threadId, assistantId } = paying('ALLOW', undefined, { gateway });
    const { calls } = await runner.run(threadId, assistantId);
    expect(calls).toMatchObject([{ outcome: 'denied' }]);
    expect(ran).toEqual([]);
  });

  test('returns DENY without reason codes', async () => {
    const gateway: Gateway = {
      scan: async () => ({ decision: 'DENY' }) as Decision,
      approvalStatus: async () => ({ status: 'pending' }),
    };
    const { runner, threadId, assistantId } = paying('ALLOW', undefined, { gateway });
    const { calls } = await runner.run(threadId, assistantId);
    expect(calls).toMatchObject([{ outcome: 'denied', reasonCodes: [], output: 'Tool blocked by Interven.' }]);
  });

  test('rejects with a GatewayError of another copy of the library: its fault counts', async () => {
    const foreign = Object.assign(new Error('down'), { name: 'GatewayError', fault: 'unreachable' });
    const { runner, threadId, assistantId } = paying(() => Promise.reject(foreign));
    const { calls } = await runner.run(threadId, assistantId);
    expect(calls).toMatchObject([{ outcome: 'scan_unavailable', fault: 'unreachable' }]);
  });
});

describe('an invalid call is neither scanned nor run', () => {
  test.each([
    ['not JSON', '{"amount": 1', 'invalid_arguments'],
    ['not an object', '[1]', 'invalid_arguments'],
    ['null', 'null', 'invalid_arguments'],
    ['a number', '7', 'invalid_arguments'],
    ['with a number that overflows', '{"amount":1e999}', 'invalid_arguments'],
    ['with a number that a double rounds', '{"amount":2512292042121000001}', 'invalid_arguments'],
    ['with a duplicate key', '{"amount":1,"amount":2}', 'invalid_arguments'],
    ['against the schema', '{"amount":"1"}', 'invalid_arguments'],
    ['empty, although the schema requires a field', '', 'invalid_arguments'],
    ['with a "__proto__" key', '{"amount":1,"__proto__":{"admin":true}}', 'invalid_arguments'],
    ['with a "__proto__" key deep inside', '{"amount":1,"a":[{"__proto__":{}}]}', 'invalid_arguments'],
    [
      'nested a hundred thousand levels deep',
      `{"amount":1,"a":${'['.repeat(1e5)}${']'.repeat(1e5)}}`,
      'invalid_arguments',
    ],
    ['300 KB long', JSON.stringify({ amount: 1, note: 'x'.repeat(300_000) }), 'too_large'],
    ['longer than 256 KB in UTF-8 only', JSON.stringify({ amount: 1, note: '\u20ac'.repeat(90_000) }), 'too_large'],
  ])('arguments that are %s', async (_, args, outcome) => {
    const { runner, gateway, ran, threadId, assistantId } = paying('ALLOW', args);
    const { calls, status } = await runner.run(threadId, assistantId);
    expect(status).toBe('completed');
    expect(calls).toMatchObject([{ outcome, executed: 'no' }]);
    expect(gateway.scans).toEqual([]);
    expect(ran).toEqual([]);
  });

  test.each(['constructor', '__proto__', 'toString', 'hasOwnProperty', 'missing', ''])(
    'a tool named %j that is not registered',
    async (name) => {
      const { runner, gateway, threadId, assistantId } = world({
        script: [callTools({ name }), say('ok')],
        decisions: {},
        tools: {},
      });
      const { calls, status } = await runner.run(threadId, assistantId);
      expect(status).toBe('completed');
      expect(calls).toMatchObject([{ outcome: 'unknown_tool', executed: 'no' }]);
      expect(gateway.scans).toEqual([]);
    },
  );

  test('arguments that are not JSON, which the record does not quote', async () => {
    const { runner, threadId, assistantId } = paying('ALLOW', '{"password": hunter2}');
    const { calls } = await runner.run(threadId, assistantId);
    expect(calls[0]?.error).toMatchObject({ message: 'The arguments are not JSON.' });
  });

  test('arguments whose schema has a check that throws', async () => {
    const { runner, threadId, assistantId } = world({
      script: [callTools({ name: 'pay' }), say('ok')],
      decisions: { pay: 'ALLOW' },
      tools: {
        pay: tool({
          parameters: z.object({}).refine(() => {
            throw new Error('bug in the check');
          }),
          execute: () => 'paid',
        }),
      },
    });
    const { calls } = await runner.run(threadId, assistantId);
    expect(calls).toMatchObject([{ outcome: 'invalid_arguments', executed: 'no' }]);
  });
});

describe('a handler that fails does not affect the other calls', () => {
  test.each<[string, () => unknown]>([
    [
      'throws',
      () => {
        throw new Error('the password is hunter2');
      },
    ],
    ['rejects', () => Promise.reject(new Error('the password is hunter2'))],
    ['throws a string', () => raise('the password is hunter2')],
    ['throws undefined', () => raise(undefined)],
    [
      'returns a result that cannot be serialized',
      () => ({
        toJSON: () => {
          throw new Error('the password is hunter2');
        },
      }),
    ],
  ])('%s: the model receives a constant message', async (_, handler) => {
    const { runner, threadId, assistantId } = world({
      script: [callTools({ name: 'fail' }, { name: 'work' }), say('ok')],
      decisions: { fail: 'ALLOW', work: 'ALLOW' },
      tools: { fail: handler, work: () => 'done' },
    });
    const { calls } = await runner.run(threadId, assistantId);
    expect(calls).toMatchObject([
      { outcome: 'handler_error', executed: 'yes' },
      { outcome: 'allowed', output: 'done' },
    ]);
    expect(calls[0]?.output).toBe(
      'The tool failed. It may have done part of its work: verify before you call it again.',
    );
  });
});

test('GatewayError has its cause, its status and the gateway’s response text, the last not enumerable', () => {
  const cause = new Error('socket');
  const error = new GatewayError('server_error', 'down', { status: 503, responseText: 'your text', cause });
  expect(error).toMatchObject({ name: 'GatewayError', fault: 'server_error', status: 503, cause });
  expect(error.responseText).toBe('your text');
  expect(Object.keys(error)).not.toContain('responseText');
});

describe('a model that requests more calls than the rate limit allows does not open the firewall with them', () => {
  const HOST = 'https://gateway.example';
  // Longer than the fake takes for its answer on a busy machine.
  const open = { onGatewayError: 'allow', scanTimeoutMs: 1_500 } as const;
  const overLimit = (headers: Record<string, string> = {}) =>
    nock(HOST).persist().post('/v1/scan').reply(429, '', headers);
  afterEach(() => {
    nock.cleanAll();
  });
  afterAll(() => {
    // Otherwise nock stays in the way of the requests of the next test file in this process.
    nock.restore();
  });

  test.each([
    ['answers 429', {}, () => overLimit()],
    ['answers 429, and Retry-After is later than the scan may take', {}, () => overLimit({ 'retry-after': '20' })],
    [
      'is not asked, because `acquire` waits longer than the scan may take',
      { acquire: () => new Promise(() => undefined) },
      () => overLimit(),
    ],
  ])('The gateway %s: blocked with onGatewayError "allow"', async (_what, options, serve) => {
    serve();
    shorten({ gatewayRetryFirstMs: 600_000, gatewayRetryMaxMs: 600_000 });
    const gateway = new IntervenGateway({ apiKey: 'iv_test', gatewayUrl: HOST, ...options });
    const { runner, ran, threadId, assistantId } = paying('ALLOW', undefined, { ...open, gateway });
    const { calls } = await runner.run(threadId, assistantId);
    expect(calls).toMatchObject([{ outcome: 'scan_unavailable', executed: 'no', fault: 'rate_limited' }]);
    expect(ran).toEqual([]);
  });
});
