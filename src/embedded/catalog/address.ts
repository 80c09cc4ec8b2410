import { parseUrl } from '../../internal/url.ts';

/** A parsed URL; `host` is absent for a tool without an address. */
export interface Address {
  /** The URL as the parser normalises it; an invalid URL unchanged. */
  readonly href: string;
  /** The host in lower case, without a trailing dot. */
  readonly host: string | undefined;
  /** The path's segments, decoded, without empty ones. */
  readonly path: readonly string[];
  readonly query: URLSearchParams;
}

/** The host that the runner uses for tools without an address; it never resolves (RFC 2606). */
const NO_HOST = 'tools.invalid';

/** Parses a URL. Never throws. */
export function addressOf(text: string): Address {
  const url = parseUrl(text);
  if (!url) return { href: text, host: undefined, path: [], query: new URLSearchParams() };
  const host = url.hostname.toLowerCase().replace(/\.$/, '');
  const path = segmentsOf(url.pathname.split('/').map(decoded));
  return { href: url.href, host: host === NO_HOST || host === '' ? undefined : host, path, query: url.searchParams };
}

/**
 * Splits a path into non-empty segments, without the ending `.json`. Google's final `:verb` becomes its own segment.
 */
export function segmentsOf(parts: readonly string[]): string[] {
  const segments = parts.filter((part) => part !== '');
  const last = (segments.pop() ?? '').replace(/\.json$/i, '');
  const verb = last.slice(Math.max(last.lastIndexOf(':'), 0));
  const ends = /^:[a-z]{3}[A-Za-z]*$/.test(verb) ? [last.slice(0, -verb.length), verb] : [last];
  return [...segments, ...ends].filter((segment) => segment !== '');
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
