import { looksLikeJson, parsed } from '../detection/nested-json.ts';
import { keyWords, memoizeByKey } from '../detection/key-words.ts';
import { isJsonObject } from '../../internal/json.ts';

/** The words of a field's name, separately and joined by underscores. */
export interface FieldName {
  readonly words: readonly string[];
  readonly name: string;
}

/** A string, number or boolean of a call, at any depth. */
export interface Argument {
  readonly field: FieldName;
  /** The enclosing field; it has no words at the top level. */
  readonly above: FieldName;
  readonly value: string | number | boolean;
}

/** More values than fit into a call. The limit ends the walk through a cyclic body. */
export const MAX_NODES = 200_000;
/** Maximum depth, far deeper than real arguments. */
export const MAX_DEPTH = 200;
const CHARACTERS_OF_NODE = 50;
const NO_NAME: FieldName = { words: [], name: '' };

export const fieldName: (key: string) => FieldName = memoizeByKey((key): FieldName => {
  const words = keyWords(key);
  return { words, name: words.join('_') };
});

/** The remaining budget of values to read. */
export interface NodesLeft {
  left: number;
}

/** Parses a string as JSON; undefined for any other string. */
export function nestedIn(text: string, nodes: NodesLeft): unknown {
  if (!looksLikeJson(text)) return undefined;
  nodes.left -= text.length / CHARACTERS_OF_NODE;
  return nodes.left < 0 ? undefined : parsed(text)?.[0];
}

/** Lists all arguments in order, including those in JSON strings. */
export function argumentsIn(values: readonly unknown[]): readonly Argument[] {
  const found: Argument[] = [];
  const nodes = { left: MAX_NODES };
  const visit = (value: unknown, field: FieldName, above: FieldName, depth: number): void => {
    nodes.left -= 1;
    if (nodes.left < 0 || depth > MAX_DEPTH) return;
    if (typeof value === 'string') {
      const nested = nestedIn(value, nodes);
      if (nested === undefined) found.push({ field, above, value });
      else visit(nested, field, above, depth + 1);
    } else if (typeof value === 'number' || typeof value === 'boolean') {
      found.push({ field, above, value });
    } else if (Array.isArray(value)) {
      for (const item of value) visit(item, field, above, depth + 1);
    } else if (isJsonObject(value)) {
      for (const key of Object.keys(value)) visit(value[key], fieldName(key), field, depth + 1);
    }
  };
  for (const value of values) visit(value, NO_NAME, NO_NAME, 0);
  return found;
}
