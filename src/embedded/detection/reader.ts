import { isAddressing } from './addressing.ts';
import { DECODE_COST, type Budget } from './budget.ts';
import { decodeBase64, decodeHex, holdsRun } from './encoded-runs.ts';
import type { Hit, Leaf } from './hit.ts';
import { merged } from './merge.ts';
import { looksLikeJson } from './nested-json.ts';
import { normalise } from './normalise.ts';
import { isPlaceholder } from './placeholders.ts';
import { queryValues } from './query-values.ts';
import type { Allowance, Detector, Span } from './span.ts';
import { unescapeText } from './unescape.ts';

const MOST_DECODED = 3;
const MOST_NESTED = 3;
const MOST_PARSES = 4_000;

/** One way to read a leaf, or a part of it. */
export interface Reading {
  readonly leaf: Leaf;
  readonly key: string | undefined;
  /** Where the reading begins in the leaf's text when it is that text letter by letter; undefined when decoded. */
  readonly offset: number | undefined;
  /** What of the leaf's text is read, for what cannot be cut out more exactly; undefined: all of it. */
  readonly slot: readonly [start: number, end: number] | undefined;
  readonly encoding: string | undefined;
  /** How many times it was decoded, and in how many texts that are JSON it stands. */
  readonly decoded: number;
  readonly nesting: number;
  /** How deep it stands in the tree, those texts included. */
  readonly depth: number;
}

/** Walks a text that is JSON; tells whether that leaves nothing else to read in it. */
export type OpenNested = (text: string, reading: Reading) => boolean;

/** Reads texts in every way that a receiver might, and keeps what the detectors find. */
export class Reader {
  readonly hits: Hit[] = [];
  hasFailed = false;
  readonly #detectors: readonly Detector[];
  readonly #regions: readonly string[];
  readonly #made: ReadonlySet<string>;
  readonly #budget: Budget;
  readonly #allowance: Allowance = { parses: MOST_PARSES };
  readonly #openNested: OpenNested;

  /** @param made placeholders that a redaction put in, which are not found again */
  constructor(
    detectors: readonly Detector[],
    regions: readonly string[],
    made: ReadonlySet<string>,
    budget: Budget,
    openNested: OpenNested,
  ) {
    this.#detectors = detectors;
    this.#regions = regions;
    this.#made = made;
    this.#budget = budget;
    this.#openNested = openNested;
  }

  /** The text as it is, and whatever it decodes to. */
  read(text: string, asGiven: Reading): void {
    let reading = asGiven;
    if (reading.nesting < MOST_NESTED && looksLikeJson(text)) {
      const before = this.hits.length;
      if (this.#openNested(text, reading)) return;
      if (this.hits.length > before) reading = this.#besides(reading, before);
    }
    this.look(text, reading);
    if (reading.decoded >= MOST_DECODED || text.length < 4) return;
    for (const { key, written, start } of queryValues(text)) {
      const offset = reading.offset === undefined ? undefined : reading.offset + start;
      const slot = offset === undefined ? reading.slot : ([offset, offset + written.length] as const);
      this.#readOther(written, { ...reading, key, offset, slot }, undefined);
    }
    const plain = normalise(text);
    if (plain === text) {
      this.#decode(text, reading);
    } else if (this.#budget.take('readCharacters', plain.length)) {
      const other = { ...reading, offset: undefined, encoding: both(reading.encoding, 'unicode') };
      this.look(plain, other);
      this.#decode(plain, other);
    }
  }

  /** To read the text of what was walked: only what the walk did not find counts, and the text must go as a whole. */
  #besides(reading: Reading, before: number): Reading {
    reading.leaf.known ??= new Set();
    for (const { dataClass, value } of this.hits.slice(before)) reading.leaf.known.add(`${dataClass} ${value}`);
    return { ...reading, offset: undefined };
  }

  /** What the detectors find in a text, with overlaps of a class made one. */
  find(text: string, key: string | undefined): readonly Span[] {
    const spans: Span[] = [];
    const place = { key, regions: this.#regions, allowance: this.#allowance };
    for (const detector of this.#detectors) {
      try {
        detector(text, place, spans);
      } catch {
        this.hasFailed = true;
      }
    }
    if (spans.length === 0) return spans;
    const inside = spans.filter(({ start, end }) => start >= 0 && start < end && end <= text.length);
    if (inside.length < spans.length) this.hasFailed = true;
    const found = inside.filter((span) => !isPlaceholder(text, span, this.#made));
    if (found.length < 2) return found;
    const classes = new Set(found.map(({ dataClass }) => dataClass));
    return [...classes].flatMap((dataClass) => merged(found.filter((span) => span.dataClass === dataClass)));
  }

  look(text: string, { leaf, key, offset, slot, encoding, decoded }: Reading): void {
    const spans = this.find(text, key);
    if (spans.length === 0) return;
    const beside = text.length - spans.reduce((sum, { start, end }) => sum + end - start, 0);
    const isLink = text.includes('://');
    leaf.known ??= new Set();
    const isAgain = decoded > 0 || offset === undefined;
    for (const { start, end, dataClass, type } of spans) {
      const value = text.slice(start, end);
      const kept = `${dataClass} ${value}`;
      if (isAgain && leaf.known.has(kept)) continue;
      leaf.known.add(kept);
      const isPlain = offset !== undefined;
      this.keep({
        leaf,
        dataClass,
        type,
        value,
        start: isPlain ? offset + start : (slot?.[0] ?? 0),
        end: isPlain ? offset + end : (slot?.[1] ?? text.length),
        isWhole: !isPlain && slot === undefined,
        isAddress: isPlain && slot === undefined && isAddressing(type, leaf.key, leaf.around, beside, isLink),
        encoding,
      });
    }
  }

  keep(hit: Hit): void {
    if (this.#budget.take('findings')) this.hits.push(hit);
  }

  #decode(text: string, reading: Reading): void {
    const open = unescapeText(text);
    if (open !== undefined) {
      this.#readOther(open.text, { ...reading, offset: undefined }, open.encoding);
    }
    if (!holdsRun(text)) return;
    const base64 = decodeBase64(text);
    if (base64 !== undefined) this.#readOther(base64, { ...reading, offset: undefined }, 'base64');
    const hex = decodeHex(text);
    if (hex !== undefined) this.#readOther(hex, { ...reading, offset: undefined }, 'hex');
  }

  #readOther(text: string, reading: Reading, encoding: string | undefined): void {
    if (!this.#budget.take('readCharacters', text.length + DECODE_COST)) return;
    this.read(text, {
      ...reading,
      encoding: encoding === undefined ? reading.encoding : both(reading.encoding, encoding),
      decoded: reading.decoded + 1,
    });
  }
}

/** The names of encodings that lie in each other. */
export function both(outer: string | undefined, inner: string): string {
  return outer === undefined ? inner : `${outer}, ${inner}`;
}
