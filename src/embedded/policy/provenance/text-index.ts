import { domainToUnicode } from 'node:url';
import { codesOf, textOfCodes } from '../../detection/characters.ts';
import { normalise } from '../../detection/normalise.ts';
import { amountsIn } from './amounts.ts';
import { REACH } from './pieces.ts';
import { MAX_BETWEEN, needleOf, textNear, type Needle } from './text-near.ts';
import { hostName } from './web-address.ts';
import { letters, LETTERS, WordFilter } from './word-filter.ts';

const ADDRESS = new RegExp(`@(?<=([^\\s,;:<>"\'()[\\]{}@]{1,64})@)([${LETTERS}][${LETTERS}.-]{0,254})`, 'g');
const DOMAIN = new RegExp(`@[${LETTERS}.-]+`, 'g');
const FIRST_SIGNS = new RegExp(`^[^${LETTERS}]+`);
const PLAIN_LOCAL = new RegExp(`[${LETTERS}._+-]*$`);
const WORD = new RegExp(`[${LETTERS}]+`, 'g');
/** Words joined by dots. The lookbehind keeps the match linear in long words. */
const DOTTED = new RegExp(`(?<![${LETTERS}_-])[${LETTERS}_-]{1,63}(?:\\.[${LETTERS}_-]{1,63}){1,20}`, 'g');
const SPELT_AT = new RegExp(` ?[([{]at[)\\]}] ?| at (?=[${LETTERS}-]{1,63}(?:\\.| ?[([{]?dot))| @ ?|@ `, 'g');
const SPELT_DOT = / ?[([{]dot[)\]}] ?| dot | \. ?(?=[a-z])/g;

/** In shorter texts, and after more lookups of one kind, reading all of the text once is faster than what is near. */
const MIN_LONG_TEXT = 8_192;
const MAX_NEAR_LOOKUPS = 16;
const MAX_SEARCHES = 16;
const MAX_NAME_SEARCHES = 2;
const MAX_PLACES = 1_000;
/** What stands around an entry is short. */
const MAX_SHORT = REACH - 32;

type Kind = 'hosts' | 'addresses' | 'amounts';

/**
 * Finds words, hosts, addresses and amounts in a string, in the form in which they are compared. Reads a long text only
 * where it may have them.
 */
export class TextIndex {
  readonly #written: string;
  readonly #isStrict: boolean;
  readonly #passages: readonly string[];
  readonly #areFields: boolean;
  readonly #whole: () => readonly string[];
  readonly #near: Readonly<Record<Kind, Map<string, boolean>>> = {
    hosts: new Map(),
    addresses: new Map(),
    amounts: new Map(),
  };
  readonly #sets: Partial<Record<Kind, ReadonlySet<string>>> = {};
  #words: WordFilter | undefined;
  #searched = 0;
  #wordSet: ReadonlySet<string> | undefined;
  #ownLines: string | undefined;
  #entrySearches = 0;
  #entries: ReadonlySet<string> | undefined;
  readonly #namesFound = new Map<string, boolean>();
  #names: string | undefined;
  #text: string | undefined;
  #compact: string | undefined;
  #starts: Uint8Array | undefined;

  /**
   * @param passages in lower case
   * @param isStrict true for user messages: indexes literal text only. False for tool outputs: also indexes what a
   * model could read, such as spelt-out addresses, hosts of email addresses and the parts of a row of numbers
   * @param areFields true if the passages are values of fields
   * @param filter has all words of the passages, if they were read before
   * @param whole the passages without gaps, if they have some, which nothing shorter than `REACH` spans
   */
  constructor(
    passages: readonly string[],
    isStrict: boolean,
    areFields = false,
    filter?: WordFilter,
    whole: () => readonly string[] = () => passages,
  ) {
    this.#passages = passages;
    this.#written = passages.join('\n');
    this.#words = filter;
    this.#isStrict = isStrict;
    this.#areFields = areFields;
    this.#whole = whole;
  }

  /** Does what the first search would do. */
  prepare(): void {
    this.#filter();
  }

  #filter(): WordFilter {
    return (this.#words ??= new WordFilter(this.#written.length).add(this.#written));
  }

  /** The text in lower case, with single spaces. */
  get text(): string {
    return (this.#text ??= collapsed(this.#written));
  }

  /** All words without separators, because account numbers are grouped in many ways. */
  get compact(): string {
    return (this.#compact ??= this.#joinWords().compact);
  }

  /** Holds 1 at the start of each word in `compact`, and at its end. */
  get starts(): Uint8Array {
    return (this.#starts ??= this.#joinWords().starts);
  }

  hasWord(word: string): boolean {
    if (!ONE_WORD.test(word) || !this.#filter().mayHave(word)) return false;
    const text = this.#written;
    if (this.#wordSet) return this.#wordSet.has(word);
    for (let at = text.indexOf(word); at !== -1; at = text.indexOf(word, at + 1)) {
      if (isLetterAt(text, at - 1) || isLetterAt(text, at + word.length)) continue;
      this.#countSearch(at);
      return true;
    }
    this.#countSearch(text.length);
    return false;
  }

  /** After many searches, reading all of the text once is faster. */
  #countSearch(length: number): void {
    this.#searched += length;
    if (this.#searched > MAX_SEARCHES * this.#written.length + MIN_LONG_TEXT)
      this.#wordSet = new Set(wordsOf(this.#written));
  }

  /** Returns true if the text has a word that begins so. */
  hasWordFrom(beginning: string): boolean {
    const text = this.#written;
    for (let at = text.indexOf(beginning); at !== -1; at = text.indexOf(beginning, at + 1)) {
      if (!isLetterAt(text, at - 1)) return true;
    }
    return false;
  }

  hasHost(host: string): boolean {
    return this.#hasAt('hosts', host, host);
  }

  hasAddress(address: string): boolean {
    return this.#hasAt('addresses', address, address.slice(address.lastIndexOf('@') + 1));
  }

  /** @param amount as JavaScript writes it */
  hasAmount(amount: string): boolean {
    const whole = /^\d{1,15}(?=\.|$)/.exec(amount)?.[0];
    if (whole === undefined) return this.#has('amounts', amount, [{ word: '' }]);
    const filter = this.#filter();
    const present: Needle[] = [];
    if (filter.mayHaveNumber(whole)) present.push({ word: whole });
    // Digits are grouped from the right by three.
    if (whole.length > 3 && filter.mayHaveNumber(whole.slice(-3))) present.push({ word: whole.slice(-3) });
    return present.length > 0 && this.#has('amounts', amount, present);
  }

  /** Returns true if a value stands alone: in a field, a line, a cell of a table, an entry of a list. */
  hasEntry(entry: string): boolean {
    if (NO_ENTRY.test(entry) || !this.mayContain(entry)) return false;
    const isLong = entry.length > MAX_SHORT;
    this.#entrySearches += 1;
    if (this.#entrySearches > MAX_SEARCHES && !isLong && !/[:,]$/.test(entry))
      return (this.#entries ??= entriesIn(this.#lines)).has(entry);
    const text = isLong ? this.#linesOf(this.#whole()) : this.#lines;
    for (let at = text.indexOf(entry); at !== -1; at = text.indexOf(entry, at + 1)) {
      if (isEntryAt(text, at, entry.length)) return true;
    }
    return false;
  }

  /** Returns false if the text does not contain the words of a string. */
  mayContain(string: string): boolean {
    return this.#filter().mayHaveWordsOf(string);
  }

  /** Returns true if the text has a name, also within another one. */
  hasName(name: string): boolean {
    const known = this.#namesFound.get(name);
    if (known !== undefined) return known;
    const isOften = this.#namesFound.size >= MAX_NAME_SEARCHES;
    if (isOften && /^[a-z0-9]+_[a-z0-9_]*$/.test(name)) return (this.#names ??= namesIn(this.#written)).includes(name);
    const isFound = this.#written.includes(name);
    if (!isOften) this.#namesFound.set(name, isFound);
    return isFound;
  }

  /** Returns true if what stands before and after a string passes the test somewhere, or if there are too many places. */
  someAround(string: string, passes: (before: string, after: string) => boolean): boolean {
    const text = this.#written;
    let places = 0;
    for (let at = text.indexOf(string); at !== -1; at = text.indexOf(string, at + 1)) {
      const end = at + string.length;
      const isHere = passes(text.slice(Math.max(0, at - MAX_BETWEEN), at), text.slice(end, end + MAX_BETWEEN));
      if (isHere || (places += 1) > MAX_PLACES) return true;
    }
    return false;
  }

  /** Lines of a field are a text, in which nothing stands alone. */
  get #lines(): string {
    return (this.#ownLines ??= this.#linesOf(this.#passages));
  }

  #linesOf(passages: readonly string[]): string {
    const lines = this.#areFields ? passages.filter((passage) => !passage.includes('\n')) : passages;
    return lines === this.#passages ? this.#written : lines.join('\n');
  }

  /** Searches a host or an address at it, also with letters beyond ASCII that it is converted from. */
  #hasAt(kind: 'hosts' | 'addresses', value: string, host: string): boolean {
    const readings = [value];
    if (host.includes('xn--')) readings.push(value.slice(0, value.length - host.length) + domainToUnicode(host));
    const present = readings.filter((reading) => this.mayContain(reading)).map(wordsOf);
    // A user's full-width letters are converted to ASCII.
    if (this.#isStrict && BEYOND_ASCII.test(this.#written)) return this.#all(kind).has(value);
    return present.length > 0 && this.#has(kind, value, present.map(needleOf));
  }

  /** @param needles what the text has where it has the value; an empty word if that is not known */
  #has(kind: Kind, value: string, needles: readonly Needle[]): boolean {
    const found = this.#near[kind];
    const known = found.get(value);
    if (known !== undefined) return known;
    const readsAll = this.#sets[kind] || found.size >= MAX_NEAR_LOOKUPS || this.#written.length < MIN_LONG_TEXT;
    const near = readsAll ? undefined : textNear(this.#written, needles);
    if (near === undefined) return this.#all(kind).has(value);
    const isNear = this.#read(kind, near).has(value);
    found.set(value, isNear);
    return isNear;
  }

  #all(kind: Kind): ReadonlySet<string> {
    return (this.#sets[kind] ??= this.#read(kind, this.#written));
  }

  #read(kind: Kind, written: string): ReadonlySet<string> {
    const text = written === this.#written ? this.text : collapsed(written);
    if (kind === 'amounts') return new Set(amountsIn(text, !this.#isStrict));
    if (kind === 'addresses') return this.#isStrict ? addressesIn(text) : addressesIn(speltOut(text), PLAIN_LOCAL);
    return new Set(this.#isStrict ? hostsIn(text.replace(DOMAIN, ' ')) : [text, speltOut(text)].flatMap(hostsIn));
  }

  #joinWords(): { readonly compact: string; readonly starts: Uint8Array } {
    const text = this.#whole().join('\n');
    const codes = codesOf(text);
    const starts = new Uint8Array(text.length + 1);
    let length = 0;
    let isInWord = false;
    for (let at = 0; at < text.length; at += 1) {
      const code = letters[codes[at] ?? 0] ?? 0;
      if (code !== 0) {
        if (!isInWord) starts[length] = 1;
        codes[length] = code;
        length += 1;
      }
      isInWord = code !== 0;
    }
    starts[length] = 1;
    return { compact: textOfCodes(codes, length), starts: starts.subarray(0, length + 1) };
  }
}

const ONE_WORD = new RegExp(`^[${LETTERS}]+$`);
const BEYOND_ASCII = new RegExp(`(?=[^\\0-\\x7f])[${LETTERS}]`);

/** Replaces each run of white space by one space; a space alone stays without a copy. */
function collapsed(text: string): string {
  return text.replace(/\s{2,}|[^\S ]/g, ' ');
}

function isLetterAt(text: string, at: number): boolean {
  return at >= 0 && at < text.length && letters[text.charCodeAt(at)] !== 0;
}

/** A name of several words, of which the match is the end. */
const NAME = /_(?<=([a-z0-9_]*)_)[a-z0-9_]*/g;

function namesIn(text: string): string {
  const names = new Set<string>();
  for (const [end, beginning = ''] of text.matchAll(NAME)) names.add(beginning + end);
  return [...names].join('\n');
}

/** What separates entries, and what is stripped from their beginning and end: signs, the number of an item, a note. */
const NO_ENTRY = /^(?:[\s*'"-]|$)|[\s.'"]$|[\n|;]|[:,] /;
const ENTRY_START = /(?:^|[\n|;]|[:,] )[\s*'"-]{0,9}(?:\d{1,3}[.)][\s*'"-]{1,3})?$/;
const ENTRY_END = /^[\s.'"]{0,9}(?:$|[\n|;]|[:,] |(\())/;
/** More than each of the two matches. */
const MAX_AROUND = 24;

function isEntryAt(text: string, at: number, length: number): boolean {
  const before = text.slice(Math.max(at - MAX_AROUND, 0), at);
  if (!ENTRY_START.test(before)) return false;
  const end = ENTRY_END.exec(text.slice(at + length, at + length + MAX_AROUND));
  return end !== null && (end[1] === undefined || !text.slice(at, at + length).includes('('));
}

/** Returns a string without invisible, lookalike or full-width characters, in lower case. */
export function undisguised(text: string): string {
  return normalise(text).toLowerCase();
}

/** Lists the entries that stand alone, as `isEntryAt` finds them. */
function entriesIn(text: string): ReadonlySet<string> {
  const entries = new Set<string>();
  for (const part of text.split(/[\n|;]|[:,](?= )/)) {
    const entry = part.replace(/^[\s*'"-]{1,9}/, '');
    for (const unnumbered of [entry, entry.replace(/^\d{1,3}[.)][\s*'"-]{1,3}/, '')])
      for (const without of [unnumbered, unnumbered.replace(/\([^]*/, '')])
        entries.add(without.replace(/[\s.'"]{1,9}$/, ''));
  }
  return entries;
}

/** Splits a lower-case text into runs of letters and digits. */
export function wordsOf(text: string): string[] {
  return text.match(WORD) ?? [];
}

/** @param localEnd also index the address with this part of its local part */
function addressesIn(text: string, localEnd?: RegExp): ReadonlySet<string> {
  const addresses = new Set<string>();
  for (const [, local = '', domain = ''] of text.matchAll(ADDRESS)) {
    const host = hostName(domain);
    addresses.add(`${local.replace(FIRST_SIGNS, '')}@${host}`);
    if (!localEnd) continue;
    const plain = `${localEnd.exec(local)?.[0] ?? ''}@${host}`;
    addresses.add(plain).add(withoutTag(plain));
  }
  return addresses;
}

/** Returns the mailbox of a tagged address (RFC 5233): `ann@acme.com` for `ann+news@acme.com`. */
export function withoutTag(address: string): string {
  return address.replace(/(?<!^)\+[^@]*(?=@)/, '');
}

function hostsIn(text: string): readonly string[] {
  return [...new Set(text.match(DOTTED))].map(hostName);
}

/** Converts "mark (at) example dot com" to an address. */
function speltOut(text: string): string {
  return text.replace(SPELT_AT, '@').replace(SPELT_DOT, '.');
}
