import { open, realpath, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { lockFile, type FileLock } from './file-lock.ts';
import { readJsonLines } from './json-lines.ts';
import type { JsonObject } from './json.ts';

export interface AppendLogOptions {
  /** Whether an append is on the disk before it resolves, so that it outlives a loss of power. Else it outlives the process. */
  readonly isDurable: boolean;
  /** Given each entry of before, oldest first. What it throws, it says about that line: the file is not opened then. */
  readonly read: (entry: JsonObject) => void;
  /** What to do about damage, for messages; see `readJsonLines`. */
  readonly remedy?: string;
  /** Only about this much of the file's end is read, in whole lines. Default: all. */
  readonly newestBytes?: number;
  /** Called once, with the file's size, when all is read: the entries that are to take the place of all that is there, if any. */
  readonly rewriteAs?: (bytes: number) => readonly object[] | undefined;
}

/** A file of JSON objects, one a line, that only grows, and that one process at a time has open. */
export interface AppendLog {
  /** How much of an append that never ended was cut off when the file was opened. */
  readonly truncatedBytes: number;
  /** How much waits to be written. */
  readonly waitingBytes: number;
  /** Whether an append could not be written: nothing can be appended any more. */
  readonly isBroken: boolean;
  /**
   * Resolves when the entry is in the file, as it is now. Entries are written in the order of the calls; those that come while
   * others are written share the next write.
   *
   * @throws TypeError for what is no JSON; Error when it could not be written, and then for everything that comes after it, so
   * that the file ends with the last entry that was
   */
  append(entry: object): Promise<void>;
  /** Writes what waits, and lets go of the file. */
  close(): Promise<void>;
}

interface Line {
  readonly bytes: Buffer;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/**
 * Opens such a file, or makes it, for its owner's eyes only (0600); from one of ours that others may read, their right is taken.
 *
 * What a process or a machine that ended left half written at the end is cut off: `readJsonLines` says what that can be. Its append
 * never resolved. An entry of such a write that is whole stays, although nobody was told of it.
 *
 * @throws Error that says what to do when another process has it open, or when anything else is damaged; then nothing is changed
 */
export async function openAppendLog(path: string, options: AppendLogOptions): Promise<AppendLog> {
  // A lock is for the file, whatever name it goes by.
  const file = await realpath(path).catch(async () => join(await realpath(dirname(path)), basename(path)));
  const lock = await lockFile(file);
  let handle: FileHandle | undefined;
  try {
    handle = await openOrCreate(file);
    const { size, end } = await readAll(handle, file, options);
    // Also one that is there already: whoever made it may not have come to this.
    if (end === 0 && options.isDurable) await syncNew(handle, file);
    if (end < size) {
      await handle.truncate(end);
      if (options.isDurable) await handle.datasync();
    }
    const entries = options.rewriteAs?.(end);
    if (!entries) return appending(file, lock, { handle, end, truncatedBytes: size - end, ...options });
    await handle.close();
    handle = undefined;
    const written = await replace(file, entries);
    handle = written.handle;
    return appending(file, lock, { ...written, truncatedBytes: size - end, ...options });
  } catch (error) {
    await handle?.close();
    await lock.release();
    throw error;
  }
}

interface Opened {
  readonly handle: FileHandle;
  /** Where the next line goes. */
  readonly end: number;
  readonly truncatedBytes: number;
  readonly isDurable: boolean;
}

function appending(file: string, lock: FileLock, { handle, end, truncatedBytes, isDurable }: Opened): AppendLog {
  const waiting: Line[] = [];
  let position = end;
  let waitingBytes = 0;
  let fault: Error | undefined;
  let draining: Promise<void> | undefined;
  let closing: Promise<void> | undefined;

  const write = async (bytes: Buffer): Promise<void> => {
    try {
      await writeAt(handle, bytes, position);
      // Never tried again: after a failure, the system may take for written what is not.
      if (isDurable) await handle.datasync();
      position += bytes.length;
    } catch (error) {
      await handle.truncate(position).catch(() => undefined);
      throw error;
    }
  };

  const drain = async (): Promise<void> => {
    while (waiting.length > 0) {
      let batch: readonly Line[] = [];
      try {
        await lock.confirm();
        await confirmThere(handle, file);
        batch = waiting.splice(0);
        await write(Buffer.concat(batch.map(({ bytes }) => bytes)));
        for (const { resolve } of batch) resolve();
      } catch (cause) {
        const reason = cause instanceof Error ? cause.message : String(cause);
        fault = new Error(`${file} cannot be written to until it is opened again: ${reason}`, { cause });
        batch = [...batch, ...waiting.splice(0)];
        for (const { reject } of batch) reject(fault);
      }
      for (const { bytes } of batch) waitingBytes -= bytes.length;
    }
    draining = undefined;
  };

  const finish = async (): Promise<void> => {
    await draining;
    try {
      await handle.close();
    } finally {
      await lock.release();
    }
  };

  return {
    truncatedBytes,
    get waitingBytes() {
      return waitingBytes;
    },
    get isBroken() {
      return fault !== undefined;
    },
    async append(entry) {
      if (closing) throw new Error(`${file} is closed.`);
      if (fault) throw fault;
      const bytes = lineOf(entry);
      waitingBytes += bytes.length;
      await new Promise<void>((resolve, reject) => {
        waiting.push({ bytes, resolve, reject });
        draining ??= drain();
      });
    },
    async close() {
      closing ??= finish();
      await closing;
    },
  };
}

async function readAll(handle: FileHandle, file: string, { read, remedy, newestBytes = Infinity }: AppendLogOptions) {
  const stats = await handle.stat();
  if (!stats.isFile()) throw new Error(`${file} is not a file.`);
  if (stats.uid === process.getuid?.() && (stats.mode & 0o077) !== 0) await makePrivate(handle);
  const { size } = stats;
  return { size, end: await readJsonLines(handle, { file, start: size - newestBytes, read, remedy }) };
}

/** Some file systems have no such rights to take. */
async function makePrivate(handle: FileHandle): Promise<void> {
  await handle.chmod(0o600).catch(() => undefined);
}

async function openOrCreate(file: string): Promise<FileHandle> {
  try {
    return await open(file, 'r+');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  return open(file, 'wx+', 0o600);
}

async function syncNew(handle: FileHandle, file: string): Promise<void> {
  await handle.sync();
  await syncFolder(file);
}

/** What is written to a file that has no name any more, nobody will read. */
async function confirmThere(handle: FileHandle, file: string): Promise<void> {
  const [ours, there] = await Promise.all([handle.stat(), stat(file).catch(() => undefined)]);
  if (there?.ino !== ours.ino) throw new Error(`${file} was removed or replaced while it was in use.`);
}

/** Puts a file of these entries in the place of the one that is there: at every moment, one of them is there as a whole. */
async function replace(file: string, entries: readonly object[]): Promise<{ handle: FileHandle; end: number }> {
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
    return { handle, end };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** The name of a file that was made is on the disk when its folder is (fsync(2)). Windows has no such thing. */
async function syncFolder(file: string): Promise<void> {
  if (process.platform === 'win32') return;
  const folder = await open(dirname(file), 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** A write may take only a part. */
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
