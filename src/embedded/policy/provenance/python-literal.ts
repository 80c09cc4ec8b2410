import { parsed } from '../../detection/nested-json.ts';

/** Longer outputs are read as text, so that this takes no long time. */
const MAX_LENGTH = 100_000;
/** The beginning of a dictionary, a list or a tuple with a string in single quotes, which JSON does not have. */
const START = /^\s{0,64}[[({]{1,3}'/;
/** A string, or what is between two. Stops at a string without an end, so that what is left is no JSON. */
const TOKEN = /'([^'\\]*(?:\\[^][^'\\]*)*)'|"([^"\\]*(?:\\[^][^"\\]*)*)"|[^'"]+/gy;
const WORDS: Readonly<Record<string, string>> = { True: 'true', False: 'false', None: 'null', '(': '[', ')': ']' };
const WORD = /\b(?:True|False|None)\b|[()]/g;
const COMMA_AT_END = /,(?=\s{0,9}\))/g;
/** A string that JSON writes in the same way. */
const PLAIN = /^[^"\\\u0000-\u001f]*$/;
const ESCAPE = /\\([^])/g;
const ESCAPED: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '\\': '\\', "'": "'", '"': '"' };

/** Writes what Python prints for a dictionary, a list or a tuple (`{'id': 7, 'paid': True}`) as JSON; returns undefined for other texts. */
export function pythonAsJson(text: string): string | undefined {
  if (text.length > MAX_LENGTH || !START.test(text)) return undefined;
  const json = text.replace(TOKEN, (token, single?: string, double?: string) => {
    const string = single ?? double;
    if (string === undefined) return token.replace(COMMA_AT_END, '').replace(WORD, (word) => WORDS[word] ?? word);
    return PLAIN.test(string)
      ? `"${string}"`
      : JSON.stringify(string.replace(ESCAPE, (escape, sign: string) => ESCAPED[sign] ?? escape));
  });
  return parsed(json) && json;
}
