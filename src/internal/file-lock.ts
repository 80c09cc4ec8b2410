import { randomUUID } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { link, open, readFile, rename, rm } from 'node:fs/promises';
import { hostname } from 'node:os';

/** The right of one process to a file. */
export interface FileLock {
  /** @throws Error when the lock file is no longer ours: somebody removed or replaced it */
  confirm(): Promise<void>;
  release(): Promise<void>;
}

interface Holder {
  readonly id: string;
  readonly pid: number;
  readonly host: string;
  /** Tells a process from a later one with its number; empty where the system does not say. */
  readonly born: string;
}

/** What is left to unlock when the process exits: the lock files, by the ids in them. */
const held = new Map<string, string>();

/**
 * Takes `<file>.lock`, which is released at the end of the process too. A lock whose process is gone is taken over, also when its
 * number is in use again, as after the restart of a container. Only for file systems of one machine: who holds a lock elsewhere
 * cannot be asked.
 *
 * @throws Error that names the process and the lock file when another one holds it
 */
export async function lockFile(file: string): Promise<FileLock> {
  const lock = `${file}.lock`;
  const { id } = await acquire(lock, file);
  if (held.size === 0) process.on('exit', releaseAll);
  held.set(id, lock);
  const isOurs = async (): Promise<boolean> => (await holderOf(lock, file))?.id === id;
  return {
    async confirm() {
      if (!(await isOurs())) throw new Error(`${lock} was removed or replaced while ${file} was in use.`);
    },
    async release() {
      if (!held.delete(id)) return;
      if (held.size === 0) process.off('exit', releaseAll);
      if (await isOurs().catch(() => false)) await rm(lock, { force: true });
    },
  };
}

/** The process that has a file open to write to it. */
export interface FileOwner {
  readonly pid: number;
  readonly host: string;
  /** Whether it is a process of this machine; of another one's nobody can tell from here whether it still runs. */
  readonly isHere: boolean;
}

/**
 * Who has the file locked; the lock is neither taken nor touched. Undefined when nobody has, or when whoever had is gone.
 *
 * @param file the file's real path, as locks are for files and not for their names
 * @throws Error when what stands in the place of the lock is none
 */
export async function ownerOf(file: string): Promise<FileOwner | undefined> {
  const holder = await holderOf(`${file}.lock`, file);
  if (!holder) return undefined;
  const { pid, host, born } = holder;
  const isHere = host === hostname();
  return isHere && !isRunning(pid, born) ? undefined : { pid, host, isHere };
}

async function acquire(lock: string, file: string): Promise<Holder> {
  const own: Holder = { id: randomUUID(), pid: process.pid, host: hostname(), born: bornOf(process.pid) ?? '' };
  const claim = `${lock}.${own.id}`;
  try {
    // Whole before it is at its place, also after a loss of power, so that no lock is half written.
    await writeSynced(claim, JSON.stringify(own));
    while (!(await isLinked(claim, lock))) {
      const holder = await holderOf(lock, file);
      if (!holder) continue;
      refuseLive(holder, lock, file);
      if (await isReplaced(lock, holder, claim, file)) break;
    }
    return own;
  } finally {
    await rm(claim, { force: true });
  }
}

/** Two that find the same dead lock must not both take its place: only who holds `<lock>.next` may, and looks again first. */
async function isReplaced(lock: string, dead: Holder, claim: string, file: string): Promise<boolean> {
  const next = `${lock}.next`;
  await acquire(next, file);
  try {
    if ((await holderOf(lock, file))?.id !== dead.id) return false;
    await rename(claim, lock);
    return true;
  } finally {
    await rm(next, { force: true });
  }
}

async function isLinked(claim: string, lock: string): Promise<boolean> {
  try {
    await link(claim, lock);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

async function holderOf(lock: string, file: string): Promise<Holder | undefined> {
  try {
    const holder = JSON.parse(await readFile(lock, 'utf8')) as Partial<Holder> | null;
    const { id, pid, host, born } = holder ?? {};
    if (typeof id === 'string' && typeof pid === 'number' && typeof host === 'string' && typeof born === 'string') {
      return { id, pid, host, born };
    }
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new Error(`${lock} is no lock of ours. When no process uses ${file}, delete it.`);
}

function refuseLive({ pid, host, born }: Holder, lock: string, file: string): void {
  if (host !== hostname()) {
    throw locked(
      `${file} is held by process ${pid} of another machine, ${host}. When that process is gone, delete ${lock}.`,
    );
  }
  if (isRunning(pid, born)) {
    const who = pid === process.pid ? `this process (${pid})` : `process ${pid}`;
    throw locked(`${file} is in use by ${who}, which holds ${lock}; one at a time may write to it.`);
  }
}

/** Told from other faults by its code. */
function locked(message: string): Error {
  return Object.assign(new Error(message), { code: 'ELOCKED' });
}

function isRunning(pid: number, born: string): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM is somebody else's process, which runs.
    if (codeOf(error) === 'ESRCH') return false;
  }
  const bornNow = bornOf(pid);
  return bornNow === undefined || born === '' || bornNow === born;
}

/** The boot of the machine and the ticks from it to the start of the process, where `/proc` tells them (proc(5)). */
function bornOf(pid: number): string | undefined {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The second field is the name in parentheses, which may hold anything; the third is the state, the 22nd the start.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? 'ended' : `${boot} ${fields[19] ?? ''}`;
  } catch {
    return undefined;
  }
}

async function writeSynced(path: string, text: string): Promise<void> {
  const handle = await open(path, 'wx', 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function releaseAll(): void {
  for (const [id, lock] of held) {
    try {
      if (readFileSync(lock, 'utf8').includes(id)) rmSync(lock);
    } catch {
      // It will be found to be dead.
    }
  }
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}
