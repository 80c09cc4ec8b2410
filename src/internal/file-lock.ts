import { randomUUID } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { link, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { sleep } from './abort.ts';

/** A file that was in use is gone: its earlier entries may be, too, or another process may append. */
export class FileLostError extends Error {}

/** A process's exclusive right to a file. */
export interface FileLock {
  /** @throws FileLostError if the lock file was removed; Error with the code `ELOCKED` if another process holds it */
  confirm(): Promise<void>;
  release(): Promise<void>;
}

interface Holder {
  readonly id: string;
  readonly pid: number;
  readonly host: string;
  /** Distinguishes a process from a later one with the same id; empty if the system does not provide it. */
  readonly born: string;
  /** True if the process releases the lock within moments, so that others wait for it. */
  readonly isBrief: boolean;
}

/** Lock files to remove when the process exits, by the ids in them. */
const held = new Map<string, string>();

/**
 * Acquires `<file>.lock`, which is also released when the process ends. Takes over the lock of a process that has
 * ended, even if its id is in use again, as after the restart of a container. Works on one machine only, because a
 * process of another machine cannot be checked.
 *
 * @param isBrief true if the lock is released within moments: other processes then wait for it
 * @throws Error that names the process and the lock file if another process holds it
 */
export async function lockFile(file: string, isBrief = false): Promise<FileLock> {
  const lock = `${file}.lock`;
  const { id } = await acquire(lock, file, isBrief);
  const identity = await identityOf(lock).catch(() => undefined);
  if (held.size === 0) process.on('exit', releaseAll);
  held.set(id, lock);
  return {
    async confirm() {
      // By its inode, which takes no file descriptor.
      if (identity !== undefined && (await identityOf(lock)) === identity) return;
      const holder = await holderOf(lock, file);
      if (holder?.id === id) return;
      if (holder) throw locked(`${file} is now in use by process ${holder.pid}, which holds ${lock}.`);
      throw new FileLostError(`${lock} was removed or replaced while ${file} was in use.`);
    },
    async release() {
      if (!held.delete(id)) return;
      if (held.size === 0) process.off('exit', releaseAll);
      const holder = await holderOf(lock, file).catch(() => undefined);
      if (holder?.id === id) await rm(lock, { force: true });
    },
  };
}

/** A lock is written once, so its time tells it from a later one with the same inode. */
async function identityOf(lock: string): Promise<string | undefined> {
  try {
    const { ino, mtimeNs } = await stat(lock, { bigint: true });
    return `${ino} ${mtimeNs}`;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** The process that has a file open for writing. */
export interface FileOwner {
  readonly pid: number;
  readonly host: string;
  /** True if the process runs on this machine. A process of another machine may have ended. */
  readonly isHere: boolean;
}

/**
 * Reads the process that holds the lock of a file, without changing the lock. Resolves with undefined if the file is
 * not locked, or if that process has ended.
 *
 * @param file the file's real path, because locks belong to files and not to their names
 * @throws Error if the lock file is invalid
 */
export async function ownerOf(file: string): Promise<FileOwner | undefined> {
  const holder = await holderOf(`${file}.lock`, file);
  if (!holder) return undefined;
  const { pid, host, born } = holder;
  const isHere = host === hostname();
  return isHere && !isRunning(pid, born) ? undefined : { pid, host, isHere };
}

/** The longest wait for a brief lock, and the pause between two attempts. */
const BRIEF_MS = 5_000;
const BRIEF_PAUSE_MS = 10;

async function acquire(lock: string, file: string, isBrief: boolean): Promise<Holder> {
  const born = startOf(process.pid) ?? '';
  const own: Holder = { id: randomUUID(), pid: process.pid, host: hostname(), born, isBrief };
  const deadline = Date.now() + BRIEF_MS;
  const claim = `${lock}.${own.id}`;
  try {
    // Written and synced before it is linked into place, so that a lock is never half written.
    await writeFile(claim, JSON.stringify(own), { flag: 'wx', mode: 0o600, flush: true });
    while (!(await isLinked(claim, lock))) {
      const holder = await holderOf(lock, file);
      if (!holder) continue;
      const error = usedBy(holder, lock, file);
      if (error && (!holder.isBrief || Date.now() > deadline)) throw error;
      if (error) await sleep(BRIEF_PAUSE_MS);
      else if (await isReplaced(lock, holder, claim, file)) break;
    }
    return own;
  } finally {
    await rm(claim, { force: true });
  }
}

/**
 * Takes over a dead lock while holding `<lock>.next`, so that only one process does, and only if the lock is still the
 * same.
 */
async function isReplaced(lock: string, dead: Holder, claim: string, file: string): Promise<boolean> {
  const next = `${lock}.next`;
  await acquire(next, file, true);
  try {
    if ((await holderOf(lock, file))?.id !== dead.id) return false;
    await rename(claim, lock);
    // Its process may have been killed between linking the lock and removing the claim.
    if (UUID.test(dead.id)) await rm(`${lock}.${dead.id}`, { force: true });
    return true;
  } finally {
    await rm(next, { force: true });
  }
}

const UUID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/;

/** A file that acquiring a lock creates: the lock, its takeover, or a claim to one of them. */
export interface LockFileName {
  /** The name or the path of the locked file. */
  readonly file: string;
  /** True for a claim, which is removed once the lock is acquired. */
  readonly isClaim: boolean;
}

/** Interprets the name or the path of a file; undefined if it is not a lock's. */
export function lockFileName(name: string): LockFileName | undefined {
  const [, file, claim] = /^(.+?)\.lock(?:\.next)*(?:\.([^.]+))?$/.exec(name) ?? [];
  if (file === undefined || (claim !== undefined && !UUID.test(claim))) return undefined;
  return { file, isClaim: claim !== undefined };
}

/** The age after which an unreadable claim was left by a process that was killed while it wrote the claim. */
const UNREADABLE_CLAIM_MS = 3_600_000;

/** Returns true if the process that created a lock or a claim has ended. A process of another machine may be alive. */
export async function isLeftover(path: string): Promise<boolean> {
  try {
    const holder = await holderOf(path, path);
    return holder?.host === hostname() && !isRunning(holder.pid, holder.born);
  } catch {
    const stats = lockFileName(path)?.isClaim ? await stat(path).catch(() => undefined) : undefined;
    return stats !== undefined && Date.now() - stats.mtimeMs > UNREADABLE_CLAIM_MS;
  }
}

/**
 * Removes a lock or a claim of a process that has ended. Acquires a lock first, so that no other process does meanwhile.
 *
 * @throws Error with the code `ELOCKED` if another process has acquired the lock
 */
export async function removeLeftover(path: string): Promise<void> {
  if (!lockFileName(path)?.isClaim) await acquire(path, path, true);
  await rm(path, { force: true });
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
    const { id, pid, host, born, isBrief = false } = holder ?? {};
    if (typeof id === 'string' && typeof pid === 'number' && typeof host === 'string' && typeof born === 'string') {
      return { id, pid, host, born, isBrief };
    }
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new Error(`${lock} was not created by this library. Delete it if no process uses ${file}.`);
}

/** Creates the error for a lock whose process is alive; undefined if it has ended. */
function usedBy({ pid, host, born }: Holder, lock: string, file: string): Error | undefined {
  if (host !== hostname()) {
    return locked(
      `${file} is in use by process ${pid} of another machine, ${host}. If that process has ended, delete ${lock}.`,
    );
  }
  if (!isRunning(pid, born)) return undefined;
  const who = pid === process.pid ? `this process (${pid})` : `process ${pid}`;
  return locked(`${file} is in use by ${who}, which holds ${lock}. Only one process at a time may write to it.`);
}

/** Creates the error for a locked file, which callers recognise by its code. */
function locked(message: string): Error {
  return Object.assign(new Error(message), { code: 'ELOCKED' });
}

function isRunning(pid: number, born: string): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: the process runs as another user.
    if (codeOf(error) === 'ESRCH') return false;
  }
  const startNow = startOf(pid);
  return startNow === undefined || born === '' || startNow === born;
}

/** The machine's boot id and the process's start in ticks since boot, if `/proc` provides them (proc(5)). */
function startOf(pid: number): string | undefined {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The second field is the name in parentheses, which may contain anything; the third is the state, the 22nd the
    // start.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? 'ended' : `${boot} ${fields[19] ?? ''}`;
  } catch {
    return undefined;
  }
}

function releaseAll(): void {
  for (const [id, lock] of held) {
    try {
      if (readFileSync(lock, 'utf8').includes(id)) rmSync(lock);
    } catch {
      // The next process finds that its owner has ended.
    }
  }
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}
