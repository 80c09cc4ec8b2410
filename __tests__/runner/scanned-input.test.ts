/** What the gateway scans is what the handler gets, also where a schema changes the arguments. */
import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { tool, type GuardedRunnerOptions, type RunEvent } from 'interven-openai-assistants';
import { callTools, say, ScriptedGateway, type ScriptedRule } from 'interven-openai-assistants/testing';
import type OpenAI from 'openai';
import { z } from 'zod';
import { shorten } from '../setup/limits.ts';
import { world } from '../setup/world.ts';
import { journalWorld } from './journal/world.ts';

interface Setup {
  readonly parameters: z.core.$ZodType;
  readonly args: Record<string, unknown>;
  readonly rule?: ScriptedRule;
  readonly turns?: number;
  readonly options?: Partial<GuardedRunnerOptions<unknown, OpenAI>>;
}

/** One call of `read` per turn. `ran` has what the handler received. */
async function reading({ parameters, args, rule = 'ALLOW', turns = 1, options = {} }: Setup) {
  const ran: unknown[] = [];
  const read = tool({ parameters, execute: (input) => void ran.push(input) });
  const { runner, gateway, threadId, assistantId } = world({
    script: ({ turn }) => (turn <= turns ? callTools({ name: 'read', arguments: args }) : say('ok')),
    decisions: { read: rule },
    tools: { read },
    options,
  });
  const { calls } = await runner.run(threadId, assistantId);
  return { calls, ran, scanned: gateway.scans.map(({ body }) => body), scans: gateway.scans };
}

const decoded = z.string().transform((text) => decodeURIComponent(text));
const path = z.object({ path: decoded });
const encoded = { path: '%2Fetc%2Fpasswd' };
const plain = { path: '/etc/passwd' };
const hash = (json: string): string => createHash('sha256').update(json).digest('hex');

describe('The gateway scans', () => {
  test.each<[string, z.core.$ZodType, Record<string, unknown>, Record<string, unknown>]>([
    ['a decoded string', path, encoded, plain],
    ['a default', z.object({ dir: z.string().default('/etc') }), {}, { dir: '/etc' }],
    ['a coerced number', z.object({ amount: z.coerce.number() }), { amount: '1e6' }, { amount: 1_000_000 }],
    [
      'a character cut in half',
      z.object({ text: z.string().transform((text) => text.slice(0, 1)) }),
      { text: '👍' },
      { text: '\ufffd' },
    ],
    [
      'parsed JSON',
      z.object({ body: z.string().transform((text) => JSON.parse(text) as object) }),
      { body: '{"path":["/etc/passwd"]}' },
      { body: { path: ['/etc/passwd'] } },
    ],
    [
      'a preprocessed object',
      z.preprocess(
        (given) => ({ ...(given as object), admin: true }),
        z.object({ user: z.string(), admin: z.boolean() }),
      ),
      { user: 'a' },
      { user: 'a', admin: true },
    ],
    [
      'a root that a transform replaces',
      z.object({ a: z.string() }).transform(({ a }) => ({ b: a })),
      { a: 'x' },
      { b: 'x' },
    ],
    ['no key that the schema strips', z.object({ path: z.string() }), { path: 'a', secret: 's' }, { path: 'a' }],
    [
      'no key without a value',
      z.object({ path: z.string(), tag: z.string().transform(() => undefined) }),
      { path: 'a', tag: 'x' },
      { path: 'a' },
    ],
  ])('%s, and the handler gets exactly that', async (_, parameters, args, expected) => {
    const { ran, scanned } = await reading({ parameters, args });
    expect({ ran, scanned }).toStrictEqual({ ran: [expected], scanned: [expected] });
    expect(Object.isFrozen(scanned[0])).toBe(true);
  });

  test('the arguments where the input is no JSON, and the handler gets the input', async () => {
    const at = '2026-01-01T00:00:00.000Z';
    const date = z.object({ at: z.string().transform((text) => new Date(text)) });
    const { ran, scanned } = await reading({ parameters: date, args: { at } });
    expect({ ran, scanned }).toEqual({ ran: [{ at: new Date(at) }], scanned: [{ at }] });
    const text = z.object({ path: z.string() }).transform(({ path: inner }) => inner);
    expect(await reading({ parameters: text, args: plain })).toMatchObject({ ran: ['/etc/passwd'], scanned: [plain] });
  });

  test('the target that the input names, not the one that the model wrote', async () => {
    const parameters = z.object({ url: z.string().transform((host) => `https://${host}/`) });
    const { scans } = await reading({ parameters, args: { url: 'intern.example' } });
    expect(scans).toMatchObject([{ url: 'https://intern.example/' }]);
  });

  test('an input that shares nothing with the handler, the schema or needsApproval', async () => {
    const kept: { list: string[] }[] = [];
    const parameters = z.object({ list: z.array(z.string()) }).transform((made) => {
      kept.push(made);
      return made;
    });
    const { ran, scanned } = await reading({ parameters, args: { list: ['a'] } });
    kept.forEach(({ list }) => list.push('later'));
    (ran[0] as { list: string[] }).list.push('by the handler');
    expect(scanned).toEqual([{ list: ['a'] }]);
  });
});

describe('An input that is not scanned does not run:', () => {
  const parsing = z.object({ body: z.string().transform((text) => JSON.parse(text) as object) });
  test.each([
    ['Infinity', '{"a":1e999,"path":"/etc/passwd"}'],
    ['a key __proto__', '{"__proto__":{"admin":true}}'],
    ['more than 200 levels', `${'['.repeat(250)}${']'.repeat(250)}`],
  ])('%s in what a transform made', async (_, body) => {
    const { calls, ran, scanned } = await reading({ parameters: parsing, args: { body } });
    expect(calls).toMatchObject([{ outcome: 'invalid_arguments' }]);
    expect({ ran, scanned }).toEqual({ ran: [], scanned: [] });
  });

  test('a transform that makes more than 256 KB', async () => {
    const parameters = z.object({ text: z.string().transform((text) => text.repeat(300_000)) });
    const { calls, ran } = await reading({ parameters, args: { text: 'x' } });
    expect({ ran, outcome: calls[0]?.outcome }).toEqual({ ran: [], outcome: 'too_large' });
  });

  test('a schema that never settles', async () => {
    shorten({ toolCodeMs: 20 });
    const parameters = z.object({ path: z.string().refine(async () => new Promise(() => undefined)) });
    const { calls, ran } = await reading({ parameters, args: plain });
    expect(calls).toMatchObject([{ outcome: 'invalid_arguments' }]);
    expect((calls[0]?.error as Error).message).toBe('The schema of "read" took longer than 20 ms.');
    expect(ran).toEqual([]);
  });
});

describe('After SANITIZE,', () => {
  const sanitized = (sanitizedBody: unknown): ScriptedRule => ({ decision: 'SANITIZE', sanitizedBody });

  test('the handler gets the redacted input if the schema leaves it as it is', async () => {
    const { calls, ran } = await reading({ parameters: path, args: encoded, rule: sanitized({ path: '[removed]' }) });
    expect({ ran, calls }).toMatchObject({
      ran: [{ path: '[removed]' }],
      calls: [{ outcome: 'sanitized', fields: ['path'] }],
    });
  });

  test('nothing runs if the schema makes another input of it, which nobody scanned', async () => {
    const rule = sanitized({ path: '%2Fetc%2Fshadow' });
    const { calls, ran } = await reading({ parameters: path, args: encoded, rule });
    expect({ ran, calls }).toMatchObject({ ran: [], calls: [{ outcome: 'sanitized_invalid', executed: 'no' }] });
    expect((calls[0]?.error as Error).message).toMatch(/^The schema of "read" changes the redacted arguments/);
  });
});

describe('What was scanned', () => {
  test('is what events show and hash, and approvers see', async () => {
    const events: RunEvent[] = [];
    const requested: unknown[] = [];
    await reading({
      parameters: path,
      args: encoded,
      rule: { decision: 'REQUIRE_APPROVAL', approvalId: 'ap_1' },
      options: {
        payloads: true,
        onEvent: (event) => events.push(event),
        onApprovalRequested: (request) => requested.push(request.arguments),
      },
    });
    const decision = events.find((event) => event.type === 'decision');
    expect(decision).toMatchObject({ arguments: plain, argumentsHash: hash('{"path":"/etc/passwd"}') });
    expect(requested).toEqual([plain]);
  });

  test('is what a pending approval is for: another input of equal arguments needs its own', async () => {
    let made = 0;
    const parameters = z.object({ token: z.string().transform(() => `token ${(made += 1)}`) });
    const gateway = new ScriptedGateway({
      read: ({ body }) => ({
        decision: 'REQUIRE_APPROVAL',
        approvalId: (body as { token: string }).token.replace(' ', '_'),
      }),
    });
    const approving = {
      gateway,
      onApprovalRequested: () => {
        gateway.approve('token_1');
      },
    };
    const { calls, ran } = await reading({ parameters, args: { token: 'x' }, turns: 2, options: approving });
    expect(calls.map(({ outcome }) => outcome)).toEqual(['approval_pending', 'approval_pending']);
    expect({ ran, scans: gateway.scans.length }).toEqual({ ran: [], scans: 2 });
  });

  test.each([
    ['the same input: it runs', (text: string) => decodeURIComponent(text), [plain], 1],
    ['another input, as after a change of the schema: it is scanned again', (text: string) => text, [], 2],
  ])('is what a journaled decision is for. The schema makes %s', async (_, after, expected, scans) => {
    const at = await journalWorld([callTools({ name: 'read', arguments: encoded }), say('ok')], {
      read: ({ body }) => ({
        decision: 'REQUIRE_APPROVAL',
        approvalId: (body as { path: string }).path === plain.path ? 'ap_1' : 'ap_2',
      }),
    });
    const ran: unknown[] = [];
    const process = (made: (text: string) => string) =>
      at.process(
        {
          read: tool({
            parameters: z.object({ path: z.string().transform(made) }),
            execute: (input) => void ran.push(input),
          }),
        },
        { approval: 'park' },
      );
    const { runId } = await process(decodeURIComponent).run(at.place.threadId, at.place.assistantId);
    at.gateway.approve('ap_1');
    const { status } = await process(after).resume(at.place.threadId, runId);
    expect({ status, ran, scans: at.gateway.scans.length }).toEqual({
      status: expected.length > 0 ? 'completed' : 'awaiting_approval',
      ran: expected,
      scans,
    });
  });
});
