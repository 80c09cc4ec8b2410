import { appendFileSync, existsSync, readFileSync, statSync, truncateSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Random } from './random.ts';

/**
 * Does to the journals of a process that was killed what a loss of power may do: what was not known to be on the disk is cut off somewhere, or
 * is zeros from there on; or the file has grown for a line that never came.
 *
 * @returns how many it tore
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
  // What is there ends in half a line already, which nothing more may follow.
  const isWhole = unsynced === undefined || unsynced >= size;
  if (!isWhole || random.chance(0.7)) return false;
  appendFileSync(path, random.chance(0.5) ? Buffer.alloc(1 + random.below(5_000)) : beginningOfALine(random));
  return true;
}

function beginningOfALine(random: Random): string {
  const line = `{"seq":${random.below(50)},"crc":${random.below(2 ** 32)},"entry":{"record":"end run/call","value":{"outcome":"allowed"`;
  return line.slice(0, 1 + random.below(line.length));
}

/** Where begins what the process wrote and did not see synced. */
function unsyncedFrom(path: string, marks: string, pid: number): number | undefined {
  const mark = join(marks, basename(path));
  if (!existsSync(mark)) return undefined;
  const [by, byte] = readFileSync(mark, 'utf8').trim().split(' ').map(Number);
  return by === pid && byte !== undefined && byte >= 0 ? byte : undefined;
}
