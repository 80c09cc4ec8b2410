import { z } from 'zod';
import { parseUrl } from '../internal/url.ts';

const LONGEST = 20_000;

/** Some parsers read a backslash as a slash, drop tabs and line breaks, or cut a text at a blank. */
const READ_IN_MANY_WAYS = /[\s\\\p{Cc}\p{Cs}]/u;
/** Without `//`, with a user or with other signs in the host, parsers do not agree where the host ends. */
const PLAIN_START = /^[a-z][a-z\d+.-]*:\/\/(?:([\w.-]+)|\[[\da-f:.]+\])(?::\d+)?(?=[/?#]|$)/i;
/** Some readers take these away, some send them. */
const DOT_SEGMENT = /\/(?:\.|%2e){1,2}(?=\/|$)/i;

/**
 * The address of a call. The client that asks sends the call by itself, maybe in another language: what the URL parsers of the
 * WHATWG and of RFC 3986 do not read alike is refused, as one host would be judged and another one called. The rest passes in its
 * normal form (host in lower case, no default port, what is not ASCII in a path percent-encoded), which says the same; this is what is
 * judged, shown, and bound to an approval.
 */
export const callUrl: z.ZodType<string> = z
  .string('It must be a text.')
  .max(LONGEST, `It must have ${LONGEST} characters at most.`)
  .refine((text) => parseUrl(text) !== undefined, 'It must be an absolute URL.')
  .refine(
    (text) => !READ_IN_MANY_WAYS.test(text),
    'It has a blank, a backslash or a control character. Write it with % and two hexadecimal digits.',
  )
  .refine(
    hasPlainHost,
    'It must begin as https://example.com does: with //, without a user, and with a host in ASCII as browsers write it.',
  )
  .refine((text) => !DOT_SEGMENT.test(pathOf(text)), 'Its path has "." or ".." between slashes. Send where that leads.')
  .transform((text) => parseUrl(text)?.href ?? text);

/** `0x7f.1` and `0177.0.0.1` are other hosts to other readers. */
function hasPlainHost(text: string): boolean {
  const start = PLAIN_START.exec(text);
  const [, name] = start ?? [];
  return start !== null && (name === undefined || name.toLowerCase() === parseUrl(text)?.hostname.toLowerCase());
}

function pathOf(text: string): string {
  return /^[^?#]*/.exec(text)?.[0] ?? '';
}
