import { isLossless, looksLikeJson, parsed } from '../../detection/nested-json.ts';
import { unescapeText } from '../../detection/unescape.ts';
import { isJsonObject } from '../../../internal/json.ts';

const MOST_NESTED = 3;

/**
 * What a tool's output says, as its reader takes it: the texts, numbers and names of a JSON value, each by itself, and with escapes,
 * HTML references and percent-encoding resolved as well.
 */
export function passagesOf(output: string): readonly string[] {
  return jsonPassages(output).flatMap((passage) => {
    const unescaped = unescapeText(passage);
    return unescaped ? [passage, unescaped.text] : [passage];
  });
}

/** The texts of a JSON value, or the text itself where it is none. */
export function jsonPassages(text: string): readonly string[] {
  const passages: string[] = [];
  const open: [value: unknown, nesting: number][] = [[text, 0]];
  for (let next = open.pop(); next; next = open.pop()) {
    const [value, nesting] = next;
    if (typeof value === 'string') {
      const nested = nesting < MOST_NESTED && looksLikeJson(value) ? parsed(value) : undefined;
      if (nested) open.push([nested[0], nesting + 1]);
      // Of a field that is written twice the value keeps one; a model reads both.
      if (!nested || !isLossless(value, nested[0])) passages.push(value);
    } else if (Array.isArray(value)) {
      for (const item of value) open.push([item, nesting]);
    } else if (isJsonObject(value)) {
      for (const [key, item] of Object.entries(value)) {
        passages.push(key);
        open.push([item, nesting]);
      }
    } else if (typeof value === 'number') {
      passages.push(String(value));
    }
  }
  return passages;
}
