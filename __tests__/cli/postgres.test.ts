import { PGLiteSocketServer } from '@electric-sql/pglite-socket';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { migrate, postgresAuditStore, postgresJournal } from 'interven-openai-assistants/postgres';
import { callTools, say } from 'interven-openai-assistants/testing';
import { migratedDatabase } from '../setup/postgres.ts';
import { runner } from './runs-runner.ts';
import { APPROVAL_TABLES } from '../../src/postgres/approval-tables.ts';
import { JOURNAL_TABLES } from '../../src/postgres/journal-tables.ts';
import { RUNNER, runsWorld, type RunsWorld } from './runs-world.ts';
import { cli, folder, type Ran } from './world.ts';

const database = await migratedDatabase();
const server = new PGLiteSocketServer({ db: database, port: 0, maxConnections: 32 });
let url = '';
let world: RunsWorld | undefined;

beforeAll(async () => {
  await server.start();
  url = `postgres://postgres@127.0.0.1:${server.getServerConn().split(':').at(-1) ?? ''}/postgres`;
  process.env['RUNS_DATABASE'] = url;
});
afterEach(async () => {
  await world?.close();
  world = undefined;
  await database.exec('TRUNCATE interven.runs, interven.events, interven.audit_log');
  await database.exec('UPDATE interven.audit_head SET seq = 0, hash = NULL');
});
afterAll(async () => {
  delete process.env['RUNS_DATABASE'];
  await server.stop();
  await database.close();
});

const runs = async (...args: readonly string[]): Promise<Ran> =>
  cli(['runs', ...args, '--postgres'], { env: { DATABASE_URL: url } });

/** Serves a run until it waits for an approver. */
async function parked(): Promise<readonly [id: string, world: RunsWorld]> {
  const calls = callTools(
    { name: 'look', arguments: {}, id: 'call_l' },
    { name: 'remove', arguments: {}, id: 'call_r' },
  );
  world = await runsWorld([calls, say('Done.')]);
  return [(await runner().run(world.seeded.threadId, world.seeded.assistantId)).runId, world];
}

test('--postgres lists, shows, resumes and removes the runs of the database', async () => {
  const [id, parkedIn] = await parked();
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
  expect(parkedIn.effects()).toEqual(['look', 'remove']);
  expect((await runs('list', '--open')).out).toBe('No run is open; the database has 1 that ended.\n');
  const removed = `ended     ${id}\nRemoved 1 journal of an ended run, 0 empty journals.\n`;
  expect((await runs('prune', '--older-than', '0s')).out).toBe(removed);
  expect((await runs('list', '--json')).out).toBe('{"runs":[],"older":0}\n');
});

test('--postgres leaves a run to the process that has its lease', async () => {
  const [id] = await parked();
  const held = await postgresJournal(database).open(id);
  const inUse = `${id} is in use by process ${process.pid}. Only one process can serve a run.\n`;
  for (const what of ['resume', 'cancel'])
    expect(await runs(what, id, '--runner', RUNNER)).toEqual({ code: 5, out: '', err: inUse });
  expect((await runs('show', id)).out).toContain('if it is gone, its lease ends within leaseMs, and you can resume:\n');
  await held.close();
  expect((await runs('cancel', id, '--runner', RUNNER)).out).toBe(`${id}  cancelled\n`);
});

test('--postgres refuses what leads to another journal, and a database that cannot be used', async () => {
  const [id, { files: folder, journals }] = await parked();
  const files = await folder.write(
    'runner.mjs',
    `const fail = () => { throw new Error("touched"); };
    export const runner = { resume: fail, resumeResponses: fail, resumeSession: fail, cancel: fail, journal: { id: async () => "other" } };`,
  );
  const mismatch = "its runner's journal is not the postgresJournal of DATABASE_URL (--postgres).";
  const refusals: readonly (readonly [args: readonly string[], code: number, message: string])[] = [
    [['resume', id, '--runner', files], 2, mismatch],
    [['list', '--journal', journals], 2, 'Use --journal or --postgres, not both.'],
    [['list', '--schema', 'a b'], 2, 'schema is "a b"'],
    [['list', '--schema', 'other'], 3, 'The database in DATABASE_URL cannot be used: '],
    [['show', 'run_0'], 3, 'No journal of a run "run_0"'],
  ];
  for (const [args, code, err] of refusals)
    expect(await runs(...args)).toEqual({ code, out: '', err: expect.stringContaining(err) });
  expect(await cli(['runs', 'list', '--journal', journals, '--schema', 'other'])).toMatchObject({ code: 2 });
});

test('runs list shows the newest runs first, as many as --limit, and counts the older ones', async () => {
  const journal = postgresJournal(database);
  for (const id of ['run_a', 'run_b', 'run_c', 'key:k']) {
    const held = await journal.open(id);
    await held.append('run-end', { type: 'run-end', status: 'completed' });
    await held.close();
  }
  const ids = (out: string): string[] => [...out.matchAll(/^run_./gm)].map(([id]) => id);
  expect(ids((await runs('list')).out)).toEqual(['run_c', 'run_b', 'run_a']);
  const { out } = await runs('list', '--limit', '2');
  expect(ids(out)).toEqual(['run_c', 'run_b']);
  expect(out).toMatch(/\n… and 1 older: --limit 3 lists all\.\n$/);
  expect(await journal.newest({ limit: 2, before: 'run_c' })).toEqual(['run_b', 'run_a']);
  const held = await journal.open('run_a_and_more');
  await held.append('run-start', {
    type: 'run-start',
    run: { id: 'run_a_and_more', threadId: 't', api: 'assistants' },
  });
  await held.close();
  expect((await runs('show', 'run_a')).out).toMatch(/^run_a /m);
  expect((await runs('show', 'run_a_an')).out).toContain('run_a_and_more');
  expect(await runs('list', '--limit', '0')).toMatchObject({ code: 2, err: expect.stringContaining('--limit is "0"') });
});

describe('log verify --postgres', () => {
  const stores = [postgresAuditStore(database), postgresAuditStore(database)];
  const entries = async (): Promise<readonly { id: number; entry: string }[]> =>
    (await database.query<{ id: number; entry: string }>('SELECT id, entry FROM interven.audit_log ORDER BY id')).rows;
  const verify = async (...args: readonly string[]): Promise<Ran> =>
    cli(['log', 'verify', '--postgres', ...args], { env: { DATABASE_URL: url } });
  /** Lines of two gateways. */
  const written = async (count: number): Promise<void> => {
    const line = (number: number) => ({
      type: 'decision' as const,
      json: JSON.stringify({ number, odd: 'é\0\ud800' }),
    });
    const lines = Array.from({ length: count }, (_, number) => line(number));
    await Promise.all(lines.map(async (one, number) => stores[number % 2]?.append([one, one])));
  };

  test('accepts the lines of several gateways, of which nothing is lost when old ones are deleted', async () => {
    await database.exec("SELECT setval('interven.changes', 96)");
    await written(4);
    const { code, out } = await verify();
    expect([code, out]).toEqual([0, expect.stringMatching(/^8 lines, each as the next one found it\.\n.* number 8\./)]);
    await database.exec('DELETE FROM interven.audit_log WHERE entry LIKE \'{"seq":1,%\'');
    expect(await verify()).toMatchObject({ code: 0, out: expect.stringContaining('begins with number 2') });
    const file = await (await folder()).write('log.jsonl', (await entries()).map(({ entry }) => `${entry}\n`).join(''));
    expect(await cli(['log', 'verify', file])).toMatchObject({ code: 0 });
  });

  test.each<[name: string, sql: string, expected: (ids: readonly number[]) => string]>([
    [
      'a changed row',
      `UPDATE audit_log SET entry = replace(entry, '{', '{ ') WHERE id = $2`,
      (ids) => `log:${ids[1]}: this line was changed, or the hash of it in line ${ids[2]}.`,
    ],
    [
      'a missing row',
      'DELETE FROM audit_log WHERE id = $2',
      (ids) => `log:${ids[2]}: this line follows a gap: 1 line is missing (number 2).`,
    ],
    [
      'a row in another place',
      'UPDATE audit_log SET id = -id WHERE id = $3',
      (ids) => `log:${ids[3]}: this line is out of order: its number is 4 where 3 is due.`,
    ],
    [
      'a changed last row',
      `UPDATE audit_log SET entry = replace(entry, '{', '{ ') WHERE id = $4`,
      (ids) => `log:${ids[3]}: this line was changed, or the hash of it in line 1 of interven.audit_head.`,
    ],
    [
      'a missing last row',
      'DELETE FROM audit_log WHERE id = $4',
      () => 'head:1: this line follows a gap: 1 line is missing (number 4).',
    ],
    [
      'no rows at all',
      'DELETE FROM audit_log',
      () => 'head:1: this line follows a gap: 4 lines are missing (numbers 1 to 4).',
    ],
    [
      'a missing head',
      'DELETE FROM audit_head',
      () => 'head:1: this line is missing, so nothing shows which line is the last one.',
    ],
  ])('names %s', async (_name, sql, expected) => {
    await written(2);
    const ids = (await entries()).map(({ id }) => id);
    await database.exec(
      sql
        .replaceAll(/\$(\d)/g, (_match, place: string) => String(ids[Number(place) - 1]))
        .replaceAll('audit_', 'interven.audit_'),
    );
    const { code, out } = await verify();
    expect([code, out]).toEqual([1, expect.stringContaining(`wrong interven.audit_${expected(ids)}`)]);
    await database.exec('INSERT INTO interven.audit_head (seq) VALUES (0) ON CONFLICT DO NOTHING');
  });

  test('accepts the lines that an earlier version wrote, once the tables are up to date', async () => {
    await database.exec(`CREATE SCHEMA old; SET search_path TO old; ${JOURNAL_TABLES} ${APPROVAL_TABLES}
      CREATE TABLE migrations (version integer PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now());
      INSERT INTO migrations VALUES (1), (2);
      INSERT INTO audit_log (type, entry) VALUES ('decision', '{"a":1}'), ('decision', '{"b":2}'); RESET search_path`);
    await migrate(database, { schema: 'old' });
    await postgresAuditStore(database, { schema: 'old' }).append([{ type: 'missed', json: '{"c":3}' }]);
    const { code, out } = await verify('--schema', 'old');
    expect([code, out]).toEqual([0, expect.stringMatching(/^3 lines, each as the next one found it/)]);
  });

  test('refuses files beside it, and a log of nothing', async () => {
    expect(await verify('a.jsonl')).toMatchObject({ code: 2, err: expect.stringContaining('or --postgres.') });
    expect(await verify()).toMatchObject({ code: 1, out: expect.stringContaining('There are no lines.') });
  });
});
