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

const TWO_DIGITS = /\d.*\d/;
const MESSAGE_ID_NAME =
  /(?:^|[-_. ]|[a-z](?=[A-Z]))(?:message|thread|content)[-_ ]?id$|in[-_ ]?reply[-_ ]?to$|^references$/i;
const MESSAGE_ID_BEFORE =
  /(?:(?:message-id|in-reply-to|references|content-id)["']?\s{0,2}[:=][\s"']{0,4}(?:<[^<>\n]{1,80}>[\s,]{1,4}){0,2}<|(?:^|\n)UID:)$/i;
const MESSAGE_ID_REACH = 200;

/** Returns true for the id of a message (RFC 5322, section 3.6.4) or a calendar's event, named so: no mailbox. */
function isMessageId(text: string, key: string | undefined, local: string, start: number): boolean {
  if (!TWO_DIGITS.test(local)) return false;
  if (key !== undefined && MESSAGE_ID_NAME.test(key)) return true;
  return (
    /[<:]/.test(text.charAt(start - 1)) &&
    MESSAGE_ID_BEFORE.test(text.slice(Math.max(0, start - MESSAGE_ID_REACH), start))
  );
}

/** Returns true for the address of a repository: `git@github.com:octo/hello.git`, `ssh://git@host/…`. */
function isRepository(text: string, local: string, start: number, end: number): boolean {
  return REPOSITORY_USER.test(local) && (text[end] === ':' || text.startsWith('//', start - 2));
}

/** Finds e-mail addresses, including those of international domains and of `example.com`. */
export function findEmails(text: string, key: string | undefined, found: Span[]): void {
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
    const local = text.slice(start, at);
    if (!isRepository(text, local, start, end) && !isMessageId(text, key, local, start))
      found.push({ start, end, dataClass: 'PII', type: 'EMAIL' });
  }
}
