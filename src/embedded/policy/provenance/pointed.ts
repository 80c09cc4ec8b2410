import type { Conversation } from '../../../runner/gateway/gateway.ts';
import { looksLikeJson, parsed } from '../../detection/nested-json.ts';
import { isJsonObject } from '../../../internal/json.ts';
import { leavesOf } from '../leaves.ts';
import { isAsked, type Effect } from './asked.ts';
import { foreignTextsOf, userTextOf, type ForeignText } from './conversation-index.ts';
import { selectFields } from './field-selector.ts';
import { isInToolOutput, isInUserMessages, isVerbatim, SearchBudget, undisguised } from './find-part.ts';
import { wordsOf } from './text-index.ts';
import { isAddress, partsOf, type Part } from './value-parts.ts';

/** Returns true for a value of a field to which the user's request points. */
export type IsPointed = (part: Part, keys: readonly string[]) => boolean;

const NOTHING: IsPointed = () => false;

/**
 * Finds the values that the user's request points to, such as the account for "Pay the bill in bill.txt". The request
 * asks for such a call, and names an output: by an argument of the call that returned it (`bill.txt`), or by an entry in
 * it (the event "Lunch", the mail from Ann). All entries that it may mean have the value in a field of their own. Web
 * addresses are never pointed to, nor is anything in an output that addresses the model or that anyone can write.
 */
export function pointedFinder(conversation: Conversation, effect: Effect): IsPointed {
  const { strict } = userTextOf(conversation.userMessages);
  if (!isAsked(conversation, effect)) return NOTHING;
  const phrases = phrasesIn(strict.text);
  const budget = new SearchBudget();
  const isNamed = (value: string): boolean => {
    const text = value.trim().toLowerCase();
    if (phrases.some((phrase) => startsWithWord(text, phrase))) return true;
    const [part] = IDENTIFIER.test(text) ? partsOf(text) : [];
    if (part?.kind === 'web') return isVerbatim(part, strict, budget);
    return part !== undefined && !isAddress(text, ACCOUNT) && isInUserMessages({ kind: 'text', text }, strict, budget);
  };
  /** Lists the entries of a text that the request points to. */
  const readPointed = (text: ForeignText): readonly Entry[] => {
    if (text.returns === 'untrusted' || text.instructed) return [];
    const entries = entriesIn(text);
    const named = entries.filter(({ values }) => values.some(isNamed));
    if (named.length > 0) return named;
    const isRead = leavesOf(text.arguments ?? {}).some(
      ({ value, isName }) => !isName && typeof value === 'string' && isNamed(value),
    );
    return isRead ? entries : [];
  };
  const pointed = new Map<ForeignText, readonly Entry[]>();
  return (part, keys) => {
    if (part.kind === 'web' || (part.kind === 'text' && !PEOPLE.has(keys))) return false;
    const key = keyOf(part);
    return foreignTextsOf(conversation).some((text) => {
      if (!isInToolOutput(part, text.index, budget)) return false;
      const entries = pointed.get(text) ?? readPointed(text);
      pointed.set(text, entries);
      const holders = entries.filter((entry) => entry.kinds.has(part.kind));
      return holders.length > 0 && holders.every((entry) => entry.keys.has(key));
    });
  };
}

/** Fields in which a word names a person. */
const PEOPLE = selectFields(['to', 'recipient', 'participant', 'attendee', 'invitee', 'guest', 'user', 'member']);
const ACCOUNT = ['account'];
const THING =
  '(?:e-?mails?|mails?|messages?|invitations?|events?|meetings?|appointments?|notes?|files?|documents?|invoices?|bills?|tickets?|issues?|orders?|bookings?|transactions?|entry|entries|letters?|pages?|forms?|posts?|comments?|lists?|records?)';
const QUOTED = `["'“‘«„]([^"'“”‘’«»„\\n]{2,80})["'”’»“]`;
const SAID = '((?:[\\p{L}\\p{Nd}._-]{1,40} ?){1,3})';
/** How users name an entry: the event "Lunch", the "Lunch" event, order 5512, the mail from Ann, Ann's last mail. */
const POINTERS = [
  new RegExp(`\\b${THING} (?:called |named |titled |with the (?:title|subject|name) )?${QUOTED}`, 'giu'),
  new RegExp(`${QUOTED} ${THING}\\b`, 'giu'),
  new RegExp(`\\b${THING} (?:no\\.? |number )?#?([\\p{L}-]{0,10}\\d[\\p{L}\\p{Nd}./_-]{0,30})`, 'giu'),
  new RegExp(`\\b${THING} (?:from|of|by|called|named|titled) ${SAID}`, 'giu'),
  new RegExp(`([\\p{L}\\p{Nd}._-]{2,40})['’]s (?:[\\p{L}]{1,20} ){0,2}${THING}\\b`, 'giu'),
];
const COMMON = new Set(
  'the a an my our your his her their this that these those last next all me you him them it who'.split(' '),
);

/** Lists the phrases by which a text points to entries, each also without its last words. */
function phrasesIn(text: string): readonly string[] {
  const found = POINTERS.flatMap((pointer) =>
    [...text.matchAll(pointer)].map(([, phrase = '']) => phrase.replace(/[\s.,;:!?]+$/, '')),
  );
  const beginnings = found.flatMap((phrase) => {
    const words = phrase.split(' ');
    return /["'“‘«„]/.test(phrase) ? [phrase] : words.map((_, index) => words.slice(0, index + 1).join(' '));
  });
  return [...new Set(beginnings)].filter((phrase) => phrase.length > 2 && !COMMON.has(phrase.split(' ')[0] ?? ''));
}

function startsWithWord(text: string, phrase: string): boolean {
  return text.startsWith(phrase) && !/^[\p{L}\p{Nd}]/u.test(text.slice(phrase.length));
}

/** A name of a file, a number of an invoice, a web address; no date or other number. */
const IDENTIFIER = /^(?!\d[\d.:/-]*(?:t[\d:.]+z?)?$)(?=.*[\d./_-])\S{4,300}$/;

/** An object in an output, or a text as a whole. */
interface Entry {
  readonly values: readonly string[];
  /** The kinds of its addresses, accounts and amounts, and those themselves: see {@link keyOf}. */
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
  if (!json) return [labelledEntry(undisguised(written))];
  const entries: Entry[] = [];
  const open: unknown[] = [json[0]];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const values: string[] = [];
    const parts: Part[] = [];
    const take = (value: unknown, key: string): void => {
      if (Array.isArray(value)) for (const item of value) take(item, key);
      else if (isJsonObject(value)) open.push(value);
      else if (typeof value === 'number' || (typeof value === 'string' && value.length <= MAX_VALUE)) {
        const plain = undisguised(String(value));
        values.push(plain);
        if (isAddress(plain, [key]) || !/@|:\/\//.test(plain)) parts.push(...partsOf(plain));
      }
    };
    if (isJsonObject(next)) for (const [key, value] of Object.entries(next)) take(value, key);
    else take(next, '');
    entries.push(entryOf(values, parts));
  }
  return entries;
}

const LABELLED =
  /\b(?:e-?mail|mail|iban|account|konto|wallet|phone|telephone|mobile)(?: (?:address|number|no))?(?: is|:|\.)?(?: iban)?:?[ \t]{1,4}([^\s,;]{3,80}(?: [a-z0-9]{2,4}\b){0,9})/g;
const ANY_ACCOUNT = /\b[a-z]{2}\d{2}(?: ?[a-z0-9]{2,4}){2,10}\b/g;

/** A text has the addresses that follow a label, if it has no others of their kind, and its amounts. */
function labelledEntry(text: string): Entry {
  const labelled = [...text.matchAll(LABELLED)].flatMap(([, value = '']) => partsOf(value.replace(/[.!?)]+$/, '')));
  const mails = new Set(text.match(/[^\s@<>"'()]+@[^\s@<>"'(),;]+/g));
  const accounts = new Set(text.match(ANY_ACCOUNT)?.map((account) => wordsOf(account).join('')));
  const parts = labelled.filter(
    ({ kind }) => (kind === 'address' && mails.size === 1) || (kind === 'code' && accounts.size <= 1),
  );
  return entryOf([], parts);
}

function entryOf(values: readonly string[], parts: readonly Part[]): Entry {
  return { values, kinds: new Set(parts.map(({ kind }) => kind)), keys: new Set(parts.flatMap(keysOf)) };
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
