import { keyWords } from '../../detection/key-words.ts';
import { isJsonObject } from '../../../internal/json.ts';
import type { ForeignText } from './conversation-index.ts';
import { Place, selectFields, type FieldSelector } from './field-selector.ts';
import { PHONE_DIGITS } from './find-part.ts';
import { parsedRecords } from './notations.ts';
import { undisguised, wordsOf } from './text-index.ts';
import { ACCOUNT_FIELDS, HOST_FIELDS, partsOf, ValueText, type Part } from './value-text.ts';

/** A record in an output: a JSON object, a row of a table, or lines with labels. */
export interface Entry {
  /** The short values that it has itself, in lower case. */
  readonly fields: readonly Field[];
  readonly inner: readonly Entry[];
  /** The field that it is in. */
  readonly place: Place;
  /** `message`: someone wrote it to others, or it is in such an entry. `lines`: with labels, in prose. */
  readonly kind: 'record' | 'message' | 'lines';
}

export interface Field {
  readonly place: Place;
  readonly value: string;
}

/** The kinds of the addresses, accounts, amounts and names in an entry, and those themselves: see {@link keyOf}. */
export interface Held {
  readonly kinds: ReadonlySet<Part['kind']>;
  readonly keys: ReadonlySet<string>;
}

/** Characters of a value that stands alone. */
const MAX_VALUE = 200;
/** Fields with who wrote or sent an entry. */
const AUTHOR = selectFields([
  ...['from', 'sender', 'author', 'owner', 'creator', 'organizer', 'requester', 'reporter', 'payer', 'created_by'],
]);
const WRITER = selectFields(['from', 'sender', 'author', 'user', 'username', 'by']);
const TEXT = selectFields(['body', 'text', 'content', 'message', 'snippet', 'subject', 'comment', 'review']);
/** A payment has a sender and a subject, too. */
const PAYMENT = selectFields(['amount']);
/** Fields in which anyone writes anything. */
const FREE = selectFields([
  ...['note', 'comment', 'text', 'body', 'content', 'message', 'memo', 'description', 'remark', 'subject', 'title'],
  ...['name', 'reference', 'bio', 'snippet', 'summary', 'review', 'purpose', 'reason', 'detail'],
]);

const cachedEntries = new WeakMap<ForeignText, readonly Entry[]>();

/** Lists the entries of an output, also those within others. */
export function entriesIn(text: ForeignText): readonly Entry[] {
  const known = cachedEntries.get(text) ?? withInner(readEntries(text.written));
  cachedEntries.set(text, known);
  return known;
}

/** Lists entries and all that are within them. */
export function withInner(entries: readonly Entry[]): readonly Entry[] {
  const all = [...entries];
  for (const { inner } of all) for (const entry of inner) all.push(entry);
  return all;
}

function readEntries(written: string): readonly Entry[] {
  const [json] = parsedRecords(written) ?? [recordsInText(written)];
  const outermost: Entry[] = [];
  interface Draft extends Entry {
    readonly fields: Field[];
    readonly inner: Entry[];
  }
  const open: { value: unknown; key: string; parent: Draft | undefined }[] = [
    { value: json, key: '', parent: undefined },
  ];
  const added = (key: string, names: readonly string[], parent: Draft | undefined): Draft => {
    const place = new Place(key, parent?.place);
    const isWritten = parent?.kind === 'message' || isMessage(names);
    const kind = isWritten ? 'message' : key === LINES ? 'lines' : 'record';
    const entry: Draft = { fields: [], inner: [], place, kind };
    (parent?.inner ?? outermost).push(entry);
    return entry;
  };
  for (let next = open.pop(); next; next = open.pop()) {
    const { value, key, parent } = next;
    if (Array.isArray(value)) {
      for (const item of value) open.push({ value: item, key, parent });
    } else if (isJsonObject(value)) {
      const entry = added(key, Object.keys(value), parent);
      for (const [name, item] of Object.entries(value)) open.push({ value: item, key: name, parent: entry });
    } else if (typeof value === 'number' || (typeof value === 'string' && value.length <= MAX_VALUE)) {
      const entry = parent ?? added('', [], undefined);
      entry.fields.push({ place: new Place(key, entry.place), value: String(value).trim().toLowerCase() });
    }
  }
  return outermost;
}

function isMessage(names: readonly string[]): boolean {
  const places = names.map((name) => new Place(name));
  const has = (fields: FieldSelector): boolean => places.some((place) => fields.fits(place));
  return has(WRITER) && has(TEXT) && !has(PAYMENT);
}

const HEADING = /^#{1,6} {1,9}(.{1,200})$/;
const LABELLED_LINE = /^[\s*-]{0,9}(\p{L}[\p{L}\p{Nd} _-]{0,30}): {1,9}(\S.{0,200})$/u;
/** `- Ann Lee` */
const LISTED_NAME = /^\s{0,9}(?:[-*]|\d{1,4}[.)]) ((?: ?[\p{L}\p{Nd}._'’-]{1,40}){1,3})$/u;
/** The field of lines with labels, in {@link recordsInText}. */
const LINES = ':';
const RULE = /^[\s|:+-]+$/;
const MAX_WORDS_OF_CELL = 5;
/** A line of a list: `- Ann Lee (ann@acme.com)`. */
const ONE_ADDRESS = /(?<=^[^@:]{0,80})[^\s@<>(),:]{1,64}@[^\s@<>(),]{1,200}(?=[>)]?\s*$)/;
/** More characters than such a line has. */
const MAX_LINE = 350;
const MAX_WORDS_OF_LINE = 10;

/** Reads tables, lines with labels, and what they are in under headings, as JSON would have them. */
function recordsInText(text: string): unknown {
  const sections: unknown[] = [];
  let section = sections;
  let columns: readonly string[] | undefined;
  let lines: Map<string, string[]> | undefined;
  const records: { readonly section: unknown[]; readonly lines: ReadonlyMap<string, readonly string[]> }[] = [];
  for (const line of text.split('\n')) {
    const [, heading] = HEADING.exec(line) ?? [];
    const cells = heading === undefined ? cellsOf(line) : [];
    if (heading !== undefined) sections.push({ title: heading, rows: (section = []) });
    if (heading !== undefined || line.trim() === '') {
      columns = lines = undefined;
      continue;
    }
    if (cells.length > 1) {
      if (RULE.test(line)) continue;
      if (columns) section.push(Object.fromEntries(cells.map((cell, index) => [columns?.[index] ?? '', cell])));
      else if (cells.every((cell) => /^[\p{L} _-]+$/u.test(cell))) columns = cells;
      else section.push({ '': cells });
      continue;
    }
    const address = addressOf(line);
    if (address !== '' && wordsOf(line).length <= MAX_WORDS_OF_LINE) {
      section.push({ name: line.replace(address, '').replace(/^[\s*-]+|[\s<>(),:-]+$/g, ''), '': address });
      continue;
    }
    const [, item] = LISTED_NAME.exec(line) ?? [];
    if (item !== undefined) section.push({ '': item });
    const [, label = '', value = ''] = LABELLED_LINE.exec(line) ?? [];
    if (label !== '') {
      if (!lines) records.push({ section, lines: (lines = new Map<string, string[]>()) });
      const values = lines.get(label) ?? [];
      values.push(value);
      lines.set(label, values);
    }
  }
  for (const record of records) record.section.push({ [LINES]: Object.fromEntries(record.lines) });
  return sections;
}

function addressOf(line: string): string {
  const text = line.includes('@') ? line.trimEnd() : '';
  return text.length <= MAX_LINE ? (ONE_ADDRESS.exec(text)?.[0] ?? '') : '';
}

function cellsOf(line: string): readonly string[] {
  const separator = ['|', '\t', ';', ','].find((one) => line.includes(one));
  if (separator === undefined) return [];
  const cells = line.replace(/^\s*\||\|\s*$/g, '').split(separator);
  const isTable = separator !== ',' || cells.length > 2 || !line.includes(', ');
  const isShort = cells.every((cell) => wordsOf(cell).length <= MAX_WORDS_OF_CELL || cell.includes('@'));
  return isTable && isShort ? cells.map((cell) => cell.trim()) : [];
}

/**
 * Lists what entries have in fields of their own.
 *
 * @param withAuthors true to include who wrote or sent them
 * @param without kinds that do not count
 */
export function heldBy(
  entries: readonly Entry[],
  withAuthors: boolean,
  without: ReadonlySet<Part['kind']> = new Set(),
): Held {
  const parts = entries.map(partsOfEntry).flatMap(({ own, ofAuthors }) => (withAuthors ? [...own, ...ofAuthors] : own));
  return heldOf(parts.filter(({ kind }) => !without.has(kind)));
}

/** Returns true for a field with an id: `receiver_id`. */
export function isId({ name }: Place): boolean {
  return /^ids?$/.test(keyWords(name).at(-1) ?? '');
}

interface EntryParts {
  readonly own: readonly Part[];
  readonly ofAuthors: readonly Part[];
}

const cachedParts = new WeakMap<Entry, EntryParts>();

function partsOfEntry(entry: Entry): EntryParts {
  const known = cachedParts.get(entry);
  if (known) return known;
  const parts = {
    own: entry.fields.filter((field) => !isOfAuthor(field, entry)).flatMap(partsOfField),
    ofAuthors: entry.fields.filter((field) => isOfAuthor(field, entry)).flatMap(partsOfField),
  };
  cachedParts.set(entry, parts);
  return parts;
}

function isOfAuthor({ place }: Field, entry: Entry): boolean {
  return AUTHOR.fits(place) || AUTHOR.fits(entry.place);
}

/** Lists the kinds of addresses, accounts and amounts that entries have in fields of different names. */
export function kindsInManyFields(entries: readonly Entry[], withAuthors: boolean): readonly Part['kind'][] {
  const names = new Map<Part['kind'], Set<string>>();
  for (const entry of entries) {
    for (const field of entry.fields.filter((one) => withAuthors || !isOfAuthor(one, entry)))
      for (const { kind } of partsOfField(field)) names.set(kind, (names.get(kind) ?? new Set()).add(field.place.name));
  }
  return [...names].flatMap(([kind, { size }]) => (size > 1 && kind !== 'text' ? [kind] : []));
}

/** Lists the parts of a value that is nothing else. */
function partsOfField({ place, value }: Field): readonly Part[] {
  const plain = undisguised(value);
  const text = new ValueText(plain);
  const isAddress = text.isAddress(HOST_FIELDS.has(place), ACCOUNT_FIELDS.has(place));
  const parts = isAddress || !/@|:\/\//.test(plain) ? text.entries.flatMap((entry) => entry.parts) : [];
  return FREE.fits(place) ? parts.filter(({ kind }) => kind === 'text') : parts;
}

const LABELLED =
  /\b(?:e-?mail|mail|iban|account|konto|wallet|phone|telephone|mobile)(?: (?:address|number|no))?(?: is|:|\.)?(?: iban)?:?[ \t]{1,4}([^\s,;]{3,80}(?: [a-z0-9]{2,4}\b){0,9})/g;
const ANY_ACCOUNT = /\b[a-z]{2}\d{2}(?: ?[a-z0-9]{2,4}){2,10}\b/g;

const TOTAL_LABEL =
  '\\b(?:total|sum|amount|due|balance|gesamt(?:betrag)?|summe|betrag|montant|importe|totale|totaal)(?: (?:due|amount|ttc|eur|usd))?\\b[: |]{1,9}';
const TOTAL = new RegExp(`${TOTAL_LABEL}(\\S{1,20}(?: (?:eur|usd|gbp|chf))?)`, 'g');

/** `Customer: Ann Lee <ann@acme.com>` */
const PERSON = /^[^\n:]{1,60}:[ \t][^\n<>]{1,80}<([^\s<>]{3,200})>[ \t]{0,9}$/gm;

/** `March 10: 420.00` */
const ITEM = /^[^\n:]{1,60}:[ \t]{1,9}(\S{1,20}(?: (?:eur|usd|gbp|chf))?)$/gm;

const NAMED = /\b(?:i am|my name is|name:)[ \t]{1,4}([\p{L}'’-]{2,40})/gu;

/**
 * Prose has the names and addresses that follow a label, if it has no others of their kind, and its total, or else the
 * amounts after a label.
 */
export function heldByText({ written }: ForeignText): Held {
  const text = undisguised(written);
  const labelled = [...text.matchAll(LABELLED)].flatMap(([, value = '']) => partsOf(value.replace(/[.!?)]+$/, '')));
  const mails = new Set(text.match(/[^\s@<>"'()]+@[^\s@<>"'(),;]+/g));
  const accounts = new Set(text.match(ANY_ACCOUNT)?.map((account) => wordsOf(account).join('')));
  const totals = [...text.matchAll(TOTAL)].flatMap(([, value = '']) => partsOf(value.replace(/[.,;!?)]+$/, '')));
  const items = [...text.matchAll(ITEM)].flatMap(([, value = '']) => partsOf(value));
  const isAmount = ({ kind }: Part): boolean => kind === 'amount';
  const amounts = totals.filter(isAmount);
  const persons = [...text.matchAll(PERSON)].flatMap(([, address = '']) => partsOf(address));
  return heldOf([
    ...[...labelled, ...persons].filter(
      ({ kind }) => (kind === 'address' && mails.size === 1) || (kind === 'code' && accounts.size <= 1),
    ),
    ...[...text.matchAll(NAMED)].flatMap(([, name = '']) => partsOf(name)),
    ...(amounts.length === 0 ? items.filter(isAmount) : new Set(amounts.map(keyOf)).size === 1 ? amounts : []),
  ]);
}

const AFTER_TOTAL = new RegExp(`${TOTAL_LABEL}\\S{0,20}$`);
/** What stands around the digits of an amount that is a value of its own, see `amountOf`. */
const BEFORE_AMOUNT = /(?:^|[\n\r\t|;,:])[\s#*>'"[({-]{0,12}(?:\p{Sc}|\p{L}){0,3}\s?[+-]?[\d.,'\u2019 ]{0,20}$/u;
const AFTER_AMOUNT = /^[\d.,'\u2019 ]{0,20}(?:\p{Sc}|\p{L}){0,3}['")\]}\s]{0,9}(?:$|[\n\r\t|;,])/u;

/** Returns false, quickly, for most amounts that no entry of an output has, nor its prose as a total. */
export function mayHoldAmount({ index }: ForeignText, amount: string): boolean {
  const digits = amount.replace(/\..*/, '').slice(-3);
  return index.someAround(
    digits,
    (before, after) => AFTER_TOTAL.test(before) || (BEFORE_AMOUNT.test(before) && AFTER_AMOUNT.test(after)),
  );
}

function heldOf(parts: readonly Part[]): Held {
  return { kinds: new Set(parts.map(({ kind }) => kind)), keys: new Set(parts.flatMap(keysOf)) };
}

function keysOf(part: Part): readonly string[] {
  return part.kind === 'amount' ? part.readings.map((reading) => `amount ${reading}`) : [keyOf(part)];
}

/** Identifies an address, an account or an amount in any notation. */
export function keyOf(part: Part): string {
  switch (part.kind) {
    case 'web':
      return `web ${part.address.written}`;
    case 'amount':
      return `amount ${part.readings[0] ?? ''}`;
    case 'code':
      return `code ${/^\d{10,}$/.test(part.code) ? part.code.slice(-PHONE_DIGITS) : part.code}`;
    case 'address':
      return `address ${part.address}`;
    case 'text':
      return `text ${part.text}`;
  }
}
