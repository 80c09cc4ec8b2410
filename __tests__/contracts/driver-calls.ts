import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { tool } from 'interven-openai-assistants';
import { callTools, say, type ModelTurn } from 'interven-openai-assistants/testing';
import { drive, handlers, reportOutputs, type DriverRow } from './driver-contract.ts';

/** One call for each outcome; only `yes`, `redacted` and `breaks` are cleared. */
function everyOutcome(row: DriverRow) {
  const names = ['denied', 'pending', 'faulty', 'odd', 'bare', 'constructor', 'broken', 'unfit', 'redacted', 'breaks'];
  const { ran, tools } = handlers(...names.filter((name) => name !== 'constructor'), 'yes');
  const order = [...names, 'yes'];
  const driven = drive(row, {
    script: (turn) =>
      turn.turn > 1
        ? reportOutputs(turn)
        : callTools(
            ...order.map((name) => ({ name, id: name, ...(name === 'broken' ? { arguments: '{"half": ' } : {}) })),
          ),
    decisions: {
      denied: 'DENY',
      pending: 'REQUIRE_APPROVAL',
      faulty: { fault: 'unreachable' },
      odd: { fault: 'malformed_reply' },
      bare: { decision: 'SANITIZE' },
      redacted: { decision: 'SANITIZE', sanitizedBody: {} },
      breaks: 'ALLOW',
      yes: 'ALLOW',
    },
    tools: {
      ...tools,
      unfit: tool({ parameters: z.object({ needed: z.string() }), execute: () => ran.push('unfit') }),
      breaks: () => {
        ran.push('breaks');
        throw new Error('the password is hunter2');
      },
    },
  });
  return { ran, order, ...driven };
}

/** Rules for the calls of a run, for every driver. */
export function callsRules(row: DriverRow): void {
  describe(row.name, () => {
    test('returns the status, the final text, the usage and one record per call', async () => {
      const { tools } = handlers('read');
      const { run, openai, gateway } = drive(row, {
        script: [callTools({ name: 'read', id: 'a' }), callTools({ name: 'read', id: 'b' }), say('All read.')],
        decisions: { read: 'ALLOW' },
        tools,
      });
      const { status, text, usage, calls } = await run();
      expect({ status, text }).toEqual({ status: 'completed', text: 'All read.' });
      const { total_tokens: total, totalTokens = total } = usage as { total_tokens?: number; totalTokens?: number };
      expect(totalTokens).toBeGreaterThan(0);
      expect(calls).toMatchObject([
        { callId: 'a', name: 'read', turn: 1, decision: 'ALLOW', outcome: 'allowed', executed: 'yes' },
        { callId: 'b', name: 'read', turn: 2, decision: 'ALLOW', outcome: 'allowed', executed: 'yes' },
      ]);
      openai.assertDone();
      gateway.assertDone();
    });

    test('never runs a call that the gateway has not cleared', async () => {
      const { run, ran } = everyOutcome(row);
      const { calls } = await run();
      expect([...ran].sort()).toEqual(['breaks', 'redacted', 'yes']);
      expect(calls.map(({ name, outcome, executed }) => `${name}: ${outcome}, ${executed}`)).toEqual([
        'denied: denied, no',
        'pending: approval_pending, no',
        'faulty: scan_unavailable, no',
        'odd: scan_rejected, no',
        'bare: scan_rejected, no',
        'constructor: unknown_tool, no',
        'broken: invalid_arguments, no',
        'unfit: invalid_arguments, no',
        'redacted: sanitized, yes',
        'breaks: handler_error, yes',
        'yes: allowed, yes',
      ]);
    });

    test(`submits exactly one output for each call, ${row.sends}`, async () => {
      const { run, submitted, order } = everyOutcome(row);
      const { text, calls } = await run();
      if (row.sends === 'together') expect(submitted()).toEqual([order]);
      else expect(submitted().flat().sort()).toEqual([...order].sort());
      expect(text).toBe(calls.map(({ callId, output }) => `${callId}=${output}`).join(' '));
      expect(new Set(calls.map(({ output }) => output)).size).toBeGreaterThan(5);
    });

    test('sends the model a constant message when a handler throws, and keeps its siblings’ outputs', async () => {
      const { run } = everyOutcome(row);
      const { text, status } = await run();
      expect(status).toBe('completed');
      expect(text).toContain('breaks=The tool failed.');
      expect(text).toContain('yes=yes done');
      expect(text).not.toContain('hunter2');
    });

    test('names the invalid arguments and their rule to the model, but no value', async () => {
      const { run, gateway } = drive(row, {
        script: (turn) =>
          turn.turn > 1
            ? reportOutputs(turn)
            : callTools(
                { name: 'plan', id: 'a', arguments: { todos: '[{"title":"hunter2"}]' } },
                { name: 'bare', id: 'b', arguments: '{"order":{"id":2512292042121000001}}' },
                { name: 'bare', id: 'c', arguments: '{"order": hunter2' },
              ),
        decisions: {},
        tools: {
          plan: tool({ parameters: z.object({ todos: z.array(z.string()), day: z.iso.date() }), execute: () => 1 }),
          bare: () => 1,
        },
      });
      const { text, calls } = await run();
      expect(calls.map(({ outcome }) => outcome)).toEqual(Array(3).fill('invalid_arguments'));
      expect(text).toContain('todos: expected array, received string\nday: missing, expected string');
      expect(text).toContain('order.id: The number has more digits than a double keeps. Send it as a string.');
      expect(text).toContain('The arguments are not JSON.');
      expect(`${text} ${calls.map(({ error }) => String(error)).join()}`).not.toMatch(/hunter2|2512/);
      expect(gateway.scans).toEqual([]);
    });

    test('runs the numbers that JavaScript represents exactly', async () => {
      const args = '{"n":[9007199254740991,1.5,0.1,1e3,-0.30000000000000004]}';
      const { run, gateway } = drive(row, {
        script: [callTools({ name: 'add', arguments: args }), say('ok')],
        decisions: { add: 'ALLOW' },
        tools: { add: ({ n }) => n },
      });
      const { calls } = await run();
      expect(calls).toMatchObject([
        { outcome: 'allowed', output: '[9007199254740991,1.5,0.1,1000,-0.30000000000000004]' },
      ]);
      expect(gateway.scans).toMatchObject([{ body: { n: [9007199254740991, 1.5, 0.1, 1000, -0.30000000000000004] } }]);
    });

    test('runs the calls of a turn concurrently', async () => {
      let waiting = 0;
      let open: () => void = () => undefined;
      const all = new Promise<void>((resolve) => (open = resolve));
      const { run } = drive(row, {
        script: [callTools({ name: 'meet' }, { name: 'meet' }, { name: 'meet' }), say('ok')],
        decisions: { meet: 'ALLOW' },
        tools: {
          meet: async () => {
            waiting += 1;
            if (waiting === 3) open();
            return all;
          },
        },
      });
      const { calls } = await run({ timeoutMs: 50_000 });
      expect(calls.map(({ outcome }) => outcome)).toEqual(['allowed', 'allowed', 'allowed']);
    });

    test('runs a call with the frozen arguments that the gateway scanned', async () => {
      const args = { to: ['ada'], deep: { text: 'hi' } };
      const got: unknown[] = [];
      const { run, gateway } = drive(row, {
        script: [callTools({ name: 'send', arguments: args }), say('ok')],
        decisions: { send: 'ALLOW' },
        tools: { send: (input) => void got.push(input) },
      });
      await run();
      const body = gateway.scans[0]?.body as typeof args;
      expect([body, ...got]).toEqual([args, args]);
      expect([body, body.to, body.deep].every(Object.isFrozen)).toBe(true);
    });

    test('after SANITIZE, runs the sanitized arguments and names the redacted fields to the model', async () => {
      const got: unknown[] = [];
      const { run } = drive(row, {
        script: (turn) =>
          turn.turn > 1
            ? reportOutputs(turn)
            : callTools({ name: 'send', id: 'a', arguments: { to: 'ada', text: 'key=hunter2' } }),
        decisions: { send: { decision: 'SANITIZE', sanitizedBody: { to: 'ada', text: 'key=[redacted]' } } },
        tools: {
          send: (input) => {
            got.push(input);
            return 'sent';
          },
        },
      });
      const { text } = await run();
      expect(got).toEqual([{ to: 'ada', text: 'key=[redacted]' }]);
      expect(text).toMatch(/^a=Sensitive content was removed .*: text\.\n\nsent$/);
    });

    test('passes the model, at each turn, the conversation so far and the outputs of that turn’s calls', async () => {
      const received: ModelTurn['outputs'][] = [];
      const lastMessages: string[] = [];
      const { tools } = handlers('read');
      const { run } = drive(row, {
        script: ({ turn, outputs, messages }) => {
          received.push(outputs);
          lastMessages.push(messages.at(-1)?.text ?? '');
          return turn < 4 ? callTools({ name: 'read', id: `call_${turn}` }) : say('ok');
        },
        decisions: { read: 'ALLOW' },
        tools,
      });
      expect((await run()).calls.map(({ turn }) => turn)).toEqual([1, 2, 3]);
      const outputsOf = (callId: string) => [{ callId, name: 'read', output: 'read done' }];
      expect(received).toEqual([[], outputsOf('call_1'), outputsOf('call_2'), outputsOf('call_3')]);
      expect(lastMessages).toEqual(['Hello', 'Hello', 'Hello', 'Hello']);
    });

    test('runs each call whose predecessor with the same id has its output, as a call of its own', async () => {
      const keys = new Set<string>();
      const { run, openai } = drive(row, {
        script: ({ turn, outputs }) =>
          turn < 4
            ? callTools({ name: 'read', id: 'read:0', arguments: { page: Math.min(turn, 2) } })
            : say(outputs.map(({ output }) => output).join()),
        decisions: { read: 'ALLOW' },
        tools: { read: (_, { idempotencyKey }) => `reading ${keys.add(idempotencyKey).size}` },
      });
      const { status, text, calls } = await run();
      expect({ status, text }).toEqual({ status: 'completed', text: 'reading 3' });
      expect(calls).toMatchObject([
        { callId: 'read:0', turn: 1, arguments: { page: 1 }, output: 'reading 1' },
        { callId: 'read:0', turn: 2, arguments: { page: 2 }, output: 'reading 2' },
        { callId: 'read:0', turn: 3, arguments: { page: 2 }, output: 'reading 3' },
      ]);
      openai.assertDone();
    });

    test('applies maxToolCalls to all turns together: a call over it gets an output and does not run', async () => {
      const { ran, tools } = handlers('read');
      const { run, gateway } = drive(row, {
        script: ({ turn }) =>
          turn < 3 ? callTools({ name: 'read', id: `${turn}a` }, { name: 'read', id: `${turn}b` }) : say('ok'),
        decisions: { read: 'ALLOW' },
        tools,
      });
      const { calls } = await run({ maxToolCalls: 3 });
      expect(calls.map(({ outcome }) => outcome)).toEqual(['allowed', 'allowed', 'allowed', 'budget_exceeded']);
      expect(ran).toEqual(['1a', '1b', '2a']);
      expect(gateway.scans).toHaveLength(3);
    });
  });
}
