import type { Span } from '../span.ts';

const MAX_LOCAL_LENGTH = 64;
const LOCAL_ASCII = /[A-Za-z0-9._%+'-]/;
const LOCAL_OTHER = /[\p{L}\p{N}\p{M}]/u;
const NOT_FIRST = /^[.%'-]+/;
const DOMAIN =
  /(?:[\p{L}\p{N}\p{M}-]{1,63}\.){1,12}(?:xn--[a-z0-9-]{1,58}[a-z0-9]|\p{L}[\p{L}\p{M}]{1,62})(?![\p{L}\p{N}\p{M}])/iuy;
// `photo@2x.png` is an image for high-density screens.
const PICTURE = /^\d(?:\.\d)?x\./i;
const REPOSITORY_USER = /^(?:git|hg|svn|org-\d{1,12})$/i;

const isLocal = (character: string): boolean => (character < '\u0080' ? LOCAL_ASCII : LOCAL_OTHER).test(character);

/** Returns true for the address of a repository: `git@github.com:octo/hello.git`, `ssh://git@host/…`. */
function isRepository(text: string, local: string, start: number, end: number): boolean {
  return REPOSITORY_USER.test(local) && (text[end] === ':' || text.startsWith('//', start - 2));
}

/** Finds e-mail addresses, including those of international domains and of `example.com`. */
export function findEmails(text: string, found: Span[]): void {
  for (let at = text.indexOf('@'); at !== -1; at = text.indexOf('@', at + 1)) {
    let start = at;
    while (start > 0 && at - start < MAX_LOCAL_LENGTH && isLocal(text.charAt(start - 1))) start -= 1;
    start += NOT_FIRST.exec(text.slice(start, at))?.[0].length ?? 0;
    if (start === at) continue;
    DOMAIN.lastIndex = at + 1;
    const domain = DOMAIN.exec(text)?.[0];
    if (domain === undefined || domain.startsWith('-') || PICTURE.test(domain)) continue;
    const end = at + 1 + domain.length;
    // Python's `r'ann@example.com'`.
    if (text[end] === "'") start += /^[bfru]{1,2}'/i.exec(text.slice(start, at))?.[0].length ?? 0;
    if (!isRepository(text, text.slice(start, at), start, end))
      found.push({ start, end, dataClass: 'PII', type: 'EMAIL' });
  }
}
