import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { readdir, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { callTools, say } from 'interven-openai-assistants/testing';
import { runner } from './runs-runner.ts';
import { idOf, killed, onlyJournal, runsWorld, snapshot, type RunsWorld } from './runs-world.ts';
import { cli } from './world.ts';

let world: RunsWorld;
beforeEach(async () => {
  world = await runsWorld(({ messages, outputs }) => {
    const text = messages.at(-1)?.text ?? '';
    return outputs.length > 0 ? say('Done.') : callTools({ name: text === 'Hello' ? 'stay' : text });
  });
});
afterEach(async () => {
  await world.close();
});

/** Serves a run that calls a tool, and pretends that its last write was so many days ago. Returns its id. */
async function runAt(days: number, tool: string): Promise<string> {
  const before = new Set(await readdir(world.journals));
  const { threadId, assistantId } = world.openai.seed(tool);
  const { runId } = await runner().run(threadId, assistantId);
  const at = new Date(Date.now() - days * 24 * 60 * 60 * 1_000);
  for (const name of await readdir(world.journals))
    if (!before.has(name)) await utimes(join(world.journals, name), at, at);
  return runId;
}

const journalNames = async (): Promise<readonly string[]> =>
  (await readdir(world.journals)).filter((name) => name !== 'journals.id').toSorted();

test('runs prune removes the journals of runs that ended more than 30 days ago, and prints their ids', async () => {
  const [old, newer] = [await runAt(31, 'look'), await runAt(29, 'look')];
  expect(await world.runs('prune')).toEqual({
    code: 0,
    out: `ended     ${old}\nRemoved 1 journal of an ended run, 0 empty journals.\n`,
    err: '',
  });
  expect(await journalNames()).toEqual([`${newer}.journal.jsonl`]);
  expect((await world.runs('prune')).out).toBe('Removed 0 journals of ended runs, 0 empty journals.\n');
});

test('runs prune keeps a run that waits for approvers, however old it is', async () => {
  const id = await runAt(900, 'remove');
  expect((await world.runs('prune', '--older-than', '0s')).out).toContain('Removed 0 journals');
  expect(await journalNames()).toEqual([`${id}.journal.jsonl`]);
});

test('--older-than sets the age in seconds, minutes, hours or days', async () => {
  await runAt(1, 'look');
  for (const age of ['2d', '25h', '1500m', '90000s'])
    expect((await world.runs('prune', '--older-than', age)).out).toContain('Removed 0 journals');
  expect((await world.runs('prune', '--older-than', '23.5h')).out).toContain('Removed 1 journal of an ended run');
});

test.each(['30', '30 days', 'd', '-1d', '1w', '1e3d', 'P30D'])('--older-than=%s is a usage error', async (age) => {
  const { code, err } = await world.runs('prune', `--older-than=${age}`);
  expect(code).toBe(2);
  expect(err).toContain(`--older-than is "${age}"; it must be a number and s, m, h or d, such as 30d.`);
});

test('--dry-run prints what would be removed, and changes nothing', async () => {
  const id = await runAt(31, 'look');
  await writeFile(join(world.journals, 'run_empty.journal.jsonl'), '');
  const before = await snapshot(world.journals);
  const { code, out } = await world.runs('prune', '--dry-run');
  expect(code).toBe(0);
  expect(out).toBe(`ended     ${id}\nempty     run_empty\nWould remove 1 journal of an ended run, 1 empty journal.\n`);
  expect(await snapshot(world.journals)).toEqual(before);
});

test('--json prints ids, names and problems; a journal that cannot be read is kept, with exit code 3', async () => {
  const id = await runAt(31, 'look');
  const claim = `${id}.journal.jsonl.lock.${randomUUID()}`;
  await writeFile(
    join(world.journals, claim),
    JSON.stringify({ id: 'x', pid: 2 ** 22 + 1, host: hostname(), born: '' }),
  );
  await writeFile(join(world.journals, 'run_bad.journal.jsonl'), 'not a journal\n');
  const { code, out, err } = await world.runs('prune', '--json');
  expect(code).toBe(3);
  expect(JSON.parse(out)).toEqual({
    dry_run: false,
    ended: [id],
    empty: [],
    leftovers: [claim],
    problems: [{ id: 'run_bad', problem: expect.stringContaining('is damaged at line 1') }],
  });
  expect(err).toMatch(/^Kept the journal of run_bad: .*is damaged at line 1/);
  expect(await journalNames()).toEqual(['run_bad.journal.jsonl']);
});

test('what a killed process left is removed, and its run stays open', async () => {
  const child = await world.serveInChild();
  const file = await onlyJournal(world.journals);
  expect((await world.runs('prune', '--older-than', '0s')).out).toContain('Removed 0 journals');
  await killed(child);
  const claim = `${file}.lock.${randomUUID()}`;
  await writeFile(claim, JSON.stringify({ id: 'x', pid: child.pid, host: hostname(), born: '' }));
  const { out } = await world.runs('prune', '--older-than', '0s');
  expect(out).toContain('0 journals of ended runs, 0 empty journals, 1 file of a killed process.');
  // The process that resumes the run takes over its lock.
  expect(await journalNames()).toEqual([`${idOf(file)}.journal.jsonl`, `${idOf(file)}.journal.jsonl.lock`]);
  expect((await world.runs('list', '--open')).out).toContain('interrupted');
});

test('a directory that is missing or does not exist is an error', async () => {
  expect(await cli(['runs', 'prune'])).toMatchObject({ code: 2, err: expect.stringContaining('--journal is missing') });
  const none = join(world.journals, 'none');
  expect(await cli(['runs', 'prune', '--journal', none])).toMatchObject({
    code: 3,
    err: expect.stringContaining('there is no such directory'),
  });
});
