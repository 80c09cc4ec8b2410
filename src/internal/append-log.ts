import { constants } from 'node:fs';
import { open, realpath, rename, rm, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import pLimit from 'p-limit';
import { FileLostError, lockFile, type FileLock } from './file-lock.ts';
import { checkFolderOwner, checkOwner } from './own-files.ts';
import { sleep } from './abort.ts';
import { backoffMs } from './backoff.ts';
import { readJsonLines } from './json-lines.ts';
import { FIRST_LINK, linkAfter, linkOf, type Link } from './hash-chain.ts';
import { jsonLine, type JsonObject } from './json.ts';
import { messageOf } from './error-message.ts';

export interface AppendLogOptions {
  /**
   * True to sync appends to disk, so that they survive a power failure. Otherwise they survive the end of the process.
   */
  readonly isDurable: boolean;
  /** Receives each existing entry, oldest first. If it throws, opening fails with its message and the line. */
  readonly read: (entry: JsonObject, line: Buffer) => void;
  /** The remedy for damage, for error messages; see `readJsonLines`. */
  readonly remedy?: string;
  /** The approximate size of the file's end to read, in whole lines. Default: all. */
  readonly newestBytes?: number;
  /** Called with the file's size once it is read. Returns the entries that replace all existing ones, if any. */
  readonly rewriteAs?: (bytes: number) => readonly object[] | undefined;
  /**
   * True to add a `Link` to each entry, and to continue in a new file once this one is moved away: its first line then
   * names the last one of the old file.
   */
  readonly isChained?: boolean;
}

interface Line {
  readonly bytes: Buffer;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** Logs that are opened or released at the same time. Each takes up to two file descriptors meanwhile. */
const openings = pLimit(32);
/** Files that are written to at the same time, over all logs. Each is open only meanwhile. */
const openFiles = pLimit(64);

/**
 * Opens or creates the file, readable by its owner only (0600). Removes the permission of others to read an existing one.
 * Refuses a symbolic link, and a file or a folder that another user owns or can write to.
 *
 * Truncates a torn tail, which a crash may leave (see `readJsonLines`): its append never resolved. Keeps complete
 * entries of the same write, although their appends did not resolve either.
 *
 * @throws Error with a remedy if another process has the file open or if it is damaged; the file then stays unchanged
 */
export async function openAppendLog(path: string, options: AppendLogOptions): Promise<AppendLog> {
  return openings(async () => {
    // The lock is for the file, not for one of its paths.
    const folder = await realpath(dirname(path));
    await checkFolderOwner(folder);
    const file = join(folder, basename(path));
    const lock = await lockFile(file);
    try {
      const opened = await openAndRepair(file, options);
      const entries = options.rewriteAs?.(opened.end);
      const written = entries ? await replace(file, entries) : opened;
      return new AppendLog(file, lock, { ...opened, ...written });
    } catch (error) {
      await lock.release();
      throw error;
    }
  });
}

/** Reads the file, or creates it, and truncates its torn tail. */
async function openAndRepair(file: string, options: AppendLogOptions): Promise<Opened> {
  const handle = await openOrCreate(file);
  try {
    let link = options.isChained ? FIRST_LINK : undefined;
    const read: AppendLogOptions['read'] = (entry, line) => {
      options.read(entry, line);
      if (link) link = linkAfter(line, linkOf(entry)?.seq ?? 0);
    };
    const { size, end } = await readAll(handle, file, { ...options, read });
    // Also an existing empty file: its creator may have crashed before this.
    if (end === 0 && options.isDurable) await syncNew(handle, file);
    if (end < size) {
      await handle.truncate(end);
      if (options.isDurable) await handle.datasync();
    }
    const { ino } = await handle.stat();
    return { ino, end, link, truncatedBytes: size - end, isDurable: options.isDurable };
  } finally {
    await handle.close();
  }
}

interface Opened {
  /** The file's inode, which tells it from one that was put in its place. */
  readonly ino: number;
  /** The position of the next line. */
  readonly end: number;
  /** The link for the next line of a chained log. */
  readonly link: Link | undefined;
  readonly truncatedBytes: number;
  readonly isDurable: boolean;
}

/** An append-only file with one JSON object per line, which one process at a time may open. */
export class AppendLog {
  /** Size of the torn tail that was truncated when the file was opened. */
  readonly truncatedBytes: number;
  /** Bytes still to be written. */
  waitingBytes = 0;
  readonly #file: string;
  readonly #lock: FileLock;
  readonly #isDurable: boolean;
  readonly #waiting: Line[] = [];
  #ino: number;
  #position: number;
  #link: Link | undefined;
  #fault: Error | undefined;
  #draining: Promise<void> | undefined;
  #closing: Promise<void> | undefined;

  constructor(file: string, lock: FileLock, { ino, end, link, truncatedBytes, isDurable }: Opened) {
    this.truncatedBytes = truncatedBytes;
    this.#file = file;
    this.#lock = lock;
    this.#ino = ino;
    this.#isDurable = isDurable;
    this.#position = end;
    this.#link = link;
  }

  /** True if a write failed. No more entries can be appended then. */
  get isBroken(): boolean {
    return this.#fault !== undefined;
  }

  /**
   * Resolves when the entry is in the file. Serializes it at once, and writes entries in the order of the calls.
   * Entries that arrive during a write share the next one.
   *
   * @throws TypeError for an entry that is not JSON; Error if a write fails, and for all later entries, so that the
   * file ends with the last one written
   */
  async append(entry: object): Promise<void> {
    if (this.#closing) throw new Error(`${this.#file} is closed.`);
    if (this.#fault) throw this.#fault;
    const bytes = this.#link ? this.#chained(this.#link, entry) : lineOf(entry);
    this.waitingBytes += bytes.length;
    await new Promise<void>((resolve, reject) => {
      this.#waiting.push({ bytes, resolve, reject });
      this.#draining ??= this.#drain();
    });
  }

  /** Writes pending entries, and releases the file. */
  async close(): Promise<void> {
    await (this.#closing ??= this.#finish(false));
  }

  /** Deletes the file, and releases it. */
  async remove(): Promise<void> {
    await (this.#closing ??= this.#finish(true));
  }

  /** Writes all waiting entries. Never rejects. */
  async #drain(): Promise<void> {
    while (this.#waiting.length > 0) await openFiles(async () => this.#writeBatch());
    this.#draining = undefined;
  }

  async #writeBatch(): Promise<void> {
    let batch: readonly Line[] = [];
    let handle: FileHandle | undefined;
    try {
      handle = await this.#open();
      await this.#lock.confirm();
      batch = this.#waiting.splice(0);
      await this.#write(handle, Buffer.concat(batch.map(({ bytes }) => bytes)));
      for (const { resolve } of batch) resolve();
    } catch (cause) {
      const reason = messageOf(cause);
      const message = `${this.#file} cannot be written to until it is opened again: ${reason}`;
      const { code } = Object(cause) as { readonly code?: unknown };
      this.#fault = Object.assign(new Error(message, { cause }), { code, isLost: cause instanceof FileLostError });
      batch = [...batch, ...this.#waiting.splice(0)];
      for (const { reject } of batch) reject(this.#fault);
    } finally {
      for (const { bytes } of batch) this.waitingBytes -= bytes.length;
      // What was written is synced; an error here must not stop later writes.
      await handle?.close().catch(() => undefined);
    }
  }

  /** People read a chained log in a terminal. The lines of others stay as their checksums cover them. */
  #chained(link: Link, entry: object): Buffer {
    const bytes = Buffer.from(jsonLine(JSON.stringify({ ...link, ...entry })));
    this.#link = linkAfter(bytes.subarray(0, -1), link.seq);
    return bytes;
  }

  /** Opens the file. A chained log whose file was moved away continues in a new one. */
  async #open(): Promise<FileHandle> {
    try {
      return await openInPlace(this.#file, { ino: this.#ino, size: this.#position });
    } catch (error) {
      if (!this.#link || !(error instanceof FileLostError)) throw error;
      await this.#lock.confirm();
      const handle = await open(this.#file, 'wx+', 0o600).catch(() => {
        throw error;
      });
      this.#ino = (await handle.stat()).ino;
      this.#position = 0;
      return handle;
    }
  }

  async #write(handle: FileHandle, bytes: Buffer): Promise<void> {
    try {
      await writeAt(handle, bytes, this.#position);
      // Never retried: after a failed sync, the system may report unwritten data as written.
      if (this.#isDurable) await handle.datasync();
      this.#position += bytes.length;
    } catch (error) {
      await handle.truncate(this.#position).catch(() => undefined);
      throw error;
    }
  }

  async #finish(isRemoved: boolean): Promise<void> {
    await openings(async () => {
      try {
        await this.#draining;
        if (isRemoved) await removeInPlace(this.#file, { ino: this.#ino, size: this.#position }, this.#lock);
      } finally {
        await this.#lock.release();
      }
    });
  }
}

async function readAll(handle: FileHandle, file: string, { read, remedy, newestBytes = Infinity }: AppendLogOptions) {
  const stats = await handle.stat();
  if (!stats.isFile()) throw new Error(`${file} is not a file.`);
  checkOwner(file, stats, process.getuid?.());
  if ((stats.mode & 0o077) !== 0) await makePrivate(handle);
  const { size } = stats;
  return { size, end: await readJsonLines(handle, { file, start: size - newestBytes, read, remedy }) };
}

/** Removes the permissions of other users. Ignores file systems without permissions. */
async function makePrivate(handle: FileHandle): Promise<void> {
  await handle.chmod(0o600).catch(() => undefined);
}

async function openOrCreate(file: string): Promise<FileHandle> {
  try {
    return await open(file, READ_WRITE);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ELOOP')
      throw Object.assign(new Error(`${file} is a symbolic link. Pass the path of the file.`), { code });
    if (code !== 'ENOENT') throw error;
  }
  return open(file, 'wx+', 0o600);
}

/** Windows has no flag against symbolic links. */
const READ_WRITE = constants.O_RDWR | ((constants as { O_NOFOLLOW?: number }).O_NOFOLLOW ?? 0);

async function syncNew(handle: FileHandle, file: string): Promise<void> {
  await handle.sync();
  await syncFolder(file);
}

interface InPlace {
  readonly ino: number;
  /** An inode is used again once its file is deleted, so the size is compared, too. */
  readonly size: number;
}

/** @throws FileLostError if the file was deleted or replaced: what is written to it would be lost */
async function openInPlace(file: string, expected: InPlace): Promise<FileHandle> {
  const handle = await openForWriting(file);
  const { ino, size } = await handle.stat();
  if (ino === expected.ino && size === expected.size) return handle;
  await handle.close();
  throw replaced(file);
}

/** Attempts to open a file while the process has no file descriptor left. */
const OPEN_ATTEMPTS = 8;

async function openForWriting(file: string): Promise<FileHandle> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await open(file, READ_WRITE);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT') throw replaced(file);
      if ((code !== 'EMFILE' && code !== 'ENFILE') || attempt === OPEN_ATTEMPTS) throw error;
      await sleep(backoffMs(attempt, 10, 500));
    }
  }
}

/** Deletes the file, unless it was replaced. */
async function removeInPlace(file: string, expected: InPlace, lock: FileLock): Promise<void> {
  await (await openInPlace(file, expected)).close();
  await lock.confirm();
  await rm(file);
}

function replaced(file: string): Error {
  return new FileLostError(`${file} was removed or replaced while it was in use.`);
}

/** Atomically replaces the file with one that has these entries. */
async function replace(file: string, entries: readonly object[]): Promise<{ ino: number; end: number }> {
  const fresh = `${file}.new`;
  await rm(fresh, { force: true });
  const handle = await open(fresh, 'wx+', 0o600);
  try {
    let end = 0;
    for (const entry of entries) {
      const bytes = lineOf(entry);
      await writeAt(handle, bytes, end);
      end += bytes.length;
    }
    await handle.sync();
    await rename(fresh, file);
    await syncFolder(file);
    return { ino: (await handle.stat()).ino, end };
  } finally {
    await handle.close();
  }
}

/** Syncs a file's folder, so that the file's name is on disk (fsync(2)). Windows cannot sync folders. */
async function syncFolder(file: string): Promise<void> {
  if (process.platform === 'win32') return;
  const folder = await open(dirname(file), 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** Writes all bytes. A single write may be partial. */
async function writeAt(handle: FileHandle, bytes: Buffer, position: number): Promise<void> {
  let written = 0;
  while (written < bytes.length) {
    const { bytesWritten } = await handle.write(bytes, written, bytes.length - written, position + written);
    written += bytesWritten;
  }
}

function lineOf(entry: object): Buffer {
  return Buffer.from(`${JSON.stringify(entry)}\n`);
}
