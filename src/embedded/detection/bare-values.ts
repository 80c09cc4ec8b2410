/** Text to insert instead of a range of a document. */
export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

const MAX_LINE = 500;
// A number of JSON, code or SQL: `"card": 4111,`, `pay(4111)`, `[4111, 5]`, `x == 4111:`, `SELECT 4111;`.
const NUMBER = /^-?\d[\d.]*$/;
const BEFORE_NUMBER =
  /(?:[=[,{]|\w\(|[=,(]\s{0,8}\(|(?:["']|[{,]\s{0,8}\w{1,40})\s{0,8}:|[=(,:]\s{0,8}-|\s(?:[*%<>?]|[=!<>]=|=>|&&|\|\|)\s|\b(?:return|case|select|values\s?\(|in\s?\(|lambda[\w\s,]{0,40}:))\s{0,8}$/i;
const AFTER_NUMBER =
  /^\s{0,8}(?:[,;)\]}]|:(?:\s|$)|\s(?:[-+*%<>?]|[=!<>]=|&&|\|\|)\s|\s(?:and|or|limit|order|group|then|end)\b)/i;
// The value of a line in YAML, TOML or code, whose names begin with a small letter: `phone: 4111`, `card = 4111`.
const BEFORE_VALUE =
  /^[ \t]*(?:(?:const|let|var|export) )?(?:- )?(?:["']?[a-z_][\w.-]{0,60}["']?[ \t]{0,8}(?:=|:(?=[ \t])))?[ \t]*$/;
const ENTRY = /[:=-]/;

/**
 * Returns the edits that put a placeholder in the place of a finding. A document that parses has to parse afterwards: a
 * placeholder begins with a bracket, so that a value without quotes gets some.
 */
export function editsFor(text: string, start: number, end: number, placeholder: string): readonly Edit[] {
  const lineStart = Math.max(text.lastIndexOf('\n', start - 1) + 1, start - MAX_LINE);
  const before = text.slice(lineStart, start);
  const plain = [{ start, end, text: placeholder }];
  if (isQuoted(before)) return plain;
  const rest = restOfLine(text, end);
  const quoted = [{ start, end, text: `"${placeholder}"` }];
  if (NUMBER.test(text.slice(start, end)) && BEFORE_NUMBER.test(before) && AFTER_NUMBER.test(rest)) return quoted;
  if (!ENTRY.test(before) || !BEFORE_VALUE.test(before)) return plain;
  if (/^\s*[;,]?\s*(?:#.*)?$/.test(rest)) return quoted;
  // YAML: the rest of the line belongs to the value.
  if (!/(?:: |- )\s*$/.test(before) || /["\\]/.test(rest)) return plain;
  const lineEnd = end + rest.length;
  return [
    { start, end, text: `"${placeholder}` },
    { start: lineEnd, end: lineEnd, text: '"' },
  ];
}

function restOfLine(text: string, end: number): string {
  const lineEnd = text.indexOf('\n', end);
  const rest = text.slice(end, lineEnd < 0 ? text.length : lineEnd);
  return rest.endsWith('\r') ? rest.slice(0, -1) : rest;
}

/** Returns true within a string literal: after an odd number of quotes of one kind. */
function isQuoted(before: string): boolean {
  let open = '';
  for (let at = 0; at < before.length; at += 1) {
    const character = before.charAt(at);
    if (character === '\\') at += 1;
    else if (open === '' && (character === '"' || character === "'" || character === '`')) open = character;
    else if (character === open) open = '';
  }
  return open !== '';
}
