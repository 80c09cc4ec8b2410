import { isJsonObject, type JsonObject } from '../../internal/json.ts';
import { fieldName, MAX_DEPTH, MAX_NODES, nestedIn, type FieldName } from './arguments.ts';
import { curlOptionsIn, elementsIn, formIn, headersIn, linesIn, mailIn, partsIn, requestIn } from './message-forms.ts';
import { FIELDS } from './name-words.ts';

/** Arguments whose texts are opened. */
export interface Opened {
  readonly values: readonly unknown[];
  /** False if the arguments exceed the budget: a part of them is unknown. */
  readonly isComplete: boolean;
}

const NO_FIELD = fieldName('');
const CHARACTERS_OF_NODE = 50;

/**
 * Replaces texts in arguments by what a receiver reads in them: JSON, headers, and in a request the body by its form. A
 * text that is not JSON stays, besides what is read in it.
 *
 * @param isRequest true if the call sends a request that its arguments describe
 */
export function opened(values: readonly unknown[], isRequest: boolean): Opened {
  const opener = new Opener(isRequest);
  return { values: values.map((value) => opener.open(value, NO_FIELD, 0)), isComplete: opener.isComplete };
}

class Opener {
  isComplete = true;
  readonly #isRequest: boolean;
  readonly #nodes = { left: MAX_NODES };

  constructor(isRequest: boolean) {
    this.#isRequest = isRequest;
  }

  open(value: unknown, field: FieldName, depth: number): unknown {
    this.#nodes.left -= 1;
    if (this.#nodes.left < 0 || depth > MAX_DEPTH) {
      this.isComplete = false;
      return undefined;
    }
    if (typeof value === 'string') return this.#openText(value, field, depth);
    if (Array.isArray(value)) return this.#openList(value, field, depth);
    return isJsonObject(value) ? this.#openObject(value, depth) : value;
  }

  #openText(text: string, field: FieldName, depth: number): unknown {
    const nested = nestedIn(text, this.#nodes);
    if (nested !== undefined) return this.open(nested, field, depth + 1);
    const read = readingsOf(text, field, this.#isRequest);
    if (read.length === 0) return text;
    this.#nodes.left -= text.length / CHARACTERS_OF_NODE;
    return [text, ...read.map((each) => this.open(each, field, depth + 1))];
  }

  #openList(list: readonly unknown[], field: FieldName, depth: number): unknown {
    const items = list.map((item) => this.open(item, field, depth + 1));
    const read = readingsOfList(list, field, this.#isRequest).map((each) => this.open(each, field, depth + 1));
    return read.length === 0 && items.every((item, index) => item === list[index]) ? list : [...items, ...read];
  }

  /** Returns the object itself if nothing in it was opened. */
  #openObject(value: JsonObject, depth: number): JsonObject {
    let changed: Map<string, unknown> | undefined;
    for (const key of Object.keys(value)) {
      const item = this.open(value[key], fieldName(key), depth + 1);
      if (item !== value[key]) (changed ??= new Map()).set(key, item);
    }
    return changed ? { ...value, ...Object.fromEntries(changed) } : value;
  }
}

const NOTHING: readonly unknown[] = [];

function readingsOf(text: string, field: FieldName, isRequest: boolean): readonly unknown[] {
  if (!isRequest && !hasHeaders(field) && !isMail(field) && !FIELDS.mailHeads.has(field.name)) return NOTHING;
  return [
    hasHeaders(field) || isInjected(text, field) ? headersIn(text) : undefined,
    isMail(field) ? mailIn(text) : undefined,
    ...(isRequest ? readingsOfBody(text, field) : []),
  ].filter((read) => read !== undefined);
}

function readingsOfBody(text: string, field: FieldName): readonly unknown[] {
  if (field !== NO_FIELD && !FIELDS.bodies.has(field.words.at(-1) ?? '')) {
    return FIELDS.options.has(field.name) && text.startsWith('-') ? [curlOptionsIn(text)] : [];
  }
  const read = partsIn(text) ?? requestIn(text) ?? elementsIn(text) ?? linesIn(text);
  return read === undefined ? [formIn(text)] : [read];
}

/** Reads headers and fields of a form as pairs (`[['x-a', 'b']]`, `[{ name, value }]`), and the options of curl. */
function readingsOfList(list: readonly unknown[], field: FieldName, isRequest: boolean): readonly unknown[] {
  const pairs = hasHeaders(field) || isRequest ? list.flatMap(pairIn) : NOTHING;
  if (hasHeaders(field) || pairs.length === list.length) return pairs;
  if (!isRequest || !FIELDS.options.has(field.name)) return NOTHING;
  return [curlOptionsIn(list.map(String))].filter((read) => read !== undefined);
}

function pairIn(item: unknown): readonly unknown[] {
  const pair = Array.isArray(item) ? item : isJsonObject(item) ? [item['name'] ?? item['key'], item['value']] : [];
  return typeof pair[0] === 'string' && pair[1] !== undefined ? [{ [pair[0]]: pair[1] as unknown }] : [];
}

function hasHeaders({ words }: FieldName): boolean {
  return words.some((word) => word === 'header' || word === 'headers');
}

function isMail({ words }: FieldName): boolean {
  return words.some((word) => FIELDS.mailWords.has(word));
}

/** Returns true for a line break in a field of a mail's head, behind which another recipient stands. */
function isInjected(text: string, { name }: FieldName): boolean {
  return FIELDS.mailHeads.has(name) && /[\r\n]\s{0,9}(?:to|b?cc)\s?:/i.test(text);
}
