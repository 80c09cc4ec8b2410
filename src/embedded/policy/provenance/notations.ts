import { looksLikeJson, parsed } from '../../detection/nested-json.ts';

/** Parses a text that is wholly JSON, a Python literal or YAML; undefined for any other. */
export function parsedRecords(text: string): readonly [unknown] | undefined {
  return (
    (looksLikeJson(text) ? parsed(text) : undefined) ??
    (PYTHON.test(text) ? parsed(text.replace(PYTHON_TOKEN, jsonOf)) : undefined) ??
    (YAML.test(text) ? parsedYaml(text) : undefined)
  );
}

const PYTHON = /^\s{0,9}[[{(][\s[{(]{0,9}['"][^]*[\]})]\s{0,9}$/;
const PYTHON_TOKEN = /'([^'\\]*(?:\\[^][^'\\]*)*)'|"([^"\\]*(?:\\[^][^"\\]*)*)"|\b(?:None|True|False)\b|[()]/g;
const IN_JSON: Readonly<Record<string, string>> = { None: 'null', True: 'true', False: 'false', '(': '[', ')': ']' };
const ESCAPES: Readonly<Record<string, string>> = { '"': '\\"', '\\"': '\\"', "\\'": "'", '\\x': '\\u00' };

function jsonOf(token: string, single: string | undefined, double: string | undefined): string {
  const quoted = single ?? double;
  return quoted === undefined
    ? (IN_JSON[token] ?? token)
    : `"${quoted.replace(/\\[^]|"/g, (sign) => ESCAPES[sign] ?? sign)}"`;
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

/** Reads maps and lists in blocks, without anchors, tags and maps in braces. Scalars stay strings. */
function parsedYaml(text: string): readonly [unknown] | undefined {
  const lines = text
    .replace(/^---\s*\n/, '')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line): Line => ({ indent: line.search(/\S/), text: line.trim() }));
  let at = 0;
  const isItem = (line: string | undefined): boolean => /^-(?: |$)/.test(line ?? '');
  /** What is indented further continues a text. */
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
