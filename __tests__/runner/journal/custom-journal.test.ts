import { describe, expect, test } from '@jest/globals';
import {
  fileJournal,
  GuardedRunError,
  type Journal,
  type JournalEntry,
  type Json,
  type RunJournal,
} from 'interven-openai-assistants';
import { callTools, type ModelTurn, say } from 'interven-openai-assistants/testing';
import { rejection, world } from '../../setup/world.ts';
import { RunLog } from '../../../src/runner/journal/run-log.ts';
import { RunHistory } from '../../../src/runner/journal/history.ts';
import { journalWorld } from './world.ts';
import { MODEL } from '../../setup/model.ts';
import { shorten } from '../../setup/limits.ts';

const good = (): RunJournal => ({ entries: [], append: async (_key, event) => event, close: async () => undefined });

/** A run with one call of `pay`, with a journal that may return anything, as one written in JavaScript can. */
async function runWith(journal: { readonly [Method in keyof Journal]: unknown }) {
  const ran: unknown[] = [];
  const { runner, openai, threadId, assistantId } = world({
    script: [callTools({ name: 'pay' }), say('ok')],
    decisions: { pay: 'ALLOW' },
    tools: { pay: () => ran.push('paid') },
    options: { journal: journal as Journal },
  });
  const error = await rejection(runner.run(threadId, assistantId));
  return { ran, error, runs: openai.runs(threadId) };
}

const opening = (opened: () => unknown) => ({ open: opened, reopen: opened });
const opened = (changes: { readonly [Key in keyof RunJournal]?: unknown }) =>
  opening(async () => ({ ...good(), ...changes }));

const fail = (error: unknown) => (): never => {
  throw error;
};
const NOT_OPENED = /The run's journal failed: journal\.open returned .*; it must return \{ entries, append, close \}\./;
const NO_EVENT = /The journal has an entry without a known event: its type is /;

test('a journal gets no event once it is closed', async () => {
  const log = await RunLog.open(
    { open: async () => good(), reopen: async () => good() },
    {
      ...{ id: 'run_1', api: 'assistants', threadId: 'thread_1' },
    },
  );
  await log.close();
  expect(await rejection(log.append({ type: 'handler-start', call: 'a' }))).toEqual(
    new Error('The journal is closed.'),
  );
});

describe('a journal that breaks its contract', () => {
  test.each([
    ['open returns nothing', opening(() => undefined), NOT_OPENED],
    ['open resolves with null', opening(async () => null), NOT_OPENED],
    ['open resolves with a number', opening(async () => 1), NOT_OPENED],
    ['open resolves with an object without methods', opening(async () => ({})), NOT_OPENED],
    ['open throws', opening(fail(new Error('no disk'))), /The run's journal failed: no disk/],
    ['open throws a string', opening(fail('no disk')), /The run's journal failed: no disk/],
    ['entries is missing', opened({ entries: undefined }), NOT_OPENED],
    ['entries is no array', opened({ entries: { 0: 'x' } }), NOT_OPENED],
    ['an entry is null', opened({ entries: [null] }), NO_EVENT],
    ['an entry has no event', opened({ entries: [{ key: 'a', at: new Date() }] }), NO_EVENT],
    ['an entry has an unknown event', opened({ entries: [{ event: { type: 'banana' } }] }), NO_EVENT],
    ['append is missing', opened({ append: undefined }), NOT_OPENED],
    [
      'append returns nothing',
      opened({ append: () => undefined }),
      /journal\.append returned undefined; it must return/,
    ],
    [
      'append resolves with true',
      opened({ append: async () => true }),
      /journal\.append returned true; it must return/,
    ],
    ['append throws', opened({ append: fail(new Error('full')) }), /The run's journal failed: full/],
    [
      'append resolves with a copy',
      opened({ append: async (_: string, event: unknown) => structuredClone(event) }),
      /./,
    ],
    ['close is missing', opened({ close: undefined }), NOT_OPENED],
  ])('%s: an error with the code "journal", and no handler runs', async (_what, journal, message) => {
    const { ran, error } = await runWith(journal);
    expect(error).toBeInstanceOf(GuardedRunError);
    expect(error).toMatchObject({ code: 'journal', message: expect.stringMatching(message) });
    expect(ran).toEqual([]);
  });

  test.each([
    ['throws', fail(new Error('late'))],
    ['rejects', async () => Promise.reject(new Error('late'))],
    ['returns nothing', () => undefined],
  ])('close %s: the run has its result', async (_what, close) => {
    const { runner, threadId, assistantId } = world({
      script: [callTools({ name: 'pay' }), say('ok')],
      decisions: { pay: 'ALLOW' },
      tools: { pay: () => 'paid' },
      options: { journal: opened({ close }) as unknown as Journal },
    });
    expect((await runner.run(threadId, assistantId)).calls).toMatchObject([{ outcome: 'allowed' }]);
  });
});

const paying = ({ turn }: ModelTurn) => (turn === 1 ? callTools({ name: 'pay' }) : say('done'));

/** A store in memory. Of the events that are appended at the same time, it accepts the last one first. */
function reversingJournal(): Journal & { readonly runs: Map<string, JournalEntry[]> } {
  const runs = new Map<string, JournalEntry[]>();
  const open = async (runId: string): Promise<RunJournal> => {
    const entries = runs.get(runId) ?? [];
    runs.set(runId, entries);
    const waiting: (() => void)[] = [];
    const append = async (key: string, event: Json): Promise<Json> => {
      await new Promise<void>((resolve) => {
        waiting.unshift(resolve);
        setImmediate(() => {
          for (const accept of waiting.splice(0)) accept();
        });
      });
      const earlier = entries.find((entry) => entry.key === key);
      if (!earlier) entries.push({ key, at: new Date(), event });
      return earlier?.event ?? event;
    };
    return { entries: [...entries], append, close: async () => undefined };
  };
  return { runs, open, reopen: async (id) => (runs.has(id) ? open(id) : undefined) };
}

describe('a journal of your own', () => {
  test('may accept events that are appended together in any order: a later process knows that the handler was started', async () => {
    const world = await journalWorld(paying, { pay: 'ALLOW' });
    const journal = reversingJournal();
    const { threadId, assistantId } = world.place;
    const crashed = new AbortController();
    const hanging = async (): Promise<never> => {
      crashed.abort();
      return new Promise(() => undefined);
    };
    const options = { journal, graceMs: 0 };
    await rejection(world.process({ pay: hanging }, options).run(threadId, assistantId, { signal: crashed.signal }));
    const [entries = []] = journal.runs.values();
    const keys = entries.map(({ key }) => key.replace(/ .*/, ''));
    expect(keys.indexOf('decision')).toBeLessThan(keys.indexOf('tool-call'));
    const [call] = new RunHistory(entries).calls.values();
    expect(call).toMatchObject({ isStarted: true, decision: { decision: 'ALLOW' } });
    expect(call?.end).toBeUndefined();
  });
});

test('a journal whose first event cannot be written is released: the next run can open it', async () => {
  const world = await journalWorld([say('ok'), say('ok')], {});
  const journal = fileJournal(world.folder);
  let isFull = true;
  const open = async (runId: string): Promise<RunJournal> => {
    const opened = await journal.open(runId);
    const append: RunJournal['append'] = async (...event) =>
      isFull ? Promise.reject(new Error('ENOSPC')) : opened.append(...event);
    return { ...opened, append };
  };
  const { sessionId } = world.place;
  const runner = world.process({}, { journal: { ...journal, open } });
  expect(await rejection(runner.session(sessionId, { input: 'Hello' }))).toMatchObject({ code: 'journal' });
  isFull = false;
  expect(await runner.session(sessionId, { input: 'Hello' })).toMatchObject({ status: 'completed' });
});

const never = async (): Promise<never> => new Promise(() => undefined);

test.each([
  ['it records the first response', 'response 1'],
  ['it records a later response', 'response 2'],
  ['it claims a request', 'request 2'],
])('a run of the Responses API times out when its journal hangs while %s', async (_, hanging) => {
  shorten({ journalCloseMs: 300 });
  const world = await journalWorld([callTools({ name: 'pay' }), callTools({ name: 'pay' }), say('ok')], {
    pay: 'ALLOW',
  });
  const own = fileJournal(world.folder);
  const open = async (runId: string): Promise<RunJournal> => {
    const opened = await own.open(runId);
    return { ...opened, append: async (key, event) => (key === hanging ? never() : opened.append(key, event)) };
  };
  const runner = world.process({ pay: () => 'paid' }, { journal: { ...own, open } });
  const error = await rejection(runner.responses({ model: MODEL, input: 'Pay' }, { timeoutMs: 300 }));
  expect(error).toMatchObject({ code: 'timeout' });
});

test('a journal that never opens ends the run with the code journal', async () => {
  shorten({ journalOpenMs: 300 });
  const world = await journalWorld([callTools({ name: 'pay' }), say('ok')], { pay: 'ALLOW' });
  const { threadId, sessionId } = world.place;
  const own = fileJournal(world.folder);
  const runner = world.process({ pay: () => 'paid' }, { journal: { ...own, open: never, reopen: never, id: never } });
  const both = [runner.session(sessionId, { input: 'Pay' }), runner.resume(threadId, 'run_1'), runner.cancel('run_1')];
  for (const one of both) expect(await rejection(one)).toMatchObject({ code: 'journal' });
});
