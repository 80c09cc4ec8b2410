import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmod,
  mkdtemp,
  open,
  readdir,
  readFile,
  readlink,
  realpath,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
  type FileHandle,
} from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { openAppendLog, type AppendLog, type AppendLogOptions } from '../../src/internal/append-log.ts';
import type { JsonObject } from '../../src/internal/json.ts';
import { program } from '../setup/program.ts';
import { rejection } from '../setup/world.ts';

let folder: string;
let path: string;
const logs = new Set<AppendLog>();

beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'log-')));
  path = join(folder, 'log.jsonl');
});
afterEach(async () => {
  await Promise.all([...logs].map(async (log) => log.close()));
  logs.clear();
  await rm(folder, { recursive: true });
});

async function opened(options: Partial<AppendLogOptions> = {}, file = path) {
  const entries: JsonObject[] = [];
  const log = await openAppendLog(file, { isDurable: true, read: (entry) => entries.push(entry), ...options });
  logs.add(log);
  return { log, entries };
}
/** Opens and closes the file, and returns its entries. */
async function reread(options?: Partial<AppendLogOptions>) {
  const { log, entries } = await opened(options);
  await log.close();
  return { entries, truncatedBytes: log.truncatedBytes };
}
const refusal = async (promise: Promise<unknown>) => ((await rejection(promise)) as Error).message;
const run = promisify(execFile);
const script = (text: string): string[] => [
  program(`import { openAppendLog } from './src/internal/append-log.ts';
   const path = process.argv[2];
   const open = (isDurable = true, file = path) => openAppendLog(file, { isDurable, read: () => undefined });
   ${text}`),
  path,
];

describe('an append log', () => {
  test.each([true, false])('returns the appended entries in order (durable: %s)', async (isDurable) => {
    const { log, entries } = await opened({ isDurable });
    expect(entries).toEqual([]);
    await log.append({ n: 0 });
    await Promise.all(Array.from({ length: 300 }, async (_, n) => log.append({ n: n + 1, text: 'é\n\u2028"\ud800' })));
    await log.close();
    const { entries: again, truncatedBytes } = await reread();
    expect(again.map(({ n }) => n)).toEqual(Array.from({ length: 301 }, (_, n) => n));
    expect(again[1]).toEqual({ n: 1, text: 'é\n\u2028"\ud800' });
    expect(truncatedBytes).toBe(0);
  });

  test('serialises an entry when it is appended', async () => {
    const { log } = await opened();
    const entry = { n: 1 };
    const first = log.append({ n: 0 });
    const second = log.append(entry);
    entry.n = 2;
    await Promise.all([first, second]);
    await log.close();
    expect(await readFile(path, 'utf8')).toBe('{"n":0}\n{"n":1}\n');
  });

  test('has an entry in the file as soon as its append resolves', async () => {
    const { log } = await opened();
    for (let n = 0; n < 5; n += 1) {
      await log.append({ n });
      expect((await readFile(path, 'utf8')).split('\n').at(-2)).toBe(`{"n":${n}}`);
    }
  });

  test('is readable by its owner only, and leaves no other file', async () => {
    await reread();
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await readdir(folder)).toEqual(['log.jsonl']);
  });

  test.each(['644', '640', '604'])('removes the permissions of others from a file of mode %s', async (mode) => {
    await writeFile(path, '{"n":1}\n');
    await chmod(path, Number.parseInt(mode, 8));
    const { log } = await opened();
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    await log.append({ n: 2 });
    await log.close();
    expect((await reread()).entries).toEqual([{ n: 1 }, { n: 2 }]);
  });

  test.each(['666', '646'])('refuses a file of mode %s: other users may have changed it', async (mode) => {
    await writeFile(path, '{"n":1}\n');
    await chmod(path, Number.parseInt(mode, 8));
    expect(await refusal(opened())).toBe(
      `Other users can write to ${path} (mode 0${mode}). Check it, then run: chmod go-w ${path}`,
    );
  });

  test('refuses a folder to which other users can write, unless it is sticky', async () => {
    await chmod(folder, 0o777);
    expect(await refusal(opened())).toBe(
      `Other users can write to ${folder} (mode 0777). Check it, then run: chmod go-w ${folder}`,
    );
    expect(await readdir(folder)).toEqual([]);
    await chmod(folder, 0o1777);
    expect(await reread()).toEqual({ entries: [], truncatedBytes: 0 });
  });

  test('does not follow a symbolic link', async () => {
    await writeFile(join(folder, 'elsewhere'), '{"n":1}\n');
    await symlink(join(folder, 'elsewhere'), path);
    expect(await refusal(opened())).toBe(`${path} is a symbolic link. Pass the path of the file.`);
    await rm(join(folder, 'elsewhere'));
    expect(await refusal(opened())).toBe(`${path} is a symbolic link. Pass the path of the file.`);
  });

  test('writes pending entries when it is closed, and rejects later ones', async () => {
    const { log } = await opened();
    const waiting = [log.append({ n: 0 }), log.append({ n: 1 })];
    await Promise.all([log.close(), log.close()]);
    await Promise.all(waiting);
    expect(await refusal(log.append({ n: 2 }))).toContain('is closed');
    expect((await reread()).entries).toEqual([{ n: 0 }, { n: 1 }]);
  });

  test('rejects an entry that is not JSON, and still accepts others', async () => {
    const { log } = await opened();
    expect(await rejection(log.append({ n: 1n }))).toBeInstanceOf(TypeError);
    await log.append({ n: 2 });
    expect(log.isBroken).toBe(false);
  });

  test('reads long lines, and many lines', async () => {
    const { log } = await opened({ isDurable: false });
    const long = { text: 'é'.repeat(300_000) };
    await Promise.all([long, { a: 1 }, long].map(async (entry) => log.append(entry)));
    await Promise.all(Array.from({ length: 20_000 }, async (_, n) => log.append({ n })));
    expect(log.waitingBytes).toBe(0);
    await log.close();
    const { entries } = await reread();
    expect(entries.slice(0, 3)).toEqual([long, { a: 1 }, long]);
    expect(entries).toHaveLength(20_003);
  });

  test('reads only the end if that is enough', async () => {
    await writeFile(path, Array.from({ length: 1_000 }, (_, n) => `{"n":${n}}\n`).join('') + '{"n":1');
    const { entries, truncatedBytes } = await reread({ newestBytes: 26 });
    expect(entries).toEqual([{ n: 998 }, { n: 999 }]);
    expect(truncatedBytes).toBe(6);
    expect((await reread({ newestBytes: 3 })).entries).toEqual([{ n: 999 }]);
    await writeFile(path, `{"n":1}\n{"text":"${'x'.repeat(100)}`);
    expect(await reread({ newestBytes: 50 })).toEqual({ entries: [{ n: 1 }], truncatedBytes: 109 });
  });

  test('finds the beginning of a long last line', async () => {
    const long = { text: 'x'.repeat(200_000) };
    await writeFile(path, `{"n":1}\n{"n":2}\n${JSON.stringify(long)}\n`);
    expect((await reread({ newestBytes: 100 })).entries).toEqual([long]);
  });

  test('can be rewritten when it is opened', async () => {
    await writeFile(path, '{"n":1}\n{"n":2}\n{"n":3}\n{"n');
    const sizes: number[] = [];
    const { log } = await opened({ rewriteAs: (bytes) => (sizes.push(bytes), [{ n: 3 }]) });
    await log.append({ n: 4 });
    await log.close();
    expect(sizes).toEqual([24]);
    expect(await readFile(path, 'utf8')).toBe('{"n":3}\n{"n":4}\n');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await readdir(folder)).toEqual(['log.jsonl']);
  });

  test('is deleted by remove, unless its file was replaced', async () => {
    const { log } = await opened();
    await log.append({ n: 1 });
    await log.remove();
    expect(await refusal(log.append({ n: 2 }))).toContain('is closed');
    expect(await readdir(folder)).toEqual([]);
    const { log: other } = await opened();
    await rename(path, `${path}.old`);
    await writeFile(path, '{"n":1}\n');
    expect(await refusal(other.remove())).toContain('replaced');
    logs.delete(other);
    expect(await readdir(folder)).toEqual(['log.jsonl', 'log.jsonl.old']);
  });

  test('shares file descriptors: 600 logs that are opened, written and closed at once need fewer than 256', async () => {
    const { stdout } = await run(
      'sh',
      ['-c', 'ulimit -n 256 && exec "$0" "$@"', process.execPath].concat(
        script(`
          const opening = Array.from({ length: 600 }, (_, n) => open(false, path + n));
          const all = await Promise.all(opening);
          await Promise.all(all.map((log) => log.append({ n: 1 })));
          await Promise.all(all.map((log) => log.close()));
          process.stdout.write('closed');`),
      ),
    );
    expect(stdout).toBe('closed');
    expect(await readdir(folder)).toHaveLength(600);
  });

  test('needs an existing folder, and a path that is a file', async () => {
    expect(await rejection(opened({}, join(folder, 'none', 'log.jsonl')))).toMatchObject({ code: 'ENOENT' });
    expect(await rejection(opened({}, folder))).toMatchObject({ code: 'EISDIR' });
    expect(await readdir(folder)).toEqual([]);
  });
});

describe('an append log that cannot be written to', () => {
  test('rejects the failed entry and all later ones, and ends with the last complete entry', async () => {
    const { stdout } = await run(
      'sh',
      ['-c', 'ulimit -f 2 && exec "$0" "$@"', process.execPath].concat(
        script(`
          const log = await open(false);
          const written = [];
          const append = (n) => log.append({ n, text: 'x'.repeat(300) }).then(() => written.push(n), (error) => error.message);
          let failed;
          for (let n = 0; n < 10 && !failed; n += 1) failed = await Promise.all([append(2 * n), append(2 * n + 1)]).then((results) => results.find((one) => typeof one === 'string'));
          const later = await log.append({ n: -1 }).catch((error) => error.message);
          await log.close();
          console.log(JSON.stringify({ written, failed, later, isBroken: log.isBroken }));`),
      ),
      // The limit would also truncate a cache.
      { timeout: 60_000, env: { ...process.env, TSX_DISABLE_CACHE: '1' } },
    );
    const { written, failed, later, isBroken } = JSON.parse(stdout) as Record<string, unknown>;
    expect(failed).toContain(`${path} cannot be written to until it is opened again: EFBIG`);
    expect([later, isBroken]).toEqual([failed, true]);
    const { entries, truncatedBytes } = await reread();
    expect(truncatedBytes).toBe(0);
    expect(entries.map(({ n }) => n)).toEqual(written);
    expect(entries.length).toBeGreaterThan(0);
  }, 60_000);

  test('rejects if another owner has its lock, and writes nothing', async () => {
    const { log } = await opened();
    await log.append({ n: 1 });
    await rm(`${path}.lock`);
    const { log: other } = await opened();
    const error = await rejection(log.append({ n: 2 }));
    expect(error).toMatchObject({ code: 'ELOCKED', isLost: false });
    expect((error as Error).message).toContain(`is now in use by process ${process.pid}, which holds ${path}.lock`);
    await log.close();
    await other.append({ n: 3 });
    await other.close();
    expect((await reread()).entries).toEqual([{ n: 1 }, { n: 3 }]);
  });

  test('rejects if its lock was removed, and is lost', async () => {
    const { log } = await opened();
    await rm(`${path}.lock`);
    expect(await rejection(log.append({ n: 1 }))).toMatchObject({ isLost: true });
    await log.close();
  });

  test('rejects if an older copy was put in the place of its file, also under the same inode', async () => {
    const { log } = await opened();
    await log.append({ n: 1 });
    const older = await readFile(path);
    await log.append({ n: 2 });
    await writeFile(path, older);
    expect(await rejection(log.append({ n: 3 }))).toMatchObject({ isLost: true });
    await log.close();
    expect((await reread()).entries).toEqual([{ n: 1 }]);
  });
});

describe('the name of a file', () => {
  /** Records the syncs. */
  async function syncsOf<T>(work: (syncs: string[]) => Promise<T>, fault?: Error): Promise<T> {
    const some = await open(folder, 'r');
    await some.close();
    const handles = Object.getPrototypeOf(some) as { sync: (this: FileHandle) => Promise<void> };
    const { sync } = handles;
    const syncs: string[] = [];
    handles.sync = async function () {
      syncs.push((await this.stat()).isDirectory() ? 'folder' : 'file');
      if (fault && syncs.at(-1) === 'folder') throw fault;
      await sync.call(this);
    };
    try {
      return await work(syncs);
    } finally {
      handles.sync = sync;
    }
  }

  test('is on disk before an entry, also if the process that created the file crashed', async () => {
    for (const isThere of [false, true]) {
      if (isThere) await writeFile(path, '');
      await syncsOf(async (syncs) => {
        const { log } = await opened();
        expect(syncs).toContain('folder');
        await log.close();
      });
      await rm(path);
    }
  });

  test('that cannot be synced fails to open: no handle or lock remains, and the next attempt syncs again', async () => {
    const fault = new Error('the disk has ended');
    expect(await syncsOf(async () => rejection(opened()), fault)).toBe(fault);
    expect(await syncsOf(async () => rejection(opened()), fault)).toBe(fault);
    expect(await readdir(folder)).toEqual(['log.jsonl']);
    const links = process.platform === 'linux' ? await readdir('/proc/self/fd') : [];
    const files = await Promise.all(links.map(async (fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')));
    expect(files).not.toContain(path);
  });

  test('that is removed while the log is open makes every write fail', async () => {
    for (const take of [async () => rm(path), async () => rename(path, join(folder, 'other'))]) {
      const { log } = await opened();
      await log.append({ n: 1 });
      await take();
      expect(await refusal(log.append({ n: 2 }))).toContain(`${path} was removed or replaced`);
      await log.close();
    }
  });
});

describe('an append log has one owner', () => {
  const lockOf = async (text?: string) => {
    if (text === undefined) return JSON.parse(await readFile(`${path}.lock`, 'utf8')) as Record<string, unknown>;
    await writeFile(`${path}.lock`, text);
    return {};
  };
  const holder = (changes: object) =>
    JSON.stringify({ id: 'x', pid: process.pid, host: hostname(), born: '', ...changes });
  /** A process id that is not in use. */
  const gone = 2 ** 22 + 1;

  test('within a process, also through another path', async () => {
    await opened();
    await symlink(folder, join(folder, 'other'));
    for (const name of [path, join(folder, 'other', basename(path))]) {
      const message = await refusal(opened({}, name));
      expect(message).toContain(`${path} is in use by this process (${process.pid}), which holds ${path}.lock`);
    }
  });

  test('until the owner closes it', async () => {
    const { log } = await opened();
    await log.close();
    const { log: next } = await opened();
    await log.close();
    await next.append({ n: 1 });
    expect((await lockOf())['pid']).toBe(process.pid);
  });

  test('or until its process ends, normally or killed', async () => {
    const child = spawn(
      process.execPath,
      script(`await open(); process.stdout.write('open'); setInterval(() => 0, 1000);`),
    );
    await once(child.stdout, 'data');
    const message = await refusal(opened());
    expect(message).toContain(`${path} is in use by process ${child.pid}, which holds ${path}.lock`);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(await readdir(folder)).toContain('log.jsonl.lock');
    await (await opened()).log.close();
    await run(process.execPath, script(`await open(); process.exit(0);`));
    expect(await readdir(folder)).toEqual(['log.jsonl']);
  }, 60_000);

  test.each([
    ['has ended', { pid: gone }],
    ['had the same id before a restart', { born: 'another boot 1' }],
  ])('unless the owner %s', async (_, changes) => {
    await lockOf(holder(changes));
    const { log } = await opened();
    await log.append({ n: 1 });
    await log.close();
    expect(await readdir(folder)).toEqual(['log.jsonl']);
  });

  test('also if many find the lock of an ended process, and one ended while taking it over', async () => {
    await lockOf(holder({ pid: gone }));
    await writeFile(`${path}.lock.next`, holder({ pid: gone, id: 'y' }));
    const tries = await Promise.allSettled(Array.from({ length: 20 }, async () => opened()));
    const owners = tries.filter(({ status }) => status === 'fulfilled');
    expect(owners.length).toBeLessThanOrEqual(1);
    if (owners.length === 0) await opened();
    expect(await readdir(folder)).toEqual(['log.jsonl', 'log.jsonl.lock']);
  });

  test('which may be on another machine', async () => {
    await lockOf(holder({ host: 'elsewhere', pid: gone }));
    const message = await refusal(opened());
    expect(message).toContain(`is in use by process ${gone} of another machine, elsewhere`);
    expect(message).toContain(`delete ${path}.lock`);
  });

  test.each(['', 'null', '{"id":1}', 'half {'])('and a lock with the content %j is never taken over', async (text) => {
    await lockOf(text);
    expect(await refusal(opened())).toContain(`${path}.lock was not created by this library`);
  });
});
