import { describe, expect, test } from '@jest/globals';
import { open, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { fileJournal } from 'interven-openai-assistants';
import { rejection } from '../../setup/world.ts';
import { EVENTS, HEADER, lineOf, pathOf, refusal, reread, RUN_ID, timeless, written } from './files.ts';
import { newFolder } from './world.ts';

describe('the file of a journal', () => {
  test('has a line for the run and for each entry, with its number, its time and their CRC-32', async () => {
    const folder = await newFolder();
    const path = await written(folder);
    const entries = [HEADER, ...Object.entries(EVENTS).map(([key, event]) => ({ key, event }))];
    const text = await readFile(path, 'utf8');
    expect(timeless(text)).toBe(entries.map((entry, seq) => lineOf(seq, entry)).join(''));
    const times = [...text.matchAll(/"at":"([^"]+)"/g)].map(([, at = '']) => Date.now() - Date.parse(at));
    expect(times.filter((ago) => ago < 0 || ago > 60_000)).toEqual([]);
    expect(await reread(folder)).toEqual(EVENTS);
  });

  test('is as docs/journal-format.md shows it', async () => {
    const folder = await newFolder();
    const page = await readFile('docs/journal-format.md', 'utf8');
    const [, example = ''] = /```json\n([^]*?)```/.exec(page) ?? [];
    await writeFile(pathOf(folder), example);
    expect(Object.keys(await reread(folder))).toEqual(['run-start']);
  });

  test('and its folder are readable by the owner only, and no other file remains', async () => {
    const folder = join(await newFolder(), 'of', 'runs');
    const path = await written(folder);
    const modes = await Promise.all([folder, path].map(async (one) => (await stat(one)).mode & 0o777));
    expect(modes.map((mode) => mode.toString(8))).toEqual(['700', '600']);
    expect(await readdir(folder)).toEqual(['run_1.journal.jsonl']);
  });

  test('is listed and reopened for its own run only', async () => {
    const folder = await newFolder();
    await written(folder);
    const journal = fileJournal(folder);
    expect(await journal.list()).toEqual(['run_1']);
    expect(await journal.reopen('run_2')).toBeUndefined();
    expect(await readdir(folder)).toEqual(['run_1.journal.jsonl']);
  });

  test('that cannot be read is not treated as missing', async () => {
    const folder = await newFolder();
    await symlink(pathOf(folder), pathOf(folder));
    expect(await rejection(fileJournal(folder).reopen(RUN_ID))).toMatchObject({ code: 'ELOOP' });
    await rm(pathOf(folder));
    await writeFile(join(folder, 'file'), '');
    expect(await rejection(fileJournal(join(folder, 'file')).reopen(RUN_ID))).toMatchObject({ code: 'ENOTDIR' });
  });

  test('is missing, without an error, if the folder does not exist yet', async () => {
    const journal = fileJournal(join(await newFolder(), 'none'));
    expect(await journal.list()).toEqual([]);
    expect(await journal.reopen(RUN_ID)).toBeUndefined();
  });
});

describe('a journal', () => {
  test('has on disk what has resolved, also for the second caller under a key', async () => {
    const folder = await newFolder();
    const journal = await fileJournal(folder).open(RUN_ID);
    const fileHas = async (text: string): Promise<boolean> => (await readFile(pathOf(folder), 'utf8')).includes(text);
    const first = journal.append('key', 'value');
    expect(await journal.append('key', 'other')).toBe('value');
    expect(await fileHas('"value"')).toBe(true);
    await first;
    await journal.append('start 1', 1);
    expect(await fileHas('start 1')).toBe(true);
    await journal.close();
  });

  test('without an event leaves no file, and is not reopened', async () => {
    const folder = await newFolder();
    await (await fileJournal(folder).open(RUN_ID)).close();
    expect(await readdir(folder)).toEqual([]);
    // A process that is killed before its first event is on disk leaves one of these.
    for (const left of ['', lineOf(0, HEADER), lineOf(0, HEADER).slice(0, 20)]) {
      await writeFile(pathOf(folder), left);
      expect(await fileJournal(folder).reopen(RUN_ID)).toBeUndefined();
      expect(await readdir(folder)).toEqual([]);
    }
  });

  test('writes events that arrive together with one sync', async () => {
    const folder = await newFolder();
    const journal = await fileJournal(folder).open(RUN_ID);
    const handles = await prototypeOfHandles(folder);
    const { datasync } = handles;
    let syncs = 0;
    handles.datasync = async function () {
      syncs += 1;
      return datasync.call(this);
    };
    try {
      await Promise.all(Array.from({ length: 300 }, async (_, n) => journal.append(`event ${n}`, n)));
    } finally {
      handles.datasync = datasync;
    }
    await journal.close();
    expect(syncs).toBeGreaterThan(0);
    expect(syncs).toBeLessThanOrEqual(2);
    expect(Object.keys(await reread(folder))).toHaveLength(300);
  });

  test('rejects every append after a failed write', async () => {
    const folder = await newFolder();
    const journal = await fileJournal(folder).open(RUN_ID);
    await journal.append('kept', 1);
    const handles = await prototypeOfHandles(folder);
    const { datasync } = handles;
    handles.datasync = async () => Promise.reject(new Error('the disk is gone'));
    try {
      expect(await refusal(journal.append('lost', 1))).toContain('the disk is gone');
    } finally {
      handles.datasync = datasync;
    }
    for (const append of [journal.append('lost', 1), journal.append('later', 1)])
      expect(await refusal(append)).toContain('the disk is gone');
    await journal.close();
    expect(await reread(folder)).toEqual({ kept: 1 });
  });
});

/** The prototype of all file handles. */
async function prototypeOfHandles(folder: string): Promise<{ datasync: () => Promise<void> }> {
  const handle = await open(folder, 'r');
  await handle.close();
  return Object.getPrototypeOf(handle) as { datasync: () => Promise<void> };
}

describe('a run id', () => {
  const MAX_ID = 'r'.repeat(180);
  test.each([
    '../x',
    '..',
    '.',
    '/etc/passwd',
    'a/b\\c',
    'C:\\run',
    'run*?<>|"',
    'run 1\n2',
    '%2e%2e',
    'läuft-🏃',
    '__proto__',
    MAX_ID,
  ])('names a file inside the folder, whatever characters it has: %j', async (id) => {
    const folder = await newFolder();
    const inside = join(folder, 'inside');
    const journal = await fileJournal(inside).open(id);
    await journal.append('name', 1);
    await journal.close();
    expect(await readdir(folder)).toEqual(['inside']);
    expect(await readdir(inside)).toHaveLength(1);
    expect(await fileJournal(inside).list()).toEqual([id]);
    expect(await reread(inside, id)).toEqual({ name: 1 });
    // The lock of a dead process is taken over. Its file has the longest name.
    await writeFile(
      `${join(inside, (await readdir(inside))[0] ?? '')}.lock`,
      JSON.stringify({ id: 'x', pid: 2 ** 22 + 1, host: hostname(), born: '' }),
    );
    expect(await reread(inside, id)).toEqual({ name: 1 });
  });

  test.each(['', 'r'.repeat(181), 'x'.repeat(300), '\ud800', '🏃'.repeat(60)])(
    'that is empty, too long or invalid Unicode is refused: %j',
    async (id) => {
      const folder = await newFolder();
      const journal = fileJournal(folder);
      for (const opening of [journal.open(id), journal.reopen(id)]) {
        expect(await rejection(opening)).toBeInstanceOf(TypeError);
      }
      expect(await readdir(folder)).toEqual([]);
    },
  );

  test('has its own file', async () => {
    const folder = await newFolder();
    const ids = ['a', 'a.', 'a%', 'a%2E', 'a*', 'a/', 'a ', 'ä', 'a\u0308'];
    for (const id of ids) {
      const journal = await fileJournal(folder).open(id);
      await journal.append('id', id);
      await journal.close();
    }
    expect([...(await fileJournal(folder).list())].sort()).toEqual([...ids].sort());
  });
});

test('fileJournal() requires the path of a folder', () => {
  for (const directory of ['', undefined, 1]) expect(() => fileJournal(directory as string)).toThrow(TypeError);
});
