import { looksLikeJson, parsed } from '../../detection/nested-json.ts';

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

/** Parses an output that is wholly JSON or YAML; undefined for any other. */
export function parsedRecords(text: string): readonly [unknown] | undefined {
  return (looksLikeJson(text) ? parsed(text) : undefined) ?? (YAML.test(text) ? parsedYaml(text) : undefined);
}

const KEY = /^([a-z_][\w.-]{0,60}|'[^']{1,60}'|"[^"\\]{1,60}"):(?: +(\S.*)|\s*)$/;
/** Blocks whose names begin with a small letter: "Total: 5" is a line of prose. */
const YAML = new RegExp(`^(?:---\\s*\\n)?\\s{0,9}(?:- +)?${KEY.source.slice(1, -1)}\\n`);
const BLOCK_TEXT = /^[|>][+-]?\d?$/;
const FLOW_LIST = /^\[\s*(?:(?:'[^']*'\s*|"[^"\\]*"\s*|[^\s,'"[\]{}][^,'"[\]{}]*)(?:,\s*|(?=\])))*\]$/;
const FLOW_ITEM = /'([^']*)'|"([^"]*)"|([^\s,'"[\]{}][^,'"[\]{}]*)/g;
const MAX_DEPTH = 20;

interface Line {
  readonly indent: number;
  readonly text: string;
}

/**
 * Reads maps and lists in blocks, without anchors, tags and maps in braces. Scalars stay strings. The package `yaml` takes 18
 * times as long (16 ms for 10 KB), in one step, and what tools print (`kubectl get pods -o yaml`) has 100 KB and more.
 */
function parsedYaml(text: string): readonly [unknown] | undefined {
  const lines = text
    .replace(/^---\s*\n/, '')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line): Line => ({ indent: line.search(/\S/), text: line.trim() }));
  let at = 0;
  const isItem = (line: string | undefined): boolean => /^-(?: |$)/.test(line ?? '');
  /** Lines that are indented further continue the value. */
  const textFrom = (first: string, indent: number): string => {
    const texts = BLOCK_TEXT.test(first) ? [] : [first];
    for (let line = lines[at]; line && line.indent > indent; line = lines[(at += 1)]) texts.push(line.text);
    return texts.join('\n');
  };
  const scalar = (written: string, indent: number): unknown => {
    if (FLOW_LIST.test(written)) return [...written.matchAll(FLOW_ITEM)].map(([, ...item]) => item.join('').trim());
    return textFrom(written, indent).replace(/^(['"])([^]*)\1$/, '$2');
  };
  const block = (depth: number): unknown => {
    const { indent } = lines[at] ?? { indent: 0 };
    if (depth > MAX_DEPTH) throw new RangeError('too deep');
    return isItem(lines[at]?.text) ? list(indent, depth) : map(indent, depth);
  };
  const list = (indent: number, depth: number): unknown => {
    const items: unknown[] = [];
    for (let line = lines[at]; line?.indent === indent && isItem(line.text); line = lines[at]) {
      const rest = line.text.slice(1).trimStart();
      if (KEY.test(rest) || isItem(rest)) {
        lines[at] = { indent: indent + line.text.length - rest.length, text: rest };
        items.push(block(depth + 1));
      } else {
        at += 1;
        items.push(scalar(rest, indent));
      }
    }
    return items;
  };
  const map = (indent: number, depth: number): unknown => {
    const members = new Map<string, unknown>();
    for (let line = lines[at]; line?.indent === indent && !isItem(line.text); line = lines[at]) {
      const [, key = '', value] = KEY.exec(line.text) ?? [];
      if (key === '' || members.has(key)) throw new SyntaxError('no map');
      at += 1;
      const next = lines[at];
      const isNested = next && (next.indent > indent || (next.indent === indent && isItem(next.text)));
      members.set(
        key.replace(/^['"]|['"]$/g, ''),
        value === undefined && isNested ? block(depth + 1) : scalar(value ?? '', indent),
      );
    }
    return Object.fromEntries(members);
  };
  try {
    const value = block(0);
    return at === lines.length ? [value] : undefined;
  } catch {
    return undefined;
  }
}
