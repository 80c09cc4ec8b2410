import { segmentsOf } from './service.ts';
import { parseUrl } from '../../internal/url.ts';

/** Where a request goes; `host` is absent for a tool without an address. */
export interface Address {
  /** As the URL parser writes it; as it is for what is none. */
  readonly href: string;
  /** In lower case, without a dot at its end. */
  readonly host: string | undefined;
  /** Decoded, without empty parts. */
  readonly path: readonly string[];
  readonly query: URLSearchParams;
}

/** Where the runner sends what has no address: a name that resolves to nothing (RFC 2606). */
const NO_HOST = 'tools.invalid';

/** What a URL says. Never throws. */
export function addressOf(text: string): Address {
  const url = parseUrl(text);
  if (!url) return { href: text, host: undefined, path: [], query: new URLSearchParams() };
  const host = url.hostname.toLowerCase().replace(/\.$/, '');
  const path = segmentsOf(url.pathname.split('/').map(decoded));
  return { href: url.href, host: host === NO_HOST || host === '' ? undefined : host, path, query: url.searchParams };
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
