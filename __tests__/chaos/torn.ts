import { appendFileSync, existsSync, readFileSync, statSync, truncateSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Random } from './random.ts';

/**
 * Simulates a power loss for the journals of a process that was killed: truncates the unsynced bytes, replaces them
 * with zeros, or appends part of a line.
 *
 * @returns the number of journals that it tore
 */
export function tearTails(journals: readonly string[], marks: string, pid: number, random: Random): number {
  return journals.filter((path) => tearTail(path, unsyncedFrom(path, marks, pid), random)).length;
}

function tearTail(path: string, unsynced: number | undefined, random: Random): boolean {
  const { size } = statSync(path);
  if (unsynced !== undefined && unsynced < size && random.chance(0.8)) {
    const cut = unsynced + random.below(size - unsynced);
    truncateSync(path, cut);
    if (random.chance(0.4)) truncateSync(path, size);
    return true;
  }
  // A journal with unsynced bytes may end in part of a line already, which nothing may follow.
  const isWhole = unsynced === undefined || unsynced >= size;
  if (!isWhole || random.chance(0.7)) return false;
  appendFileSync(path, random.chance(0.5) ? Buffer.alloc(1 + random.below(5_000)) : partOfLine(random));
  return true;
}

function partOfLine(random: Random): string {
  const line = `{"seq":${random.below(50)},"crc":${random.below(2 ** 32)},"entry":{"key":"call-end run/call","event":{"outcome":"allowed"`;
  return line.slice(0, 1 + random.below(line.length));
}

/** The first byte that the process wrote and did not sync. */
function unsyncedFrom(path: string, marks: string, pid: number): number | undefined {
  const mark = join(marks, basename(path));
  if (!existsSync(mark)) return undefined;
  const [by, byte] = readFileSync(mark, 'utf8').trim().split(' ').map(Number);
  return by === pid && byte !== undefined && byte >= 0 ? byte : undefined;
}
