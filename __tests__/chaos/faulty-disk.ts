import fs from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { basename, join } from 'node:path';
import type { Settings } from './jobs.ts';

/**
 * Lets a process die in the middle of what it does to the files of its journals, and writes down from which byte on each
 * journal is not known to be on the disk: what follows may be lost with the power, and is all that a test may tear.
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

/** One operation on a journal, its lock included: it may be the last one. */
async function around<T>(path: string, operation: () => Promise<T>, half?: () => Promise<unknown>): Promise<T> {
  if (!path.startsWith(folder)) return operation();
  operations += 1;
  if (operations !== killAt?.operation) return operation();
  if (killAt.part === 'half') await half?.();
  if (killAt.part === 'after') await operation();
  process.kill(process.pid, 'SIGKILL');
  return new Promise(() => undefined);
}

/** Survives the process as what was written does; only the first byte counts of those that are not synced. */
function mark(path: string, byte: number): void {
  if (!path.endsWith('.journal.jsonl')) return;
  const file = marks.get(path) ?? fs.openSync(join(marksFolder, basename(path)), 'w');
  marks.set(path, file);
  fs.writeSync(file, `${process.pid} ${byte}`.padEnd(WIDTH), 0);
}
