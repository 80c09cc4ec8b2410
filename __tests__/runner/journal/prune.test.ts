import { describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { link, mkdir, readdir, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { fileJournal } from 'interven-openai-assistants';
import { lockFile } from '../../../src/internal/file-lock.ts';
import { waitFor } from '../../setup/wait-for.ts';
import { rejection } from '../../setup/world.ts';
import { lineOf, pathOf } from './files.ts';
import { journalWorld, newFolder } from './world.ts';
import { callTools, say } from 'interven-openai-assistants/testing';
import { MODEL } from '../../setup/model.ts';

const DAY_MS = 24 * 60 * 60 * 1_000;
const NOTHING = { ended: [], empty: [], leftovers: [], problems: [] };
const END = { type: 'run-end', number: 1, status: 'completed' };

/** Writes the journal of a run whose last write was some days ago. */
async function journalOf(folder: string, id: string, days: number, ...events: readonly object[]): Promise<string> {
  const start = { type: 'run-start', run: { id, api: 'assistants', threadId: 'thread_1' } };
  const lines = [start, ...events].map((event, at) => lineOf(at + 1, { key: `key ${at}`, event }));
  await writeFile(pathOf(folder, id), [lineOf(0, { journal: id, version: 2 }), ...lines].join(''));
  await age(pathOf(folder, id), days);
  return pathOf(folder, id);
}

async function age(path: string, days: number): Promise<void> {
  const at = new Date(Date.now() - days * DAY_MS);
  await utimes(path, at, at);
}

/** The content of a lock of a process that has ended, on this machine or another one. */
const dead = (id: string = randomUUID(), host = hostname()): string =>
  JSON.stringify({ id, pid: 2 ** 22 + 1, host, born: '' });
const alive = (): string => JSON.stringify({ id: randomUUID(), pid: process.pid, host: hostname(), born: '' });

const filesIn = async (folder: string): Promise<readonly string[]> => (await readdir(folder)).toSorted();
const prune = async (folder: string, days?: number) =>
  fileJournal(folder).prune(days === undefined ? {} : { olderThanMs: days * DAY_MS });

describe('prune() of journals', () => {
  test('removes those of runs that ended, if their last write is at least 30 days ago', async () => {
    const folder = await newFolder();
    await journalOf(folder, 'run_29', 29, END);
    await journalOf(folder, 'run_31', 31, END);
    expect(await prune(folder)).toEqual({ ...NOTHING, ended: ['run_31'] });
    expect(await filesIn(folder)).toEqual(['run_29.journal.jsonl']);
  });

  test('or longer ago than olderThanMs', async () => {
    const folder = await newFolder();
    await journalOf(folder, 'run_1', 1, END);
    expect(await prune(folder, 2)).toEqual(NOTHING);
    expect(await prune(folder, 0.5)).toEqual({ ...NOTHING, ended: ['run_1'] });
    await journalOf(folder, 'run_2', 0, END);
    expect(await prune(folder, 0)).toEqual({ ...NOTHING, ended: ['run_2'] });
    expect(await filesIn(folder)).toEqual([]);
  });

  test('keeps the journal of an open run, however old it is', async () => {
    const folder = await newFolder();
    await journalOf(folder, 'run_1', 900);
    await journalOf(folder, 'session_1', 900, END, { type: 'handler-start', call: 'a' });
    expect(await prune(folder, 0)).toEqual(NOTHING);
    expect(await filesIn(folder)).toHaveLength(2);
  });

  test('keeps the journal of an ended run that a process has open, here or on another machine', async () => {
    const folder = await newFolder();
    await journalOf(folder, 'run_1', 900, END);
    const other = `${await journalOf(folder, 'run_2', 900, END)}.lock`;
    await writeFile(other, dead('x', 'another-machine'));
    const journal = await fileJournal(folder).open('run_1');
    expect(await prune(folder, 0)).toEqual(NOTHING);
    await journal.close();
    expect(await prune(folder, 0)).toEqual({ ...NOTHING, ended: ['run_1'] });
    expect(await filesIn(folder)).toEqual(['run_2.journal.jsonl', 'run_2.journal.jsonl.lock']);
  });

  test('keeps and reports those that cannot be read, also if an end follows the damage', async () => {
    const folder = await newFolder();
    await writeFile(pathOf(folder, 'run_1'), 'not a journal\n');
    const path = await journalOf(folder, 'run_2', 900, { type: 'handler-start', call: 'a' }, END);
    await writeFile(path, (await readFile(path, 'utf8')).replace('handler-start', 'handler-stare'));
    const lock = `${await journalOf(folder, 'run_3', 900, END)}.lock`;
    await writeFile(lock, 'not a lock');
    const { problems, ...removed } = await prune(folder, 0);
    expect({ ...removed, problems: [] }).toEqual(NOTHING);
    expect(problems.map(({ id, problem }) => [id, problem.message]).toSorted()).toEqual([
      ['run_1', expect.stringContaining('is damaged at line 1 ')],
      ['run_2', expect.stringContaining('is damaged at line 3 ')],
      ['run_3', expect.stringContaining('was not created by this library')],
    ]);
    expect(await filesIn(folder)).toHaveLength(4);
  });

  test('removes those without an event at once, unless their process is alive', async () => {
    const folder = await newFolder();
    await writeFile(pathOf(folder, 'run_1'), '');
    await writeFile(pathOf(folder, 'run_2'), lineOf(0, { journal: 'run_2', version: 2 }));
    const starting = await fileJournal(folder).open('run_3');
    const { empty, ...others } = await prune(folder);
    expect([...empty].toSorted()).toEqual(['run_1', 'run_2']);
    expect(others).toEqual({ ended: [], leftovers: [], problems: [] });
    await starting.append('first', 1);
    await starting.close();
    expect(await filesIn(folder)).toEqual(['run_3.journal.jsonl']);
  });

  test('keeps a journal with events of another kind, and one that is a link', async () => {
    const folder = await newFolder();
    const journal = await fileJournal(folder).open('mine');
    await journal.append('key', 1);
    await journal.close();
    const elsewhere = join(folder, 'elsewhere');
    await mkdir(elsewhere);
    await symlink(await journalOf(elsewhere, 'run_1', 900, END), pathOf(folder, 'run_1'));
    expect(await prune(folder, 0)).toMatchObject({ ...NOTHING, problems: [{ id: 'mine' }] });
    expect(await filesIn(elsewhere)).toHaveLength(1);
  });

  test('holds the lock of a journal while it removes it: one process that opens it meanwhile waits, and begins a new one', async () => {
    const folder = await newFolder();
    for (let round = 0; round < 20; round += 1) {
      await journalOf(folder, 'run_1', 900, END);
      const opening = Array.from({ length: 4 }, async () =>
        fileJournal(folder)
          .open('run_1')
          .catch(() => undefined),
      );
      const [pruned, ...opened] = await Promise.all([prune(folder), ...opening]);
      const [journal, second] = opened.filter((one) => one !== undefined);
      expect([journal, second]).toEqual([expect.anything(), undefined]);
      // Its file is in place, and has what it was opened with.
      await journal?.append('more', 1);
      await journal?.close();
      expect(journal?.entries).toHaveLength(pruned.ended.length > 0 ? 1 : 3);
      expect(await filesIn(folder)).toEqual(['run_1.journal.jsonl']);
    }
  });

  test('does not keep a run from its journal: the run waits until the lock is released', async () => {
    const folder = await newFolder();
    const path = await journalOf(folder, 'run_1', 900, END);
    const lock = await lockFile(path, true);
    const opening = fileJournal(folder).open('run_1');
    await waitFor(async () => (await filesIn(folder)).length > 2);
    await lock.release();
    const journal = await opening;
    expect(journal.entries).toHaveLength(2);
    await journal.close();
  });
});

describe('prune() of the files of killed processes', () => {
  test('removes claims to locks, also of open runs; it keeps those of processes that may be alive', async () => {
    const folder = await newFolder();
    const path = await journalOf(folder, 'run_1', 1);
    const claims = [
      `${path}.lock.${randomUUID()}`,
      `${path}.lock.next.${randomUUID()}`,
      `${pathOf(folder, 'run_2')}.lock.${randomUUID()}`,
    ];
    for (const claim of claims) await writeFile(claim, dead());
    const kept = [path, `${path}.lock.${randomUUID()}`, `${path}.lock.${randomUUID()}`];
    await writeFile(kept[1] ?? '', alive());
    await writeFile(kept[2] ?? '', dead('x', 'another-machine'));
    const { leftovers, ...others } = await prune(folder);
    expect([...leftovers].toSorted()).toEqual(claims.map((claim) => claim.slice(folder.length + 1)).toSorted());
    expect(others).toEqual({ ended: [], empty: [], problems: [] });
    expect(await filesIn(folder)).toEqual(kept.map((name) => name.slice(folder.length + 1)).toSorted());
  });

  test('removes a claim that was never written completely after an hour', async () => {
    const folder = await newFolder();
    const claim = `${pathOf(folder)}.lock.${randomUUID()}`;
    await writeFile(claim, '{"id":');
    await age(claim, 0.5 / 24);
    expect(await prune(folder)).toEqual(NOTHING);
    await age(claim, 1.5 / 24);
    expect((await prune(folder)).leftovers).toHaveLength(1);
    expect(await filesIn(folder)).toEqual([]);
  });

  test('removes the locks of ended and deleted journals; the next process that opens an open one takes its lock over', async () => {
    const folder = await newFolder();
    const [ended, open] = [await journalOf(folder, 'run_1', 1, END), await journalOf(folder, 'run_2', 1)];
    const deleted = pathOf(folder, 'run_3');
    for (const lock of [ended, open, deleted].flatMap((path) => [`${path}.lock`, `${path}.lock.next`]))
      await writeFile(lock, dead());
    expect((await prune(folder)).leftovers).toHaveLength(4);
    expect(await filesIn(folder)).toEqual([
      'run_1.journal.jsonl',
      'run_2.journal.jsonl',
      'run_2.journal.jsonl.lock',
      'run_2.journal.jsonl.lock.next',
    ]);
    await (await fileJournal(folder).reopen('run_2'))?.close();
    expect(await filesIn(folder)).toEqual(['run_1.journal.jsonl', 'run_2.journal.jsonl']);
  });

  test('removes a lock together with the old journal that it belongs to', async () => {
    const folder = await newFolder();
    await writeFile(`${await journalOf(folder, 'run_1', 31, END)}.lock`, dead());
    expect(await prune(folder)).toEqual({ ...NOTHING, ended: ['run_1'], leftovers: ['run_1.journal.jsonl.lock'] });
    expect(await filesIn(folder)).toEqual([]);
  });

  test('removes an unused id of the directory after an hour, and never the used one', async () => {
    const folder = await newFolder();
    const id = await fileJournal(folder).id?.();
    const unused = join(folder, `journals.id.${randomUUID()}`);
    await writeFile(unused, 'an id\n');
    expect(await prune(folder)).toEqual(NOTHING);
    for (const path of [unused, join(folder, 'journals.id')]) await age(path, 900);
    expect((await prune(folder)).leftovers).toHaveLength(1);
    expect(await filesIn(folder)).toEqual(['journals.id']);
    expect(await fileJournal(folder).id?.()).toBe(id);
  });

  test('keeps files that are not of this library', async () => {
    const folder = await newFolder();
    for (const name of ['notes.txt', 'package.lock', 'run_1.journal.jsonl.lock.backup', 'run_1.journal.jsonl.bak'])
      await writeFile(join(folder, name), dead());
    expect(await prune(folder, 0)).toEqual(NOTHING);
    expect(await filesIn(folder)).toHaveLength(4);
  });
});

test('a process that takes over a lock also removes the claim that its owner was killed with', async () => {
  const folder = await newFolder();
  const path = await journalOf(folder, 'run_1', 1);
  const id = randomUUID();
  await writeFile(`${path}.lock.${id}`, dead(id));
  await link(`${path}.lock.${id}`, `${path}.lock`);
  await (await fileJournal(folder).reopen('run_1'))?.close();
  expect(await filesIn(folder)).toEqual(['run_1.journal.jsonl']);
});

test('prune({ dryRun: true }) returns what would be removed, and removes nothing', async () => {
  const folder = await newFolder();
  await writeFile(`${await journalOf(folder, 'run_1', 31, END)}.lock`, dead());
  await writeFile(pathOf(folder, 'run_2'), '');
  const expected = { ended: ['run_1'], empty: ['run_2'], leftovers: ['run_1.journal.jsonl.lock'], problems: [] };
  const before = await filesIn(folder);
  expect(await fileJournal(folder).prune({ dryRun: true })).toEqual(expected);
  expect(await filesIn(folder)).toEqual(before);
  expect(await fileJournal(folder).prune()).toEqual(expected);
});

test('prune() of a directory that does not exist removes nothing, and does not create it', async () => {
  const folder = await newFolder();
  expect(await prune(join(folder, 'none'))).toEqual(NOTHING);
  expect(await filesIn(folder)).toEqual([]);
  await rm(folder, { recursive: true });
});

test.each([{ olderThanMs: -1 }, { olderThanMs: Number.NaN }, { olderThanMs: '30d' }, { dryRun: 1 }, { olderThan: 1 }])(
  'prune() refuses an invalid option: %j',
  async (options) => {
    const folder = await newFolder();
    await journalOf(folder, 'run_1', 900, END);
    expect(await rejection(fileJournal(folder).prune(options as never))).toBeInstanceOf(TypeError);
    expect(await filesIn(folder)).toHaveLength(1);
  },
);

async function payWorld(decision: 'ALLOW' | 'REQUIRE_APPROVAL' = 'ALLOW') {
  const world = await journalWorld(({ outputs }) => (outputs.length === 0 ? callTools({ name: 'pay' }) : say('paid')), {
    pay: decision === 'ALLOW' ? decision : { decision, approvalId: 'a1' },
  });
  const paid: string[] = [];
  const process = () => world.process({ pay: () => void paid.push('paid') }, { approval: 'park' });
  const prune = async () => fileJournal(world.folder).prune({ olderThanMs: 0 });
  return { ...world, process, prune, paid };
}

test('resume of a pruned run of the Assistants API returns its status without calls, and runs nothing', async () => {
  const { place, process, prune, paid } = await payWorld();
  const { threadId, assistantId } = place;
  const { runId } = await process().run(threadId, assistantId);
  expect((await prune()).ended).toEqual([runId]);
  const resumed = await process().resume(threadId, runId);
  expect(resumed).toMatchObject({ status: 'completed', text: 'paid', calls: [] });
  expect(paid).toEqual(['paid']);
});

test('a pruned run that expired is not replaced: its approvals are forgotten', async () => {
  const { place, process, prune, paid, openai, gateway } = await payWorld('REQUIRE_APPROVAL');
  const { threadId, assistantId } = place;
  const { runId } = await process().run(threadId, assistantId);
  openai.endRun(runId, 'expired');
  expect((await prune()).ended).toEqual([]);
  expect(await process().resume(threadId, runId)).toMatchObject({ status: 'expired', calls: [{ name: 'pay' }] });
  expect((await prune()).ended).toEqual([runId]);
  gateway.approve('a1');
  const resumed = await process().resume(threadId, runId, { onExpired: 'new-run' });
  expect(resumed).toMatchObject({ status: 'expired', calls: [] });
  expect(openai.runs(threadId)).toHaveLength(1);
  expect(paid).toEqual([]);
});

test('resumeResponses and cancel of a pruned run reject with the code journal, and run nothing', async () => {
  const { place, process, prune, paid } = await payWorld();
  const { runId } = await process().responses({ model: MODEL, input: 'Pay', conversation: place.conversationId });
  expect((await prune()).ended).toEqual([runId]);
  for (const attempt of [process().resumeResponses(runId), process().cancel(runId)]) {
    expect(await rejection(attempt)).toMatchObject({
      code: 'journal',
      message: expect.stringContaining(`No journal found for r`),
    });
  }
  expect(paid).toEqual(['paid']);
});

test('resumeSession of a pruned session returns its status without calls; its next input begins a new journal', async () => {
  const { place, process, prune, paid, folder } = await payWorld();
  const { sessionId } = place;
  await process().session(sessionId, { input: 'Pay' });
  expect((await prune()).ended).toEqual([sessionId]);
  expect(await process().resumeSession(sessionId)).toMatchObject({ status: 'completed', calls: [] });
  expect(paid).toEqual(['paid']);
  await prune();
  expect(await process().session(sessionId, { input: 'Pay' })).toMatchObject({ calls: [{ outcome: 'allowed' }] });
  expect(paid).toEqual(['paid', 'paid']);
  expect(await fileJournal(folder).list()).toEqual([sessionId]);
});
