/** Keeps the project's old dialect out of the documentation, code and messages. */
import { expect, test } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const BETTER: readonly (readonly [pattern: RegExp, better: string])[] = [
  [
    /\b(?:is|are|was|be|been|not|never) told\b|\btold (?:of|by|apart|to)\b/i,
    'receives, notifies, reports, distinguishes',
  ],
  [/\bnobody\b|\bsomebody\b|\bwhoever\b|\bwhomever\b/i, 'name the actor: the runner, the gateway, the caller'],
  [/(?<!there )\b(?:is|are) none\b|\b(?:is|are) heard\b|\bheard of\b/i, 'is missing, is invalid'],
  [/\b(?:gone|goes|going|go|went) on with\b/i, 'resume, continue'],
  [/\bstands? (?:here|there) twice\b/i, 'is a duplicate'],
  [/\bof before\b/i, 'the previous …'],
  [/\bran out of (?:its|their) time\b/i, 'timed out'],
  [/\b(?:come|comes|came) to rest\b/i, 'settles, becomes idle'],
  [/\bunder way\b/i, 'in flight, running'],
  [/\basks? after\b|\basked after\b/i, 'requests the status of'],
  [/\b(?:MOST|LONGEST|LEAST)_[A-Z]/, 'MAX_… or MIN_…'],
  [/\b(?:list|lists) of texts\b|\b(?:is|be|as) a text\b/i, 'string, array of strings'],
];

const READ = /\.(?:ts|mjs|js|md|css|yaml)$/;

/** Data files hold the words of models and services. */
const isRead = (path: string): boolean => READ.test(path) && !/\bdata\//.test(path);

const within = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((path) => join(folder, path));

const files = ['README.md', ...within('docs'), ...within('src')].filter(isRead);

function findings(pattern: RegExp, better: string): string[] {
  return files.flatMap((file) =>
    readFileSync(file, 'utf8')
      .split('\n')
      .flatMap((line, index) => {
        const [word] = pattern.exec(line) ?? [];
        return word === undefined ? [] : [`${file}:${index + 1}: "${word}"; better: ${better}`];
      }),
  );
}

test.each(BETTER)('no reader meets %s; better: %s', (pattern, better) => {
  expect(findings(pattern, better)).toEqual([]);
});
