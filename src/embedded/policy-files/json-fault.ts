/** The first syntax error of a JSON text. */
export interface JsonFault {
  /** Position in UTF-16 units, from 0. */
  readonly offset: number;
  readonly message: string;
}

const BLANKS = /[ \t\r\n]*/y;
const TOKEN =
  /[{}[\]:,]|"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;

type Expected = keyof typeof WORDS;

/** The expected tokens, in the words of the messages. */
const WORDS = {
  value: 'a value',
  firstItem: 'a value or ]',
  key: 'a key in double quotes',
  firstKey: 'a key in double quotes or }',
  colon: 'a colon',
  nextItem: 'a comma or ]',
  nextKey: 'a comma or }',
  end: 'the end of the file',
} as const;

const HINTS: readonly (readonly [RegExp, string])[] = [
  [/\/[/*]|#/y, 'JSON has no comments'],
  [/'/y, 'strings need double quotes'],
  [/"/y, 'unterminated string, or invalid escape'],
];

/** Finds the first syntax error (RFC 8259); undefined for valid JSON. */
export function jsonFault(text: string): JsonFault | undefined {
  /** For each open bracket, the tokens that may follow a value. */
  const open: ('nextItem' | 'nextKey')[] = [];
  let expected: Expected = 'value';
  let last = '';
  for (let offset = 0; ;) {
    offset += matchAt(BLANKS, text, offset).length;
    const token = matchAt(TOKEN, text, offset);
    if (token === '' && offset >= text.length && expected === 'end') return undefined;
    const next = following(expected, token, open);
    if (next === undefined) return { offset, message: messageOf(expected, last, text, offset) };
    expected = next;
    last = token;
    offset += token.length;
  }
}

/** Returns the tokens that may follow a token; undefined if the token is not allowed. */
function following(expected: Expected, token: string, open: ('nextItem' | 'nextKey')[]): Expected | undefined {
  const isValue = expected === 'value' || expected === 'firstItem';
  switch (token) {
    case '':
      return undefined;
    case ',':
      return expected === 'nextItem' ? 'value' : expected === 'nextKey' ? 'key' : undefined;
    case ':':
      return expected === 'colon' ? 'value' : undefined;
    case ']':
      return expected === 'firstItem' || expected === 'nextItem' ? closed(open) : undefined;
    case '}':
      return expected === 'firstKey' || expected === 'nextKey' ? closed(open) : undefined;
    case '[':
    case '{':
      if (!isValue) return undefined;
      open.push(token === '[' ? 'nextItem' : 'nextKey');
      return token === '[' ? 'firstItem' : 'firstKey';
  }
  if (isValue) return open.at(-1) ?? 'end';
  return token.startsWith('"') && (expected === 'key' || expected === 'firstKey') ? 'colon' : undefined;
}

function closed(open: ('nextItem' | 'nextKey')[]): Expected {
  open.pop();
  return open.at(-1) ?? 'end';
}

function messageOf(expected: Expected, last: string, text: string, offset: number): string {
  const message = `expected ${WORDS[expected]}`;
  if (offset >= text.length) return `${message}, but the file ends`;
  if (last === ',' && /[\]}]/.test(text.charAt(offset))) return 'trailing comma';
  const hint = HINTS.find(([start]) => matchAt(start, text, offset) !== '')?.[1];
  const isValidString = hint === undefined || (text.charAt(offset) === '"' && matchAt(TOKEN, text, offset) !== '');
  return isValidString ? message : hint;
}

function matchAt(pattern: RegExp, text: string, offset: number): string {
  pattern.lastIndex = offset;
  return pattern.exec(text)?.[0] ?? '';
}
