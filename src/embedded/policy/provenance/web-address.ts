import { domainToASCII } from 'node:url';
import { parseUrl } from '../../../internal/url.ts';
import { REFERENCE_SITES } from '../data/reference-sites.ts';

/** A URL in a value. */
export interface WebAddress {
  /** The host in ASCII, without `www.` and a trailing dot. */
  readonly host: string;
  /** The host as written, such as `0xcb007109` for `203.0.113.9`. */
  readonly writtenHost: string;
  /** The URL as written, without scheme, `www.` and trailing slash. */
  readonly written: string;
  /** True if the URL has a scheme, `//` or `www.`, because `setup.sh` could be a file. */
  readonly isSure: boolean;
}

const SCHEME = /^(?:[a-z][a-z0-9+.-]{0,20}:[\\/]{2,}|(?:https?|wss?|ftp):[\\/]*|[\\/]{2,})/;
const BARE = /^(?:[\p{L}\p{Nd}_-]{1,63}\.){1,40}(?:\p{L}[\p{L}\p{Nd}-]{1,62}|\d{1,3})\.?(?::\d{1,5})?(?:[/\\?#]|$)/u;

/** 98.70 is an amount, and not the host 98.0.0.70. */
const DECIMAL = /^\d{1,15}\.\d{1,9}$/;

/** Parses a lower-case text as a URL with or without a scheme; undefined if it is not a URL. */
export function webAddressOf(text: string): WebAddress | undefined {
  if (/\s/.test(text)) return undefined;
  const scheme = SCHEME.exec(text)?.[0];
  if (scheme === undefined && (DECIMAL.test(text) || !BARE.test(text))) return undefined;
  const rest = text.slice(scheme?.length ?? 0);
  const absolute = scheme !== undefined && /^[a-z]/.test(scheme) ? text : `https://${rest}`;
  const host = hostName(parseUrl(absolute)?.hostname ?? '');
  if (host === '') return undefined;
  return {
    host,
    writtenHost: hostName(/^(?:[^/\\?#]{0,300}@)?([^/\\?#:]{0,300})/.exec(rest)?.[1] ?? ''),
    written: rest.replace(/^www\./, '').replace(/[/\\]$/, ''),
    isSure: scheme !== undefined || text.startsWith('www.'),
  };
}

/** A string without these has no URL. */
const URL_SIGN = /[\\/]{2}|www\./;
/** With the sign by which a formula or a script goes on writing the URL: then no text has it as it will be. */
const WEB_ADDRESS =
  /(?:(?:https?|wss?|ftp):[\\/]{2}|www\.|(?<=[("'=])\/\/(?=[^\s/]))[^\s"'<>`]{1,4000}(?:["'] ?[&+])?/g;

/** Lists the URLs in a lower-case text that have a scheme or `www.`, or begin with `//` in an attribute or a link. */
export function webAddressesIn(text: string): readonly WebAddress[] {
  if (!URL_SIGN.test(text)) return [];
  const found = text.match(WEB_ADDRESS)?.map((written) => written.replace(' ', '').replace(/[).,;:!?\]}|]+$/, ''));
  return [...new Set(found)].flatMap((written) => webAddressOf(written) ?? []);
}

/** Normalises a lower-case host for comparison. */
export function hostName(name: string): string {
  const bare = name
    .replace(/^[._-]{1,9}/, '')
    .replace(/(?<![._-])[._-]{1,9}$/, '')
    .replace(/^www\./, '');
  return /^[\0-\x7f]*$/.test(bare) ? bare : domainToASCII(bare) || bare;
}

/** Lists a host and its parent domains: `a.b.evil.com`, `b.evil.com`, `evil.com`. */
export function withParents(host: string): readonly string[] {
  const labels = host.split('.').slice(-10);
  if (/^[\d.]+$/.test(host)) return [host];
  const parents = labels.slice(1, -1).map((_, index) => labels.slice(index + 1).join('.'));
  return [host, ...parents];
}

/** Returns true for a site whose visits no attacker can see. */
export function isReferenceSite({ host }: WebAddress): boolean {
  return withParents(host).some((one) => REFERENCE_SITES.has(one));
}

/** Returns true if a text has the name of a host's owner as a word: `wikipedia` for en.wikipedia.org. */
export function isNamedByWord({ host }: WebAddress, text: { hasWord(word: string): boolean }): boolean {
  const name = host.split('.').at(-2) ?? '';
  return name.length > 3 && text.hasWord(name);
}
