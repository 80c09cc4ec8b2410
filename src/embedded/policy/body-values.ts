import { decodedForms } from '../detection/decoded-forms.ts';
import { looksLikeJson, parsed } from '../detection/nested-json.ts';
import { isJsonObject } from '../../internal/json.ts';
import { Place, type FieldSelector } from './provenance/field-selector.ts';
import { undisguised } from './provenance/text-index.ts';
import { ACCOUNT_FIELDS, HOST_FIELDS, ValueText } from './provenance/value-text.ts';

/** A string, number, boolean or field name of a body, also within JSON in a string. */
export class Value {
  readonly value: string | number | boolean;
  /** The same for equal values; that of a number without its sign. Undefined for a boolean. */
  readonly text: ValueText | undefined;
  /** True for the name of a field of the object at `path`. */
  readonly isName: boolean;
  readonly #at: At;
  readonly #index: number | undefined;

  /** @param index of an item of the list at that place */
  constructor(value: Value['value'], text: ValueText | undefined, at: At, index: number | undefined, isName = false) {
    this.value = value;
    this.text = text;
    this.isName = isName;
    this.#at = at;
    this.#index = index;
  }

  /** The field that it is in. */
  get place(): Place {
    return this.#at.place;
  }

  /** Its path, such as `user.emails[0]`. */
  get path(): string {
    return pathOf(this.#at, this.#index);
  }
}

/** A field, or an object or a list in it, and its path. */
interface At {
  readonly place: Place;
  readonly path: string;
}

function pathOf({ path }: At, index: number | undefined): string {
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
  #words: ReadonlySet<string> | undefined;
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
    const { places } = this.#content;
    const selected = new Set<Place>(selector.isAll ? places : []);
    if (!selector.isAll && selector.mayFit((this.#words ??= wordsIn(places)))) {
      // A field comes after those around it.
      for (const place of places)
        if ((place.around && selected.has(place.around)) || selector.fits(place)) selected.add(place);
    }
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

/** Keeps texts apart, so that no phrase is found across two of them. Decoders keep it, and it is in no encoded run. */
const APART = '\n|\n';
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

function wordsIn(places: readonly Place[]): ReadonlySet<string> {
  const found = new Set<string>();
  for (const { words } of places) for (const word of words) found.add(word);
  return found;
}

interface Content {
  readonly values: readonly Value[];
  /** Each after those around it. */
  readonly places: readonly Place[];
}

function readValues(body: unknown, textOf: (text: string) => ValueText): Content {
  const values: Value[] = [];
  const outermost = { place: new Place(''), path: '' };
  const places = [outermost.place];
  const read = (node: unknown, at: At, index: number | undefined, depth: number, nesting: number): void => {
    if (depth > MAX_DEPTH) throw new RangeError(`nested deeper than ${MAX_DEPTH} levels`);
    if (typeof node === 'string') {
      values.push(new Value(node, textOf(node), at, index));
      const nested = nesting < MAX_NESTING && looksLikeJson(node) ? parsed(node) : undefined;
      if (nested) read(nested[0], at, index, depth + 1, nesting + 1);
    } else if (typeof node === 'number') {
      values.push(new Value(node, textOf(String(Math.abs(node))), at, index));
    } else if (typeof node === 'boolean') {
      values.push(new Value(node, undefined, at, index));
    } else if (Array.isArray(node)) {
      const list = { place: at.place, path: pathOf(at, index) };
      for (let item = node.length - 1; item >= 0; item -= 1) read(node[item], list, item, depth + 1, nesting);
    } else if (isJsonObject(node)) {
      const object = { place: at.place, path: pathOf(at, index) };
      const fields = Object.keys(node).map((name): At => {
        values.push(new Value(name, textOf(name), object, undefined, true));
        return { place: new Place(name, at.place), path: object.path === '' ? name : `${object.path}.${name}` };
      });
      for (const { place } of fields) places.push(place);
      for (const field of fields.toReversed()) read(node[field.place.name], field, undefined, depth + 1, nesting);
    }
  };
  read(body, outermost, undefined, 0, 0);
  return { values, places };
}
