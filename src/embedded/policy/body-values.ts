import { decodedForms } from '../detection/decoded-forms.ts';
import { looksLikeJson, parsed } from '../detection/nested-json.ts';
import { isJsonObject } from '../../internal/json.ts';
import { Place, type FieldSelector } from './provenance/field-selector.ts';
import { undisguised } from './provenance/text-index.ts';
import { ACCOUNT_FIELDS, HOST_FIELDS, ValueText } from './provenance/value-text.ts';

/** A string, number, boolean or field name of a body, also within JSON in a string. */
export class Value {
  /** The field that it is in. */
  readonly place: Place;
  readonly value: string | number | boolean;
  /** The same for equal values; that of a number without its sign. Undefined for a boolean. */
  readonly text: ValueText | undefined;
  /** True for the name of a field of the object at `path`. */
  readonly isName: boolean;
  readonly #at: At;

  constructor(value: Value['value'], text: ValueText | undefined, at: At, isName = false) {
    this.value = value;
    this.text = text;
    this.place = at.place;
    this.isName = isName;
    this.#at = at;
  }

  /** Its path, such as `user.emails[0]`. */
  get path(): string {
    return pathOf(this.#at);
  }
}

/** A place in a body: in a field, and if that has a list, an item of it. */
interface At {
  readonly place: Place;
  readonly path: string;
  readonly index?: number;
}

function pathOf({ path, index }: At): string {
  return index === undefined ? path : `${path}[${index}]`;
}

const MAX_NESTING = 3;
/** Maximum depth. The arguments, and each JSON string in them, are at most 200 levels deep. */
const MAX_DEPTH = 800;

/**
 * The values of a body. All rules share what is read of them, and it is read when the first rule asks: the body once,
 * each text once, each selection of fields once.
 */
export class BodyValues {
  readonly body: unknown;
  readonly #texts = new Map<string, ValueText>();
  readonly #selected = new Map<FieldSelector, ReadonlySet<Place>>();
  #read: Content | undefined;
  #forms: readonly string[] | undefined;

  constructor(body: unknown) {
    this.body = body;
  }

  /**
   * All values. Throws rather than omit one, because a condition must not miss any. (`argumentsIn`, which identifies
   * calls, stops at a budget instead.)
   *
   * @throws RangeError for a value nested deeper than arguments can be
   */
  get all(): readonly Value[] {
    return this.#content.values;
  }

  get #content(): Content {
    return (this.#read ??= readValues(this.body, (text) => this.text(text)));
  }

  /** Lists the selected fields, and those within them. */
  placesIn(selector: FieldSelector): ReadonlySet<Place> {
    const known = this.#selected.get(selector);
    if (known) return known;
    const selected = new Set<Place>();
    // A field comes after those around it.
    for (const place of this.#content.places)
      if ((place.around && selected.has(place.around)) || selector.fits(place)) selected.add(place);
    this.#selected.set(selector, selected);
    return selected;
  }

  /** Returns the text of a value. Equal values have the same. */
  text(text: string): ValueText {
    const known = this.#texts.get(text) ?? new ValueText(text);
    this.#texts.set(text, known);
    return known;
  }

  /** Returns true if the value is an address or a list of them: see {@link ValueText.isAddress}. */
  isAddress(text: ValueText, place: Place): boolean {
    return text.isAddress(this.placesIn(HOST_FIELDS).has(place), this.placesIn(ACCOUNT_FIELDS).has(place));
  }

  /** The text of all values as written, and decoded as detection decodes it: the forms in which a receiver may read it. */
  get forms(): readonly string[] {
    if (this.#forms) return this.#forms;
    const text = this.all.map(({ value }) => String(value)).join(APART);
    this.#forms = [...new Set([text, ...decodedForms(text)].flatMap(spellingsOf))];
    return this.#forms;
  }
}

/** Keeps texts apart, so that no phrase is found across two of them. */
const APART = '\0';
const ASCII = /^[\0-\x7f]*$/;

/** Returns a search for words in these forms, in any spelling. */
export function searchForms(forms: readonly string[]): (words: string) => boolean {
  return (words) => {
    const written = asWritten(words);
    const bare = collapsed(undisguised(words));
    return forms.some((text) => text.includes(written) || (bare !== '' && text.includes(bare)));
  };
}

function spellingsOf(text: string): readonly string[] {
  const written = asWritten(text);
  return ASCII.test(text) ? [written] : [written, collapsed(undisguised(text))];
}

function asWritten(text: string): string {
  return collapsed(text.normalize('NFC').toLowerCase());
}

/** Replaces each run of white space by one blank; a blank alone stays without a copy. */
function collapsed(text: string): string {
  return text.replace(/\s{2,}|[^\S ]/g, ' ');
}

interface Content {
  readonly values: readonly Value[];
  /** Each after those around it. */
  readonly places: readonly Place[];
}

function readValues(body: unknown, textOf: (text: string) => ValueText): Content {
  const values: Value[] = [];
  const outermost = new Place('');
  const places = [outermost];
  const open: { node: unknown; at: At; depth: number; nesting: number }[] = [
    { node: body, at: { place: outermost, path: '' }, depth: 0, nesting: 0 },
  ];
  for (let next = open.pop(); next; next = open.pop()) {
    const { node, at, depth, nesting } = next;
    if (depth > MAX_DEPTH) throw new RangeError(`nested deeper than ${MAX_DEPTH} levels`);
    if (typeof node === 'string') {
      values.push(new Value(node, textOf(node), at));
      const nested = nesting < MAX_NESTING && looksLikeJson(node) ? parsed(node) : undefined;
      if (nested) open.push({ node: nested[0], at, depth: depth + 1, nesting: nesting + 1 });
    } else if (typeof node === 'number') {
      values.push(new Value(node, textOf(String(Math.abs(node))), at));
    } else if (typeof node === 'boolean') {
      values.push(new Value(node, undefined, at));
    } else if (Array.isArray(node)) {
      const [{ place }, path] = [at, pathOf(at)];
      for (let index = 0; index < node.length; index += 1) {
        open.push({ node: node[index] as unknown, at: { place, path, index }, depth: depth + 1, nesting });
      }
    } else if (isJsonObject(node)) {
      const [{ place }, path] = [at, pathOf(at)];
      for (const [name, value] of Object.entries(node)) {
        values.push(new Value(name, textOf(name), { place, path }, true));
        const inner = new Place(name, place);
        places.push(inner);
        const innerPath = path === '' ? name : `${path}.${name}`;
        open.push({ node: value, at: { place: inner, path: innerPath }, depth: depth + 1, nesting });
      }
    }
  }
  return { values, places };
}
