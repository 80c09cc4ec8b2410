import { describe, expect, test } from '@jest/globals';
import { appendFile, open, readFile, rename, truncate, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { fileJournal } from 'interven-openai-assistants';
import { HEADER, lineOf, pathOf, RUN_ID } from './files.ts';
import { newFolder } from './world.ts';

const START = { type: 'run-start', run: { id: RUN_ID, api: 'assistants', threadId: 'thread_1' } };
const CALL = { type: 'tool-call', call: `${RUN_ID}/1`, askedBy: RUN_ID, turn: 1, request: { name: 'pay' } };
const RESULT = { type: 'call-end', call: `${RUN_ID}/1`, record: { output: 'x'.repeat(100_000) } };
const END = { type: 'run-end', number: 1, runId: RUN_ID, status: 'completed' };
const APPROVED = { type: 'approval-settled', call: `${RUN_ID}/1`, approvalId: 'a1', approval: { status: 'approved' } };
const REPLACED = { type: 'replaced', runId: 'run_2' };

type Event = Readonly<Record<string, unknown>>;

/** Writes the journal of a run with these events, and returns its path. */
async function journalOf(folder: string, ...events: readonly Event[]): Promise<string> {
  const lines = [lineOf(0, HEADER), ...events.map((event, at) => lineOf(at + 1, { key: `key ${at}`, event }))];
  await writeFile(pathOf(folder), lines.join(''));
  return pathOf(folder);
}

const openIn = async (folder: string) => fileJournal(folder).openRuns();

/** The number of bytes that are read from files meanwhile. */
async function bytesReadDuring(folder: string, work: () => Promise<unknown>): Promise<number> {
  const handle = await open(folder, 'r');
  await handle.close();
  const handles = Object.getPrototypeOf(handle) as { read: (...args: unknown[]) => Promise<{ bytesRead: number }> };
  const { read } = handles;
  let bytes = 0;
  handles.read = async function (...args) {
    const result = await read.apply(this, args);
    bytes += result.bytesRead;
    return result;
  };
  try {
    await work();
  } finally {
    handles.read = read;
  }
  return bytes;
}

describe('openRuns()', () => {
  test('reads of an ended journal only the start and the end, however long it is', async () => {
    const folder = await newFolder();
    await journalOf(folder, START, CALL, RESULT, END);
    const bytes = await bytesReadDuring(folder, async () => {
      expect(await openIn(folder)).toEqual([]);
    });
    expect(bytes).toBeGreaterThan(0);
    expect(bytes).toBeLessThan(10_000);
  });

  test.each([
    ['its end', [START, END], false],
    ['its end and an approval that came later', [START, CALL, RESULT, END, APPROVED], false],
    ['its end and its replacement', [START, CALL, RESULT, END, REPLACED, APPROVED], false],
    ['its end and so long an approval that the journal is read whole', [START, END, longApproval()], false],
    ['an end and a call after it', [START, END, CALL], true],
    ['an end, a call after it, and its approval', [START, END, CALL, APPROVED], true],
    ['no end', [START, CALL, RESULT, APPROVED], true],
  ])('decides by the newest events whether a run is open: after %s', async (_, events, isOpen) => {
    const folder = await newFolder();
    await journalOf(folder, ...events);
    expect((await openIn(folder)).map(({ run }) => run?.id)).toEqual(isOpen ? [RUN_ID] : []);
  });

  test('lists an ended run that a process serves again, and one whose end was cut off', async () => {
    const folder = await newFolder();
    const path = await journalOf(folder, START, CALL, RESULT, END);
    const journal = await fileJournal(folder).open(RUN_ID);
    expect(await openIn(folder)).toMatchObject([{ id: RUN_ID, owner: { pid: process.pid } }]);
    await journal.close();
    expect(await openIn(folder)).toEqual([]);

    await truncate(path, (await readFile(path)).length - 1);
    expect(await openIn(folder)).toMatchObject([{ id: RUN_ID, run: { id: RUN_ID }, problem: undefined }]);
  });

  test('does not list an ended run whose process was killed before it released the lock', async () => {
    const folder = await newFolder();
    const path = await journalOf(folder, START, END);
    await writeFile(`${path}.lock`, JSON.stringify({ id: 'x', pid: 2 ** 22 + 1, host: hostname(), born: '' }));
    expect(await openIn(folder)).toEqual([]);
  });

  test('does not check the lines between the start and the end of an ended journal', async () => {
    const folder = await newFolder();
    const path = await journalOf(folder, START, CALL, RESULT, END);
    await writeFile(path, (await readFile(path, 'utf8')).replace('xxx', 'xyx'));
    expect(await openIn(folder)).toEqual([]);
  });

  test('reports an ended journal that another version wrote, that has another name, or whose end is damaged', async () => {
    const problemAfter = async (change: (path: string, folder: string) => Promise<void>) => {
      const folder = await newFolder();
      await change(await journalOf(folder, START, CALL, RESULT, END), folder);
      const [only] = await openIn(folder);
      return only?.problem?.message;
    };
    const edit = (from: string, to: string) => async (path: string) =>
      writeFile(path, (await readFile(path, 'utf8')).replace(from, to));
    const otherVersion = lineOf(0, { ...HEADER, version: 3 });

    expect(await problemAfter(edit(lineOf(0, HEADER), otherVersion))).toContain('another version');
    expect(await problemAfter(async (path, folder) => rename(path, pathOf(folder, 'run_2')))).toContain(
      'not of "run_2"',
    );
    expect(await problemAfter(edit('"completed"', '"cancelled"'))).toContain('checksum');
    expect(await problemAfter(async (path) => appendFile(path, 'surprise\n'))).toContain('not a JSON object');
  });
});

function longApproval(): Event {
  return { ...APPROVED, approval: { status: 'approved', note: 'x'.repeat(5_000) } };
}
