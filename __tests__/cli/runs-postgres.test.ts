import { PGlite } from '@electric-sql/pglite';
import { PGLiteSocketServer } from '@electric-sql/pglite-socket';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { migrate, postgresJournal } from 'interven-openai-assistants/postgres';
import { callTools, say } from 'interven-openai-assistants/testing';
import { runner } from './runs-runner.ts';
import { RUNNER, runsWorld, type RunsWorld } from './runs-world.ts';
import { cli, type Ran } from './world.ts';

const database = new PGlite();
const server = new PGLiteSocketServer({ db: database, port: 0, maxConnections: 32 });
let url = '';
let world: RunsWorld;

beforeAll(async () => {
  await migrate(database);
  await server.start();
  url = `postgres://postgres@127.0.0.1:${server.getServerConn().split(':').at(-1) ?? ''}/postgres`;
  process.env['RUNS_DATABASE'] = url;
});
afterEach(async () => {
  await world.close();
  await database.exec('TRUNCATE interven.runs, interven.events');
});
afterAll(async () => {
  delete process.env['RUNS_DATABASE'];
  await server.stop();
  await database.close();
});

const runs = async (...args: readonly string[]): Promise<Ran> =>
  cli(['runs', ...args, '--postgres'], { env: { DATABASE_URL: url } });

/** Serves a run until it waits for an approver. */
async function parked(): Promise<string> {
  const calls = callTools(
    { name: 'look', arguments: {}, id: 'call_l' },
    { name: 'remove', arguments: {}, id: 'call_r' },
  );
  world = await runsWorld([calls, say('Done.')]);
  return (await runner().run(world.seeded.threadId, world.seeded.assistantId)).runId;
}

test('--postgres lists, shows, resumes and removes the runs of the database', async () => {
  const id = await parked();
  expect((await runs('list')).out).toMatch(
    new RegExp(`^${id}  assistants  .*  waits for approval \\(1\\)  2 calls\n$`),
  );
  const shown = await runs('show', id.slice(0, 8), '--payloads');
  expect(shown.out).toContain('(call_l)\n  state      ran\n');
  expect(shown.out).toContain('  output     look: done\n');
  expect(shown.out).toContain(`runs resume ${id} --postgres --runner MODULE\n`);
  expect((await runs('prune', '--older-than', '0s')).out).toContain('Removed 0 journals');
  expect(await runs('resume', id, '--runner', RUNNER)).toMatchObject({ code: 4 });
  process.env['RUNS_APPROVED'] = 'ann';
  expect(await runs('resume', id, '--runner', RUNNER)).toMatchObject({
    code: 0,
    out: expect.stringContaining('  call      remove (call_r): allowed\n'),
  });
  expect(world.effects()).toEqual(['look', 'remove']);
  expect((await runs('list', '--open')).out).toBe('No run is open; the database has 1 that ended.\n');
  const removed = `ended     ${id}\nRemoved 1 journal of an ended run, 0 empty journals.\n`;
  expect((await runs('prune', '--older-than', '0s')).out).toBe(removed);
  expect((await runs('list', '--json')).out).toBe('{"runs":[]}\n');
});

test('--postgres leaves a run to the process that has its lease', async () => {
  const id = await parked();
  const held = await postgresJournal(database).open(id);
  const inUse = `${id} is in use by process ${process.pid}. Only one process can serve a run.\n`;
  for (const what of ['resume', 'cancel'])
    expect(await runs(what, id, '--runner', RUNNER)).toEqual({ code: 5, out: '', err: inUse });
  expect((await runs('show', id)).out).toContain('if it is gone, its lease ends within leaseMs, and you can resume:\n');
  await held.close();
  expect((await runs('cancel', id, '--runner', RUNNER)).out).toBe(`${id}  cancelled\n`);
});

test('--postgres refuses what leads to another journal, and a database that cannot be used', async () => {
  const id = await parked();
  const files = await world.files.write(
    'runner.mjs',
    `const fail = () => { throw new Error("touched"); };
    export const runner = { resume: fail, resumeResponses: fail, resumeSession: fail, cancel: fail, journal: { id: async () => "other" } };`,
  );
  const mismatch = "its runner's journal is not the postgresJournal of DATABASE_URL (--postgres).";
  const refusals: readonly (readonly [args: readonly string[], code: number, message: string])[] = [
    [['resume', id, '--runner', files], 2, mismatch],
    [['list', '--journal', world.journals], 2, 'Use --journal or --postgres, not both.'],
    [['list', '--schema', 'a b'], 2, 'schema is "a b"'],
    [['list', '--schema', 'other'], 3, 'The database in DATABASE_URL cannot be used: '],
    [['show', 'run_0'], 3, 'No journal of a run "run_0"'],
  ];
  for (const [args, code, err] of refusals)
    expect(await runs(...args)).toEqual({ code, out: '', err: expect.stringContaining(err) });
  expect(await cli(['runs', 'list', '--journal', world.journals, '--schema', 'other'])).toMatchObject({ code: 2 });
});
