import { amountOf } from './amounts.ts';
import { selectFields, type FieldSelector } from './field-selector.ts';
import { undisguised, wordsOf } from './text-index.ts';
import { hostName, webAddressesIn, webAddressOf, type WebAddress } from './web-address.ts';

/** A part of a value. Each kind is searched differently. */
export type Part =
  | { readonly kind: 'web'; readonly address: WebAddress }
  | { readonly kind: 'address'; readonly address: string }
  | { readonly kind: 'amount'; readonly readings: readonly string[] }
  | { readonly kind: 'code'; readonly code: string; readonly isPhone: boolean }
  | { readonly kind: 'text'; readonly text: string };

/** Maximum number of words of a list's entry: a sentence with commas is not a list. */
const MAX_WORDS_OF_ENTRY = 5;
const ADDRESS =
  /@(?<=(?:^|[\s,;:<>"'()[\]{}])([^\s,;:<>"'()[\]{}@]{1,64})@)([\p{L}\p{Nd}][\p{L}\p{Nd}.-]{0,254})(?=[\s,;<>"'()[\]{}]|$)/gu;

/** A value as it is compared: the entries of a list, each with its parts. What is not asked for is not read. */
export class ValueText {
  readonly written: string;
  #entries: readonly Entry[] | undefined;

  constructor(written: string) {
    this.written = written;
  }

  /** False, quickly, for most values without a web address. */
  get mayHaveUrl(): boolean {
    return ADDRESS_SIGN.test(this.written);
  }

  /** The entries of a list; any other value is its only entry. */
  get entries(): readonly Entry[] {
    return (this.#entries ??= entriesOf(this.written.normalize('NFC').toLowerCase()).map((text) => new Entry(text)));
  }

  /**
   * Returns true for an address or a list of them: an email address with or without a name, a URL, an IBAN.
   *
   * @param isHost true in a field for hosts, where one may have no scheme
   * @param isAccount true in a field for accounts, where a telephone number and an account number have no sign
   */
  isAddress(isHost: boolean, isAccount: boolean): boolean {
    if (this.written.length > MAX_ADDRESSES || !(isAccount || MAY_BE_ADDRESS.test(this.written))) return false;
    if (this.entries.length === 0) return false;
    return this.entries.every((entry) => entry.isAddress || (isHost && entry.isHost) || (isAccount && entry.isAccount));
  }
}

/** Characters of a list of addresses, more than any has. */
const MAX_ADDRESSES = 20_000;
/** What any address has: a sign, or the digits of an IBAN. */
const MAY_BE_ADDRESS = /[.:@/\\]|\d[ -]*\d[^]{11}/;

/** An entry of a list, in lower case. */
export class Entry {
  readonly text: string;
  #plain: string | undefined;
  #parts: readonly Part[] | undefined;
  #plainParts: readonly Part[] | undefined;
  #isAddress: boolean | undefined;

  constructor(text: string) {
    this.text = text;
  }

  /** The entry with disguising characters resolved, as a lenient reader sees it. */
  get plain(): string {
    return (this.#plain ??= undisguised(this.text));
  }

  get parts(): readonly Part[] {
    return (this.#parts ??= partsOf(this.text));
  }

  /** The parts of `plain`, if that differs. */
  get plainParts(): readonly Part[] {
    return (this.#plainParts ??= this.plain === this.text ? [] : partsOf(this.plain));
  }

  get isAddress(): boolean {
    return (this.#isAddress ??= isOneAddress(this.text));
  }

  get isHost(): boolean {
    return webAddressOf(this.text) !== undefined;
  }

  get isAccount(): boolean {
    return (
      !/^\d{1,4}[-./]\d{1,2}[-./]\d{1,4}/.test(this.text) &&
      this.parts.some((part) => part.kind === 'code' && part.code.length > 8)
    );
  }
}

const SEPARATOR_OR_QUOTE = /[",;|\n\r\uff0c\uff1b\uff5c]/;

/** Splits a lower-case value into the entries of a list; any other value is its only entry. */
function entriesOf(value: string): readonly string[] {
  if (!SEPARATOR_OR_QUOTE.test(value)) return value.trim() === '' ? [] : [value.trim()];
  const text = value.replace(/"[^"]{0,200}"\s{0,9}(?=<)/g, '').trim();
  if (amountOf(text).length > 0) return [text];
  const separator = webAddressOf(text)
    ? /[,;|\uff0c\uff1b\uff5c](?=[a-z][a-z0-9+.-]{1,20}:|www\.|\/\/)/
    : /[;|\n\r\uff0c\uff1b\uff5c]|,(?!\d{3}(?!\d))/;
  const entries = [...new Set(text.split(separator).map((entry) => entry.trim()))].filter((entry) => entry !== '');
  const isList = entries.every((entry) => entry.length <= 4_000 && wordsOf(entry).length <= MAX_WORDS_OF_ENTRY);
  return isList || entries.some((entry) => /^\S+$/.test(entry) && /@|:\/\//.test(entry)) ? entries : [text];
}

/** Without these, an entry is no address and has no address, amount or code. */
const ANY_SIGN = /[.:@/\\\p{Nd}]/u;
/** Without these, it is no address and has none. */
const ADDRESS_SIGN = /[.:@/\\]/;

/** Splits an entry into its different parts. If it contains addresses, the text around them does not count. */
export function partsOf(entry: string): readonly Part[] {
  if (!ANY_SIGN.test(entry)) return entry === '' ? [] : [{ kind: 'text', text: entry }];
  let text = entry;
  if (ADDRESS_SIGN.test(entry)) {
    const whole = webAddressOf(entry);
    if (whole) return [{ kind: 'web', address: whole }];
    text = entry.replace(/^[a-z][a-z0-9+-]{1,15}:(?=\S)/, '');
    const named: Part[] = webAddressesIn(text).map((address) => ({ kind: 'web', address }));
    if (text.includes('@')) for (const address of emailsIn(text)) named.push({ kind: 'address', address });
    if (named.length > 0) return named.length === 1 ? named : distinct(named);
  }
  const readings = amountOf(text);
  const amount: Part[] = readings.length > 0 ? [{ kind: 'amount', readings }] : [];
  const code = codeOf(text);
  if (code) return [...amount, code];
  return amount.length > 0 ? amount : text === '' ? [] : [{ kind: 'text', text }];
}

function emailsIn(text: string): ReadonlySet<string> {
  const found = new Set<string>();
  for (const [, local = '', domain = ''] of text.matchAll(ADDRESS)) found.add(`${local}@${hostName(domain)}`);
  return found;
}

function distinct(parts: readonly Part[]): readonly Part[] {
  return [...new Map(parts.map((part) => [JSON.stringify(part), part])).values()];
}

/** Fields in which a host may have no scheme, and an account or telephone number no sign. */
export const HOST_FIELDS: FieldSelector = selectFields([
  'url',
  'uri',
  'link',
  'host',
  'domain',
  'webhook',
  'callback',
  'endpoint',
  'website',
]);
export const ACCOUNT_FIELDS: FieldSelector = selectFields([
  ...['to', 'recipient', 'receiver', 'payee', 'beneficiary', 'account', 'iban', 'wallet', 'phone', 'mobile'],
]);

function isOneAddress(entry: string): boolean {
  if (!ANY_SIGN.test(entry)) return false;
  const text = /^[^<>]{0,200}<([^<>\s]{1,300})>$/.exec(entry)?.[1] ?? entry;
  const bare = text.replace(/^[a-z][a-z0-9+-]{1,15}:(?=\S)/, '');
  return (
    (webAddressOf(text)?.isSure ?? false) ||
    /^[^\s,;:<>"'()[\]{}@]{1,64}@[\p{L}\p{Nd}-]{1,63}(?:\.[\p{L}\p{Nd}-]{1,63}){1,8}$/u.test(bare) ||
    // Wallets: Ethereum's, and those in bech32 (BIP 173).
    /^(?:0x[\da-f]{40}|[a-z]{2,10}1[02-9ac-hj-np-z]{38,90})$/.test(bare) ||
    // IBAN (ISO 13616): a country, two check digits, up to thirty letters and digits.
    (bare.length <= 60 && /^[a-z]{2}\d{2}[a-z0-9]{11,30}$/.test(bare.replace(/[ -]/g, '')))
  );
}

function codeOf(text: string): Part | undefined {
  if (
    text.length < 8 ||
    text.length > 80 ||
    !/\d{4}|\d.{0,3}\d.{0,3}\d.{0,3}\d/.test(text) ||
    !/^[\p{L}\p{Nd} ./()+-]+$/u.test(text)
  )
    return undefined;
  const code = wordsOf(text).join('');
  if (code.length < 8 || /\p{L}{5}/u.test(code)) return undefined;
  return { kind: 'code', code, isPhone: /^(?:\+|00|\()[\d ./()-]*$/.test(text) };
}
