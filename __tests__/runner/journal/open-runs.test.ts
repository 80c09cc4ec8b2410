import { describe, expect, test } from '@jest/globals';
import { fileJournal, type RunEvent } from 'interven-openai-assistants';
import { callTools, type ModelTurn, say } from 'interven-openai-assistants/testing';
import { appendFile, open, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gate } from '../../setup/gate.ts';
import { journalWorld, newFolder } from './world.ts';
import { hostname } from 'node:os';
import { HEADER, lineOf, pathOf, RUN_ID } from './files.ts';
import { rejection } from '../../setup/world.ts';

test('openRuns() lists the runs that wait, are served or cannot be read, and no ended run', async () => {
  const [began, held] = [gate(), gate()];
  const world = await journalWorld(
    ({ outputs, messages }: ModelTurn) => {
      const text = messages.at(-1)?.text ?? '';
      if (outputs.length > 0 || text === 'Nothing') return say('ok');
      return callTools({ name: text === 'Pay' ? 'pay' : 'stay' });
    },
    { stay: 'ALLOW', pay: { decision: 'REQUIRE_APPROVAL', approvalId: 'a1' } },
  );
  const runner = world.process(
    {
      pay: () => 'paid',
      stay: async () => {
        began.open();
        await held.opened;
        return 'stayed';
      },
    },
    { approval: 'park' },
  );
  const begin = (text: string) => {
    const { threadId, assistantId } = world.openai.seed(text);
    return { threadId, result: runner.run(threadId, assistantId) };
  };
  const journal = fileJournal(world.folder);
  expect(await journal.openRuns()).toEqual([]);

  const ended = await begin('Nothing').result;
  const { threadId, result } = begin('Pay');
  const waiting = await result;
  const served = begin('Stay');
  await began.opened;
  await writeFile(join(world.folder, 'run_damaged.journal.jsonl'), 'not a journal\n');
  await writeFile(join(world.folder, 'run_new.journal.jsonl'), '');

  const open = await journal.openRuns();
  expect(open.map(({ run }) => run?.id)).not.toContain(ended.runId);
  expect(open).toHaveLength(4);
  expect(open).toEqual(
    expect.arrayContaining([
      {
        id: waiting.runId,
        run: expect.objectContaining({ id: waiting.runId, api: 'assistants', threadId }),
        owner: undefined,
        problem: undefined,
      },
      expect.objectContaining({ owner: expect.objectContaining({ pid: process.pid, isHere: true }) }),
      { id: 'run_damaged', run: undefined, owner: undefined, problem: expect.any(Error) },
      { id: 'run_new', run: undefined, owner: undefined, problem: undefined },
    ]),
  );
  held.open();
  await served.result;
  expect(await fileJournal(join(await newFolder(), 'none')).openRuns()).toEqual([]);
});

test('with a journal, too, a scan of monitor mode that ends after its run is recorded with its decision', async () => {
  const emitted = gate();
  const world = await journalWorld([callTools({ name: 'pay' }), say('ok')], {
    pay: { decision: 'DENY', delayMs: 200 },
  });
  const { threadId, assistantId } = world.place;
  const onEvent = ({ type }: RunEvent): void => {
    if (type === 'decision') emitted.open();
  };
  const { calls } = await world.process({ pay: () => 'paid' }, { mode: 'monitor', onEvent }).run(threadId, assistantId);
  await emitted.opened;
  expect(calls).toMatchObject([{ decision: 'DENY', wouldBe: { outcome: 'denied' } }]);
  expect(calls[0]?.fault).toBeUndefined();
});

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
      'not of run "run_2"',
    );
    expect(await problemAfter(edit('"completed"', '"cancelled"'))).toContain('checksum');
    expect(await problemAfter(async (path) => appendFile(path, 'surprise\n'))).toContain('not a JSON object');
  });
});

function longApproval(): Event {
  return { ...APPROVED, approval: { status: 'approved', note: 'x'.repeat(5_000) } };
}

const paying = ({ turn }: ModelTurn) => (turn === 1 ? callTools({ name: 'pay' }) : say('done'));

test('no call runs twice if the journal is deleted while its handler runs, and the run is resumed', async () => {
  const world = await journalWorld(paying, { pay: 'ALLOW' });
  const { threadId, assistantId } = world.place;
  const ran: string[] = [];
  const pay = async (): Promise<string> => {
    ran.push('pay');
    const [id = ''] = await fileJournal(world.folder).list();
    await rm(join(world.folder, `${id}.journal.jsonl`));
    return 'paid';
  };
  const error = await rejection(world.process({ pay }).run(threadId, assistantId));
  expect(error).toMatchObject({ code: 'journal', leftOpen: false });
  expect(world.openai.runs(threadId)).toMatchObject([{ status: 'cancelled' }]);
  const { runId = '' } = error as { runId?: string };
  expect(await world.process({ pay }).resume(threadId, runId)).toMatchObject({ status: 'cancelled' });
  expect(ran).toEqual(['pay']);
});

test('a resumed run whose journal is deleted while it is served is cancelled, too', async () => {
  const world = await journalWorld(paying, { pay: { decision: 'REQUIRE_APPROVAL', approvalId: 'a1' } });
  const { threadId, assistantId } = world.place;
  const pay = async (): Promise<string> => {
    await rm(world.folder, { recursive: true });
    return 'paid';
  };
  const process = () => world.process({ pay }, { approval: 'park' });
  const { runId } = await process().run(threadId, assistantId);
  world.gateway.approve('a1');
  expect(await rejection(process().resume(threadId, runId))).toMatchObject({ code: 'journal', leftOpen: false });
  expect(world.openai.runs(threadId)).toMatchObject([{ status: 'cancelled' }]);
});
