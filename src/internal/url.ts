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

/** Returns true if a host is reachable from this machine only. An IPv6 address may have brackets. */
export function isLoopback(host: string): boolean {
  return /^(?:localhost|127(?:\.\d{1,3}){3}|\[?::1\]?)$/i.test(host);
}
