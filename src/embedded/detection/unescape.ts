import { eachMatch } from './patterns.ts';
import type { Range } from './windows.ts';

// Programs escape letters and quotes, Markdown any punctuation.
const ESCAPE =
  /\\(?:u\{([0-9A-Fa-f]{1,6})\}|u([0-9A-Fa-f]{4})|x([0-9A-Fa-f]{2})|([0-3][0-7]{2})|([nrtbfv!-/:-@[-`{-~]))/g;
const ENTITY = /&(?:#([0-9]{1,7})|#[xX]([0-9A-Fa-f]{1,6})|([a-zA-Z]{2,14}));/g;
const PERCENT = /(?:%[0-9A-Fa-f]{2})+/g;
// RFC 2045, section 6.7. One byte alone may be a number that is assigned: `a=20`.
const QUOTED_PRINTABLE = /(?:=[0-9A-Fa-f]{2}){2,}/g;
/**
 * Where an escape may hide something. Elsewhere it is only a boundary, which the detectors know: `\n"` and `\"` end a
 * word as well as the backslash does. Each alternative begins with its sign, so that V8 searches for these signs.
 */
const MARKS =
  /\\(?:u\{?[0-9A-Fa-f]|x[0-9A-Fa-f]{2}|[0-3][0-7]{2}|[nrtbfv](?=[\w+(&%\\])|\/|\\(?=[\\"'`nrtux])|(?<=\w\\)[!-.:-@[\]^-`{-~](?=\w))|&(?:#[xX]?[0-9A-Fa-f]{1,7}|[a-zA-Z]{2,14});(?=\S)|%[0-9A-Fa-f]{2}|=[0-9A-Fa-f]{2}=[0-9A-Fa-f]{2}/g;
// Enough for a query in a query, and for a string that was quoted three times.
const MAX_ROUNDS = 3;

const CONTROLS: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f', v: '\v' };

// HTML Living Standard, section 13.5: named references of ASCII characters in keys and addresses.
const NAMED: ReadonlyMap<string, string> = new Map(
  Object.entries({
    amp: '&',
    lt: '<',
    gt: '>',
    quot: '"',
    apos: "'",
    nbsp: ' ',
    commat: '@',
    period: '.',
    colon: ':',
    sol: '/',
    lowbar: '_',
    equals: '=',
    plus: '+',
    num: '#',
    dollar: '$',
    hyphen: '-',
    dash: '-',
    shy: '',
    zwj: '',
    zwnj: '',
    ZeroWidthSpace: '',
  }),
);

export interface Unescaped {
  readonly text: string;
  /** The encoding: `escapes`, `entities`, `percent`, or several of them. */
  readonly encoding: string;
}

/**
 * Resolves backslash escapes, HTML references, percent-encoding and quoted-printable, up to three times. Keeps invalid ones as they are.
 * Returns undefined for text without any.
 */
export function unescapeText(text: string): Unescaped | undefined {
  const names = new Set<string>();
  let open = text;
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const before = open;
    open = step(open, '\\', 'escapes', withoutEscapes, names);
    open = step(open, '&', 'entities', withoutEntities, names);
    open = step(open, '%', 'percent', withoutPercent, names);
    open = step(open, '=', 'quoted-printable', withoutQuotedPrintable, names);
    if (open === before) break;
  }
  return open === text ? undefined : { text: open, encoding: [...names].join(', ') };
}

/** Returns the places where an escape may hide something. */
export function escapesIn(text: string): readonly Range[] {
  const places: Range[] = [];
  eachMatch(MARKS, text, ({ 0: mark, index }) => {
    places.push({ start: index, end: index + mark.length });
  });
  return places;
}

// The beginning of JSON (RFC 8259), written as it is or with its signs escaped.
const ESCAPED_JSON = /^\s{0,64}(?:[{["]|\\[nrt"\\u]|%7b|%5b|%22|&quot;|&#)/i;

/** Returns true if a string may be JSON with its signs escaped, which needs to be read as a whole. */
export function mayBeEscapedJson(text: string): boolean {
  return ESCAPED_JSON.test(text);
}

function step(text: string, sign: string, name: string, open: (text: string) => string, names: Set<string>): string {
  if (!text.includes(sign)) return text;
  const opened = open(text);
  if (opened !== text) names.add(name);
  return opened;
}

function withoutEscapes(text: string): string {
  return text.replace(
    ESCAPE,
    (written: string, braced?: string, four?: string, two?: string, octal?: string, letter?: string) => {
      if (letter !== undefined) return CONTROLS[letter] ?? letter;
      const code = octal === undefined ? parseInt(braced ?? four ?? two ?? '', 16) : parseInt(octal, 8);
      return character(code) ?? written;
    },
  );
}

function withoutEntities(text: string): string {
  return text.replace(ENTITY, (written: string, decimal?: string, hex?: string, name?: string) => {
    if (name !== undefined) return NAMED.get(name) ?? written;
    return character(hex === undefined ? Number(decimal) : parseInt(hex, 16)) ?? written;
  });
}

function withoutPercent(text: string): string {
  return text.replace(PERCENT, (run) => Buffer.from(run.replaceAll('%', ''), 'hex').toString('utf8'));
}

function withoutQuotedPrintable(text: string): string {
  return text.replace(QUOTED_PRINTABLE, (run) => Buffer.from(run.replaceAll('=', ''), 'hex').toString('utf8'));
}

function character(code: number): string | undefined {
  return code <= 0x10ffff ? String.fromCodePoint(code) : undefined;
}
