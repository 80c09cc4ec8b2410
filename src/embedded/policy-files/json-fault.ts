/** Where a text stops being JSON, and what is wrong there. */
export interface JsonFault {
  /** In UTF-16 units, from 0. */
  readonly offset: number;
  readonly message: string;
}

const BLANKS = /[ \t\r\n]*/y;
const TOKEN =
  /[{}[\]:,]|"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;

/** What may come next, in the words of messages. */
type Wanted = keyof typeof WORDS;

const WORDS = {
  value: 'a value',
  firstItem: 'a value or ]',
  key: 'a key in double quotes',
  firstKey: 'a key in double quotes or }',
  colon: 'a colon',
  nextItem: 'a comma or ]',
  nextKey: 'a comma or }',
  end: 'the end',
} as const;

const HINTS: readonly (readonly [RegExp, string])[] = [
  [/\/[/*]|#/y, 'JSON has no comments'],
  [/'/y, 'texts are in double quotes'],
  [/"/y, 'the text that begins here does not end in its line, or has an unknown escape'],
];

/** The first place at which a text is no JSON (RFC 8259); undefined when it is. */
export function jsonFault(text: string): JsonFault | undefined {
  /** What each bracket that is open may have after a value. */
  const open: ('nextItem' | 'nextKey')[] = [];
  let wanted: Wanted = 'value';
  let last = '';
  for (let offset = 0; ;) {
    offset += matchAt(BLANKS, text, offset).length;
    const token = matchAt(TOKEN, text, offset);
    if (token === '' && offset >= text.length && wanted === 'end') return undefined;
    const next = following(wanted, token, open);
    if (next === undefined) return { offset, message: messageOf(wanted, last, text, offset) };
    wanted = next;
    last = token;
    offset += token.length;
  }
}

/** What may come after a token; undefined where it may not stand. */
function following(wanted: Wanted, token: string, open: ('nextItem' | 'nextKey')[]): Wanted | undefined {
  const isValue = wanted === 'value' || wanted === 'firstItem';
  switch (token) {
    case '':
      return undefined;
    case ',':
      return wanted === 'nextItem' ? 'value' : wanted === 'nextKey' ? 'key' : undefined;
    case ':':
      return wanted === 'colon' ? 'value' : undefined;
    case ']':
      return wanted === 'firstItem' || wanted === 'nextItem' ? closed(open) : undefined;
    case '}':
      return wanted === 'firstKey' || wanted === 'nextKey' ? closed(open) : undefined;
    case '[':
    case '{':
      if (!isValue) return undefined;
      open.push(token === '[' ? 'nextItem' : 'nextKey');
      return token === '[' ? 'firstItem' : 'firstKey';
  }
  if (isValue) return open.at(-1) ?? 'end';
  return token.startsWith('"') && (wanted === 'key' || wanted === 'firstKey') ? 'colon' : undefined;
}

function closed(open: ('nextItem' | 'nextKey')[]): Wanted {
  open.pop();
  return open.at(-1) ?? 'end';
}

function messageOf(wanted: Wanted, last: string, text: string, offset: number): string {
  const must = wanted === 'end' ? 'nothing may follow the value' : `${WORDS[wanted]} must stand here`;
  if (offset >= text.length) return `${must}, and the text ends`;
  if (last === ',' && /[\]}]/.test(text.charAt(offset))) return 'the comma before it is one too many';
  const hint = HINTS.find(([start]) => matchAt(start, text, offset) !== '')?.[1];
  const isWellMeant = hint === undefined || (text.charAt(offset) === '"' && matchAt(TOKEN, text, offset) !== '');
  return isWellMeant ? must : hint;
}

function matchAt(pattern: RegExp, text: string, offset: number): string {
  pattern.lastIndex = offset;
  return pattern.exec(text)?.[0] ?? '';
}
