import { describe, expect, test } from '@jest/globals';
import { GuardedRunError, type CallContext } from 'interven-openai-assistants';
import { callTools, say, type ModelTurn } from 'interven-openai-assistants/testing';
import { gate } from '../setup/gate.ts';
import { MODEL } from '../setup/model.ts';
import { rejection, world } from '../setup/world.ts';
import { journalWorld, type JournalWorld } from './journal/world.ts';

type Runner = ReturnType<JournalWorld['process']>;

const apis = {
  run: {
    start: (runner: Runner, { place }: JournalWorld) => runner.run(place.threadId, place.assistantId),
    resume: (runner: Runner, { place }: JournalWorld, id: string) => runner.resume(place.threadId, id),
  },
  responses: {
    start: (runner: Runner, { place }: JournalWorld) =>
      runner.responses({ model: MODEL, input: 'Hi', conversation: place.conversationId }),
    resume: (runner: Runner, _: unknown, id: string) => runner.resumeResponses(id),
  },
  session: {
    start: (runner: Runner, { place }: JournalWorld) => runner.session(place.sessionId, { input: 'Hi' }),
    resume: (runner: Runner, { place }: JournalWorld) => runner.resumeSession(place.sessionId),
  },
} as const;

const report = ({ outputs }: ModelTurn) => say(outputs.map(({ output }) => output).join(' & '));
const twoPayments = (turn: ModelTurn) =>
  turn.turn === 1
    ? callTools({ name: 'pay', id: 'a', arguments: { n: 1 } }, { name: 'pay', id: 'b', arguments: { n: 2 } })
    : report(turn);

async function failure(running: Promise<unknown>): Promise<GuardedRunError> {
  const error = await rejection(running);
  expect(error).toBeInstanceOf(GuardedRunError);
  return error as GuardedRunError;
}

describe.each(Object.keys(apis) as (keyof typeof apis)[])('A runner that is stopped during %s', (api) => {
  const { start, resume } = apis[api];

  /** Two payments, one at a time: the first is in flight. */
  async function paying() {
    const at = await journalWorld(twoPayments, { pay: 'ALLOW' });
    const ran: unknown[] = [];
    const [started, finish] = [gate(), gate()];
    const pay = async (input: Record<string, unknown>): Promise<string> => {
      ran.push(input['n']);
      started.open();
      await finish.opened;
      return `paid ${String(input['n'])}`;
    };
    const runner = at.process({ pay }, { maxConcurrentHandlers: 1 });
    const running = failure(start(runner, at));
    await started.opened;
    return { at, ran, runner, running, finish, next: () => at.process({ pay }) };
  }

  test('waits for the handler in flight, starts no other, and the run is resumed in another process', async () => {
    const { at, ran, runner, running, finish, next } = await paying();
    const stopped = runner.stop();
    finish.open();
    await stopped;
    const error = await running;
    expect(error).toMatchObject({ code: 'stopped', leftOpen: true });
    expect(error.message).toBe('The runner was stopped. The run stays open at the API. Resume it in another process.');
    expect(error.calls).toMatchObject([{ outcome: 'allowed' }, { outcome: 'aborted', executed: 'no' }]);
    expect(ran).toEqual([1]);
    const { text, calls } = await resume(next(), at, error.runId ?? '');
    expect({ ran, text }).toEqual({ ran: [1, 2], text: 'paid 1 & paid 2' });
    expect(calls).toMatchObject([{ outcome: 'allowed' }, { outcome: 'allowed' }]);
  });

  test('aborts a handler that takes longer than graceMs: it is in doubt afterwards', async () => {
    const at = await journalWorld(twoPayments, { pay: 'ALLOW' });
    const started = gate();
    const pay = async (_: unknown, { signal }: CallContext): Promise<never> => {
      started.open();
      return new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          reject(signal.reason as Error);
        });
      });
    };
    const runner = at.process({ pay }, { maxConcurrentHandlers: 1 });
    const running = failure(start(runner, at));
    await started.opened;
    await runner.stop({ graceMs: 0 });
    const error = await running;
    expect(error).toMatchObject({ code: 'stopped', leftOpen: true });
    const { calls } = await resume(at.process({ pay: () => 'paid' }), at, error.runId ?? '');
    expect(calls.map(({ outcome }) => outcome)).toEqual(['in_doubt', 'allowed']);
  });

  test('refuses new runs and resumed ones before any request', async () => {
    const at = await journalWorld([say('ok')], {});
    const runner = at.process({});
    await runner.stop();
    for (const refused of [start(runner, at), resume(runner, at, 'run_1')]) {
      const error = await failure(refused);
      expect(error).toMatchObject({ code: 'stopped', leftOpen: false, calls: [] });
      expect(error.message).toBe(
        'The runner was stopped, and starts no runs. Use another process, or a new GuardedRunner.',
      );
    }
    expect(at.openai.requests).toEqual([]);
  });
});

test('A run that waits for an approver ends at once when its runner is stopped', async () => {
  const at = await journalWorld(twoPayments, {
    pay: ({ body }) => ({ decision: 'REQUIRE_APPROVAL', approvalId: `ap_${String((body as { n: number }).n)}` }),
  });
  const requested = gate();
  const options = {
    approval: 'wait',
    onApprovalRequested: () => {
      requested.open();
    },
  } as const;
  const runner = at.process({ pay: () => 'paid' }, options);
  const running = failure(apis.run.start(runner, at));
  await requested.opened;
  await runner.stop();
  const { code, runId = '', leftOpen } = await running;
  expect({ code, leftOpen }).toEqual({ code: 'stopped', leftOpen: true });
  at.gateway.approve('ap_1');
  at.gateway.approve('ap_2');
  const { text } = await apis.run.resume(at.process({ pay: () => 'paid' }, { approval: 'wait' }), at, runId);
  expect(text).toBe('paid & paid');
});

test('Without a journal, stop cancels the run', async () => {
  const [started, finish] = [gate(), gate()];
  const pay = async (): Promise<string> => {
    started.open();
    await finish.opened;
    return 'paid';
  };
  const { runner, openai, threadId, assistantId } = world({
    script: [callTools({ name: 'pay' }), say('ok')],
    decisions: { pay: 'ALLOW' },
    tools: { pay },
  });
  const running = failure(runner.run(threadId, assistantId));
  await started.opened;
  const stopped = runner.stop();
  finish.open();
  await stopped;
  const error = await running;
  expect(error).toMatchObject({ code: 'stopped', leftOpen: false, message: 'The runner was stopped.' });
  expect(error.calls).toMatchObject([{ outcome: 'allowed', executed: 'yes' }]);
  expect(openai.runs(threadId)).toMatchObject([{ status: 'cancelled' }]);
});

test('stop refuses an unknown option and a graceMs that is no time', async () => {
  const { runner } = world({ script: [say('ok')], decisions: {}, tools: {} });
  const message = async (options: object): Promise<string> =>
    ((await rejection(runner.stop(options))) as Error).message;
  expect(await message({ grace: 1 })).toBe('stop: Unknown option "grace". Did you mean "graceMs"?');
  expect(await message({ graceMs: -1 })).toMatch(/^graceMs is -1; it must be milliseconds/);
  await runner.stop();
  await runner.stop({ graceMs: 0 });
});
