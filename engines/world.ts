/** What a worker needs besides its engine: a database, the API, a gateway server, and a bank that counts payments. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { agentSafety, EmbeddedGateway } from 'interven-openai-assistants/embedded';
import { migrate, postgresApprovalStore, postgresServerState } from 'interven-openai-assistants/postgres';
import { createGatewayServer, listenGateway } from 'interven-openai-assistants/server';
import { callTools, FakeOpenAI, say } from 'interven-openai-assistants/testing';
import type { DatabaseServer } from '../__tests__/chaos/postgres-server.ts';

const KEY = 'the-key-of-all-workers';
const DEADLINE_MS = 120_000;

/** Repeats a question until it has an answer. */
export async function until<T>(what: string, ask: () => Promise<T | undefined>): Promise<T> {
  for (const end = Date.now() + DEADLINE_MS; Date.now() < end; await sleep(100)) {
    const answer = await ask();
    if (answer !== undefined) return answer;
  }
  throw new Error(`${what}: not within ${DEADLINE_MS} ms.`);
}

/** A bank that never answers the first payment. */
async function openBank() {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(request.url ?? '');
    if (requests.length > 1) response.end('done');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const close = (): void => {
    server.closeAllConnections();
    server.close();
  };
  return { requests, url: `http://127.0.0.1:${port}`, close };
}

/** A world of its own for an engine, with a database of its own. */
export async function createWorld(
  engine: string,
  { port, user }: DatabaseServer,
  { env = {}, node = process.execPath }: { env?: Record<string, string> | undefined; node?: string | undefined },
) {
  const server = `postgres://${user}@127.0.0.1:${port}`;
  const name = engine.replace('-', '_');
  const admin = new pg.Pool({ connectionString: `${server}/postgres` });
  await admin.query(`CREATE DATABASE ${name}`);
  await admin.end();
  const url = `${server}/${name}`;
  const pool = new pg.Pool({ connectionString: url });
  pool.on('error', () => undefined);
  await migrate(pool);

  const openai = new FakeOpenAI({
    script: ({ turn }) =>
      [
        callTools({ name: 'pay_invoice', arguments: { invoice: '17' } }),
        callTools({ name: 'delete_backup', arguments: { id: 'old' } }),
      ][turn - 1] ?? say('Done.'),
  });
  const api = await openai.listen();
  const store = await postgresApprovalStore(pool);
  const state = await postgresServerState(pool);
  const gateway = new EmbeddedGateway({ policies: agentSafety, store });
  const approvers = [{ name: 'ann', token: 'a-token-that-only-ann-knows' }];
  const gatewayServer = await listenGateway(createGatewayServer({ gateway, state, keys: [KEY], approvers }), {
    port: 0,
  });
  const bank = await openBank();
  const workers: ChildProcess[] = [];

  return {
    bank,
    openai,
    /** Starts a worker; with a job, the worker enqueues it. Resolves when the worker is ready. */
    async startWorker(job?: { id: string; input: string }): Promise<ChildProcess> {
      const worker = spawn(node, ['-C', 'interven-source', '--import', 'tsx', 'worker.ts', engine], {
        cwd: import.meta.dirname,
        env: {
          PATH: process.env['PATH'] ?? '',
          DATABASE_URL: url,
          OPENAI_API_KEY: 'sk-test',
          OPENAI_BASE_URL: `${api.url}/v1`,
          INTERVEN_API_KEY: KEY,
          INTERVEN_GATEWAY_URL: gatewayServer.url,
          BANK_URL: bank.url,
          LEASE_MS: '3000',
          EXPIRE_S: '5',
          ...env,
          ...(job && { JOB: JSON.stringify(job) }),
        },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      workers.push(worker);
      let output = '';
      for (const stream of [worker.stdout, worker.stderr]) stream.on('data', (chunk) => (output += String(chunk)));
      await until(`The worker of ${engine} is ready`, async () => {
        if (worker.exitCode !== null) throw new Error(`The worker of ${engine} ended: ${output}`);
        return output.includes('ready') || undefined;
      });
      if (process.env['VERBOSE'] !== undefined) worker.once('exit', () => console.log(output));
      return worker;
    },
    /** Approves the only pending approval. */
    async approve(): Promise<void> {
      const [approval] = await gateway.approvals({ status: 'pending' });
      await gateway.approve(approval?.approvalId ?? '', { decidedBy: 'ann' });
    },
    /** Resolves when the job's run waits for an approver, and no process holds it. */
    async parked(): Promise<void> {
      await until('The run is parked', async () => {
        const { rows } = await pool
          .query("SELECT FROM interven.runs WHERE holder IS NULL AND ended_at IS NULL AND id NOT LIKE 'key:%'")
          .catch(() => ({ rows: [] }));
        const waiting = await pool.query('SELECT FROM waiting').catch(() => ({ rows: [] }));
        return (rows.length > 0 && waiting.rows.length > 0) || undefined;
      });
    },
    /** Resolves with the calls of the job's run when it has ended. */
    async ended(id: string) {
      const entry = await until('The run ends', async () => {
        const { rows } = await pool.query<{ entry: string }>(
          `SELECT entry FROM interven.events WHERE run_id = $1 AND key LIKE 'key-end%'`,
          [`key:${id}`],
        );
        return rows[0]?.entry;
      });
      const { event } = JSON.parse(entry) as { event: { records: { name: string; outcome: string }[] } };
      return event.records.map(({ name: tool, outcome }) => [tool, outcome]);
    },
    async close(): Promise<void> {
      for (const worker of workers) await kill(worker);
      bank.close();
      await gatewayServer.close();
      await state.close();
      await store.close();
      await api.close();
      await pool.end();
    },
  };
}

export async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}
