import type { Argument } from './arguments.ts';
import { FIELDS } from './name-words.ts';
import { decodedPart, parseUrl } from '../../internal/url.ts';

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

/** A string that begins with a URL, with or without its scheme. The name of a bucket counts as its host. */
const URL_START = /^\s*(?!(?:file|data|urn|blob):)(?:[a-z][a-z0-9+.-]{1,20}:)?[\\/]{2}[^\s\\/]/i;

/** A host as `scp` and `git` write it: `git@github.com:octo/hello.git`. */
const SCP = /^\s*[\w.-]{1,64}@([\w-]{1,63}(?:\.[\w-]{1,63}){1,40}):(?!\/\/)[^\s@]{1,1000}$/;
/** A URL without a scheme in any field, and in a field for URLs. */
const WWW = /^\s*www\.[^\s\\/]/i;
const BARE = /^\s*(?:[\p{L}\p{Nd}_-]{1,63}\.){1,40}\p{L}[\p{L}\p{Nd}-]{1,62}\.?(?::\d{1,5})?(?:[\\/?#\s]|$)/u;

/**
 * Lists the hosts of URLs among arguments, except in free text, which mentions addresses and sends nothing to them.
 */
export function hostsIn(given: readonly Argument[]): readonly string[] {
  return given.flatMap(({ field, value }) => {
    if (typeof value !== 'string' || FIELDS.contentWords.has(field.words.at(-1) ?? '')) return [];
    const [, scpHost] = SCP.exec(value) ?? [];
    if (scpHost !== undefined) return [scpHost.toLowerCase()];
    const isBare = WWW.test(value) || (FIELDS.webAddresses.has(field.name) && BARE.test(value));
    if (!isBare && !URL_START.test(value)) return [];
    return (isBare ? `//${value.trim()}` : value)
      .trim()
      .split(/[\s,;|]+(?=[a-z+.-]{0,20}:?\/\/)/i)
      .flatMap((text) => {
        const url = parseUrl(/^[\\/]/.test(text) ? `https:${text}` : text);
        const host = url && hostOf(url);
        return host === undefined || host === '' || host === NO_HOST ? [] : [host];
      });
  });
}

/** Returns the host in lower case; an IPv4 address also if it is written as an IPv6 one (RFC 4291, 2.5.5; RFC 6052). */
function hostOf({ hostname }: URL): string {
  const host = hostname.toLowerCase().replace(/\.$/, '');
  const [, high = '', low = ''] = /^\[(?:::|::ffff:|64:ff9b::)([\da-f]{1,4}):([\da-f]{1,4})\]$/.exec(host) ?? [];
  if (low === '') return host;
  const bytes = [high, low].map((word) => parseInt(word, 16)).flatMap((word) => [word >> 8, word & 0xff]);
  return bytes.join('.');
}

/** Parses a URL. Never throws. */
export function addressOf(text: string): Address {
  const url = parseUrl(text);
  if (!url) return { href: text, host: undefined, path: [], query: new URLSearchParams() };
  const host = hostOf(url);
  const path = segmentsOf(url.pathname.split('/').map(decodedPart));
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
