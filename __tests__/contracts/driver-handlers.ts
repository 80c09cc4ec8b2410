import { describe, expect, test } from '@jest/globals';
import type { CallContext } from 'interven-openai-assistants';
import { callTools, say } from 'interven-openai-assistants/testing';
import { drive, handlers, tell, type DriverRow } from './driver-contract.ts';

/** What handlers are told, and what becomes of what they return. */
export function handlersRules(row: DriverRow): void {
  describe(row.name, () => {
    test('tells a handler its call, where it is, its turn and the context of the run', async () => {
      const seen: CallContext[] = [];
      const { run, ids, whereabouts } = drive(row, {
        script: ({ turn }) => (turn < 3 ? callTools({ name: 'who', id: `call_${turn}` }) : say('ok')),
        decisions: { who: { decision: 'ALLOW', traceId: 'trace_9' } },
        tools: { who: (_, call) => void seen.push(call) },
      });
      await run({ context: { user: 'ada' } });
      const same = { name: 'who', threadId: whereabouts(), context: { user: 'ada' }, decision: { traceId: 'trace_9' } };
      expect(seen).toMatchObject([
        { callId: 'call_1', turn: 1, ...same },
        { callId: 'call_2', turn: 2, ...same },
      ]);
      expect(seen.filter(({ runId }) => !ids().includes(runId))).toEqual([]);
      expect(seen.some(({ signal }) => signal.aborted)).toBe(false);
    });

    test('gives each call an idempotency key of its own, the same however often it is asked for', async () => {
      const keys: string[][] = [];
      const { run, openai } = drive(row, {
        script: ({ turn }) =>
          turn < 3 ? callTools({ name: 'pay', id: `${turn}a` }, { name: 'pay', id: `${turn}b` }) : say('ok'),
        decisions: { pay: 'ALLOW' },
        tools: { pay: (_, call) => void keys.push([call.idempotencyKey, call.idempotencyKey]) },
      });
      await run();
      await run({}, openai.seed('Hello again'));
      expect(keys.filter(([once, again]) => once !== again)).toEqual([]);
      expect(new Set(keys.flat()).size).toBe(8);
      expect(keys.flat().every((key) => /^[0-9a-f]{40}$/.test(key))).toBe(true);
    });

    test('serves many runs at once and mixes none of them', async () => {
      const { run, openai } = drive(row, {
        script: (turn) => (turn.turn === 1 ? callTools({ name: 'who', id: 'call_1' }) : tell(turn)),
        decisions: { who: 'ALLOW' },
        tools: {
          who: async (_, { context, threadId }) => {
            await new Promise((resolve) => setTimeout(resolve, 5));
            return `${String(context)} in ${threadId}`;
          },
        },
      });
      const users = Array.from({ length: 12 }, (_, index) => `user ${index}`);
      const places = users.map((user) => openai.seed(user));
      const results = await Promise.all(users.map(async (context, index) => run({ context }, places[index])));
      // Where a run is nowhere, its first response stands for it: no two are in the same place then, either.
      const heard = results.map(({ text }) => /^call_1=(user \d+) in (\S+)$/.exec(text ?? '') ?? []);
      expect(heard.map(([, user]) => user)).toEqual(users);
      expect(new Set(heard.map(([, , where]) => where)).size).toBe(users.length);
      const known = places.flatMap(({ threadId, conversationId, sessionId }) => [threadId, conversationId, sessionId]);
      known.push(...openai.responses().map(({ id }) => id));
      expect(heard.every(([, , where = '']) => known.includes(where))).toBe(true);
    });

    test('cuts an output that is larger than the API takes, and says so', async () => {
      const { run } = drive(row, {
        script: [callTools({ name: 'dump' }, { name: 'note' }), say('ok')],
        decisions: { dump: 'ALLOW', note: 'ALLOW' },
        tools: { dump: () => 'x'.repeat(row.tooManyBytes), note: () => 'short' },
      });
      const { status, calls } = await run();
      expect(status).toBe('completed');
      expect(calls[1]?.output).toBe('short');
      expect(calls[0]?.output.slice(-80)).toContain(`x\n[cut: the output had ${row.tooManyBytes} bytes`);
    });

    test('starts nothing whose output would come too late for the API', async () => {
      const { ran, tools } = handlers('pay');
      const { run, gateway } = drive(row, {
        script: [callTools({ name: 'pay', id: 'a' }), say('ok')],
        decisions: { pay: 'ALLOW' },
        tools,
        api: { lifetimeMs: 10_000 },
      });
      const { status, calls } = await run();
      const outcome = row.shortlyBeforeExpiry;
      expect(status).toBe('completed');
      expect(calls).toMatchObject([{ outcome }]);
      expect([ran, gateway.scans]).toMatchObject(outcome === 'allowed' ? [['a'], [{}]] : [[], []]);
    });
  });
}
