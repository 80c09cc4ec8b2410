import { describe, expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { GatewayError, tool, type Decision, type Gateway, type GatewayFault } from 'interven-openai-assistants';
import { callTools, say, ScriptedGateway, type ScriptedRule } from 'interven-openai-assistants/testing';
import { rejection, world } from '../setup/world.ts';

/** What JavaScript lets a handler throw, and lint does not. */
const raise = (thrown: unknown): never => {
  throw thrown;
};

/** One call of `pay`; the run's options may say otherwise. */
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
      pay: tool({ parameters: z.object({ amount: z.number() }), execute: (input) => ran.push(input) }),
    },
    options,
  });
  return { ran, ...parts };
}

const OPENABLE: readonly GatewayFault[] = ['unreachable', 'timeout', 'rate_limited', 'server_error'];

describe('a gateway that gives no decision blocks the call', () => {
  test.each(OPENABLE)('%s: blocked by default', async (fault) => {
    const { runner, ran, threadId, assistantId } = paying({ fault });
    const { calls, status } = await runner.run(threadId, assistantId);
    expect(status).toBe('completed');
    expect(calls).toMatchObject([{ outcome: 'scan_unavailable', executed: 'no', fault }]);
    expect(ran).toEqual([]);
  });

  test.each(OPENABLE)('%s: let through with onGatewayError "allow", and the decision log shows it', async (fault) => {
    const { runner, ran, threadId, assistantId } = paying({ fault }, undefined, { onGatewayError: 'allow' });
    const { calls } = await runner.run(threadId, assistantId);
    expect(calls).toMatchObject([{ outcome: 'allowed', executed: 'yes', fault }]);
    expect(calls[0]).not.toHaveProperty('decision');
    expect(ran).toEqual([{ amount: 1 }]);
  });

  test.each([
    ['malformed_reply', 'scan_rejected'],
    ['too_large', 'too_large'],
    ['unknown', 'scan_unavailable'],
  ] as const)('%s: blocked whatever the failure mode', async (fault, outcome) => {
    const { runner, ran, threadId, assistantId } = paying({ fault }, undefined, { onGatewayError: 'allow' });
    const { calls } = await runner.run(threadId, assistantId);
    expect(calls).toMatchObject([{ outcome, executed: 'no', fault }]);
    expect(ran).toEqual([]);
  });

  test('the failure mode of a tool goes before that of the runner', async () => {
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

  test('a scan that never ends is given up after scanTimeoutMs', async () => {
    const { runner, ran, threadId, assistantId } = paying(async () => new Promise(() => undefined), undefined, {
      scanTimeoutMs: 20,
    });
    const { calls } = await runner.run(threadId, assistantId);
    expect(calls).toMatchObject([{ outcome: 'scan_unavailable', fault: 'timeout', executed: 'no' }]);
    expect(ran).toEqual([]);
  });
});

describe('a gateway that is set up wrongly ends the run, whatever the failure mode', () => {
  test('the run is cancelled, handlers in flight are aborted, nothing else starts', async () => {
    const { runner, openai, threadId, assistantId } = world({
      script: [callTools({ name: 'save' }, { name: 'pay' }), say('ok')],
      decisions: { save: 'ALLOW', pay: async () => sleep(20).then(() => ({ fault: 'configuration' as const })) },
      tools: {
        save: async (_, { signal }) =>
          new Promise((_resolve, reject) => {
            signal.addEventListener('abort', () => {
              reject(new Error('stopped'));
            });
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

describe('a gateway of the user that misbehaves blocks the call whatever the failure mode', () => {
  const answers: [string, () => unknown][] = [
    [
      'throws before it returns a promise',
      () => {
        throw new TypeError('bug');
      },
    ],
    ['rejects with something that is no GatewayError', () => Promise.reject(new Error('bug'))],
    ['rejects with nothing', async () => raise(undefined)],
    ['answers nothing', () => Promise.resolve(undefined)],
    ['answers a word', () => Promise.resolve('ALLOW')],
    ['answers an unknown decision', () => Promise.resolve({ decision: 'PROBABLY', reasonCodes: [] })],
    ['answers a decision in lower case', () => Promise.resolve({ decision: 'allow', reasonCodes: [] })],
    ['answers an object without a decision', () => Promise.resolve({})],
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

  test('changes the request it was given: it cannot', async () => {
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

  test.each([new Date(0), [], 'text', 7, null])(
    'answers SANITIZE with a body that is no plain object: %p',
    async (body) => {
      const { runner, ran, threadId, assistantId } = paying({ decision: 'SANITIZE', sanitizedBody: body });
      const { calls } = await runner.run(threadId, assistantId);
      expect(calls).toMatchObject([{ outcome: 'sanitized_invalid', executed: 'no' }]);
      expect(ran).toEqual([]);
    },
  );

  test('returns another decision on each read: the first one counts', async () => {
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

  test('leaves reason codes out of a DENY: it is a DENY all the same', async () => {
    const gateway: Gateway = {
      scan: async () => ({ decision: 'DENY' }) as Decision,
      approvalStatus: async () => ({ status: 'pending' }),
    };
    const { runner, threadId, assistantId } = paying('ALLOW', undefined, { gateway });
    const { calls } = await runner.run(threadId, assistantId);
    expect(calls).toMatchObject([{ outcome: 'denied', reasonCodes: [], output: 'Tool blocked by Interven.' }]);
  });

  test('uses another copy of GatewayError: its fault counts', async () => {
    const foreign = Object.assign(new Error('down'), { name: 'GatewayError', fault: 'unreachable' });
    const { runner, threadId, assistantId } = paying(() => Promise.reject(foreign));
    const { calls } = await runner.run(threadId, assistantId);
    expect(calls).toMatchObject([{ outcome: 'scan_unavailable', fault: 'unreachable' }]);
  });
});

describe('a call that makes no sense is not scanned and not run', () => {
  test.each([
    ['not JSON', '{"amount": 1', 'invalid_arguments'],
    ['not an object', '[1]', 'invalid_arguments'],
    ['null', 'null', 'invalid_arguments'],
    ['a number', '7', 'invalid_arguments'],
    ['of a number that JSON cannot hold', '{"amount":1e999}', 'invalid_arguments'],
    ['against the schema', '{"amount":"1"}', 'invalid_arguments'],
    ['empty, where the schema wants more', '', 'invalid_arguments'],
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

  test.each(['constructor', '__proto__', 'toString', 'hasOwnProperty', 'nobody', ''])(
    'a tool named %j that nobody registered',
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

  test('arguments that are not JSON are not quoted in the record', async () => {
    const { runner, threadId, assistantId } = paying('ALLOW', '{"password": hunter2}');
    const { calls } = await runner.run(threadId, assistantId);
    expect(calls[0]?.error).toEqual(new SyntaxError('The arguments are not JSON.'));
  });

  test('a schema whose own check throws', async () => {
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

describe('a handler that fails costs its own call only', () => {
  test.each<[string, () => unknown]>([
    [
      'throws',
      () => {
        throw new Error('the password is hunter2');
      },
    ],
    ['rejects', () => Promise.reject(new Error('the password is hunter2'))],
    ['throws what is no error', () => raise('the password is hunter2')],
    ['throws nothing', () => raise(undefined)],
    [
      'returns what cannot be written',
      () => ({
        toJSON: () => {
          throw new Error('the password is hunter2');
        },
      }),
    ],
  ])('%s: the model hears constant words, the developer the cause', async (_, handler) => {
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

test('GatewayError keeps its cause, its status and what the gateway wrote, the last out of sight', () => {
  const cause = new Error('socket');
  const error = new GatewayError('server_error', 'down', { status: 503, responseText: 'your text', cause });
  expect(error).toMatchObject({ name: 'GatewayError', fault: 'server_error', status: 503, cause });
  expect(error.responseText).toBe('your text');
  expect(Object.keys(error)).not.toContain('responseText');
});
