import { detect, redact } from '../detection/detect.ts';
import { DATA_CLASSES } from '../detection/span.ts';
import { REDACTED, REDACTED_CLASSES, redactText, truncate } from './redacted-text.ts';
import { parseUrl } from '../../internal/url.ts';

const MAX_URL_LENGTH = 2_000;

/** A path segment, or a pair of the query or fragment. */
interface Part {
  /** The separator before it. */
  readonly sign: string;
  /** The name before `=`; undefined without a `=`. */
  readonly name: string | undefined;
  readonly value: string;
}

/**
 * Redacts a URL. Scans path, query and fragment like arguments: part by part, percent-decoded, and then as a whole.
 * Always redacts user and password. The host stays unless it is sensitive itself. A string without a host is redacted
 * as text.
 *
 * @param regions see `EmbeddedGatewayOptions`
 */
export function redactedUrl(address: string, regions: readonly string[]): string {
  const url = parseUrl(address);
  if (!url || url.host === '') return redactText(address);
  const { protocol, host, username, password, pathname, search, hash } = url;
  const origin = `${protocol}//${isClean(`${protocol}//${asWritten(host, address)}`, regions) ? host : REDACTED}`;
  const rest = cleanRest([...segmentsOf(pathname), ...pairsOf(search), ...pairsOf(hash)], regions);
  const whole = rest === undefined ? undefined : cleanAddress(origin + rest, regions);
  const shown = whole?.startsWith(origin) ? whole : `${origin}/${REDACTED}`;
  return username + password === '' ? shown : shown.replace('//', `//${REDACTED}@`);
}

/** Redacts a URL and truncates it after 2,000 characters. */
export function shortRedactedUrl(address: string, regions: readonly string[]): string {
  return truncate(redactedUrl(address, regions), MAX_URL_LENGTH);
}

/**
 * Restores the host's case, which the URL parser lowers and some secret formats need. For ASCII only: other letters
 * change length.
 */
function asWritten(host: string, address: string): string {
  const at = address.replace(/[A-Z]+/g, (letters) => letters.toLowerCase()).indexOf(host);
  return at === -1 ? host : address.slice(at, at + host.length);
}

function isClean(url: string, regions: readonly string[]): boolean {
  return cleanAddress(url, regions) === url;
}

function segmentsOf(path: string): readonly Part[] {
  const [, ...segments] = path.split('/');
  return segments.map((value) => ({ sign: '/', name: undefined, value }));
}

/** @param text the query or fragment with its `?` or `#` */
function pairsOf(text: string): readonly Part[] {
  if (text === '') return [];
  return text
    .slice(1)
    .split('&')
    .map((pair, index) => {
      const at = pair.indexOf('=');
      const name = at === -1 ? undefined : pair.slice(0, at);
      return { sign: index === 0 ? text.charAt(0) : '&', name, value: pair.slice(at + 1) };
    });
}

/** Redacts path, query and fragment; undefined if that is not completely possible. */
function cleanRest(parts: readonly Part[], regions: readonly string[]): string | undefined {
  const body = parts.map(({ name, value }) =>
    name === undefined ? decoded(value) : { [decoded(name)]: decoded(value) },
  );
  const clean = redact(detect(body, { regions }), new Set(DATA_CLASSES))?.body as typeof body | undefined;
  return clean && parts.map((part, index) => part.sign + written(part, body[index], clean[index])).join('');
}

/** Returns the part as written, unless redaction changed it. */
function written({ name, value }: Part, before: unknown, after: unknown): string {
  if (typeof after === 'string') return after === before ? value : encoded(after);
  const [[newName, newValue] = ['', '']] = Object.entries(after as Readonly<Record<string, string>>);
  const isSame = decoded(name ?? '') === newName && decoded(value) === newValue;
  return isSame ? `${name}=${value}` : `${encoded(newName)}=${encoded(newValue)}`;
}

/**
 * Redacts a URL's text; undefined if that is not completely possible. INTERNAL data stays: URLs consist of hosts and IP
 * addresses.
 */
function cleanAddress(url: string, regions: readonly string[]): string | undefined {
  const clean = redact(detect({ url }, { regions }), REDACTED_CLASSES)?.body as { readonly url: string } | undefined;
  return clean?.url;
}

function decoded(part: string): string {
  try {
    // A plus is a space in queries (WHATWG URL, section 5.1). The scan of the whole finds values with a literal plus.
    return decodeURIComponent(part.replaceAll('+', ' '));
  } catch {
    return part;
  }
}

/** Percent-encodes all but the placeholders. */
function encoded(text: string): string {
  const parts = text.replace(/\p{Surrogate}/gu, '\ufffd').split(/(\[REDACTED[\w:]{0,80}\])/);
  return parts.map((part, index) => (index % 2 === 0 ? encodeURIComponent(part) : part)).join('');
}
