import { describe, expect, test } from '@jest/globals';
import OpenAI from 'openai';
import {
  GuardedRunner,
  IntervenGateway,
  tool,
  type Gateway,
  type GuardedRunnerOptions,
  type NeedsApproval,
} from 'interven-openai-assistants';
import { EmbeddedGateway, type PolicyInput } from 'interven-openai-assistants/embedded';
import { callTools, FakeOpenAI, say, ScriptedGateway } from 'interven-openai-assistants/testing';
import { z } from 'zod';
import { createGatewayServer } from '../../src/server.ts';
import { shorten } from '../setup/limits.ts';
import { rejection } from '../setup/world.ts';

type Needs = NeedsApproval<{ amount: number }, unknown>;
type Options = Partial<GuardedRunnerOptions<unknown, OpenAI>>;

/** One payment per run, of a tool that may need an approval. */
function paying(
  needsApproval: unknown,
  gateway: Gateway,
  { amounts = [2_000], ...options }: Options & { amounts?: number[] } = {},
) {
  const openai = new FakeOpenAI({
    script: ({ turn }) =>
      turn === 1 ? callTools(...amounts.map((amount) => ({ name: 'pay', arguments: { amount } }))) : say('ok'),
  });
  const ran: unknown[] = [];
  const pay = tool({
    parameters: z.object({ amount: z.number() }),
    needsApproval: needsApproval as Needs,
    execute: (input) => {
      ran.push(input);
      return 'paid';
    },
  });
  const client = new OpenAI({ apiKey: 'test', baseURL: openai.baseURL, fetch: openai.fetch });
  const { threadId, assistantId } = openai.seed('Hello');
  const runner = new GuardedRunner({ client, gateway, tools: { pay }, pollIntervalMs: 5, ...options });
  return { ran, runner, pay, run: async () => runner.run(threadId, assistantId) };
}

const overThousand: Needs = ({ amount }) => amount > 1_000;
const policy = (...rules: PolicyInput['rules']): PolicyInput => ({ name: 'test', rules });

/** Allows every call. */
const OPEN = policy({ action: 'ALLOW' });

/** An embedded gateway, and the gateway that the runner asks: itself, or a client of its server. */
const places = {
  'in process': (embedded: EmbeddedGateway): Gateway => embedded,
  'over HTTP': (embedded: EmbeddedGateway): Gateway => {
    const apiKey = 'iv_test_key_of_agents';
    const { fetch } = createGatewayServer({ gateway: embedded, keys: [apiKey], approvers: [] });
    return new IntervenGateway({ apiKey, gatewayUrl: 'https://gateway.example', fetch });
  },
};

describe.each(Object.entries(places))('needsApproval, with an embedded gateway %s,', (_, gatewayOf) => {
  test.each<[string, Needs]>([
    ['true', true],
    ['a function that returns true', overThousand],
    ['a function that resolves with true', async (input) => overThousand(input, undefined as never)],
  ])('as %s: a call that no rule stops waits for an approver', async (_name, needs) => {
    const embedded = new EmbeddedGateway({ policies: OPEN });
    const { run, ran } = paying(needs, gatewayOf(embedded));
    const first = await run();
    expect(first.calls).toMatchObject([
      { outcome: 'approval_pending', executed: 'no', reasonCodes: ['NEEDS_APPROVAL'] },
    ]);
    expect(ran).toEqual([]);
  });

  test('an approval of an equal call clears the next one, and only that', async () => {
    const embedded = new EmbeddedGateway({ policies: OPEN });
    const openai = new FakeOpenAI({
      script: ({ turn }) => (turn === 1 ? callTools({ name: 'pay', arguments: { amount: 2_000 } }) : say('ok')),
    });
    const client = new OpenAI({ apiKey: 'test', baseURL: openai.baseURL, fetch: openai.fetch });
    const { pay, ran } = paying(true, embedded);
    const runner = new GuardedRunner({ client, gateway: gatewayOf(embedded), tools: { pay }, pollIntervalMs: 5 });
    const { threadId, assistantId } = openai.seed('Hello');
    await runner.run(threadId, assistantId);
    const approvalId = (await embedded.approvals()).at(0)?.approvalId ?? '';
    await embedded.approve(approvalId);
    const second = await runner.run(threadId, assistantId);
    expect(second.calls).toMatchObject([{ outcome: 'allowed', decision: 'ALLOW', approvalId }]);
    const third = await runner.run(threadId, assistantId);
    expect(third.calls).toMatchObject([{ outcome: 'approval_pending' }]);
    expect(ran).toEqual([{ amount: 2_000 }]);
  });

  test('false clears nothing: a rule that denies or holds still does', async () => {
    for (const action of ['DENY', 'REQUIRE_APPROVAL'] as const) {
      const { run, ran } = paying(() => false, gatewayOf(new EmbeddedGateway({ policies: policy({ action }) })));
      const { calls } = await run();
      expect({ ran, outcome: calls[0]?.outcome }).toEqual({
        ran: [],
        outcome: action === 'DENY' ? 'denied' : 'approval_pending',
      });
    }
  });

  test('true never softens a denial', async () => {
    const { run, ran } = paying(true, gatewayOf(new EmbeddedGateway({ policies: policy({ action: 'DENY' }) })));
    expect((await run()).calls).toMatchObject([{ outcome: 'denied', reasonCodes: ['POLICY_MATCH'] }]);
    expect(ran).toEqual([]);
  });

  test('decides for each call by its arguments', async () => {
    const { run, ran } = paying(overThousand, gatewayOf(new EmbeddedGateway({ policies: OPEN })), {
      amounts: [1_001, 1_000],
    });
    expect((await run()).calls.map(({ outcome }) => outcome)).toEqual(['approval_pending', 'allowed']);
    expect(ran).toEqual([{ amount: 1_000 }]);
  });
});

describe('A function of needsApproval', () => {
  test('gets the handler’s input and the call; what it changes does not reach the handler', async () => {
    const seen: unknown[] = [];
    const gateway = new ScriptedGateway({ pay: 'ALLOW' });
    const spoiling = (input: { amount: number }, call: { callId: string; signal: AbortSignal }): boolean => {
      seen.push({ ...input }, typeof call.callId, call.signal.aborted);
      input.amount = 1;
      return false;
    };
    const { run, ran } = paying(spoiling, gateway);
    await run();
    expect({ seen, ran }).toEqual({ seen: [{ amount: 2_000 }, 'string', false], ran: [{ amount: 2_000 }] });
    expect(gateway.scans).toMatchObject([{ body: { amount: 2_000 } }]);
    expect(gateway.scans[0]).not.toHaveProperty('needsApproval');
  });

  const broken = new Error('The limit is unknown.');
  test.each<[string, () => unknown, RegExp]>([
    [
      'throws',
      () => {
        throw broken;
      },
      /^The limit is unknown\.$/,
    ],
    ['rejects', async () => Promise.reject(broken), /^The limit is unknown\.$/],
    [
      'returns nothing',
      () => undefined,
      /^needsApproval of tool "pay" returned undefined; it must return true or false\.$/,
    ],
    ['returns a string', () => 'no', /^needsApproval of tool "pay" returned "no"; it must return true or false\.$/],
    ['returns 0', () => 0, /returned 0; it must/],
    ['never settles', async () => new Promise(() => undefined), /^Took longer than 20 ms\.$/],
  ])('that %s blocks the call before it is scanned', async (_, needs, message) => {
    shorten({ toolCodeMs: 20 });
    const gateway = new ScriptedGateway({ pay: 'ALLOW' });
    const { run, ran } = paying(needs, gateway);
    const { calls } = await run();
    expect(calls).toMatchObject([{ outcome: 'scan_rejected', executed: 'no' }]);
    expect((calls[0]?.error as Error).message).toMatch(message);
    expect({ ran, scans: gateway.scans }).toEqual({ ran: [], scans: [] });
  });
});

describe('A call that needs an approval', () => {
  test.each([
    ['ALLOW', 'ALLOW' as const],
    ['SANITIZE', { decision: 'SANITIZE' as const, sanitizedBody: { amount: 1 } }],
  ])(
    'is blocked if the gateway decides %s without an approval, as one that does not know needsApproval',
    async (word, decision) => {
      const { run, ran } = paying(true, new ScriptedGateway({ pay: decision }));
      const { calls } = await run();
      expect(calls).toMatchObject([{ outcome: 'scan_rejected', fault: 'malformed_reply' }]);
      expect((calls[0]?.error as Error).message).toContain(
        `The gateway decided ${word} for "pay", which needs an approval`,
      );
      expect(ran).toEqual([]);
    },
  );

  test.each(['', 7, null, {}])('is blocked if the gateway names the approval %j', async (approvalId) => {
    const decision = { decision: 'ALLOW', approvalId } as unknown as 'ALLOW';
    const { run, ran } = paying(true, new ScriptedGateway({ pay: decision }));
    expect((await run()).calls).toMatchObject([{ outcome: 'scan_rejected' }]);
    expect(ran).toEqual([]);
  });

  test('runs if the gateway names its approval', async () => {
    const { run } = paying(true, new ScriptedGateway({ pay: { decision: 'ALLOW', approvalId: 'ap_1' } }));
    expect((await run()).calls).toMatchObject([{ outcome: 'allowed', approvalId: 'ap_1' }]);
  });

  test('is blocked while the gateway is down, whatever onGatewayError says', async () => {
    const gateway = new ScriptedGateway({ pay: { fault: 'unreachable' } });
    const { run, ran } = paying(overThousand, gateway, { onGatewayError: 'allow', amounts: [2_000, 10] });
    expect((await run()).calls.map(({ outcome }) => outcome)).toEqual(['scan_unavailable', 'allowed']);
    expect(ran).toEqual([{ amount: 10 }]);
  });

  test('runs in monitor mode, which records that it would have waited', async () => {
    const options = { mode: 'monitor', awaitScans: true } as const;
    const { run, ran } = paying(true, new EmbeddedGateway({ policies: OPEN }), options);
    expect((await run()).calls).toMatchObject([{ outcome: 'allowed', wouldBe: { outcome: 'approval_pending' } }]);
    expect(ran).toHaveLength(1);
  });
});

describe('A tool with needsApproval', () => {
  const decide = { scan: async () => ({ decision: 'ALLOW', reasonCodes: [] }) as const };
  const custom: Gateway = { ...decide, approvalStatus: async () => ({ status: 'expired' }) };
  const message = /^needsApproval of tool "pay" needs a gateway that holds approvals: EmbeddedGateway/;

  test.each<[string, Gateway]>([
    [
      'Interven’s own host',
      new IntervenGateway({ apiKey: 'iv_test_key', gatewayUrl: 'https://api.intervensecurity.com/' }),
    ],
    ['a custom gateway that does not say holdsApprovals', custom],
    ['a custom gateway that says false', { ...custom, holdsApprovals: false }],
  ])('is refused with %s', (_, gateway) => {
    for (const needs of [true, () => false]) expect(() => paying(needs, gateway)).toThrow(message);
    expect(() => paying(false, gateway)).not.toThrow();
    expect(() => paying(undefined, gateway)).not.toThrow();
  });

  test('is accepted with a custom gateway that says holdsApprovals', () => {
    expect(() => paying(true, { ...custom, holdsApprovals: true })).not.toThrow();
  });

  test('that register refuses is not registered', async () => {
    const { pay } = paying(true, new ScriptedGateway({}));
    const { runner } = paying(undefined, custom);
    expect(() => runner.register('refund', pay)).toThrow(/^needsApproval of tool "refund" needs/);
    expect(runner.toolDefinitions().map((definition) => JSON.stringify(definition))).not.toContainEqual(
      expect.stringContaining('refund'),
    );
  });

  test.each(['always', 1, null])('cannot have the value %j', async (needs) => {
    const error = await rejection((async () => paying(needs, new ScriptedGateway({})))());
    expect(error).toBeInstanceOf(TypeError);
    expect((error as Error).message).toMatch(/^tool: needsApproval is .*; it must be true, false or a function/);
  });
});
