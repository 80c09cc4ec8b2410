import { isJsonObject } from '../../internal/json.ts';
import { fieldName, MAX_DEPTH, MAX_NODES, nestedIn, type FieldName } from './arguments.ts';
import { curlOptionsIn, formIn, headersIn, mailIn, partsIn, requestIn } from './message-forms.ts';
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
  const nodes = { left: MAX_NODES };
  let isComplete = true;
  const open = (value: unknown, field: FieldName, depth: number): unknown => {
    nodes.left -= 1;
    if (nodes.left < 0 || depth > MAX_DEPTH) {
      isComplete = false;
      return undefined;
    }
    const each = (item: unknown): unknown => open(item, field, depth + 1);
    if (typeof value === 'string') {
      const nested = nestedIn(value, nodes);
      if (nested !== undefined) return each(nested);
      const read = readingsOf(value, field, isRequest);
      if (read.length > 0) nodes.left -= value.length / CHARACTERS_OF_NODE;
      return read.length === 0 ? value : [value, ...read.map(each)];
    }
    if (Array.isArray(value)) {
      const items = value.map(each);
      const read = readingsOfList(value, field, isRequest).map(each);
      return read.length === 0 && items.every((item, index) => item === value[index]) ? value : [...items, ...read];
    }
    if (!isJsonObject(value)) return value;
    const entries = Object.keys(value).map((key) => [key, open(value[key], fieldName(key), depth + 1)] as const);
    return entries.every(([key, item]) => item === value[key]) ? value : Object.fromEntries(entries);
  };
  return { values: values.map((value) => open(value, NO_FIELD, 0)), isComplete };
}

function readingsOf(text: string, field: FieldName, isRequest: boolean): readonly unknown[] {
  return [
    hasHeaders(field) || isInjected(text, field) ? headersIn(text) : undefined,
    FIELDS.mails.has(field.name) ? mailIn(text) : undefined,
    ...(isRequest ? readingsOfBody(text, field) : []),
  ].filter((read) => read !== undefined);
}

function readingsOfBody(text: string, field: FieldName): readonly unknown[] {
  if (field !== NO_FIELD && !FIELDS.bodies.has(field.words.at(-1) ?? '')) {
    return FIELDS.options.has(field.name) && text.startsWith('-') ? [curlOptionsIn(text)] : [];
  }
  const read = partsIn(text) ?? requestIn(text);
  return read === undefined ? [formIn(text)] : [read];
}

/** Reads headers as pairs (`[['x-a', 'b']]`, `[{ name, value }]`), and the options of curl. */
function readingsOfList(list: readonly unknown[], field: FieldName, isRequest: boolean): readonly unknown[] {
  if (hasHeaders(field)) return list.flatMap(pairIn);
  if (!isRequest || !FIELDS.options.has(field.name)) return [];
  return [curlOptionsIn(list.map(String))].filter((read) => read !== undefined);
}

function pairIn(item: unknown): readonly unknown[] {
  const pair = Array.isArray(item) ? item : isJsonObject(item) ? [item['name'] ?? item['key'], item['value']] : [];
  return typeof pair[0] === 'string' ? [{ [pair[0]]: pair[1] as unknown }] : [];
}

function hasHeaders({ words }: FieldName): boolean {
  return words.some((word) => word === 'header' || word === 'headers');
}

/** Returns true for a line break in a field of a mail's head, behind which another recipient stands. */
function isInjected(text: string, { name }: FieldName): boolean {
  return FIELDS.mailHeads.has(name) && /[\r\n]\s{0,9}(?:to|b?cc)\s?:/i.test(text);
}
