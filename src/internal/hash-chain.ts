import { createHash } from 'node:crypto';
import type { JsonObject } from './json.ts';

/** The place of a line in a chain of lines, which each line carries. */
export interface Link {
  /** The line's number, counted from 1 over all files of the chain. */
  readonly seq: number;
  /** Hexadecimal SHA-256 of the line before it, without its line end; null for the first one. */
  readonly prev: string | null;
}

export const FIRST_LINK: Link = { seq: 1, prev: null };

export function hashOf(line: Uint8Array): string {
  return createHash('sha256').update(line).digest('hex');
}

/** Returns the link for the line that follows `line`. */
export function linkAfter(line: Uint8Array, seq: number): Link {
  return { seq: seq + 1, prev: hashOf(line) };
}

/** Returns the link that a line carries, if it carries one. */
export function linkOf({ seq, prev }: JsonObject): Link | undefined {
  const isHash = prev === null || (typeof prev === 'string' && /^[\da-f]{64}$/.test(prev));
  return Number.isSafeInteger(seq) && isHash ? { seq: seq as number, prev } : undefined;
}
