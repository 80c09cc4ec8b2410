import { detect, redact } from '../detection/detect.ts';
import { DATA_CLASSES } from '../detection/span.ts';
import { cleanText, cut, KEPT_OUT, REDACTED } from './redacted-text.ts';
import { parseUrl } from '../../internal/url.ts';

const LONGEST_URL = 2_000;

/** A segment of a path, or a pair of a query or a fragment. */
interface Part {
  /** What separates it from the part before. */
  readonly sign: string;
  /** Undefined where no `=` is. */
  readonly name: string | undefined;
  readonly value: string;
}

/**
 * An address with what is sensitive in it replaced. Path, query and fragment are looked through as arguments are: part for part,
 * percent-decoded, and then all together. User and password are always replaced. The host stays unless it is sensitive itself, so
 * that one sees where the call goes. What has no host is cleaned as a text.
 *
 * @param regions see `EmbeddedGatewayOptions`
 */
export function redactedUrl(address: string, regions: readonly string[]): string {
  const url = parseUrl(address);
  if (!url || url.host === '') return cleanText(address);
  const { protocol, host, username, password, pathname, search, hash } = url;
  const origin = `${protocol}//${isClean(`${protocol}//${asWritten(host, address)}`, regions) ? host : REDACTED}`;
  const rest = cleanRest([...segmentsOf(pathname), ...pairsOf(search), ...pairsOf(hash)], regions);
  const whole = rest === undefined ? undefined : cleanAddress(origin + rest, regions);
  const shown = whole?.startsWith(origin) ? whole : `${origin}/${REDACTED}`;
  return username + password === '' ? shown : shown.replace('//', `//${REDACTED}@`);
}

/** The same, cut after 2,000 characters: a list has many. */
export function shortRedactedUrl(address: string, regions: readonly string[]): string {
  return cut(redactedUrl(address, regions), LONGEST_URL);
}

/** The parser lowers the case, which some secrets are known by. Letters beyond ASCII could become two and move what follows. */
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

/** Undefined when it cannot be made clean. */
function cleanRest(parts: readonly Part[], regions: readonly string[]): string | undefined {
  const body = parts.map(({ name, value }) =>
    name === undefined ? decoded(value) : { [decoded(name)]: decoded(value) },
  );
  const clean = redact(detect(body, { regions }), new Set(DATA_CLASSES))?.body as typeof body | undefined;
  return clean && parts.map((part, index) => part.sign + written(part, body[index], clean[index])).join('');
}

/** As it stood there, unless something in it was replaced. */
function written({ name, value }: Part, before: unknown, after: unknown): string {
  if (typeof after === 'string') return after === before ? value : encoded(after);
  const [[cleanName, cleanValue] = ['', '']] = Object.entries(after as Readonly<Record<string, string>>);
  const isSame = decoded(name ?? '') === cleanName && decoded(value) === cleanValue;
  return isSame ? `${name}=${value}` : `${encoded(cleanName)}=${encoded(cleanValue)}`;
}

/** Undefined when it cannot be made clean. Numbers of machines are what addresses are made of, so they stay. */
function cleanAddress(url: string, regions: readonly string[]): string | undefined {
  const clean = redact(detect({ url }, { regions }), KEPT_OUT)?.body as { readonly url: string } | undefined;
  return clean?.url;
}

function decoded(part: string): string {
  try {
    // A plus is a blank in queries (WHATWG URL, section 5.1); what has it for itself is found in the whole.
    return decodeURIComponent(part.replaceAll('+', ' '));
  } catch {
    return part;
  }
}

/** The placeholders stay readable. */
function encoded(text: string): string {
  const parts = text.replace(/\p{Surrogate}/gu, '\ufffd').split(/(\[REDACTED[\w:]{0,80}\])/);
  return parts.map((part, index) => (index % 2 === 0 ? encodeURIComponent(part) : part)).join('');
}
