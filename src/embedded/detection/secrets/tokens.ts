import { CLOUD_TOKENS } from './tokens-cloud.ts';
import { CODE_TOKENS } from './tokens-code.ts';
import { BUSINESS_TOKENS } from './tokens-business.ts';
import type { TokenFormat } from './token-format.ts';
import { canBegin, characters, matchAt, runEnd } from './scan.ts';
import type { Finder } from './scan.ts';
import { shapeOf } from './shape.ts';

/** Every vendor's format that is known. */
export const TOKEN_FORMATS: readonly TokenFormat[] = [...CODE_TOKENS, ...CLOUD_TOKENS, ...BUSINESS_TOKENS];

// Not `\b`: a token ends in prose, too (`The key is X.`), but `X-more` and `X_more` are something else.
const BEHIND = '(?![A-Za-z0-9_]|-[A-Za-z0-9])';
const IN_LONG_TOKEN = characters(/[\w+/=.%~!-]/);
const LAST_OF_TOKEN = /[.!~-]+$/;

function finderOf([type, , body, options]: TokenFormat, prefix: string): Finder {
  const pattern = new RegExp(options?.long ? body.source : `(?:${body.source})${BEHIND}`, `y${body.flags}`);
  const entropy = options?.entropy ?? 2.5;
  return (scan, start, end) => {
    const { text } = scan;
    if (start < scan.tokenEnd || !text.startsWith(prefix, start) || !canBegin(text, start)) return;
    const match = matchAt(pattern, text, end);
    if (!match || shapeOf(match[0]).entropy < entropy) return;
    const stop = options?.long ? runEnd(text, pattern.lastIndex, IN_LONG_TOKEN) : pattern.lastIndex;
    scan.tokenEnd = stop;
    const dropped = options?.long
      ? (LAST_OF_TOKEN.exec(text.slice(Math.max(end, stop - 8), stop))?.[0].length ?? 0)
      : 0;
    scan.add(start, stop - dropped, type);
  };
}

/** The formats' prefixes, each with what to do at a hit of it. */
export const tokenFinders = (): [keyword: string, find: Finder][] =>
  TOKEN_FORMATS.flatMap((format) =>
    format[1].split(' ').map((prefix): [string, Finder] => [prefix.toLowerCase(), finderOf(format, prefix)]),
  );
