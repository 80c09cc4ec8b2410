import { looksLikeJson, parsed } from '../detection/nested-json.ts';
import { keyWords, memoizeByKey } from '../detection/key-words.ts';
import { isJsonObject } from '../../internal/json.ts';

/** The words of a field's name, apart and joined by underscores. */
export interface FieldName {
  readonly words: readonly string[];
  readonly name: string;
}

/** A text, number or truth value that a call carries, at whatever depth. */
export interface Argument {
  readonly field: FieldName;
  /** The field around it; of the outermost ones without a word. */
  readonly above: FieldName;
  readonly value: string | number | boolean;
}

/** More than fit into a call, but not for ever in a body that contains itself. */
export const MOST_NODES = 200_000;
/** As deep as honest arguments go, and far deeper. */
export const DEEPEST = 200;
const CHARACTERS_OF_NODE = 50;
const NO_NAME: FieldName = { words: [], name: '' };

export const fieldName: (key: string) => FieldName = memoizeByKey((key): FieldName => {
  const words = keyWords(key);
  return { words, name: words.join('_') };
});

/** How many more values are looked at. */
export interface NodesLeft {
  left: number;
}

/** What a text is the JSON of. */
export function nestedIn(text: string, nodes: NodesLeft): unknown {
  if (!looksLikeJson(text)) return undefined;
  nodes.left -= text.length / CHARACTERS_OF_NODE;
  return nodes.left < 0 ? undefined : parsed(text)?.[0];
}

/** Everything that the values carry, in their order; what stands in texts that are JSON too. */
export function argumentsIn(values: readonly unknown[]): readonly Argument[] {
  const found: Argument[] = [];
  const nodes = { left: MOST_NODES };
  const visit = (value: unknown, field: FieldName, above: FieldName, depth: number): void => {
    nodes.left -= 1;
    if (nodes.left < 0 || depth > DEEPEST) return;
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

/** Whether it stands in no other field. */
export function isOutermost({ above }: Argument): boolean {
  return above === NO_NAME;
}
