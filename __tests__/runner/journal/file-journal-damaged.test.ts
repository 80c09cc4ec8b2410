import { describe, expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { promisify } from 'node:util';
import { fileJournal } from 'interven-openai-assistants';
import { rejection } from '../../setup/world.ts';
import { HEADER, lineOf, pathOf, refusal, reread, RUN_ID, timeless, written } from './files.ts';
import { newFolder } from './world.ts';
import { program } from '../../setup/program.ts';

describe('a journal whose last line is truncated', () => {
  test('at any byte is repaired: all earlier lines are kept, and the journal continues', async () => {
    const folder = await newFolder();
    const path = await written(folder);
    const whole = await readFile(path);
    const lastLine = whole.lastIndexOf('\n', whole.length - 2) + 1;
    for (let end = lastLine; end < whole.length; end += 1) {
      // A crash may leave a file that has grown before its text was written.
      for (const zeros of end % 5 === 0 ? [0, 1, 700] : [0]) {
        await writeFile(path, Buffer.concat([whole.subarray(0, end), Buffer.alloc(zeros)]));
        const journal = await fileJournal(folder).open(RUN_ID);
        expect(journal.entries.map(({ key }) => key)).toEqual(['decision 1', 'start 1']);
        await journal.append('end 1', { output: 'done' });
        await journal.close();
        expect(timeless(await readFile(path, 'utf8'))).toEqual(timeless(whole.toString()));
      }
    }
  });

  test('and has no other line counts as missing', async () => {
    const folder = await newFolder();
    const path = pathOf(folder);
    const line = lineOf(0, HEADER);
    for (let end = 0; end < line.length; end += 7) {
      await writeFile(path, line.slice(0, end));
      expect(await fileJournal(folder).reopen(RUN_ID)).toBeUndefined();
      await writeFile(path, line.slice(0, end));
      const journal = await fileJournal(folder).open(RUN_ID);
      await journal.append('first', 1);
      await journal.close();
      expect(timeless(await readFile(path, 'utf8'))).toBe(line + lineOf(1, { key: 'first', event: 1 }));
    }
  });
});

describe('a journal is refused and left unchanged', () => {
  const changed = (text: string, from: string, to: string): string => text.replace(from, to);
  test.each([
    ['when a string in it was changed', (text: string) => changed(text, 'ALLOW', 'ALLOV'), 2, 'checksum'],
    ['when a name in it was changed', (text: string) => changed(text, 'start 1', 'start 2'), 3, 'checksum'],
    ['when its last line was changed', (text: string) => changed(text, '"done"', '"gone"'), 4, 'checksum'],
    [
      'when a number was changed',
      (text: string) => changed(text, '"seq":2', '"seq":3'),
      3,
      'expected entry 2, found entry 3',
    ],
    [
      'when a line is missing',
      (text: string) => text.split('\n').toSpliced(2, 1).join('\n'),
      3,
      'expected entry 2, found entry 3',
    ],
    [
      'when a line is duplicated',
      (text: string) =>
        text
          .split('\n')
          .toSpliced(2, 0, text.split('\n')[1] ?? '')
          .join('\n'),
      3,
      'expected entry 2, found entry 1',
    ],
    [
      'when it has no first line',
      (text: string) => text.slice(text.indexOf('\n') + 1),
      1,
      'expected entry 0, found entry 1',
    ],
    [
      'when a line in the middle is truncated',
      (text: string) => changed(text, '"event":{"type":"handler-start"}}}', ''),
      3,
      'unfinished',
    ],
    [
      'when an entry has an unknown kind',
      (text: string) => text + lineOf(4, { surprise: 1 }),
      5,
      'is an unknown kind of entry',
    ],
  ])('%s', async (_, damage, line, expected) => {
    const folder = await newFolder();
    const path = await written(folder);
    const damaged = damage(await readFile(path, 'utf8'));
    await writeFile(path, damaged);
    for (const opening of [
      async () => fileJournal(folder).open(RUN_ID),
      async () => fileJournal(folder).reopen(RUN_ID),
    ]) {
      const message = await refusal(opening());
      expect(message).toContain(`${path} is damaged at line ${line} `);
      expect(message).toContain(expected);
    }
    expect(await readFile(path, 'utf8')).toBe(damaged);
    expect(await readdir(folder)).toEqual(['run_1.journal.jsonl']);
  });

  test('when another version wrote it; the error advises to finish the run with that version', async () => {
    const folder = await newFolder();
    const text = lineOf(0, { run: { id: RUN_ID }, protocol: 1 }) + lineOf(1, { record: 'x', value: 1 });
    await writeFile(pathOf(folder), text);
    expect(await refusal(fileJournal(folder).reopen(RUN_ID))).toMatch(
      /format 1, not 2.*finish the run with that version/,
    );
    expect(await readFile(pathOf(folder), 'utf8')).toBe(text);
  });

  test('when it belongs to another run', async () => {
    const folder = await newFolder();
    await rename(await written(folder), pathOf(folder, 'run_2'));
    for (const opening of [
      async () => fileJournal(folder).reopen('run_2'),
      async () => fileJournal(folder).open('run_2'),
    ]) {
      expect(await refusal(opening())).toContain('is the journal of run "run_1", not of run "run_2"');
    }
  });

  test('when its path is a folder', async () => {
    const folder = await newFolder();
    await mkdir(pathOf(folder));
    await rejection(fileJournal(folder).open(RUN_ID));
    expect(await readdir(folder)).toEqual(['run_1.journal.jsonl']);
  });
});

describe('a journal has one owner at a time', () => {
  test('and the error of a second process names the first, which can continue', async () => {
    const folder = await newFolder();
    const first = await fileJournal(folder).open(RUN_ID);
    await first.append('before', 1);
    const script = `
      import { fileJournal } from './src/runner/journal/file-journal.ts';
      for (const way of ['open', 'reopen']) {
        await fileJournal(process.argv[2])[way](process.argv[3]).catch(({ message }) => process.stdout.write(message + '\\n'));
      }`;
    const { stdout } = await promisify(execFile)(process.execPath, [program(script), folder, RUN_ID]);
    const messages = stdout.trim().split('\n');
    expect(messages).toHaveLength(2);
    for (const message of messages) {
      expect(message).toContain(`${pathOf(folder)} is in use by process ${process.pid}`);
      expect(message).toContain(`${pathOf(folder)}.lock`);
    }
    await first.append('after', 2);
    await first.close();
    expect(await reread(folder)).toEqual({ before: 1, after: 2 });
  });

  test('also within one process, until the owner closes it', async () => {
    const folder = await newFolder();
    const first = await fileJournal(folder).open(RUN_ID);
    await first.append('first', 1);
    expect(await refusal(fileJournal(folder).reopen(RUN_ID))).toContain(`in use by this process (${process.pid})`);
    await first.close();
    await reread(folder);
  });

  test('and a process of another machine counts as alive, because this one cannot check', async () => {
    const folder = await newFolder();
    const path = await written(folder);
    await writeFile(`${path}.lock`, JSON.stringify({ id: 'x', pid: 1, host: `not-${hostname()}`, born: '' }));
    expect(await refusal(fileJournal(folder).reopen(RUN_ID))).toMatch(/process 1 of another machine, not-.*delete/);
  });
});
