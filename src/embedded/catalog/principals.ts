import { isJsonObject } from '../../internal/json.ts';
import { MAX_DEPTH, fieldName, MAX_NODES, nestedIn, type NodesLeft } from './arguments.ts';
import { FIELDS } from './name-words.ts';
import { memoizeByKey } from '../detection/key-words.ts';
import { decodedPart, parseUrl } from '../../internal/url.ts';

/** Values that mean everyone: Google's `type`, Microsoft's `scope`, access rules of storage. */
const PUBLIC =
  /^(?:anyone|anybody|everyone|everybody|anonymous|public|open|world|all_?users|all_?authenticated_?users)/i;
const PUBLIC_FIELDS = /(?:^|_)(?:public|publicly|anyone|everyone|anonymous)(?:$|_)/;
/** One email address with or without a display name, or one international phone number (E.164). */
const ADDRESS = /^(?:[^<>]{0,200}<)?(?:mailto:)?[^\s<>@,;]{1,64}@[^\s<>@,;:/]{1,255}>?$|^\+\d[\d ().-]{5,20}$/i;

/** The smallest telephone number; smaller numbers are ids, amounts or ends of ranges. */
const MIN_PHONE = 1_000_000;
/** A destination that can receive something, unlike a place: an address, a telephone number, an account, a URL. */
const RECIPIENT =
  /@|^\s*(?:(?!\d{4}-\d\d-\d\d)\+?\d[\d ().-]{5,20}|[A-Z]{2}\d{2}[ A-Z\d]{11,36}|[a-z][a-z\d+.-]{1,20}:\/\/\S+|#\S+)\s*$/i;

/** The principals that count besides recipients. */
export interface PrincipalOptions {
  /** True if the operation grants access, so that user names count. */
  readonly letsIn: boolean;
  /** True if the operation sends something to a URL. */
  readonly sendsToUrl: boolean;
  /** True if a destination can be a place, such as that of a journey, or the end of a range. Default: false. */
  readonly goesToPlaces?: boolean;
}

/**
 * Lists the recipients in a call's body, in the order of the fields, without duplicates; for a URL, its host. All
 * values of fields whose names mean a recipient count. In other fields, only values that consist of an address count,
 * unless the field holds the sender or free text.
 */
export function principalsIn(body: unknown, options: PrincipalOptions): readonly string[] {
  const search: Search = { options, found: new Set(), nodes: { left: MAX_NODES } };
  visit(body, undefined, NO_FIELD, 0, search);
  return [...search.found];
}

type Kind = 'person' | 'web' | undefined;

interface Search {
  readonly options: PrincipalOptions;
  readonly found: Set<string>;
  readonly nodes: NodesLeft;
}

/** @param field the field that contains the value */
function visit(value: unknown, kind: Kind, field: Field, depth: number, search: Search): void {
  search.nodes.left -= 1;
  if (search.nodes.left < 0 || depth > MAX_DEPTH) return;
  if (typeof value === 'string') {
    const nested = nestedIn(value, search.nodes);
    if (nested === undefined) addText(value, kind, field, search);
    else visit(nested, kind, field, depth + 1, search);
  } else if (typeof value === 'number') {
    const isNumber = field.takesNumbers || (field.isReceiver && Math.abs(value) >= MIN_PHONE);
    if (kind === 'person' && isNumber) search.found.add(String(value));
  } else if (value === true) {
    if (search.options.letsIn && field.isPublic) search.found.add('anyone');
  } else if (Array.isArray(value)) {
    for (const item of value) visit(item, kind, field, depth + 1, search);
  } else if (isJsonObject(value)) {
    const fields = Object.keys(value).map((key) => [key, fieldOf(key)] as const);
    // `from: 'Berlin', to: 'Rome'`, `from: 'draft', to: 'done'`
    const isRange = search.options.goesToPlaces && fields.some(([, each]) => each.isOrigin);
    // In an object that describes a person, only the address counts, not the display name.
    const isPerson = kind === 'person' && fields.some(([, each]) => each.isPersonField || each.isReceiver);
    for (const [key, each] of fields) {
      // `to: { 'ann@example.com': {} }`
      if (kind === 'person' && ADDRESS.test(key)) search.found.add(key);
      const above = isPerson && !each.isPersonField ? undefined : kind;
      const inner = isRange && each.isTo ? DESTINATION : each;
      visit(value[key], kindOf(inner, above, search.options), inner, depth + 1, search);
    }
  }
}

function kindOf(field: Field, above: Kind, { letsIn, sendsToUrl }: PrincipalOptions): Kind {
  if (above === 'person' || field.isReceiver || (letsIn && field.letsIn)) return 'person';
  return sendsToUrl && field.isWebAddress ? 'web' : above;
}

function addText(text: string, kind: Kind, field: Field, { options, found }: Search): void {
  if (options.letsIn && !field.isContent && isPublic(text, field)) found.add('anyone');
  else if (kind === 'web') {
    const host = hostIn(text);
    if (host !== undefined) found.add(host);
  } else if (kind === 'person' || (options.letsIn && field.isDomain)) {
    if (field.isDestination && options.goesToPlaces && !RECIPIENT.test(text)) return;
    for (const name of separate(text)) found.add(name);
  } else if (!field.isContent && !field.isSender && /[@+]/.test(text)) {
    for (const name of separate(text)) if (ADDRESS.test(name)) found.add(name);
  }
}

function isPublic(text: string, field: Field): boolean {
  return field.isPublic ? /^(?:true|yes|1)$/i.test(text) : PUBLIC.test(text) && !text.includes(' ');
}

/** What the name of a field says about its values. */
const fieldOf = memoizeByKey((key) => {
  const { words, name } = fieldName(key);
  return {
    isReceiver: FIELDS.receivers.has(name) || words.some((word) => FIELDS.receiverWords.has(word)),
    letsIn: FIELDS.accessUsers.has(name),
    isWebAddress: FIELDS.webAddresses.has(name),
    isPersonField: FIELDS.personFields.has(name),
    takesNumbers: words.some((word) => /^(?:phone|mobile|number|account|id)$/.test(word)),
    isSender: words.some((word) => FIELDS.senderWords.has(word)),
    isContent: FIELDS.contentWords.has(words.at(-1) ?? ''),
    isDomain: name === 'domain',
    isDestination: name === 'destination' || name === 'destinations' || name === 'destination_address',
    isOrigin: name === 'from' || name === 'origin' || name === 'source',
    isTo: name === 'to',
    isPublic: PUBLIC_FIELDS.test(name),
  };
});

type Field = ReturnType<typeof fieldOf>;

const NO_FIELD: Field = { ...fieldOf(''), isContent: true };

const DESTINATION: Field = fieldOf('destination');

/** Splits a list such as `a@b.c, "Doe, Ann" <d@e.f>; g`. Commas in quotes do not separate. */
function separate(text: string): readonly string[] {
  const parts = text.split('"').map((part, index) => (index % 2 === 0 ? part.replace(/[,;\n\r]/g, '\0') : part));
  return parts
    .join('"')
    .split('\0')
    .flatMap((part) => (/^\s*mailto:[^?]*\?/i.test(part) ? recipientsOfLink(part) : [part.trim()]))
    .filter((part) => part !== '');
}

/** Lists the recipients of `mailto:ann@example.com?bcc=eve@evil.example` (RFC 6068). */
function recipientsOfLink(link: string): readonly string[] {
  const [to = '', query = ''] = link.trim().slice('mailto:'.length).split('?', 2);
  const others = [...new URLSearchParams(query)].flatMap(([name, value]) => (/^(?:to|b?cc)$/i.test(name) ? value : []));
  return [decodedPart(to), ...others].flatMap((part) => part.split(',')).map((part) => part.trim());
}

/** Returns the host of a URL with or without a scheme; undefined if it has no host. */
function hostIn(address: string): string | undefined {
  const text = address.trim();
  const withScheme = /^[a-z][a-z0-9+.-]{0,20}:\/\//i.test(text) ? text : `https://${text}`;
  const host = text === '' ? undefined : parseUrl(withScheme)?.hostname;
  if (host === undefined) return undefined;
  return host.includes('.') || text === withScheme ? host.replace(/\.$/, '') : undefined;
}
