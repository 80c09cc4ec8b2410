import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

/** Rules are tuned on the even half; the odd half only measures. */
export const HALVES = ['even', 'odd'] as const;
export type Half = (typeof HALVES)[number];

/** The rows of a set (gzip, JSON lines), or none when the folder does not have it. */
export function readSet(folder: string, name: string): readonly unknown[] {
  const path = join(folder, `${name}.jsonl.gz`);
  return existsSync(path) ? parseLines(gunzipSync(readFileSync(path)).toString('utf8')) : [];
}

export function parseLines(text: string): readonly unknown[] {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return lines.map((line) => JSON.parse(line) as unknown);
}

/** @param key what must stay together, such as all pairs of one task */
export function halfOf(key: string): Half {
  return (createHash('sha256').update(key).digest()[0] ?? 0) % 2 === 0 ? 'even' : 'odd';
}

/** Splits rows into halves. */
export function inHalves<Row>(rows: readonly Row[], keyOf: (row: Row) => string): readonly (readonly [Half, Row[]])[] {
  return HALVES.map((half) => [half, rows.filter((row) => halfOf(keyOf(row)) === half)] as const);
}
