import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

/** A database that workers reach over TCP. */
export interface DatabaseServer {
  readonly port: number;
  readonly user: string;
  /** Kills the server, and starts it again. Absent if it cannot be restarted. */
  readonly restart?: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

const run = promisify(execFile);

/** Starts Debian's Postgres, with its data in a folder and on a port of its own. Postgres refuses to run as root. */
export async function startPostgres(folder: string): Promise<DatabaseServer> {
  const bin = programs();
  const data = join(folder, 'data');
  mkdirSync(folder, { recursive: true });
  const isRoot = process.getuid?.() === 0;
  if (isRoot) await run('chown', ['postgres', folder]);
  const asUser = async (program: string, ...args: string[]): Promise<unknown> => {
    const path = join(bin, program);
    return isRoot
      ? run('setpriv', ['--reuid=postgres', '--regid=postgres', '--init-groups', path, ...args], { cwd: folder })
      : run(path, args, { cwd: folder });
  };
  await asUser('initdb', '-D', data, '-U', 'postgres', '--auth=trust', '-E', 'UTF8');
  const port = await freePort();
  const options = `-p ${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=`;
  const start = async (): Promise<unknown> =>
    asUser('pg_ctl', '-D', data, '-o', options, '-l', join(folder, 'log'), '-w', 'start');
  const stop = async (): Promise<void> => {
    await asUser('pg_ctl', '-D', data, '-m', 'immediate', '-w', 'stop');
  };
  await start();
  // Also if the test is interrupted.
  const kill = (): void => {
    const pid = join(data, 'postmaster.pid');
    if (existsSync(pid)) process.kill(Number(readFileSync(pid, 'utf8').split('\n')[0]), 'SIGQUIT');
  };
  process.once('exit', kill);
  return {
    port,
    user: 'postgres',
    restart: async () => {
      await stop();
      await start();
    },
    stop: async () => {
      process.off('exit', kill);
      await stop();
    },
  };
}

/** The folder of Postgres's programs: on the PATH, or the newest one that Debian installed. */
function programs(): string {
  const debian = '/usr/lib/postgresql';
  const versions = existsSync(debian) ? readdirSync(debian).sort((one, other) => Number(other) - Number(one)) : [];
  const folders = [
    ...versions.map((version) => join(debian, version, 'bin')),
    ...(process.env['PATH'] ?? '').split(delimiter),
  ];
  const found = folders.find((folder) => existsSync(join(folder, 'pg_ctl')));
  if (found === undefined) throw new Error('Postgres is not installed: apt-get install postgresql');
  return found;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
