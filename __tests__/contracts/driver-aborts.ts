import { describe, expect, test } from '@jest/globals';
import { GuardedRunError, type ServeOptions } from 'interven-openai-assistants';
import { callTools, say } from 'interven-openai-assistants/testing';
import { idle } from '../setup/idle.ts';
import { waitFor } from '../setup/wait-for.ts';
import { drive, expectNothingOpen, forever, type DriverRow, type Setup } from './driver-contract.ts';

/** A run with one call of `pay`; `setup` names what aborts the run. */
function aborting(row: DriverRow, setup: (abort: () => void) => Partial<Setup>) {
  const controller = new AbortController();
  const reason = new Error('The user closed the tab.');
  const ran: string[] = [];
  let thoughts = 0;
  const abort = (): void => {
    controller.abort(reason);
  };
  const driven = drive(row, {
    script: () => ((thoughts += 1) === 1 ? callTools({ name: 'pay', id: 'a' }) : say('next')),
    decisions: { pay: 'ALLOW' },
    tools: { pay: () => ran.push('paid') },
    ...setup(abort),
  });
  const left = async (options: ServeOptions<unknown> = {}): Promise<GuardedRunError> => {
    const error = await driven.left({ ...options, signal: controller.signal });
    expect(error).toBeInstanceOf(GuardedRunError);
    expect(error).toMatchObject({ code: 'aborted', cause: reason });
    return error;
  };
  return { ...driven, abort, reason, ran, left };
}

/** Counts the active timers. */
const timers = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;

/** Rules for an abort at any moment. */
export function abortRules(row: DriverRow): void {
  describe(`${row.name}, aborted`, () => {
    test('before it starts, sends the API nothing', async () => {
      const driven = aborting(row, () => ({}));
      driven.abort();
      const error = await driven.left();
      expect(error).toMatchObject({ runId: undefined, calls: [] });
      expect(driven.openai.requests).toEqual([]);
      await expectNothingOpen(row, driven, error);
    });

    test('while the request that starts it is in flight, runs nothing and leaves nothing open', async () => {
      const driven = aborting(row, (abort) => ({ onPost: abort }));
      const error = await driven.left();
      expect(driven.ran).toEqual([]);
      await expectNothingOpen(row, driven, error);
    });

    test('while the model thinks, leaves nothing open, and no timer', async () => {
      let thoughts = 0;
      let before = 0;
      const driven = aborting(row, (abort) => ({
        script: async () => {
          thoughts += 1;
          if (thoughts > 1) return say('next');
          await idle();
          before = timers();
          abort();
          await idle();
          return callTools({ name: 'pay', id: 'a' });
        },
        api: { thinkMs: 1 },
      }));
      const error = await driven.left({ pollIntervalMs: 60_000 });
      // Other timers may be about to end.
      await waitFor(() => timers() < before);
      expect(driven.ran).toEqual([]);
      await expectNothingOpen(row, driven, error);
    });

    test('during a scan, runs nothing and leaves nothing open', async () => {
      const driven = aborting(row, (abort) => ({
        decisions: {
          pay: () => {
            abort();
            return 'ALLOW';
          },
        },
      }));
      const error = await driven.left();
      expect(error.calls).toMatchObject([{ callId: 'a', outcome: 'aborted', executed: 'no' }]);
      await expectNothingOpen(row, driven, error);
      expect(driven.ran).toEqual([]);
    });

    test('during a handler, aborts the handler’s signal, keeps what it still returns, and leaves nothing open', async () => {
      const reasons: unknown[] = [];
      const driven = aborting(row, (abort) => ({
        tools: {
          pay: async (_, { signal }) => {
            const stopped = new Promise<string>((resolve) => {
              signal.addEventListener('abort', () => {
                reasons.push(signal.reason);
                resolve('paid at the last moment');
              });
            });
            abort();
            return stopped;
          },
        },
      }));
      const error = await driven.left();
      expect(reasons).toEqual([driven.reason]);
      expect(driven.ids()).toContain(error.runId);
      expect(error.threadId).toBe(row.isIn && driven.place[row.isIn]);
      expect(error.calls).toMatchObject([{ outcome: 'allowed', executed: 'yes', output: 'paid at the last moment' }]);
      // A conversation still gets an output: the outcome of the call, and nothing else.
      const given = driven.openai.items(driven.place.conversationId).flatMap(({ output }) => output ?? []);
      expect(given.filter((output) => output !== 'paid at the last moment')).toEqual([]);
      await expectNothingOpen(row, driven, error);
    });

    test('during a handler that ignores its signal, stops waiting after the grace period and leaves nothing open', async () => {
      const driven = aborting(row, (abort) => ({
        tools: {
          pay: async () => {
            abort();
            return forever();
          },
        },
        options: { graceMs: 10 },
      }));
      const error = await driven.left();
      expect(error.calls).toMatchObject([{ outcome: 'aborted', executed: 'unknown' }]);
      await expectNothingOpen(row, driven, error);
    });

    test('during an approval wait, runs nothing and leaves nothing open', async () => {
      const driven = aborting(row, (abort) => ({
        decisions: { pay: { decision: 'REQUIRE_APPROVAL', approvalId: 'ap_1' } },
        options: { approval: 'wait', onApprovalRequested: abort },
      }));
      const error = await driven.left();
      expect(error.calls).toMatchObject([{ outcome: 'aborted', executed: 'no', approvalId: 'ap_1' }]);
      await expectNothingOpen(row, driven, error);
      expect(driven.ran).toEqual([]);
    });

    test('while its outputs are in flight, keeps what ran, runs nothing more and leaves nothing open', async () => {
      let thoughts = 0;
      let hasPaid = false;
      const driven = aborting(row, (abort) => ({
        script: () => ((thoughts += 1) <= 2 ? callTools({ name: 'pay' }) : say('next')),
        tools: { pay: () => ((hasPaid = true), 'paid') },
        onPost: () => {
          if (hasPaid) abort();
        },
      }));
      const error = await driven.left();
      expect(error.calls[0]).toMatchObject({ outcome: 'allowed', executed: 'yes', output: 'paid' });
      expect(error.calls.slice(1).filter(({ executed }) => executed !== 'no')).toEqual([]);
      await expectNothingOpen(row, driven, error);
    });
  });
}
