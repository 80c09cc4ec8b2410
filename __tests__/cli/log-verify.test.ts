import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { appendFile, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { auditLog, EmbeddedGateway } from 'interven-openai-assistants/embedded';
import { cli, folder, type Folder } from './world.ts';

let files: Folder;
let log: string;
beforeEach(async () => {
  files = await folder();
  log = join(files.path, 'decisions.jsonl');
});
afterEach(async () => files.remove());

/** Scans one call per name with a gateway that writes the audit log. */
async function scanned(names: readonly string[], meanwhile = async (_index: number): Promise<void> => undefined) {
  const audit = await auditLog(log);
  const gateway = new EmbeddedGateway({ policies: [{ name: 'own', rules: [{ action: 'ALLOW' }] }] });
  gateway.observe(audit.listener);
  for (const [index, functionName] of names.entries()) {
    await meanwhile(index);
    const call = { functionName, method: 'POST', url: 'https://tools.invalid/x', body: {}, runtimeType: 'test' };
    await gateway.scan(call);
  }
  await audit.close();
}

const linesOf = async (file = log): Promise<string[]> => (await readFile(file, 'utf8')).split('\n').slice(0, -1);
const write = async (lines: readonly string[]): Promise<void> =>
  writeFile(log, lines.map((line) => `${line}\n`).join(''));
const verify = async (...args: string[]) => cli(['log', 'verify', log, ...args]);
/** The lines that are wrong, without the folder. */
const wrongIn = (out: string): string[] =>
  out.split('\n').flatMap((line) => (line.startsWith('wrong') ? [line.replaceAll(`${files.path}/`, '')] : []));
const headIn = (out: string): string => /elsewhere: ([\da-f]{64})$/m.exec(out)?.[1] ?? '';

describe('log verify', () => {
  test('accepts a log that continues across restarts, a crash and a rename while the gateway runs', async () => {
    await scanned(['a', 'b']);
    await appendFile(log, '{"seq":3,"prev":"0');
    const old = join(files.path, 'decisions.1.jsonl');
    await scanned(['c', 'd', 'e'], async (index) => {
      // The line before has to be in the file that is renamed.
      while (index === 2 && (await linesOf()).length < 4) await stat(log);
      if (index === 2) await rename(log, old);
    });
    expect((await linesOf(old)).length).toBe(4);
    expect((await stat(log)).mode & 0o777).toBe(0o600);
    const { code, out, err } = await cli(['log', 'verify', old, log]);
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(/^5 lines, each as the next one found it\.\nThe last line is number 5\. Keep its hash/);
    expect((await verify()).out).toContain('note  The chain begins with number 5: earlier lines are not among them.');
    expect(wrongIn((await cli(['log', 'verify', log, old])).out)).toEqual([
      'wrong decisions.1.jsonl:1: this line begins a new chain: nothing shows which lines were before it.',
    ]);
  });

  test.each<[string, (lines: string[]) => string[], string[]]>([
    ['a changed line', edited(1, 'ALLOW', 'DENY'), ['2: this line was changed, or the hash of it in line 3.']],
    ['a missing line', (lines) => lines.toSpliced(1, 1), ['2: this line follows a gap: 1 line is missing (number 2).']],
    [
      'several missing lines',
      (lines) => lines.toSpliced(1, 3),
      ['2: this line follows a gap: 3 lines are missing (numbers 2 to 4).'],
    ],
    [
      'two lines that changed places',
      ([a = '', b = '', c = '', ...rest]) => [a, c, b, ...rest],
      [
        '2: this line is out of order: its number is 3 where 2 is due.',
        '3: this line is out of order: its number is 2 where 4 is due.',
        '4: this line is out of order: its number is 4 where 3 is due.',
      ],
    ],
    [
      'a repeated line',
      (lines) => lines.toSpliced(2, 0, lines[1] ?? ''),
      [
        '3: this line is out of order: its number is 2 where 3 is due.',
        '3: this line has the number 2, as an earlier line has.',
      ],
    ],
    [
      'a foreign line',
      (lines) => lines.toSpliced(2, 0, '{"a":1}'),
      ['3: this line is not an entry with `seq` and `prev`.'],
    ],
    ['a damaged line', (lines) => lines.with(2, 'oops'), ['3: this line is not an entry with `seq` and `prev`.']],
    [
      'a changed number',
      edited(2, '"seq":3', '"seq":9007'),
      [
        '3: this line was changed: its number is 9007 instead of 3.',
        '3: this line was changed, or the hash of it in line 4.',
      ],
    ],
    [
      'a chain that begins anew',
      (lines) => lines.with(3, (lines[3] ?? '').replace(/"seq":4,"prev":"\w+"/, '"seq":1,"prev":null')),
      [
        '4: this line begins a new chain: nothing shows which lines were before it.',
        '4: this line has the number 1, as an earlier line has.',
        '5: this line follows a gap: 1 line is missing (of numbers 2 to 4).',
      ],
    ],
  ])('names %s', async (_, change, expected) => {
    await scanned(['a', 'b', 'c', 'd', 'e']);
    await write(change(await linesOf()));
    const { code, out } = await verify();
    expect(code).toBe(1);
    expect(wrongIn(out)).toEqual(expected.map((line) => `wrong decisions.jsonl:${line}`));
  });

  test('finds a cut end and a log that was written anew only by a hash that was kept elsewhere', async () => {
    await scanned(['a', 'b', 'c']);
    const kept = headIn((await verify()).out);
    await scanned(['d']);
    const anchored = await verify('--anchor', kept);
    expect([anchored.code, anchored.out]).toEqual([0, expect.stringContaining(`${log}:3 has the hash of --anchor`)]);
    const noLine = ['wrong No line has the hash of --anchor: lines were cut off, or changed up to it.'];

    await write((await linesOf()).slice(0, 2));
    expect((await verify()).code).toBe(0);
    expect(wrongIn((await verify('--anchor', kept)).out)).toEqual(noLine);

    await rm(log);
    await scanned(['a', 'b', 'x', 'd']);
    expect((await verify()).code).toBe(0);
    expect(wrongIn((await verify('--anchor', kept)).out)).toEqual(noLine);
  });

  test('refuses an empty log, and an anchor that is no hash', async () => {
    await write([]);
    expect((await verify()).code).toBe(1);
    const { code, err } = await verify('--anchor', 'abc');
    expect([code, err]).toEqual([2, expect.stringContaining('--anchor is "abc"; it must be 64 hexadecimal digits')]);
    expect((await cli(['log', 'verify', join(files.path, 'none')])).code).toBe(3);
  });

  test('prints the same as JSON', async () => {
    await scanned(['a', 'b']);
    expect(JSON.parse((await verify('--json')).out)).toMatchObject({
      ok: true,
      lines: 2,
      problems: [],
      last: { file: log, line: 2, seq: 2, hash: expect.stringMatching(/^[\da-f]{64}$/) },
    });
  });
});

test('no line of an audit log has control characters of terminals, nor any that turn the direction of text', async () => {
  const odd = 'get\u009b2J\u007f\u202e\u2028x';
  await scanned([odd]);
  const [line = ''] = await linesOf();
  expect(line).not.toMatch(/[\u007f-\u009f\u2028-\u202e]/);
  expect(JSON.parse(line)).toMatchObject({ function_name: odd });
  expect((await verify()).code).toBe(0);
});

function edited(index: number, from: string, to: string): (lines: string[]) => string[] {
  return (lines) => lines.with(index, (lines[index] ?? '').replace(from, to));
}
