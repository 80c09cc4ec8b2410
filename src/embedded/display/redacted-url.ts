import { detect, redact } from '../detection/detect.ts';
import { DATA_CLASSES } from '../detection/span.ts';
import { REDACTED, REDACTED_CLASSES, redactText, truncate } from './redacted-text.ts';
import { parseUrl } from '../../internal/url.ts';

const MAX_URL_LENGTH = 2_000;

/** A path segment, or a pair of the query or fragment. */
interface Part {
  /** The separator before it. */
  readonly sign: string;
  /** Undefined without a `=`. */
  readonly name: string | undefined;
  readonly value: string;
}

/**
 * Redacts a URL. Path, query and fragment are scanned like arguments: part by part, percent-decoded, and then as a whole. User
 * and password are always redacted. The host stays unless it is sensitive itself. A string without a host is redacted as text.
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

/** The host in its original case, which the URL parser lowers and some secret formats need. ASCII only: other letters change length. */
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

/** @param text with its `?` or `#` before it */
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

/** Undefined when it cannot be redacted completely. */
function cleanRest(parts: readonly Part[], regions: readonly string[]): string | undefined {
  const body = parts.map(({ name, value }) =>
    name === undefined ? decoded(value) : { [decoded(name)]: decoded(value) },
  );
  const clean = redact(detect(body, { regions }), new Set(DATA_CLASSES))?.body as typeof body | undefined;
  return clean && parts.map((part, index) => part.sign + written(part, body[index], clean[index])).join('');
}

/** The part as it was, unless redaction changed it. */
function written({ name, value }: Part, before: unknown, after: unknown): string {
  if (typeof after === 'string') return after === before ? value : encoded(after);
  const [[newName, newValue] = ['', '']] = Object.entries(after as Readonly<Record<string, string>>);
  const isSame = decoded(name ?? '') === newName && decoded(value) === newValue;
  return isSame ? `${name}=${value}` : `${encoded(newName)}=${encoded(newValue)}`;
}

/** Undefined when it cannot be redacted completely. INTERNAL data stays: hosts and IP addresses are what URLs consist of. */
function cleanAddress(url: string, regions: readonly string[]): string | undefined {
  const clean = redact(detect({ url }, { regions }), REDACTED_CLASSES)?.body as { readonly url: string } | undefined;
  return clean?.url;
}

function decoded(part: string): string {
  try {
    // A plus is a space in queries (WHATWG URL, section 5.1). Values with a literal plus are found when the whole is scanned.
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
