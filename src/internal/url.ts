const ASCII = /^[\0-\x7f]*$/;

/**
 * Parses a URL; undefined for a string that is not one.
 *
 * Only ASCII goes through `URL.canParse`, which avoids the cost of a thrown error: once V8 has optimised its caller,
 * `canParse` of Node 20.20 returns false for every URL with a Latin-1 letter beyond ASCII, such as
 * `https://bücher.example` (measured).
 */
export function parseUrl(text: string): URL | undefined {
  if (ASCII.test(text) && !URL.canParse(text)) return undefined;
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}

/** Decodes a part of a URL. One with an invalid percent-encoding stays as it is. */
export function decodedPart(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

const MAX_URL_LENGTH = 20_000;

/** Characters that parsers treat differently: a backslash may become a slash, and a space may end the URL. */
const AMBIGUOUS_CHARACTER = /[\s\\\p{Cc}\p{Cs}]/u;
/** A start on which parsers agree: with `//`, without user info, and without unusual characters in the host. */
const PLAIN_START = /^[a-z][a-z\d+.-]*:\/\/(?:([\w.-]+)|\[[\da-f:.]+\])(?::\d+)?(?=[/?#]|$)/i;
/** Path segments that some clients resolve and others send. */
const DOT_SEGMENT = /\/(?:\.|%2e){1,2}(?=\/|$)/i;

/**
 * Returns why a gateway refuses the URL of a call; undefined for one that WHATWG and RFC 3986 parsers read alike. The
 * agent may send the call with another language's parser, so the gateway could scan one host and the agent call another.
 */
export function urlProblem(text: string): string | undefined {
  if (text.length > MAX_URL_LENGTH) return `It must have at most ${MAX_URL_LENGTH} characters.`;
  if (!parseUrl(text)) return 'It must be an absolute URL.';
  if (AMBIGUOUS_CHARACTER.test(text))
    return 'It contains a space, a backslash or a control character. Percent-encode it.';
  if (!hasPlainHost(text))
    return 'It must start like https://example.com: with //, without user info, and with an ASCII host as browsers write it.';
  return DOT_SEGMENT.test(/^[^?#]*/.exec(text)?.[0] ?? '')
    ? 'Its path contains a "." or ".." segment. Resolve it first.'
    : undefined;
}

/** Rejects hosts such as `0x7f.1` and `0177.0.0.1`, which parsers read differently. */
function hasPlainHost(text: string): boolean {
  const start = PLAIN_START.exec(text);
  const [, name] = start ?? [];
  return start !== null && (name === undefined || name.toLowerCase() === parseUrl(text)?.hostname.toLowerCase());
}

/** Returns true if a host is reachable from this machine only. An IPv6 address may have brackets. */
export function isLoopback(host: string): boolean {
  return /^(?:localhost|127(?:\.\d{1,3}){3}|\[?::1\]?)$/i.test(host);
}
