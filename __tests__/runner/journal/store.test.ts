import { describe, expect, test } from '@jest/globals';
import { fileJournal, type Journal, type JournalEntry, type Json, type RunJournal } from 'interven-openai-assistants';
import { callTools, say, type ModelTurn } from 'interven-openai-assistants/testing';
import { fold } from '../../../src/runner/journal/history.ts';
import { rejection } from '../../setup/world.ts';
import { journalWorld } from './world.ts';

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
    const [call] = fold(entries).now.calls.values();
    expect(call).toMatchObject({ isStarted: true, decision: { decision: 'ALLOW' }, end: undefined });
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
