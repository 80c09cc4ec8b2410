/** What every journal promises, for each implementation. */
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { PGlite } from '@electric-sql/pglite';
import type { GuardedRunner } from 'interven-openai-assistants';
import { fileJournal, type FileJournal, type Journal, type RunJournal } from 'interven-openai-assistants';
import {
  migrate,
  postgresJournal,
  type PostgresClient,
  type PostgresJournal,
} from 'interven-openai-assistants/postgres';
import { callTools, say } from 'interven-openai-assistants/testing';
import { rejection } from '../../setup/world.ts';
import { journalWorld, newFolder } from './world.ts';
import { gate } from '../../setup/gate.ts';
import { holdTimers } from '../../setup/held-timers.ts';
import { waitFor } from '../../setup/wait-for.ts';
import { migratedDatabase } from '../../setup/postgres.ts';

let database: PGlite;
beforeAll(async () => {
  database = await migratedDatabase();
});
afterEach(async () => {
  await database.exec('TRUNCATE interven.runs, interven.events');
});
afterAll(async () => database.close());

/** Returns a function that creates the journal as each process does. */
const STORES: readonly [name: string, create: () => Promise<() => FileJournal | PostgresJournal>][] = [
  [
    'files',
    async () => {
      const folder = await newFolder();
      return () => fileJournal(folder);
    },
  ],
  ['Postgres', async () => () => postgresJournal(database)],
];

/** Opens a journal as a later process does, closes it, and returns its events by key. */
async function reread(journal: Journal, runId = 'run_1'): Promise<unknown> {
  const opened = await journal.reopen(runId);
  await opened?.close();
  return opened && Object.fromEntries(opened.entries.map(({ key, event }) => [key, event]));
}

const appendAll = async (opened: RunJournal, ...keys: readonly string[]): Promise<void> => {
  for (const key of keys) await opened.append(key, { of: key });
};

/** The start of a run, by which a journal lists it. */
const start = (id: string) => ({ type: 'run-start', run: { id, api: 'assistants', threadId: `thread of ${id}` } });
const VERSION = { version: expect.any(Number) };
const END = { type: 'run-end', number: 1, runId: 'x', status: 'completed' };

describe.each(STORES)('a journal in %s', (_name, create) => {
  test('keeps the first event under a key, and exactly one caller gets its own event back', async () => {
    const journal = (await create())();
    const opened = await journal.open('run_1');
    const events = [{ by: 'a' }, { by: 'b' }, { by: 'c' }];
    const accepted = await Promise.all(events.map(async (event) => opened.append('handler-start 1', event)));
    expect(accepted.map((event) => event === events[0])).toEqual([true, true, true]);
    expect(opened.entries).toMatchObject([{ key: 'handler-start 1', event: { by: 'a' } }]);
    await opened.close();
    expect(await reread(journal)).toEqual({ 'handler-start 1': { by: 'a' } });
  });

  test('is continued by later processes, in order and with the times of the events', async () => {
    const process = await create();
    for (const number of [1, 2, 3]) {
      const opened = await process().open('run_1');
      expect(await opened.append('the only one', number)).toBe(1);
      await opened.append(`event ${number}`, number);
      await opened.close();
    }
    const opened = await process().reopen('run_1');
    expect(opened?.entries.map(({ key }) => key)).toEqual(['the only one', 'event 1', 'event 2', 'event 3']);
    const times = opened?.entries.map(({ at }) => at.getTime()) ?? [];
    expect(times).toEqual(times.toSorted((one, other) => one - other));
    expect(times.filter((at) => Math.abs(Date.now() - at) > 600_000)).toEqual([]);
    await opened?.close();
  });

  test('keeps every event, key and run id as it is', async () => {
    const process = await create();
    const odd = ['é\u0000\n\u2028"\\ud800', '🏃', '\ud800', `{"a":['$1']}`, 'x'.repeat(5_000)];
    for (const runId of ['../x', 'run*?<>|"', '__proto__', 'läuft-🏃', "'; DROP TABLE runs; --"]) {
      const opened = await process().open(runId);
      await Promise.all(odd.map(async (text) => opened.append(text, { text, list: [null, 1.5, { text }] })));
      await opened.close();
      expect(await reread(process(), runId)).toEqual(
        Object.fromEntries(odd.map((text) => [text, { text, list: [null, 1.5, { text }] }])),
      );
    }
    expect(await process().list()).toHaveLength(5);
  });

  test('refuses a run id that it cannot store', async () => {
    const journal = (await create())();
    for (const runId of ['', '\ud800', 'x'.repeat(500)])
      for (const method of ['open', 'reopen'] as const)
        expect(await rejection(journal[method](runId))).toBeInstanceOf(TypeError);
  });

  test('belongs to one process at a time, which the error names', async () => {
    const process = await create();
    const opened = await process().open('run_1');
    await appendAll(opened, 'a');
    for (const method of ['open', 'reopen'] as const)
      expect(await rejection(process()[method]('run_1'))).toMatchObject({
        code: 'ELOCKED',
        message: expect.stringContaining(String(globalThis.process.pid)),
      });
    await appendAll(opened, 'b');
    await opened.close();
    expect(await reread(process())).toEqual({ a: { of: 'a' }, b: { of: 'b' } });
  });

  test('is opened by one of several processes that open it at once', async () => {
    const process = await create();
    const settled = await Promise.allSettled(Array.from({ length: 5 }, async () => process().open('run_1')));
    const opened = settled.filter((one) => one.status === 'fulfilled').map(({ value }) => value);
    expect(opened).toHaveLength(1);
    await opened[0]?.close();
  });

  test('without an event leaves nothing, and is not reopened', async () => {
    const process = await create();
    await (await process().open('run_1')).close();
    expect(await process().list()).toEqual([]);
    expect(await process().reopen('run_1')).toBeUndefined();
    expect(await process().reopen('run_2')).toBeUndefined();
  });

  test('rejects a value that is not JSON, and continues without a gap', async () => {
    const process = await create();
    const opened = await process().open('run_1');
    expect(await rejection(opened.append('big', 1n as never))).toBeInstanceOf(TypeError);
    await appendAll(opened, 'small');
    await opened.close();
    expect(await reread(process())).toEqual({ small: { of: 'small' } });
  });

  test('lists the runs that have not ended, with the process that serves them', async () => {
    const process = await create();
    const served = await process().open('served');
    await served.append('run-start', start('served'));
    for (const [id, ...events] of [['left'], ['ended', END], ['again', END, { type: 'request', number: 2 }]] as const) {
      const opened = await process().open(id);
      await opened.append('run-start', start(id));
      for (const event of events) await opened.append(event.type, event);
      await opened.close();
    }
    const open = await process().openRuns();
    expect(open.map(({ id, owner }) => [id, owner?.pid])).toEqual([
      ['served', globalThis.process.pid],
      ['left', undefined],
      ['again', undefined],
    ]);
    expect(open[1]?.run).toEqual(start('left').run);
    await served.close();
  });

  test('is read without being opened, also while a process serves the run', async () => {
    const process = await create();
    const served = await process().open('run/1');
    await served.append('run-start', start('run/1'));
    const { entries = [], owner } = (await process().read('run/1')) ?? {};
    expect([entries, owner?.pid]).toEqual([served.entries, globalThis.process.pid]);
    await served.close();
    expect(await process().read('run/1')).toMatchObject({ entries: [{ key: 'run-start' }], owner: undefined });
    expect(await process().read('run_2')).toBeUndefined();
  });

  test('prunes runs that have ended, and no other', async () => {
    const process = await create();
    for (const [id, ...events] of [['ended', END], ['open'], ['held', END]] as const) {
      const opened = await process().open(id);
      await opened.append('run-start', start(id));
      for (const event of events) await opened.append('run-end 1', event);
      await opened.close();
    }
    const held = await process().open('held');
    const pruned = { ended: ['ended'], empty: [], leftovers: [], problems: [] };
    expect(await process().prune()).toEqual({ ...pruned, ended: [] });
    expect(await process().prune({ olderThanMs: 0, dryRun: true })).toEqual(pruned);
    expect(await process().prune({ olderThanMs: 0 })).toEqual(pruned);
    await held.close();
    expect(await process().list()).toEqual(['open', 'held']);
    expect(await reread(process(), 'ended')).toBeUndefined();
  });

  test('prunes a key whose run ended long ago without it or is gone, and no other open key', async () => {
    const process = await create();
    for (const [id, runId] of [
      ['over', 'run_1'],
      ['gone', 'run_2'],
      ['open', 'run_3'],
    ] as const) {
      const opened = await process().open(`key:${id}`);
      await opened.append('key-start 1', { type: 'key-start', number: 1, api: 'assistants', threadId: 't' });
      await opened.append('key-run 1', { type: 'key-run', number: 1, runId });
      await opened.close();
    }
    for (const id of ['run_1', 'run_3']) {
      const opened = await process().open(id);
      await opened.append('run-start', start(id));
      if (id === 'run_1') await opened.append('run-end 1', END);
      await opened.close();
    }
    expect((await process().prune()).ended).toEqual([]);
    const { ended } = await process().prune({ olderThanMs: 0 });
    expect(new Set(ended)).toEqual(new Set(['key:over', 'key:gone', 'run_1']));
  });

  test('leads every process from a runKey to its run', async () => {
    const process = await create();
    const world = await journalWorld([callTools({ name: 'pay' }), say('paid')], { pay: 'ALLOW' });
    const { threadId, assistantId } = world.place;
    const ran: string[] = [];
    const call = async (): Promise<unknown> =>
      world
        .process({ pay: () => ran.push('paid') }, { journal: process() })
        .run(threadId, assistantId, { runKey: 'job 7' });
    const [first, second] = [await call(), await call()];
    expect(second).toEqual(JSON.parse(JSON.stringify(first)));
    expect(ran).toEqual(['paid']);
    expect(await process().openRuns()).toEqual([]);
    expect(await process().list()).toHaveLength(1);
  });

  test('carries a parked run to the next process, which runs the call once', async () => {
    const process = await create();
    const world = await journalWorld([callTools({ name: 'pay' }), say('paid')], {
      pay: { decision: 'REQUIRE_APPROVAL', approvalId: 'a1' },
    });
    const { threadId, assistantId } = world.place;
    const ran: string[] = [];
    const runner = (): GuardedRunner =>
      world.process({ pay: () => ran.push('paid') }, { approval: 'park', journal: process() });
    const parked = await runner().run(threadId, assistantId);
    expect(parked.status).toBe('awaiting_approval');
    world.gateway.approve('a1');
    expect((await runner().resume(threadId, parked.runId)).status).toBe('completed');
    expect((await runner().resume(threadId, parked.runId)).calls).toMatchObject([{ outcome: 'allowed' }]);
    expect(ran).toEqual(['paid']);
  });
});

/** Lets the leases of all runs end, as by the database's clock. */
const endLeases = async (): Promise<unknown> =>
  database.exec(`UPDATE interven.runs SET held_until = now() - interval '1 hour'`);

/** A client of the same database over a connection that fails as `fault` says. */
const over = (fault: (send: () => ReturnType<PGlite['query']>, text: string) => Promise<unknown>): PostgresClient => ({
  query: async (text, values) => (await fault(async () => database.query(text, values), text)) as { rows: unknown[] },
});
const isAppend = (text: string): boolean => text.includes('INSERT INTO "interven".events');
const LOST = Object.assign(new Error('write EPIPE'), { code: 'EPIPE' });

describe('a lease in Postgres', () => {
  test('that has ended lets another process take the run over, and the earlier one can write nothing more', async () => {
    const paused = await postgresJournal(database).open('run_1');
    await appendAll(paused, 'a');
    await endLeases();
    const next = await postgresJournal(database).open('run_1');
    const taken = { code: 'ELOCKED', message: expect.stringMatching(/^Run "run_1" was taken over by process \d+ on /) };
    for (const key of ['b', 'c']) expect(await rejection(paused.append(key, 1))).toMatchObject(taken);
    expect(paused.signal?.reason).toMatchObject(taken);
    await paused.close();
    await appendAll(next, 'b');
    await next.close();
    expect(await reread(postgresJournal(database))).toEqual({ a: { of: 'a' }, b: { of: 'b' } });
  });

  test('that has ended stays with its process until another one takes the run over', async () => {
    const opened = await postgresJournal(database).open('run_1');
    await endLeases();
    await appendAll(opened, 'a');
    expect(await rejection(postgresJournal(database).open('run_1'))).toMatchObject({ code: 'ELOCKED' });
    await opened.close();
  });

  test('is renewed while a handler runs; a process that finds another one in its place stops', async () => {
    const timers = holdTimers(LEASE_MS / 3);
    const [first, second] = [postgresJournal(database, { leaseMs: LEASE_MS }), postgresJournal(database)];
    const kept = await first.open('kept');
    const lost = await first.open('lost');
    await endLeases();
    const next = await second.open('lost');
    timers.pass();
    await waitFor(() => lost.signal?.aborted === true);
    expect(await rejection(second.open('kept'))).toMatchObject({ code: 'ELOCKED' });
    expect(kept.signal?.aborted).toBe(false);
    for (const opened of [kept, lost, next]) await opened.close();
  });

  test('that another process has taken over ends the run, and aborts the signals of its handlers', async () => {
    const timers = holdTimers(LEASE_MS / 3);
    const began = gate();
    const world = await journalWorld([callTools({ name: 'pay' })], { pay: 'ALLOW' });
    const { threadId, assistantId } = world.place;
    const pay = async (_: unknown, { signal }: { readonly signal: AbortSignal }): Promise<string> => {
      began.open();
      await new Promise((resolve) => {
        signal.addEventListener('abort', resolve);
      });
      return 'stopped';
    };
    const run = world
      .process({ pay }, { journal: postgresJournal(database, { leaseMs: LEASE_MS }) })
      .run(threadId, assistantId);
    await began.opened;
    await endLeases();
    const other = postgresJournal(database);
    const claimed = await other.claimNext();
    const next = await other.reopen(claimed?.id ?? '');
    timers.pass();
    expect(await rejection(run)).toMatchObject({
      code: 'journal',
      leftOpen: true,
      message: expect.stringContaining('was taken over by process'),
    });
    expect(next?.entries.map(({ key }) => key.split(' ')[0])).toEqual([
      'run-start',
      'tool-call',
      'decision',
      'handler-start',
    ]);
    await next?.close();
  });

  test('that the database does not confirm any more ends the run', async () => {
    const timers = holdTimers((ms) => ms === LEASE_MS / 3 || ms === LEASE_MS / 30);
    let isDown = false;
    const client = over(async (send) => (isDown ? Promise.reject(LOST) : send()));
    const opened = await postgresJournal(client, { leaseMs: LEASE_MS }).open('run_1');
    isDown = true;
    const now = jest.spyOn(performance, 'now').mockReturnValue(performance.now() + LEASE_MS);
    await waitFor(() => {
      timers.pass();
      return opened.signal?.aborted === true;
    });
    now.mockRestore();
    expect(opened.signal?.reason).toMatchObject({ message: expect.stringContaining(`for ${LEASE_MS} ms`) });
    await opened.close();
  });
});

const LEASE_MS = 3_000;

describe('an append whose connection is lost', () => {
  test.each([
    ['before the statement', async () => Promise.reject(LOST)],
    [
      'after the statement',
      async (send: () => Promise<unknown>) => {
        await send();
        throw LOST;
      },
    ],
  ])('%s is accepted once', async (_when, fault) => {
    let faults = 2;
    const client = over(async (send, text) => (isAppend(text) && (faults -= 1) >= 0 ? fault(send) : send()));
    const opened = await postgresJournal(client).open('run_1');
    const event = { by: 'a' };
    expect(await opened.append('handler-start 1', event)).toBe(event);
    await Promise.all([appendAll(opened, 'b'), appendAll(opened, 'c')]);
    expect(opened.entries.map(({ at }) => Number.isNaN(at.getTime()))).toEqual([false, false, false]);
    await opened.close();
    expect(await reread(postgresJournal(database))).toEqual({
      'handler-start 1': event,
      b: { of: 'b' },
      c: { of: 'c' },
    });
  });

  test('writes nothing if the statement arrives after all', async () => {
    const late: (() => Promise<unknown>)[] = [];
    const client = over(async (send, text) => {
      if (!isAppend(text) || late.length > 0) return send();
      late.push(send);
      throw LOST;
    });
    const opened = await postgresJournal(client).open('run_1');
    await appendAll(opened, 'a');
    expect(await late[0]?.()).toMatchObject({ rows: [] });
    await appendAll(opened, 'b');
    await opened.close();
    expect(await reread(postgresJournal(database))).toEqual({ a: { of: 'a' }, b: { of: 'b' } });
  });

  test('writes nothing if the run was removed meanwhile, and another process has begun it again', async () => {
    let late: (() => Promise<unknown>) | undefined;
    const client = over(async (send, text) => {
      if (isAppend(text)) late ??= send;
      if (late) throw Object.assign(new Error('server closed'), { code: '42501' });
      return send();
    });
    const opened = await postgresJournal(client).open('run_1');
    expect(await rejection(opened.append('key-start 1', { by: 'a' }))).toBeInstanceOf(Error);
    await endLeases();
    expect(await reread(postgresJournal(database))).toBeUndefined();
    const next = await postgresJournal(database).open('run_1');
    expect(await late?.()).toMatchObject({ rows: [] });
    await next.append('key-start 1', { by: 'b' });
    await next.close();
    await rejection(opened.close());
    expect(await reread(postgresJournal(database))).toEqual({ 'key-start 1': { by: 'b' } });
  });

  test('is refused if another process has taken the run over meanwhile', async () => {
    const client = over(async (send, text) => {
      if (!isAppend(text)) return send();
      await endLeases();
      next = await postgresJournal(database).open('run_1');
      throw LOST;
    });
    let next: RunJournal | undefined;
    const opened = await postgresJournal(client).open('run_1');
    expect(await rejection(opened.append('a', 1))).toMatchObject({ code: 'ELOCKED' });
    expect(next?.entries).toEqual([]);
    await next?.close();
  });

  test('fails at once if the database refuses the statement, and every later one with it', async () => {
    const refused = Object.assign(new Error('permission denied for table events'), { code: '42501' });
    const client = over(async (send, text) => (isAppend(text) ? Promise.reject(refused) : send()));
    const opened = await postgresJournal(client).open('run_1');
    for (const key of ['a', 'b']) expect(await rejection(opened.append(key, 1))).toBe(refused);
    await opened.close();
  });
});

test('appends to Postgres that arrive together share a statement', async () => {
  let statements = 0;
  const client = over(async (send, text) => {
    if (isAppend(text)) statements += 1;
    return send();
  });
  const opened = await postgresJournal(client).open('run_1');
  await Promise.all(Array.from({ length: 64 }, async (_, n) => opened.append(`event ${n}`, n)));
  expect(statements).toBe(1);
  await opened.close();
});

describe('claimNext()', () => {
  const runIn = async (journal: PostgresJournal, id: string): Promise<RunJournal> => {
    const opened = await journal.open(id);
    await opened.append('run-start', start(id));
    return opened;
  };

  test('hands each run whose process has died to one process, which alone can open it', async () => {
    for (const id of ['a', 'b', 'c']) await runIn(postgresJournal(database), id);
    await endLeases();
    const processes = Array.from({ length: 5 }, () => postgresJournal(database));
    const claimed = await Promise.all(processes.map(async (journal) => journal.claimNext()));
    expect(claimed.map((run) => run?.id).sort()).toEqual(['a', 'b', 'c', undefined, undefined]);
    for (const [at, run] of claimed.entries()) {
      if (!run) continue;
      expect(await rejection(postgresJournal(database).reopen(run.id))).toMatchObject({ code: 'ELOCKED' });
      await (await processes[at]?.reopen(run.id))?.close();
    }
  });

  test('returns a run that was left open only after a while, and no ended run', async () => {
    const journal = postgresJournal(database);
    await (await runIn(journal, 'parked')).close();
    const ended = await runIn(journal, 'ended');
    await ended.append('run-end 1', END);
    expect(await journal.claimNext()).toBeUndefined();
    expect(await journal.claimNext({ releasedForMs: Infinity })).toBeUndefined();
    expect(await journal.claimNext({ releasedForMs: 0 })).toEqual(start('parked').run);
    expect(await journal.claimNext({ releasedForMs: 0 })).toBeUndefined();
    await endLeases();
    expect(await journal.claimNext({ releasedForMs: Infinity })).toEqual(start('parked').run);
    await ended.close();
  });
});

test('a journal in Postgres from which an event was removed is refused', async () => {
  const opened = await postgresJournal(database).open('run_1');
  await appendAll(opened, 'a', 'b');
  await opened.close();
  await database.exec(`DELETE FROM interven.events WHERE key = 'a'`);
  expect(await rejection(postgresJournal(database).reopen('run_1'))).toMatchObject({
    message: expect.stringContaining('is damaged: expected event 1, found event 2.'),
  });
});

test('prune() removes thousands of runs in batches', async () => {
  await database.exec(`INSERT INTO interven.runs (id, epoch, held_until, ended_at)
    SELECT 'run ' || n, 1, now(), now() - interval '1 year' FROM generate_series(1, 1200) AS n`);
  expect((await postgresJournal(database).prune()).ended).toHaveLength(1_200);
  expect(await postgresJournal(database).list()).toEqual([]);
});

describe('migrate()', () => {
  const read = async (schema: string): Promise<string> =>
    ((await rejection(postgresJournal(database, { schema }).list())) as Error).message;

  test('is safe to call at once, and again', async () => {
    const versions = await Promise.all([1, 2, 3].map(async () => migrate(database, { schema: 'at_once' })));
    expect(versions).toEqual([VERSION, VERSION, VERSION]);
    expect(await migrate(database, { schema: 'at_once' })).toEqual(VERSION);
    expect(await postgresJournal(database, { schema: 'at_once' }).list()).toEqual([]);
    expect(await postgresJournal(database, { schema: 'at_once' }).id?.()).not.toBe(
      await postgresJournal(database).id?.(),
    );
  });

  test('is required: tables that are missing, older or newer are refused, with the remedy', async () => {
    expect(await read('none')).toMatch(
      /^The schema "none" in Postgres has no tables of this package\. Call await migrate\(/,
    );
    await migrate(database, { schema: 'other' });
    await database.exec('INSERT INTO other.migrations VALUES (1000)');
    expect(await read('other')).toMatch(/is at version 1000, not \d+\. A newer version of interven-openai-assistants/);
    expect(await rejection(migrate(database, { schema: 'other' }))).toBeInstanceOf(Error);
    await database.exec('DELETE FROM other.migrations; INSERT INTO other.migrations VALUES (0)');
    expect(await read('other')).toMatch(/has no tables|is at version 0/);
  });

  test('refuses a schema whose name is not simple', async () => {
    for (const schema of ['', 'Interven', 'a"b', 'x'.repeat(64), 1 as unknown as string]) {
      expect(await rejection(migrate(database, { schema }))).toBeInstanceOf(TypeError);
      expect(() => postgresJournal(database, { schema })).toThrow(TypeError);
    }
  });
});

test('postgresJournal() refuses a client without query and an unknown option', () => {
  for (const client of [undefined, {}, 'postgres://host/name'])
    expect(() => postgresJournal(client as unknown as PostgresClient)).toThrow(/must have query\(text, values\)/);
  expect(() => postgresJournal(database, { leasMs: 1 } as object)).toThrow('leaseMs');
  expect(() => postgresJournal(database, { leaseMs: 10 })).toThrow(/leaseMs is 10; it must be milliseconds, from 1000/);
});
