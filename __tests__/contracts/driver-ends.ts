import { describe, expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { GuardedRunError, type RunErrorCode } from 'interven-openai-assistants';
import { callTools, say, type ModelStep } from 'interven-openai-assistants/testing';
import { holdTimers } from '../setup/held-timers.ts';
import { idle } from '../setup/idle.ts';
import { drive, expectNothingOpen, forever, handlers, type DriverRow, type Setup } from './driver-contract.ts';

const twice = [
  { name: 'pay', id: 'same' },
  { name: 'pay', id: 'same' },
] as const;

/** Reasons to end a run; `ran` is what may have run until then. */
const early: [string, RunErrorCode, { steps: ModelStep[]; ran: string[]; rule?: Setup['decisions'][string] }][] = [
  [
    'needs more turns than maxTurns',
    'max_turns',
    { steps: [1, 2, 3].map((turn) => callTools({ name: 'pay', id: `call_${turn}` })), ran: ['call_1', 'call_2'] },
  ],
  ['requests two calls with one id', 'invalid_turn', { steps: [callTools(...twice)], ran: [] }],
  [
    'requests two calls with the id of an answered one',
    'invalid_turn',
    { steps: [callTools({ name: 'pay', id: 'same' }), callTools(...twice)], ran: ['same'] },
  ],
  [
    'is scanned by a misconfigured gateway',
    'gateway_configuration',
    { steps: [callTools({ name: 'pay' }, { name: 'read' })], ran: [], rule: { fault: 'configuration' } },
  ],
];

/**
 * Rules for the end of a run: by itself, which is a result, or by the runner, which is an error and leaves nothing
 * open.
 */
export function endsRules(row: DriverRow): void {
  describe(row.name, () => {
    test.each(early)('ends a run that %s, with nothing left open', async (_, code, { steps, ran: expected, rule }) => {
      const { ran, tools } = handlers('pay');
      const driven = drive(row, {
        script: [...steps, say('next')],
        decisions: { pay: rule ?? 'ALLOW', read: async () => idle().then(() => 'ALLOW' as const) },
        tools: { ...tools, read: () => ran.push('read') },
      });
      const error = await driven.left({ maxTurns: 2 });
      expect(error).toBeInstanceOf(GuardedRunError);
      expect(error.code).toBe(code);
      expect(error.calls.filter(({ executed }) => executed !== 'no').map(({ callId }) => callId)).toEqual(expected);
      await expectNothingOpen(row, driven, error);
      expect(ran).toEqual(expected);
    });

    test('answers a denied call that is repeated from memory, and ends the run the third time', async () => {
      const denied = callTools({ name: 'pay', arguments: { amount: 1 } });
      const { ran, tools } = handlers('pay');
      const driven = drive(row, {
        script: [denied, denied, denied, say('next')],
        decisions: { pay: 'DENY' },
        tools,
      });
      const error = await driven.left();
      expect(error.code).toBe('repeated_denial');
      expect(error.calls.map(({ outcome }) => outcome)).toEqual(['denied', 'repeated', expect.any(String)]);
      expect(driven.gateway.scans).toHaveLength(1);
      await expectNothingOpen(row, driven, error);
      expect(ran).toEqual([]);
    });

    test('ends a run that exceeds timeoutMs, whatever its handlers do', async () => {
      const limit = holdTimers(400);
      const hang = async (): Promise<never> => idle().then(limit.end).then(forever);
      const driven = drive(row, {
        script: [callTools({ name: 'quick' }, { name: 'hang' }), say('next')],
        decisions: { quick: 'ALLOW', hang: 'ALLOW' },
        tools: { quick: () => 'done', hang },
        options: { graceMs: 10 },
      });
      const error = await driven.left({ timeoutMs: 400 });
      expect(error).toMatchObject({
        code: 'timeout',
        calls: [
          { name: 'quick', outcome: 'allowed', executed: 'yes', output: 'done' },
          { name: 'hang', outcome: 'aborted', executed: 'unknown' },
        ],
      });
      await expectNothingOpen(row, driven, error);
    });

    test('ends a run with an unknown status, and runs none of its calls', async () => {
      const { ran, tools } = handlers('pay');
      const driven = drive(row, {
        script: [callTools({ name: 'pay' }), say('next')],
        decisions: { pay: 'ALLOW' },
        tools,
      });
      driven.openai.misbehave(row.reads, { rewrite: (body) => ({ ...body, status: 'pondering' }) });
      const error = await driven.left();
      expect(error.code).toBe('unknown_status');
      expect(error.message).toContain('"pondering"');
      expect(ran).toEqual([]);
      await expectNothingOpen(row, driven, error);
      expect(ran).toEqual([]);
    });

    test('ends a run that requires an unknown action, and runs none of the calls beside it', async () => {
      const { ran, tools } = handlers('pay');
      const driven = drive(row, {
        script: [callTools({ name: 'pay' }), say('next')],
        decisions: { pay: 'ALLOW' },
        tools,
      });
      driven.openai.misbehave(row.reads, { rewrite: row.withUnknownAction });
      const error = await driven.left();
      expect(error.code).toBe('unknown_action');
      expect(error.message).toContain('telepathy');
      await expectNothingOpen(row, driven, error);
      expect([ran, driven.gateway.scans]).toEqual([[], []]);
    });

    test('leaves nothing active at the API after an unknown status, even if its input is not applied yet', async () => {
      // The first POST request starts the run, the second one cancels it or starts the next.
      let posts = 0;
      const onPost = (): void => void (posts += 1);
      const api = { thinkMs: 60 };
      const driven = drive(row, { script: () => say('ok'), decisions: {}, tools: {}, api, onPost });
      const rewrite = (body: object) => (posts > 1 ? body : { ...body, status: 'pondering' });
      driven.openai.misbehave(row.reads, { rewrite, times: Infinity });
      const error = await driven.left();
      expect(error.code).toBe('unknown_status');
      await expectNothingOpen(row, driven, error);
    });

    test.each(row.ends)(
      'returns a result for a run that ends %s, and runs none of the calls that it lists',
      async (end) => {
        const { ran, tools } = handlers('pay');
        const { run, openai } = drive(row, {
          script: [callTools({ name: 'pay' })],
          decisions: { pay: 'ALLOW' },
          tools,
        });
        openai.misbehave(row.reads, { rewrite: (body) => ({ ...body, status: end }) });
        const { status, calls } = await run();
        expect(status).toBe(end);
        expect(calls.filter(({ executed }) => executed !== 'no')).toEqual([]);
        expect(ran).toEqual([]);
      },
    );

    test.each(row.endings)('does not continue a run that %s, and leaves nothing open', async (_, end, step) => {
      const { ran, tools } = handlers('pay', 'whole', 'cut');
      const driven = drive(row, {
        script: [callTools({ name: 'pay', id: 'a' }), step, say('next')],
        decisions: { pay: 'ALLOW', whole: 'ALLOW', cut: 'ALLOW' },
        tools,
      });
      const { status, text, calls } = await driven.run();
      expect({ status, text }).toEqual({ status: end, text: null });
      expect(calls).toMatchObject([
        { name: 'pay', executed: 'yes' },
        ...calls.slice(1).map(() => ({ executed: 'no' })),
      ]);
      await expectNothingOpen(row, driven);
      expect(ran).toEqual(['a']);
      driven.openai.assertDone();
    });

    for (const end of row.endedByOthers) {
      test(`returns a result for a run that another client ends as ${end}`, async () => {
        const { openai, place, run } = drive(row, { script: forever, decisions: {}, tools: {}, api: { thinkMs: 60 } });
        const running = run();
        while (!row.active(openai, place)[0]) await sleep(1);
        openai.endRun(row.active(openai, place)[0]?.id ?? '', end);
        expect(await running).toMatchObject({ status: end, text: null, calls: [] });
      });
    }

    test.each([400, 401])(
      'ends a run whose start the API refuses with %i, with the SDK’s error as cause',
      async (status) => {
        const driven = drive(row, { script: [say('next')], decisions: {}, tools: {} });
        driven.openai.misbehave(row.starts, { status });
        const error = await driven.left();
        expect(error).toMatchObject({ code: 'api_error', runId: undefined, cause: { status }, calls: [] });
        await expectNothingOpen(row, driven, error);
      },
    );

    test.each([400, 401])('ends a run whose outputs the API refuses with %i, and keeps what ran', async (status) => {
      const driven = drive(row, {
        script: [callTools({ name: 'pay' }), say('next')],
        decisions: { pay: 'ALLOW' },
        tools: {
          pay: () => {
            driven.openai.misbehave(row.submits, { status });
            return 'paid';
          },
        },
      });
      const error = await driven.left();
      expect(error).toMatchObject({
        code: 'api_error',
        cause: { status },
        calls: [{ outcome: 'allowed', executed: 'yes', output: 'paid' }],
      });
      await expectNothingOpen(row, driven, error);
    });
  });
}
