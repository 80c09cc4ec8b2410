import { isAddressing } from './addressing.ts';
import { isInBadge } from './badges.ts';
import { DECODE_COST, type Budget } from './budget.ts';
import { decodeRuns, encodedBytesTest } from './encoded-runs.ts';
import type { Hit, Leaf } from './hit.ts';
import { joinWords, type Part } from './joints.ts';
import { looksLikeJson } from './nested-json.ts';
import { normaliseMixed, unnormalised } from './normalise.ts';
import { Archives } from './packed-text.ts';
import { isPlaceholder } from './placeholders.ts';
import { eachMatch } from './patterns.ts';
import { mergeOverlaps, type Allowance, type Detector, type Span } from './span.ts';
import { holdsWhenJoined } from './split-values.ts';
import { escapesIn, mayBeEscapedJson, unescapeText, type Unescaped } from './unescape.ts';
import { windowsAround, type Range, type Window } from './windows.ts';

const MAX_DECODED = 3;
const MAX_NESTING = 3;
const MAX_PARSES = 4_000;
/** How far from an escape a finding may be that the escape hid: more than the distance between a label and its number. */
const NEAR = 64;

/** One interpretation of a leaf, or of a part of it: as written, or decoded. */
export interface Reading {
  readonly leaf: Leaf;
  readonly key: string | undefined;
  /**
   * The position in the leaf's text at which the reading begins, if it is that text character by character; undefined
   * if it was decoded.
   */
  readonly offset: number | undefined;
  /** The part of the leaf's text that was decoded, and is replaced as a whole; undefined for all of the text. */
  readonly slot: readonly [start: number, end: number] | undefined;
  /** The part of a longer text that was decoded, if it was not all of it. */
  readonly window?: Pick<Window, 'head' | 'tail'> | undefined;
  readonly encoding: string | undefined;
  /** The number of decodings, plus the number of JSON strings around it. */
  readonly decoded: number;
  readonly nesting: number;
  /** The depth in the tree, including JSON strings. */
  readonly depth: number;
}

/** Walks a string that is JSON. Returns true if the walk covered all of it. */
export type OpenNested = (text: string, reading: Reading) => boolean;

/** Reads strings in every way that a receiver might, and collects the detectors' findings. */
export class Reader {
  readonly hits: Hit[] = [];
  hasFailed = false;
  readonly #detectors: readonly Detector[];
  readonly #regions: readonly string[];
  readonly #made: ReadonlySet<string>;
  readonly #budget: Budget;
  readonly #allowance: Allowance = { parses: MAX_PARSES };
  readonly #archives = new Archives();
  readonly #openNested: OpenNested;

  /** @param made placeholders of a redaction, which do not count as findings */
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

  /** Reads the string as it is, and every decoded form of it. */
  read(text: string, asGiven: Reading): void {
    let reading = asGiven;
    if (reading.nesting < MAX_NESTING && looksLikeJson(text)) {
      const before = this.hits.length;
      if (this.#openNested(text, reading)) return;
      if (this.hits.length > before) reading = this.#afterWalk(reading, before);
    }
    this.detect(text, reading);
    if (reading.decoded >= MAX_DECODED || text.length < 4) return;
    for (const { key, written, start } of queryValues(text)) {
      const offset = reading.offset === undefined ? undefined : reading.offset + start;
      const slot = offset === undefined ? reading.slot : ([offset, offset + written.length] as const);
      this.#readOther(written, { ...reading, key, offset, slot }, undefined);
    }
    if (mayBeEscapedJson(text)) {
      const open = unescapeText(text);
      if (open && looksLikeJson(open.text)) {
        this.#readOther(open.text, reading, open.encoding);
        return;
      }
    }
    this.#readAround(text, unnormalised(text), reading, (part) => ({
      text: normaliseMixed(part),
      encoding: 'unicode',
    }));
    this.#readAround(text, escapesIn(text), reading, unescapeText);
    const runs = decodeRuns(text, this.#archives);
    this.hasFailed ||= this.#archives.isUnread;
    for (const { encoding, text: decoded } of runs) this.#readOther(decoded, reading, encoding);
    this.#readJoined(text, reading);
  }

  /** Prepares to read a string that was walked as JSON. Only new findings count, and they replace the whole string. */
  #afterWalk(reading: Reading, before: number): Reading {
    reading.leaf.known ??= new Set();
    for (const { dataClass, value } of this.hits.slice(before)) reading.leaf.known.add(`${dataClass} ${value}`);
    return { ...reading, offset: undefined };
  }

  /** Returns the detectors' findings in a string. Overlapping findings of a class are merged. */
  find(text: string, key: string | undefined, isJoined = false): readonly Span[] {
    const spans: Span[] = [];
    const place = { key, regions: this.#regions, allowance: this.#allowance, isJoined };
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
    const isInBytes = encodedBytesTest(text);
    const found = inside.filter((span) => !isPlaceholder(text, span, this.#made) && !isInBytes(span));
    if (found.length < 2) return found;
    const classes = new Set(found.map(({ dataClass }) => dataClass));
    return [...classes].flatMap((dataClass) => mergeOverlaps(found.filter((span) => span.dataClass === dataClass)));
  }

  detect(text: string, reading: Reading): void {
    const spans = this.find(text, reading.key);
    const { head, tail } = reading.window ?? { head: 0, tail: 0 };
    // What is farther from the escapes was found before, and here it may lack its label.
    this.#add(
      text,
      spans.filter(({ start, end }) => end > head - NEAR && start < text.length - tail + NEAR),
      reading,
    );
  }

  #add(text: string, spans: readonly Span[], { leaf, offset, slot, encoding, decoded }: Reading): void {
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
        isAddress: isPlain && slot === undefined && isAddressing(type, leaf, beside, isLink),
        encoding,
      });
    }
  }

  keep(hit: Hit): void {
    if (this.#budget.take('findings')) this.hits.push(hit);
  }

  /** Decodes the text around some marks and reads it. */
  #readAround(
    text: string,
    marks: readonly Range[],
    reading: Reading,
    decode: (part: string) => Unescaped | undefined,
  ): void {
    if (marks.length === 0) return;
    for (const window of windowsAround(text, marks)) {
      const part = text.slice(window.start, window.end);
      const other = decode(part);
      if (other === undefined || other.text === part) continue;
      this.#readOther(other.text, reading, other.encoding, part.length < text.length ? window : undefined);
    }
  }

  /** Reads words whose parts are joined when the text is shown. Only what spans a joint counts: each of its parts. */
  #readJoined(text: string, reading: Reading): void {
    const joined = joinWords(text);
    if (!joined || !this.#budget.take('readCharacters', joined.text.length + DECODE_COST)) return;
    const encoding = both(reading.encoding, 'joined');
    let at = 0;
    for (const span of [...this.find(joined.text, undefined, true)].sort((one, other) => one.start - other.start)) {
      if (span.type !== 'CARD' && !holdsWhenJoined(joined.text, span)) continue;
      while ((joined.words[at]?.at(-1)?.end ?? Infinity) <= span.start) at += 1;
      const parts = (joined.words[at] ?? []).filter(({ start, end }) => start < span.end && end > span.start);
      if (parts.length < 2) continue;
      const { offset } = reading;
      if (offset === undefined) this.#add(joined.text, [span], { ...reading, encoding });
      else this.#addParts(joined.text, span, parts, { ...reading, offset, encoding });
    }
  }

  #addParts(
    text: string,
    span: Span,
    parts: readonly Part[],
    { leaf, offset, encoding }: Reading & { offset: number },
  ): void {
    const value = text.slice(span.start, span.end);
    leaf.known ??= new Set();
    if (leaf.known.has(`${span.dataClass} ${value}`)) return;
    leaf.known.add(`${span.dataClass} ${value}`);
    for (const part of parts) {
      const start = offset + part.from + Math.max(0, span.start - part.start);
      const end = offset + part.from + Math.min(part.end, span.end) - part.start;
      this.keep({
        leaf,
        dataClass: span.dataClass,
        type: span.type,
        value,
        start,
        end,
        isWhole: false,
        isAddress: false,
        encoding,
      });
    }
  }

  #readOther(text: string, reading: Reading, encoding: string | undefined, window?: Window): void {
    if (!this.#budget.take('readCharacters', text.length + DECODE_COST)) return;
    const isQueryValue = encoding === undefined;
    this.read(text, {
      ...reading,
      offset: isQueryValue ? reading.offset : undefined,
      window,
      encoding: isQueryValue ? reading.encoding : both(reading.encoding, encoding),
      decoded: reading.decoded + 1,
    });
  }
}

// A parameter of a query, a form (WHATWG URL, section 5.1), or a fragment written like one.
const PARAMETER = /(?:^|[?&#])([A-Za-z_][\w.%[\]-]{0,63})=([^=&#\s"'<>(){}][^&#\s"'<>(){}]{2,})(?=[)&#\s"'<>]|$)/g;

interface QueryValue {
  readonly key: string;
  /** The value as written, undecoded, from `start` on. */
  readonly written: string;
  readonly start: number;
}

/** Lists the named values of queries, forms and fragments in a string. */
function queryValues(text: string): readonly QueryValue[] {
  if (!text.includes('=') || !(text.includes('?') || text.includes('&') || text.includes('#'))) return [];
  const values: QueryValue[] = [];
  eachMatch(PARAMETER, text, ({ 0: all, 1: key = '', 2: written = '', index }) => {
    if (isInBadge(text, index + 1)) return;
    values.push({ key: unescapeText(key)?.text ?? key, written, start: index + all.length - written.length });
  });
  return values;
}

/** Joins the names of nested encodings. */
export function both(outer: string | undefined, inner: string): string {
  return outer === undefined ? inner : `${outer}, ${inner}`;
}
