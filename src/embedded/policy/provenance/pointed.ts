import type { Conversation } from '../../../runner/gateway/gateway.ts';
import { looksLikeJson, parsed } from '../../detection/nested-json.ts';
import { isJsonObject } from '../../../internal/json.ts';
import { BodyValues } from '../body-values.ts';
import { foreignTextsOf, userTextOf, type ForeignText } from './conversation-index.ts';
import { Place, selectFields, type FieldSelector } from './field-selector.ts';
import { isInToolOutputs, SearchBudget } from './find-part.ts';
import { undisguised, wordsOf } from './text-index.ts';
import { ACCOUNT_FIELDS, HOST_FIELDS, partsOf, ValueText, type Part } from './value-text.ts';

/** Characters of an output. A longer one has no entry that a person points to. */
const MAX_OUTPUT = 250_000;
/** Entries that a request may mean. */
const MAX_ENTRIES = 200;

/**
 * Finds the values that the user's request for a call points to, such as the account for "Pay the bill in bill.txt". The
 * request names an output: by an argument of the call that returned it (`bill.txt`), or by an entry in
 * it (the event "Lunch", the mail from Ann). All entries that it may mean have the value in a field of their own. Web
 * addresses are never pointed to, nor is anything in an output that addresses the model or that anyone can write.
 */
export function pointedFinder(conversation: Conversation): (part: Part) => boolean {
  const { isNamed } = userTextOf(conversation.userMessages).pointers;
  const budget = new SearchBudget();
  /** Lists the entries of a text that the request points to. */
  const readPointed = (text: ForeignText): readonly Entry[] => {
    if (text.returns === 'untrusted' || text.written.length > MAX_OUTPUT || text.instructed) return [];
    const entries = entriesIn(text);
    const named = entries.filter(({ values }) => values.some(isNamed));
    const isRead = new BodyValues(text.arguments ?? {}).all.some(
      ({ value, isName }) => !isName && typeof value === 'string' && isNamed(value.trim().toLowerCase()),
    );
    const meant = named.length > 0 ? named : isRead ? entries : [];
    return meant.length <= MAX_ENTRIES ? meant : [];
  };
  const pointed = new Map<ForeignText, readonly Entry[]>();
  return (part) => {
    if (part.kind === 'web') return false;
    const key = keyOf(part);
    return foreignTextsOf(conversation).some((text) => {
      if (!isInToolOutputs(part, [text.index], budget)) return false;
      const entries = pointed.get(text) ?? readPointed(text);
      pointed.set(text, entries);
      const holders = entries.map(({ held }) => held()).filter(({ kinds }) => kinds.has(part.kind));
      return holders.length > 0 && holders.every(({ keys: those }) => those.has(key));
    });
  };
}

/** Fields in which a word names a person: in others, the request does not point to it. */
export const PEOPLE: FieldSelector = selectFields([
  'to',
  'recipient',
  'participant',
  'attendee',
  'invitee',
  'guest',
  'user',
  'member',
]);
/** An object in an output, or a text as a whole. */
interface Entry {
  /** In lower case. */
  readonly values: readonly string[];
  readonly held: () => Held;
}

/** The kinds of the addresses, accounts and amounts of an entry, and those themselves: see {@link keyOf}. */
interface Held {
  readonly kinds: ReadonlySet<Part['kind']>;
  readonly keys: ReadonlySet<string>;
}

const cachedEntries = new WeakMap<ForeignText, readonly Entry[]>();

function entriesIn(text: ForeignText): readonly Entry[] {
  const known = cachedEntries.get(text) ?? readEntries(text);
  cachedEntries.set(text, known);
  return known;
}

/** Characters of a value that stands alone. */
const MAX_VALUE = 200;

function readEntries({ written }: ForeignText): readonly Entry[] {
  const json = looksLikeJson(written) ? parsed(written) : undefined;
  if (!json) return [{ values: [], held: () => heldOf(labelledIn(undisguised(written))) }];
  const entries: Entry[] = [];
  const open: unknown[] = [json[0]];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const fields: (readonly [key: string, value: string])[] = [];
    const take = (value: unknown, key: string): void => {
      if (Array.isArray(value)) for (const item of value) take(item, key);
      else if (isJsonObject(value)) open.push(value);
      else if (typeof value === 'number' || (typeof value === 'string' && value.length <= MAX_VALUE))
        fields.push([key, String(value).trim().toLowerCase()]);
    };
    if (isJsonObject(next)) for (const [key, value] of Object.entries(next)) take(value, key);
    else take(next, '');
    entries.push({ values: fields.map(([, value]) => value), held: () => heldOf(fields.flatMap(partsOfField)) });
  }
  return entries;
}

/** Lists the parts of a value that is nothing else. */
function partsOfField([key, value]: readonly [key: string, value: string]): readonly Part[] {
  const plain = undisguised(value);
  return isAddressIn(new Place(key), plain) || !/@|:\/\//.test(plain) ? partsOf(plain) : [];
}

function isAddressIn(place: Place, text: string): boolean {
  return new ValueText(text).isAddress(HOST_FIELDS.has(place), ACCOUNT_FIELDS.has(place));
}

const LABELLED =
  /\b(?:e-?mail|mail|iban|account|konto|wallet|phone|telephone|mobile)(?: (?:address|number|no))?(?: is|:|\.)?(?: iban)?:?[ \t]{1,4}([^\s,;]{3,80}(?: [a-z0-9]{2,4}\b){0,9})/g;
const ANY_ACCOUNT = /\b[a-z]{2}\d{2}(?: ?[a-z0-9]{2,4}){2,10}\b/g;

/** A text has the addresses that follow a label, if it has no others of their kind, and its amounts. */
function labelledIn(text: string): readonly Part[] {
  const labelled = [...text.matchAll(LABELLED)].flatMap(([, value = '']) => partsOf(value.replace(/[.!?)]+$/, '')));
  const mails = new Set(text.match(/[^\s@<>"'()]+@[^\s@<>"'(),;]+/g));
  const accounts = new Set(text.match(ANY_ACCOUNT)?.map((account) => wordsOf(account).join('')));
  return labelled.filter(
    ({ kind }) => (kind === 'address' && mails.size === 1) || (kind === 'code' && accounts.size <= 1),
  );
}

function heldOf(parts: readonly Part[]): Held {
  return { kinds: new Set(parts.map(({ kind }) => kind)), keys: new Set(parts.flatMap(keysOf)) };
}

function keysOf(part: Part): readonly string[] {
  return part.kind === 'amount' ? part.readings.map((reading) => `amount ${reading}`) : [keyOf(part)];
}

/** Identifies an address, an account or an amount in any notation. */
function keyOf(part: Part): string {
  switch (part.kind) {
    case 'web':
      return `web ${part.address.written}`;
    case 'amount':
      return `amount ${part.readings[0] ?? ''}`;
    case 'code':
      return `code ${part.code}`;
    case 'address':
      return `address ${part.address}`;
    case 'text':
      return `text ${part.text}`;
  }
}
