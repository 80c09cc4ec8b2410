import { describe, expect, test } from '@jest/globals';
import type { CallContext } from 'interven-openai-assistants';
import { callTools, say } from 'interven-openai-assistants/testing';
import { CHART } from '../setup/chart.ts';
import { holdTimers } from '../setup/held-timers.ts';
import { idle } from '../setup/idle.ts';
import { drive, forever, handlers, reportOutputs, type DriverRow } from './driver-contract.ts';

/** Held by the test that sets it. */
const HANDLER_MS = 54_321;

/** Rules for a handler's context and output. */
export function handlersRules(row: DriverRow): void {
  describe(row.name, () => {
    test('passes a handler its call, thread, turn and decision, and the context of the run', async () => {
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

    test('gives each call its own idempotency key, the same at every read', async () => {
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

    test('serves many runs at once without mixing them', async () => {
      const { run, openai } = drive(row, {
        script: (turn) => (turn.turn === 1 ? callTools({ name: 'who', id: 'call_1' }) : reportOutputs(turn)),
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
      // A chain is identified by its first response, which no two runs share.
      const reported = results.map(({ text }) => /^call_1=(user \d+) in (\S+)$/.exec(text ?? '') ?? []);
      expect(reported.map(([, user]) => user)).toEqual(users);
      expect(new Set(reported.map(([, , where]) => where)).size).toBe(users.length);
      const known = places.flatMap(({ threadId, conversationId, sessionId }) => [threadId, conversationId, sessionId]);
      known.push(...openai.responses().map(({ id }) => id));
      expect(reported.every(([, , where = '']) => known.includes(where))).toBe(true);
    });

    test('truncates an output that is larger than the API accepts, with a note at its end', async () => {
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

    test('sends only what every reader of JSON accepts, whatever a handler, a message or an error has', async () => {
      const half = '\ud83d';
      const { run, openai } = drive(row, {
        script: (turn) =>
          turn.turn === 1
            ? callTools({ name: 'text', id: 'a' }, { name: 'data', id: 'b' }, { name: 'fails', id: 'c' })
            : reportOutputs(turn),
        decisions: { text: 'ALLOW', data: 'ALLOW', fails: 'ALLOW' },
        tools: {
          text: () => `cut ${half}`,
          data: () => ({ [half]: new Set([half]) }),
          fails: () => new Error(`disk ${half}`),
        },
        options: { messages: { handler_error: ({ error }) => String(error) } },
      });
      const { text, calls } = await run();
      expect(text).toBe('a=cut \ufffd b={"\ufffd":["\ufffd"]} c=Error: disk \ufffd');
      expect(calls.map(({ outcome, executed }) => `${outcome} ${executed}`)).toEqual([
        'allowed yes',
        'allowed yes',
        'handler_error yes',
      ]);
      expect(JSON.stringify(openai.requests.map(({ body }) => body))).not.toMatch(/\p{Surrogate}|\\ud/u);
    });

    test('sends content parts as such where the API takes them, and their text where not', async () => {
      const { run, openai } = drive(row, {
        script: (turn) =>
          turn.turn > 1
            ? reportOutputs(turn)
            : callTools({ name: 'draw', id: 'a' }, { name: 'redacted', id: 'b', arguments: { to: 'ada' } }),
        decisions: { draw: 'ALLOW', redacted: { decision: 'SANITIZE', sanitizedBody: { to: '[X]' } } },
        tools: { draw: () => CHART, redacted: () => CHART.slice(0, 1) },
        options: { messages: { sanitized: ({ fields }) => `redacted ${fields.join()}` } },
      });
      const { text, calls } = await run();
      const content = calls[1]?.content;
      const redacted = content ? JSON.stringify(content) : 'redacted to\n\nthe chart';
      expect(text).toBe(`a=${row.chart} b=${redacted}`);
      expect(content?.map((part) => part.type === 'input_text' && part.text)).toEqual(
        content && ['redacted to', 'the chart'],
      );
      expect(calls[0]?.output).toMatch(/^the chart\n\[an image that/);
      expect(calls[0]?.content && JSON.stringify(calls[0].content)).toBe(content && row.chart);
      expect(openai.requests.some(({ body }) => JSON.stringify(body).includes('iVBOR'))).toBe(content !== undefined);
    });

    test('sends the text of parts that are larger than the API accepts, with a note', async () => {
      const image_url = `data:image/png;base64,${'A'.repeat(row.tooManyBytes)}`;
      const { run } = drive(row, {
        script: [callTools({ name: 'draw' }, { name: 'draw' }), say('ok')],
        decisions: { draw: 'ALLOW' },
        tools: { draw: (_, { callId }) => [CHART[0], callId === 'b' ? CHART[1] : { type: 'input_image', image_url }] },
      });
      const { status, calls } = await run();
      expect(status).toBe('completed');
      expect(calls[0]).not.toHaveProperty('content');
      expect(calls[0]?.output).toMatch(/^the chart\n\[an image that is not part of this text\]/);
    });

    test('waits for what a handler returns within the handler’s time limit', async () => {
      const limit = holdTimers(HANDLER_MS);
      const { run } = drive(row, {
        script: [callTools({ name: 'read', id: 'a' }, { name: 'hangs', id: 'b' }), say('ok')],
        decisions: { read: 'ALLOW', hangs: 'ALLOW' },
        tools: {
          read: () => new Response('the page'),
          hangs: async function* () {
            yield 1;
            await idle();
            limit.end();
            await forever();
          },
        },
        options: { handlerTimeoutMs: HANDLER_MS, graceMs: 10 },
      });
      const { status, calls } = await run();
      expect(status).toBe('completed');
      expect(calls.map(({ outcome, output }) => (outcome === 'allowed' ? output : outcome))).toEqual([
        'the page',
        'handler_timeout',
      ]);
    });

    test('starts no handler whose output would reach the API after the run’s expiry', async () => {
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
