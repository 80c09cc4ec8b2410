import { characters, runEnd } from '../characters.ts';
import { MARKED_TOKEN_FORMATS, TOKEN_FORMATS, type MarkedTokenFormat, type TokenFormat } from './data/token-formats.ts';
import { matchAt } from '../patterns.ts';
import { canBegin, type Finder } from './text-scan.ts';
import { shapeOf } from './value.ts';

// Not `\b`: a token may end a sentence (`The key is X.`), but `X-more` and `X_more` are something else.
const BEHIND = '(?![A-Za-z0-9_]|-[A-Za-z0-9])';
const IN_OPEN_ENDED = characters(/[\w+/=.%~!-]/);
const TRAILING_PUNCTUATION = /[.!~-]+$/;
const DEFAULT_ENTROPY = 2.5;
const MARKED_ENTROPY = 3.3;

function tokenFinder([type, , body, options = {}]: TokenFormat, prefix: string): Finder {
  const { openEnded = false, entropy = DEFAULT_ENTROPY } = options;
  const pattern = new RegExp(openEnded ? body.source : `(?:${body.source})${BEHIND}`, `y${body.flags}`);
  return (scan, start, end) => {
    const { text } = scan;
    if (start < scan.tokenEnd || !text.startsWith(prefix, start) || !canBegin(text, start)) return;
    const match = matchAt(pattern, text, end);
    if (!match || shapeOf(match[0]).entropy < entropy) return;
    const stop = openEnded ? runEnd(text, pattern.lastIndex, IN_OPEN_ENDED) : pattern.lastIndex;
    scan.tokenEnd = stop;
    const dropped = openEnded
      ? (TRAILING_PUNCTUATION.exec(text.slice(Math.max(end, stop - 8), stop))?.[0].length ?? 0)
      : 0;
    scan.add(start, stop - dropped, type);
  };
}

function markedTokenFinder([type, , before, whole]: MarkedTokenFormat): Finder {
  const pattern = new RegExp(whole.source, 'y');
  return (scan, start) => {
    const from = start - before;
    if (from < 0 || !canBegin(scan.text, from)) return;
    const match = matchAt(pattern, scan.text, from);
    if (match && shapeOf(match[0]).entropy >= MARKED_ENTROPY) scan.add(from, pattern.lastIndex, type);
  };
}

/** Finders of the formats in `data/token-formats.ts`, by the prefix or mark that starts them. */
export const tokenFinders = (): [keyword: string, find: Finder][] => [
  ...TOKEN_FORMATS.flatMap((format) =>
    format[1].split(' ').map((prefix): [string, Finder] => [prefix.toLowerCase(), tokenFinder(format, prefix)]),
  ),
  ...MARKED_TOKEN_FORMATS.map((format): [string, Finder] => [format[1], markedTokenFinder(format)]),
];
