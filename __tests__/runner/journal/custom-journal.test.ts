import { describe, expect, test } from '@jest/globals';
import { GuardedRunError, type Journal, type RunJournal } from 'interven-openai-assistants';
import { callTools, say } from 'interven-openai-assistants/testing';
import { rejection, world } from '../../setup/world.ts';

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
