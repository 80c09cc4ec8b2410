import fs from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { basename, join } from 'node:path';
import type { Settings } from './jobs.ts';

/**
 * Kills the process during an operation on its journals. Also records, for each journal, the first byte that is not
 * synced: a power loss may lose the bytes from there on, so the test may tear only those.
 */

const WIDTH = 40;
const paths = new WeakMap<object, string>();
const marks = new Map<string, number>();
let operations = 0;
let killAt: Settings['killAt'];
let folder = '';
let marksFolder = '';

export function installFaultyDisk(settings: Settings): void {
  ({ killAt, journals: folder, marks: marksFolder } = settings);
  const promises = fs.promises as unknown as Record<string, Operation>;
  for (const name of ['link', 'rename', 'rm', 'mkdir'] as const) {
    const original = promises[name] as Operation;
    promises[name] = async (...args) => around(String(args[0]), async () => original(...args));
  }
  const open = promises['open'] as (...args: unknown[]) => Promise<FileHandle>;
  promises['open'] = async (...args) =>
    around(String(args[0]), async () => {
      const handle = await open(...args);
      paths.set(handle, String(args[0]));
      patchHandles(Object.getPrototypeOf(handle) as Record<string, Operation>);
      return handle;
    });
  syncBuiltinESMExports();
}

type Operation = (...args: unknown[]) => Promise<unknown>;
const patched = new WeakSet();

function patchHandles(prototype: Record<string, Operation>): void {
  if (patched.has(prototype)) return;
  patched.add(prototype);
  for (const name of ['datasync', 'sync', 'truncate'] as const) {
    const original = prototype[name] as Operation;
    prototype[name] = async function (this: object, ...args) {
      const path = paths.get(this) ?? '';
      const result = await around(path, async () => original.apply(this, args));
      if (name !== 'truncate') mark(path, -1);
      return result;
    };
  }
  const write = prototype['write'] as (buffer: Buffer, offset: number, length: number, at: number) => Promise<unknown>;
  prototype['write'] = async function (this: object, buffer, offset, length, at) {
    const args = [buffer, offset, length, at] as [Buffer, number, number, number];
    const path = paths.get(this) ?? '';
    mark(path, args[3]);
    const half = async (): Promise<unknown> =>
      write.call(this, args[0], args[1], Math.floor(args[2] * Math.random()), args[3]);
    return around(path, async () => write.apply(this, args), half);
  };
}

/** Runs one operation on a journal or its lock, at which the process may die. */
async function around<T>(path: string, operation: () => Promise<T>, half?: () => Promise<unknown>): Promise<T> {
  if (!path.startsWith(folder)) return operation();
  operations += 1;
  if (operations !== killAt?.operation) return operation();
  if (killAt.part === 'half') await half?.();
  if (killAt.part === 'after') await operation();
  process.kill(process.pid, 'SIGKILL');
  return new Promise(() => undefined);
}

/** Records the first unsynced byte of a journal, or -1, in a file that survives the process. */
function mark(path: string, byte: number): void {
  if (!path.endsWith('.journal.jsonl')) return;
  const file = marks.get(path) ?? fs.openSync(join(marksFolder, basename(path)), 'w');
  marks.set(path, file);
  fs.writeSync(file, `${process.pid} ${byte}`.padEnd(WIDTH), 0);
}
