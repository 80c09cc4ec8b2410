import { amountOf } from './amounts.ts';
import { selectFields } from './field-selector.ts';
import { wordsOf } from './text-index.ts';
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

/** Splits a lower-case value into the entries of a list; any other value is its only entry. */
export function entriesOf(value: string): readonly string[] {
  const text = value.replace(/"[^"]{0,200}"\s{0,9}(?=<)/g, '').trim();
  if (amountOf(text).length > 0) return [text];
  const separator = webAddressOf(text)
    ? /[,;|\uff0c\uff1b\uff5c](?=[a-z][a-z0-9+.-]{1,20}:|www\.|\/\/)/
    : /[;|\n\r\uff0c\uff1b\uff5c]|,(?!\d{3}(?!\d))/;
  const entries = [...new Set(text.split(separator).map((entry) => entry.trim()))].filter((entry) => entry !== '');
  const isList = entries.every((entry) => entry.length <= 4_000 && wordsOf(entry).length <= MAX_WORDS_OF_ENTRY);
  return isList || entries.some((entry) => /^\S+$/.test(entry) && /@|:\/\//.test(entry)) ? entries : [text];
}

/** Splits an entry into parts. If it contains addresses, the text around them does not count. */
export function partsOf(entry: string): readonly Part[] {
  const whole = webAddressOf(entry);
  if (whole) return [{ kind: 'web', address: whole }];
  const text = entry.replace(/^[a-z][a-z0-9+-]{1,15}:(?=\S)/, '');
  const named: Part[] = webAddressesIn(text).map((address) => ({ kind: 'web', address }));
  for (const [, local = '', domain = ''] of text.matchAll(ADDRESS)) {
    named.push({ kind: 'address', address: `${local}@${hostName(domain)}` });
  }
  if (named.length > 0) return named;
  const readings = amountOf(text);
  const amount: Part[] = readings.length > 0 ? [{ kind: 'amount', readings }] : [];
  const code = codeOf(text);
  if (code) return [...amount, code];
  return amount.length > 0 ? amount : text === '' ? [] : [{ kind: 'text', text }];
}

/** Fields in which a host may have no scheme, and an account or telephone number no sign. */
const HOST_FIELDS = selectFields([
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
const ACCOUNT_FIELDS = selectFields([
  ...['to', 'recipient', 'receiver', 'payee', 'beneficiary', 'account', 'iban', 'wallet', 'phone', 'mobile'],
]);

/**
 * Returns true if a value is an address or a list of them: an email address with or without a name, a URL, an IBAN. In
 * fields for them, also a host, a telephone number and an account number.
 *
 * @param keys the names of the enclosing fields and of the field
 */
export function isAddress(value: string, keys: readonly string[]): boolean {
  const entries = value.length > 20_000 ? [] : entriesOf(value.toLowerCase());
  return entries.length > 0 && entries.every((entry) => isOneAddress(entry) || isAddressOfField(entry, keys));
}

function isAddressOfField(entry: string, keys: readonly string[]): boolean {
  return (
    (HOST_FIELDS.has(keys) && webAddressOf(entry) !== undefined) ||
    (ACCOUNT_FIELDS.has(keys) &&
      !/^\d{1,4}[-./]\d{1,2}[-./]\d{1,4}/.test(entry) &&
      partsOf(entry).some((part) => part.kind === 'code' && part.code.length > 8))
  );
}

function isOneAddress(entry: string): boolean {
  const text = /^[^<>]{0,200}<([^<>\s]{1,300})>$/.exec(entry)?.[1] ?? entry;
  const bare = text.replace(/^[a-z][a-z0-9+-]{1,15}:(?=\S)/, '');
  return (
    (webAddressOf(text)?.isSure ?? false) ||
    /^[^\s,;:<>"'()[\]{}@]{1,64}@[\p{L}\p{Nd}-]{1,63}(?:\.[\p{L}\p{Nd}-]{1,63}){1,8}$/u.test(bare) ||
    // IBAN (ISO 13616): a country, two check digits, up to thirty letters and digits.
    (bare.length <= 60 && /^[a-z]{2}\d{2}[a-z0-9]{11,30}$/.test(bare.replace(/[ -]/g, '')))
  );
}

function codeOf(text: string): Part | undefined {
  if (text.length > 80 || !/\d{4}|\d.{0,3}\d.{0,3}\d.{0,3}\d/.test(text) || !/^[\p{L}\p{Nd} ./()+-]+$/u.test(text))
    return undefined;
  const code = wordsOf(text).join('');
  if (code.length < 8 || /\p{L}{5}/u.test(code)) return undefined;
  return { kind: 'code', code, isPhone: /^(?:\+|00|\()[\d ./()-]*$/.test(text) };
}
