import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdtemp, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openAppendLog, type AppendLog, type AppendLogOptions } from '../../src/internal/append-log.ts';
import type { JsonObject } from '../../src/internal/json.ts';
import { rejection } from '../setup/world.ts';

let folder: string;
let path: string;
const logs = new Set<AppendLog>();

beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'log-')));
  path = join(folder, 'log.jsonl');
});
afterEach(async () => {
  await Promise.all([...logs].map(async (log) => log.close()));
  logs.clear();
  await rm(folder, { recursive: true });
});

async function opened(options: Partial<AppendLogOptions> = {}) {
  const entries: JsonObject[] = [];
  const log = await openAppendLog(path, { isDurable: true, read: (entry) => entries.push(entry), ...options });
  logs.add(log);
  return { log, entries };
}
/** Opens and closes the file, and returns its entries. */
async function reread(options?: Partial<AppendLogOptions>) {
  const { log, entries } = await opened(options);
  await log.close();
  return { entries, truncatedBytes: log.truncatedBytes };
}
const refusal = async (promise: Promise<unknown>) => ((await rejection(promise)) as Error).message;

describe('a damaged append log', () => {
  const lines = ['{"n":1,"text":"é"}', '{"n":2,"deep":[{"a":"}"}]}'] as const;

  test('loses an unfinished last line, wherever it breaks off', async () => {
    const whole = Buffer.from(lines.map((line) => `${line}\n`).join(''));
    const firstEnds = Buffer.byteLength(lines[0]) + 1;
    for (let length = firstEnds; length < whole.length; length += 1) {
      for (const tail of ['', '\0\0\0']) {
        await writeFile(path, Buffer.concat([whole.subarray(0, length), Buffer.from(tail)]));
        const { log, entries } = await opened();
        expect(entries).toEqual([{ n: 1, text: 'é' }]);
        expect(log.truncatedBytes).toBe(length - firstEnds + tail.length);
        await log.append({ n: 3 });
        await log.close();
        expect(await readFile(path, 'utf8')).toBe(`${lines[0]}\n{"n":3}\n`);
      }
    }
  });

  test('loses an unfinished last line with a line end', async () => {
    await writeFile(path, `${lines[0]}\n{"n":2,"text":"}\n`);
    expect(await reread()).toEqual({ entries: [{ n: 1, text: 'é' }], truncatedBytes: 17 });
    await writeFile(path, '{"n":');
    expect(await reread()).toEqual({ entries: [], truncatedBytes: 5 });
  });

  const synced = '{"n":1,"text":"é"}\n{"n":2}\n';
  const batch = Buffer.from('{"n":3,"a":["}"]}\n{"n":4}\n{"n":5}\n');
  const wholeIn = (bytes: Buffer) => [...bytes.toString().matchAll(/^\{"n":(\d).*\}\n/gm)].map(([, n]) => Number(n));
  const numbers = async () => (await reread({ isDurable: false })).entries.map(({ n }) => n);

  test('loses a last write torn by a loss of power: its beginning, then zeros up to any byte', async () => {
    for (let kept = 0; kept <= batch.length; kept += 1) {
      for (const size of new Set([kept, Math.min(kept + 1, batch.length), batch.length])) {
        const beginning = batch.subarray(0, kept);
        await writeFile(path, Buffer.concat([Buffer.from(synced), beginning, Buffer.alloc(size - kept)]));
        const { log, entries } = await opened({ isDurable: false });
        await log.append({ n: 0 });
        await log.close();
        const whole = wholeIn(beginning);
        expect([kept, size, entries.map(({ n }) => n)]).toEqual([kept, size, [1, 2, ...whole]]);
        const end = whole.length === 0 ? 0 : beginning.lastIndexOf('\n') + 1;
        expect(await readFile(path, 'utf8')).toBe(`${synced}${beginning.toString('utf8', 0, end)}{"n":0}\n`);
      }
    }
  }, 60_000);

  test('loses zeros followed by part of a line, and is rejected if a complete line follows them', async () => {
    const lineEnds = [0, ...[...batch.toString().matchAll(/\n/g)].map(({ index }) => index + 1)];
    for (let from = 0; from < batch.length; from += 1) {
      const next = lineEnds.find((end) => end > from) ?? batch.length;
      for (const to of new Set([from + 1, next, Math.min(next + 1, batch.length), batch.length])) {
        const holed = Buffer.concat([Buffer.from(synced), batch]);
        holed.fill(0, synced.length + 1 + from, synced.length + 1 + to);
        await writeFile(path, holed);
        const lineStart = lineEnds.findLast((end) => end <= from) ?? 0;
        const isFollowed = lineEnds.some((start) => start >= to && start < batch.length);
        if (!isFollowed) {
          expect([from, to, await numbers()]).toEqual([from, to, [1, 2, ...wholeIn(batch.subarray(0, lineStart))]]);
          continue;
        }
        expect(await refusal(opened())).toContain(`(byte ${synced.length + 1 + lineStart}): `);
        expect(holed.equals(await readFile(path))).toBe(true);
      }
    }
  }, 60_000);

  test('loses a torn last write of many pages, or is rejected and left unchanged', async () => {
    const page = 512;
    const lines = Array.from({ length: 40 }, (_, n) => `${JSON.stringify({ n: n + 3, text: 'é"'.repeat(n * 7) })}\n`);
    const whole = Buffer.from(synced + lines.join(''));
    let seed = 1;
    const random = (below: number): number => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed % below;
    };
    for (let round = 0; round < 40; round += 1) {
      const torn = Buffer.from(whole.subarray(0, synced.length + 1 + random(whole.length - synced.length)));
      const isMissing = () => random(3) === 0;
      for (let at = synced.length + 1; at < torn.length; at = (Math.floor(at / page) + 1) * page) {
        if (isMissing()) torn.fill(0, at, Math.min(torn.length, (Math.floor(at / page) + 1) * page));
      }
      await writeFile(path, torn);
      const found = await numbers().catch(async (error: unknown) => {
        expect(String(error)).toMatch(/damaged at line \d+ \(byte \d+\): it (?:contains|has) zero bytes/);
        expect(torn.equals(await readFile(path))).toBe(true);
        return undefined;
      });
      expect(found ?? [1, 2]).toEqual(Array.from({ length: found?.length ?? 2 }, (_, n) => n + 1));
      expect(found?.length ?? 2).toBeGreaterThanOrEqual(2);
    }
  }, 60_000);

  test('truncates all of a torn tail, even if only the end of it would be read', async () => {
    const torn = `{"n":3\0\0\n\0\0\0\0\0\0\0\0\0\n\0\0`;
    for (let newestBytes = 1; newestBytes <= torn.length + 2; newestBytes += 1) {
      await writeFile(path, synced + torn);
      const { entries, truncatedBytes } = await reread({ newestBytes });
      expect([truncatedBytes, entries.at(-1)]).toEqual([torn.length, { n: 2 }]);
    }
  });

  test.each([
    ['an unfinished line', '{"n":1}\n{"n":\n{"n":3}\n'],
    ['an unfinished line before an unfinished last line', '{"n":1}\n{"n":\n{"n'],
    ['an empty line', '{"n":1}\n\n{"n":3}\n'],
    ['a complete last line that is not JSON', '{"n":1}\n{"n":x}\n'],
    ['another kind of JSON', '{"n":1}\n[1]\n'],
    ['bytes that are not UTF-8', Buffer.from('{"n":1}\n{"n":"\xff"}\n', 'latin1')],
    ['zeros', '{"n":1}\n\0\0\0\n{"n":3}\n'],
    ['zeros before a line', '{"n":1}\n\0\0\0{"n":3}\n'],
    ['zeros and a complete line that is not JSON', '{"n":1}\n\0\0\n{"n":x}\n'],
    ['an unfinished line before zeros', '{"n":1}\n{"n":\n\0\0'],
  ])('is rejected for %s, with its line, and left unchanged', async (_, text) => {
    await writeFile(path, text);
    const message = await refusal(opened());
    expect(message).toContain(`${path} is damaged at line 2 (byte 8): `);
    expect(message).toContain('repair or delete that line');
    expect(await readFile(path)).toEqual(Buffer.from(text));
    expect(await readdir(folder)).toEqual(['log.jsonl']);
  });

  test('is rejected for an entry that its reader rejects', async () => {
    await writeFile(path, '{"n":1}\n{"n":2}\n{"n":3}\n');
    const read = ({ n }: JsonObject) => {
      if (n === 2) throw new Error('two is not an entry');
    };
    expect(await refusal(opened({ read }))).toContain(`${path} is damaged at line 2 (byte 8): two is not an entry`);
  });
});
