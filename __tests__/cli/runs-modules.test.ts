import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { callTools, say } from 'interven-openai-assistants/testing';
import { rejection } from '../setup/world.ts';
import { runner } from './runs-runner.ts';
import { idOf, onlyJournal, runsWorld, type RunsWorld } from './runs-world.ts';
import { cli } from './world.ts';

const REMOVE = { name: 'remove', arguments: {}, id: 'call_r' };

let id = '';
let world: RunsWorld;
beforeEach(async () => {
  world = await runsWorld([callTools(REMOVE), say('Done.')]);
  await runner().run(world.seeded.threadId, world.seeded.assistantId);
  id = idOf(await onlyJournal(world.journals));
});
afterEach(async () => {
  await world.close();
});

describe('--runner', () => {
  const METHODS = 'resume: fail, resumeResponses: fail, resumeSession: fail, cancel: fail';
  const FAIL = 'const fail = () => { throw new Error("touched"); };';

  test.each<[text: string, code: number, message: string]>([
    ['export const helper = 1;', 2, 'has neither an export "runner" nor a default one'],
    ['export const runner = { resume() {} };', 2, 'exports something else as its runner'],
    ['export const runner = () => undefined;', 2, 'exports something else as its runner'],
    ['export const runner = () => { throw new Error("no key"); };', 3, 'its function failed: no key'],
    ['throw new Error("no database");', 3, 'cannot be loaded: no database'],
    ['import "no-such-package-anywhere";', 3, 'cannot be loaded: '],
    [`${FAIL} export default { ${METHODS}, journal: undefined };`, 2, 'has no journal, and would run calls again'],
    [`${FAIL} export default { ${METHODS}, journal: {} };`, 2, 'must be a fileJournal'],
    [`${FAIL} export default { ${METHODS}, journal: { directory: "/elsewhere" } };`, 2, 'are in /elsewhere, not in '],
  ])('with the module %j exits with %i', async (text, code, message) => {
    const module = await world.files.write('runner.mjs', text);
    expect(await world.runs('resume', id, '--runner', module)).toMatchObject({
      code,
      out: '',
      err: expect.stringContaining(message),
    });
  });

  test('passes the module’s context to the resumed run', async () => {
    const text = `export const context = { user: "ann" };
      const done = async (_, __, options) => ({ status: "completed", text: JSON.stringify(options), calls: [], approvals: [] });
      export const runner = { resume: done, resumeResponses: done, resumeSession: done, cancel: done, journal: { directory: ${JSON.stringify(world.journals)} } };`;
    const module = await world.files.write('runner.mjs', text);
    const { out } = await world.runs('resume', id, '--runner', module, '--new-run');
    expect(out).toContain('{"context":{"user":"ann"},"onExpired":"new-run"}');
  });

  test('exits although the module keeps its process alive', async () => {
    const text = `setInterval(() => {}, 1000);
      const done = async () => ({ status: "awaiting_approval", text: null, calls: [], approvals: [] });
      export const runner = { resume: done, resumeResponses: done, resumeSession: done, cancel: done, journal: { directory: ${JSON.stringify(world.journals)} } };`;
    const module = await world.files.write('runner.mjs', text);
    const program = ['--import', 'tsx', '-C', 'interven-source', 'src/cli/main.ts'];
    const args = ['runs', 'resume', id, '--journal', world.journals, '--runner', module];
    const ran = promisify(execFile)('node', [...program, ...args]);
    expect(await rejection(ran)).toMatchObject({ code: 4, stdout: `${id}  awaiting_approval\n` });
  });

  test('reports a missing file, and that --runner is missing', async () => {
    expect(await world.runs('resume', id, '--runner', 'no/such.js')).toMatchObject({
      code: 3,
      err: expect.stringContaining('--runner no/such.js: there is no such file.'),
    });
    expect(await world.runs('resume', id)).toMatchObject({
      code: 2,
      err: expect.stringContaining('--runner is missing'),
    });
  });

  test('exits with 3 and the error’s message if the run rejects', async () => {
    const text = `const fail = async () => { throw Object.assign(new Error("The network is away."), { code: "api_error" }); };
      export const runner = { ${METHODS}, journal: { directory: ${JSON.stringify(world.journals)} } };`;
    const module = await world.files.write('runner.mjs', text);
    expect(await world.runs('resume', id, '--runner', module)).toMatchObject({
      code: 3,
      err: expect.stringContaining('The network is away.'),
    });
  });

  test.each<[status: string, code: number]>([
    ['cancelled', 0],
    ['completed', 1],
  ])('cancel prints the status %s and exits with %i', async (status, code) => {
    const text = `${FAIL} export const runner = { ${METHODS}, journal: { directory: ${JSON.stringify(world.journals)} },
      cancel: async (id) => ({ status: id === ${JSON.stringify(id)} ? "${status}" : "another run" }) };`;
    const module = await world.files.write('runner.mjs', text);
    expect(await world.runs('cancel', id, '--runner', module)).toEqual({ code, out: `${id}  ${status}\n`, err: '' });
  });
});

describe('invalid usage', () => {
  test('is reported with the option or the id', async () => {
    expect(await cli(['runs', 'list'])).toMatchObject({
      code: 2,
      err: expect.stringContaining('--journal is missing'),
    });
    expect(await cli(['runs', 'list', '--journal', '/no/such/place'])).toMatchObject({
      code: 3,
      err: expect.stringContaining('--journal /no/such/place cannot be read: there is no such directory.'),
    });
    const empty = await cli(['runs', 'list', '--journal', world.files.path]);
    expect(empty).toEqual({ code: 0, out: `No journals in ${world.files.path}.\n`, err: '' });
    expect(await world.runs('show', 'run_1')).toMatchObject({
      code: 3,
      err: expect.stringContaining('No journal of a run "run_1"'),
    });
    for (const name of ['run_abcdef1', 'run_abcdef2'])
      await writeFile(join(world.journals, `${name}.journal.jsonl`), '');
    expect(await world.runs('show', 'run_abcd')).toMatchObject({
      code: 2,
      err: expect.stringContaining('matches 2 ids: run_abcdef1, run_abcdef2'),
    });
  });
});
