import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { appendFile, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { callTools, say } from 'interven-openai-assistants/testing';
import { runner } from './runs-runner.ts';
import { idOf, onlyJournal, RUNNER, runsWorld, snapshot, type RunsWorld } from './runs-world.ts';

const REMOVE = { name: 'remove', arguments: {}, id: 'call_r' };

let world: RunsWorld;
beforeEach(async () => {
  world = await runsWorld([callTools(REMOVE), say('Done.')]);
  await runner().run(world.seeded.threadId, world.seeded.assistantId);
});
afterEach(async () => {
  await world.close();
});

describe('unreadable journals', () => {
  test('an incomplete last line is reported, and only resume removes it', async () => {
    const file = await onlyJournal(world.journals);
    await appendFile(file, '{"seq":2,"cr');
    const before = await snapshot(world.journals);
    expect((await world.runs('list')).out).toContain('waits for approval (1)');
    expect((await world.runs('show', idOf(file))).out).toContain(
      '  torn       12 bytes at the end were not written completely',
    );
    expect(await snapshot(world.journals)).toEqual(before);
    expect((await world.runs('resume', idOf(file), '--runner', RUNNER)).code).toBe(4);
    expect((await world.runs('show', idOf(file))).out).not.toContain('torn');
  });

  test('a damaged journal is reported with its line and exit code 3, and the others are still listed', async () => {
    const file = await onlyJournal(world.journals);
    const lines = (await readFile(file, 'utf8')).split('\n');
    await writeFile(
      join(world.journals, 'run_bad.journal.jsonl'),
      [lines[0], lines[1], lines[2]?.replace('remove', 'rempve'), ''].join('\n'),
    );
    const { code, out } = await world.runs('list');
    expect(code).toBe(3);
    expect(out).toMatch(/^run_bad {2,}cannot be read: .*run_bad\.journal\.jsonl is damaged at line 3 .*checksum/m);
    expect(out).toContain('waits for approval (1)');
    expect(await world.runs('show', 'run_bad')).toMatchObject({
      code: 3,
      err: expect.stringContaining('is damaged at line 3'),
    });
  });

  test('a journal under another run’s name is reported', async () => {
    await rename(await onlyJournal(world.journals), join(world.journals, 'run_other.journal.jsonl'));
    expect((await world.runs('list')).out).toContain('cannot be read: ');
    expect((await world.runs('show', 'run_other')).err).toContain(
      ', not of run "run_other". Give the file its previous name back.',
    );
  });

  test('an empty journal is listed without an error', async () => {
    await writeFile(join(world.journals, 'run_empty.journal.jsonl'), '');
    expect(await world.runs('list')).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^run_empty .* nothing recorded +0 calls$/m),
    });
    expect(await world.runs('resume', 'run_empty', '--runner', RUNNER)).toMatchObject({
      code: 3,
      err: expect.stringContaining('The journal of run_empty is empty'),
    });
  });

  test('a run that is owned by a process of another machine is not resumed', async () => {
    const file = await onlyJournal(world.journals);
    await writeFile(`${file}.lock`, JSON.stringify({ id: 'x', pid: 7, host: 'elsewhere\u001b[2J', born: '' }));
    expect((await world.runs('list')).out).toContain(String.raw`running (process 7 on host elsewhere\u001b[2J)`);
    expect((await world.runs('show', idOf(file))).out).toContain(
      `if that process is gone, delete ${file}.lock and resume:\n`,
    );
    expect((await world.runs('resume', idOf(file), '--runner', RUNNER)).code).toBe(5);
  });

  test('an invalid lock is reported with a remedy', async () => {
    const file = await onlyJournal(world.journals);
    await writeFile(`${file}.lock`, 'null');
    expect(await world.runs('list')).toMatchObject({
      code: 3,
      out: expect.stringContaining(
        `${file}.lock was not created by this library. Delete it if no process uses ${file}.`,
      ),
    });
  });

  test('control characters in names are escaped', async () => {
    await writeFile(join(world.journals, '%zz\u001b[2J\nrun_x  completed.journal.jsonl'), '');
    await writeFile(join(world.journals, 'run%0A%1B%5B31m.journal.jsonl'), '');
    const { out } = await world.runs('list');
    expect(out).not.toContain('\u001b');
    expect(out.trimEnd().split('\n')).toHaveLength(3);
    expect(out).toContain(String.raw`run\n\u001b[31m`);
    const shown = await world.runs('show', 'run\n\u001b[31m');
    expect(shown.out).not.toContain('\u001b');
    expect(shown.out).toMatch(/^run\\n\\u001b\[31m  nothing recorded\n/);
  });
});
