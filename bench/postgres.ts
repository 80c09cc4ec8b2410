/** What the stores in Postgres cost: steps, many runs at once, a process that died, and large tables. */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { agentSafety, EmbeddedGateway } from 'interven-openai-assistants/embedded';
import { migrate, postgresApprovalStore, postgresJournal } from 'interven-openai-assistants/postgres';
import { createGatewayServer } from 'interven-openai-assistants/server';
import { startPostgres } from '../__tests__/chaos/postgres-server.ts';
import { median, printSteps, timed } from './journal.ts';

const PROCESSES = 3;
const RUNS = 1_000;
const DEATHS = 5;
const LEASE_MS = 30_000;
const ROUNDS = 21;
const OPEN_RUNS = 100;
/** The events of a run with one call, whose arguments and output are short. */
const EVENTS = [
  { type: 'run-start', run: { id: '{id}', api: 'responses', threadId: '{id}' } },
  { type: 'tool-call', call: '{id}/1', askedBy: '{id}', turn: 1, request: { text: 'x'.repeat(300) } },
  { type: 'decision', call: '{id}/1', decision: { decision: 'ALLOW', raw: { text: 'x'.repeat(200) } } },
  { type: 'handler-start', call: '{id}/1' },
  { type: 'call-end', call: '{id}/1', record: { output: 'x'.repeat(500) } },
  { type: 'run-end', number: 1, runId: '{id}', status: 'completed' },
];

// Beside the program, as a folder for temporary files may be in memory.
const folder = await mkdtemp(join(process.cwd(), '.bench-postgres-'));
// Postgres runs as another user when this is root.
await chmod(folder, 0o711);
const server = await startPostgres(join(folder, 'postgres'));
const url = `postgres://${server.user}@127.0.0.1:${server.port}/postgres`;
const pool = new pg.Pool({ connectionString: url, max: 10 });
pool.on('error', () => undefined);
const journal = postgresJournal(pool);
try {
  await migrate(pool);
  await printSteps('in a local Postgres', journal);
  await printManyRuns();
  await printTakeOver();
  await printApprovals();
  for (const ended of [100, 100_000, 1_000_000]) await printGrowth(ended);
} finally {
  await pool.end();
  await server.stop();
  await rm(folder, { recursive: true });
}

/** Starts a process that begins runs; it reports when all of them have ended, or wait in a handler. */
function startProcess(name: string, runs: number, isStuck: boolean): ChildProcess {
  const args = [url, name, String(runs), String(isStuck)];
  return fork(join(import.meta.dirname, 'postgres-worker.ts'), args, { execArgv: process.execArgv });
}

async function printManyRuns(): Promise<void> {
  const workers = Array.from({ length: PROCESSES }, (_, index) =>
    startProcess(`many-${index}`, Math.ceil(RUNS / PROCESSES), false),
  );
  await Promise.all(workers.map(async (worker) => once(worker, 'message')));
  let refused = 0;
  const ms = await timed(async () => {
    for (const worker of workers) worker.send('start');
    const counts = await Promise.all(workers.map(async (worker) => once(worker, 'message')));
    for (const [count] of counts) refused += Number(count);
  });
  const [open] = (
    await pool.query(`SELECT count(*)::integer AS open FROM interven.runs WHERE ended_at IS NULL AND id <> 'bench'`)
  ).rows;
  const { open: left } = open as { readonly open: number };
  const what = `${RUNS} runs of 2 calls at once, over ${PROCESSES} processes, with the fake API in them`;
  console.log(`${what}: ${(ms / 1_000).toFixed(1)} s; ${refused} were tried again; ${left} are open`);
}

/** Kills processes that serve a run, at different times of their leases, until another process has the run. */
async function printTakeOver(): Promise<void> {
  const times = await Promise.all(
    Array.from({ length: DEATHS }, async (_, index) => {
      await sleep((index * LEASE_MS) / (3 * DEATHS));
      const worker = startProcess(`dead-${index}`, 1, true);
      await once(worker, 'message');
      worker.send('start');
      await once(worker, 'message');
      await sleep(LEASE_MS / 3);
      worker.kill('SIGKILL');
      return timed(async () => {
        while (!(await journal.claimNext({ releasedForMs: Infinity }))) await sleep(100);
      });
    }),
  );
  const [least = 0, most = 0] = [Math.min(...times), Math.max(...times)].map((ms) => ms / 1_000);
  const range = `${least.toFixed(1)} to ${most.toFixed(1)} s`;
  console.log(`A run of a process that was killed is free after ${range}, leaseMs ${LEASE_MS} (n = ${DEATHS})`);
}

async function medianOf(work: () => Promise<unknown>, rounds = ROUNDS): Promise<string> {
  const times: number[] = [];
  for (let round = 0; round < rounds; round += 1) times.push(await timed(work));
  // The fastest round is what remains on a machine that others use, too.
  return `${median(times).toFixed(1)} ms (fastest ${Math.min(...times).toFixed(1)})`;
}

/** The list that the page reads, with 200 entries. */
async function printApprovals(): Promise<void> {
  const store = await postgresApprovalStore(pool);
  const gateway = new EmbeddedGateway({ policies: agentSafety, store });
  const call = { functionName: 'delete_page', method: 'DELETE', url: 'https://tools.invalid/delete_page', body: {} };
  await gateway.scan({ ...call, runtimeType: 'custom' });
  for (const [status, count, place] of [
    ['pending', 10_000, 0],
    ['denied', 100_000, 10_000],
  ] as const)
    await pool.query(
      `INSERT INTO interven.approvals
        (id, call_hash, requester, is_grant, status, expires_at, ended_at, arguments, headers, entry)
      SELECT 'copy' || n, call_hash || n, requester || n, false, $1, expires_at + n, ended_at + n, arguments, headers,
        replace(replace(entry, id, 'copy' || n), '"pending"', '"' || $1 || '"')
      FROM interven.approvals, generate_series($2::integer + 1, $2::integer + $3::integer) AS n WHERE id NOT LIKE 'copy%'`,
      [status, place, count],
    );
  await pool.query('ANALYZE interven.approvals');
  const ann = { name: 'ann', token: 'a-token-that-only-ann-knows' };
  const page = createGatewayServer({ gateway, keys: ['a-key-of-the-bench'], approvers: [ann] });
  const headers = { authorization: `Bearer ${ann.token}` };
  const list = async (): Promise<unknown> =>
    (await page.fetch(new Request('http://127.0.0.1/v1/approvals', { headers }))).json();
  console.log(`The page's list, 10,000 pending and 100,000 settled approvals: ${await medianOf(list)}`);
  const scan = async (): Promise<unknown> => gateway.scan({ ...call, body: {}, runtimeType: 'custom' });
  console.log(`A scan that requests an approval, among them: ${await medianOf(scan)}`);
  page.close();
  await store.close();
}

/** The indexes that the statements of a journal use, and the tables that they read as a whole. */
async function scansOf(work: (explained: typeof journal) => Promise<unknown>): Promise<string> {
  const scans = new Set<string>();
  const explained = postgresJournal({
    async query(text, values) {
      const { rows } = await pool.query(`EXPLAIN ${text}`, values);
      for (const row of rows) {
        const [line = ''] = Object.values(row as object) as string[];
        const [, index, table] = /Index(?: Only)? Scan(?: Backward)? using (\w+)|Seq Scan on (\w+)/.exec(line) ?? [];
        if (index !== undefined) scans.add(index);
        if (table !== undefined) scans.add(`the whole table ${table}`);
      }
      return pool.query(text, values);
    },
  });
  await work(explained);
  return [...scans].sort().join(', ');
}

async function printGrowth(ended: number): Promise<void> {
  const entries = JSON.stringify(
    EVENTS.map((event, index) => ({
      key: event.type,
      seq: index + 1,
      entry: JSON.stringify({ key: event.type, event }),
    })),
  );
  await pool.query('TRUNCATE interven.runs, interven.events');
  const fill = async (name: string, count: number, endedAt: string): Promise<void> => {
    await pool.query(
      `INSERT INTO interven.runs (id, epoch, held_until, created_at, ended_at)
      SELECT $1 || n, 1, now() - interval '1 day', now() - interval '60 days', ${endedAt}
      FROM generate_series(1, $2::integer) AS n`,
      [name, count],
    );
    await pool.query(
      `INSERT INTO interven.events (run_id, key, seq, at, entry)
      SELECT $1 || n, event.key, event.seq, now(), replace(event.entry, '{id}', $1 || n)
      FROM generate_series(1, $2::integer) AS n, json_to_recordset($3::json) AS event (key text, seq integer, entry text)`,
      [name, count, entries],
    );
  };
  // Half of the ended runs are older than what prune keeps.
  await fill('ended-', ended, `now() - n * interval '60 days' / $2::integer`);
  await fill('open-', OPEN_RUNS, 'NULL');
  await pool.query('VACUUM ANALYZE interven.runs, interven.events').catch(async () => pool.query('ANALYZE'));
  let number = 0;
  const begin = async (): Promise<void> => {
    const run = await journal.open(`new-${(number += 1)}`);
    await run.append('run-start', { type: 'run-start', run: { id: 'new', api: 'responses', threadId: 'new' } });
    await run.close();
  };
  const parts = [
    `begin a run, with a step: ${await medianOf(begin)}`,
    `openRuns() of ${OPEN_RUNS}: ${await medianOf(async () => journal.openRuns())}`,
    `claimNext(): ${await medianOf(async () => journal.claimNext())}`,
  ];
  console.log(`With ${ended.toLocaleString('en')} ended runs in the table: ${parts.join('; ')}`);
  const scans = await scansOf(async (explained) => {
    const run = await explained.open(`new-${(number += 1)}`);
    await run.append('run-start', { type: 'run-start', run: { id: 'new', api: 'responses', threadId: 'new' } });
    await run.close();
    await explained.openRuns();
    await explained.claimNext();
    await explained.prune({ olderThanMs: 59.9 * 24 * 60 * 60 * 1_000, dryRun: true });
  });
  console.log(`  scans: ${scans}`);
  const { rows } = await pool.query(
    `SELECT pg_size_pretty(pg_total_relation_size('interven.runs') + pg_total_relation_size('interven.events')) AS size`,
  );
  const { size } = rows[0] as { readonly size: string };
  if (ended !== 100_000) {
    console.log(`  size: ${size}`);
    return;
  }
  const ms = await timed(async () => journal.prune());
  console.log(`  size: ${size}; prune() of half of them: ${(ms / 1_000).toFixed(1)} s`);
}
