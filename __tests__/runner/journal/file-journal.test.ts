import { describe, expect, test } from '@jest/globals';
import { open, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { fileJournal } from 'interven-openai-assistants';
import { rejection } from '../../setup/world.ts';
import { lineOf, pathOf, refusal, reread, RUN, timeless, written } from './files.ts';
import { newFolder } from './world.ts';

describe('the file of a journal', () => {
  test('has a line for the run and for each entry, with its number, its time and their CRC-32', async () => {
    const folder = await newFolder();
    const path = await written(folder);
    const entries = [
      { run: RUN, protocol: 1 },
      { record: 'decision 1', value: { decision: 'ALLOW', words: 'é\n\u2028"\ud83d\ude00' } },
      { claim: 'start 1' },
      { record: 'end 1', value: { output: 'done' } },
    ];
    const text = await readFile(path, 'utf8');
    expect(timeless(text)).toBe(entries.map((entry, seq) => lineOf(seq, entry)).join(''));
    const times = [...text.matchAll(/"at":"([^"]+)"/g)].map(([, at = '']) => Date.now() - Date.parse(at));
    expect(times.filter((ago) => ago < 0 || ago > 60_000)).toEqual([]);
    expect(await reread(folder)).toEqual({
      run: RUN,
      records: new Map(entries.flatMap(({ record, value }) => (record === undefined ? [] : [[record, value]]))),
      claims: [true, false],
    });
  });

  test('is continued by later processes', async () => {
    const folder = await newFolder();
    for (const number of [1, 2, 3]) {
      const journal = await fileJournal(folder).open(RUN);
      expect(await journal.claim('the only one')).toBe(number === 1);
      await journal.record(`record ${number}`, number);
      await journal.close();
    }
    const lines = (await readFile(pathOf(folder), 'utf8')).trimEnd().split('\n');
    expect(lines.map((line) => (JSON.parse(line) as { seq: number }).seq)).toEqual([0, 1, 2, 3, 4]);
    expect([...(await reread(folder)).records.keys()]).toEqual(['record 1', 'record 2', 'record 3']);
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
    expect(await rejection(fileJournal(folder).reopen(RUN.id))).toMatchObject({ code: 'ELOOP' });
    await rm(pathOf(folder));
    await writeFile(join(folder, 'file'), '');
    expect(await rejection(fileJournal(join(folder, 'file')).reopen(RUN.id))).toMatchObject({ code: 'ENOTDIR' });
  });

  test('is missing, without an error, if the folder does not exist yet', async () => {
    const journal = fileJournal(join(await newFolder(), 'none'));
    expect(await journal.list()).toEqual([]);
    expect(await journal.reopen(RUN.id)).toBeUndefined();
  });
});

describe('a journal', () => {
  test('keeps the first record of a name, and lets one caller claim a key', async () => {
    const folder = await newFolder();
    const journal = await fileJournal(folder).open(RUN);
    await Promise.all([journal.record('name', 1), journal.record('name', 2)]);
    const claimed = await Promise.all([1, 2, 3].map(async () => journal.claim('start 1')));
    expect([journal.recorded('name'), claimed]).toEqual([1, [true, false, false]]);
    await journal.close();
    expect((await reread(folder)).records).toEqual(new Map([['name', 1]]));
  });

  test('has an entry on disk when its promise resolves, also for the second caller that records a name', async () => {
    const folder = await newFolder();
    const journal = await fileJournal(folder).open(RUN);
    const fileHas = async (text: string): Promise<boolean> => (await readFile(pathOf(folder), 'utf8')).includes(text);
    const first = journal.record('name', 'value');
    await journal.record('name', 'other');
    expect(await fileHas('"value"')).toBe(true);
    await first;
    await journal.claim('start 1');
    expect(await fileHas('start 1')).toBe(true);
    await journal.close();
  });

  test('rejects a value that is not JSON, and still accepts others', async () => {
    const folder = await newFolder();
    const journal = await fileJournal(folder).open(RUN);
    expect(await rejection(journal.record('big', 1n as never))).toBeInstanceOf(TypeError);
    await journal.record('small', 1);
    await journal.close();
    expect((await reread(folder)).records).toEqual(new Map([['small', 1]]));
  });

  test('writes concurrent entries with at most two syncs', async () => {
    const folder = await newFolder();
    const journal = await fileJournal(folder).open(RUN);
    const handles = await prototypeOfHandles(folder);
    const { datasync } = handles;
    let syncs = 0;
    handles.datasync = async function () {
      syncs += 1;
      return datasync.call(this);
    };
    try {
      await Promise.all(Array.from({ length: 300 }, async (_, n) => journal.record(`record ${n}`, n)));
    } finally {
      handles.datasync = datasync;
    }
    await journal.close();
    expect(syncs).toBeGreaterThan(0);
    expect(syncs).toBeLessThanOrEqual(2);
    expect((await reread(folder)).records.size).toBe(300);
  });

  test('rejects all entries after a failed write', async () => {
    const folder = await newFolder();
    const journal = await fileJournal(folder).open(RUN);
    const handles = await prototypeOfHandles(folder);
    const { datasync } = handles;
    handles.datasync = async () => Promise.reject(new Error('the disk is gone'));
    try {
      expect(await refusal(journal.record('lost', 1))).toContain('the disk is gone');
    } finally {
      handles.datasync = datasync;
    }
    for (const call of [journal.record('lost', 1), journal.record('later', 1), journal.claim('start 1')]) {
      expect(await refusal(call)).toContain('the disk is gone');
    }
    await journal.close();
    expect((await reread(folder)).records.size).toBe(0);
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
    const journal = await fileJournal(inside).open({ ...RUN, id });
    await journal.record('name', 1);
    await journal.close();
    expect(await readdir(folder)).toEqual(['inside']);
    expect(await readdir(inside)).toHaveLength(1);
    expect(await fileJournal(inside).list()).toEqual([id]);
    expect((await reread(inside, id)).run.id).toBe(id);
    // The lock of a dead process is taken over. Its file has the longest name.
    await writeFile(
      `${join(inside, (await readdir(inside))[0] ?? '')}.lock`,
      JSON.stringify({ id: 'x', pid: 2 ** 22 + 1, host: hostname(), born: '' }),
    );
    expect((await reread(inside, id)).records).toEqual(new Map([['name', 1]]));
  });

  test.each(['', 'r'.repeat(181), 'x'.repeat(300), '\ud800', '🏃'.repeat(60)])(
    'that is empty, too long or invalid Unicode is refused: %j',
    async (id) => {
      const folder = await newFolder();
      const journal = fileJournal(folder);
      for (const opening of [journal.open({ ...RUN, id }), journal.reopen(id)]) {
        expect(await rejection(opening)).toBeInstanceOf(TypeError);
      }
      expect(await readdir(folder)).toEqual([]);
    },
  );

  test('has its own file', async () => {
    const folder = await newFolder();
    const ids = ['a', 'a.', 'a%', 'a%2E', 'a*', 'a/', 'a ', 'ä', 'a\u0308'];
    for (const id of ids) await (await fileJournal(folder).open({ ...RUN, id })).close();
    expect([...(await fileJournal(folder).list())].sort()).toEqual([...ids].sort());
  });
});

test('fileJournal() requires the path of a folder', () => {
  for (const directory of ['', undefined, 1]) expect(() => fileJournal(directory as string)).toThrow(TypeError);
});
