import { messageOf } from '../../internal/error-message.ts';

/** A character, `?`, `*`, or a character set. */
type Token = string | typeof ANY_ONE | typeof ANY_NUMBER | CharacterSet;

interface CharacterSet {
  readonly negated: boolean;
  /** First and last character of each range, both included. */
  readonly ranges: readonly (readonly [string, string])[];
}

const ANY_ONE = Symbol('?');
const ANY_NUMBER = Symbol('*');

const MAX_ALTERNATIVES = 100;
const MAX_CACHED = 1_000;
const cache = new Map<string, readonly (readonly Token[])[]>();

/**
 * Returns true if the whole text matches the pattern. `*` is any number of characters, including `/`; `?` is one
 * character; `[a-z]` is one character of a set, `[!a-z]` one outside it; `{red,blue}` is either word. Other characters
 * match themselves; `[*]` is a literal star. Takes at most pattern length × text length steps.
 *
 * @param options.caseInsensitive default: false
 * @throws RangeError if the braces expand to more than 100 alternatives
 */
export function matchesGlob(
  pattern: string,
  text: string,
  { caseInsensitive = false }: { readonly caseInsensitive?: boolean } = {},
): boolean {
  const compared = caseInsensitive ? text.toLowerCase() : text;
  let characters: readonly string[] | undefined;
  return tokensOf(caseInsensitive ? pattern.toLowerCase() : pattern).some((tokens) => {
    const [first, last] = [tokens[0], tokens.at(-1)];
    // Most patterns fail here.
    if (typeof first === 'string' && !compared.startsWith(first)) return false;
    if (typeof last === 'string' && !compared.endsWith(last)) return false;
    return matchesTokens(tokens, (characters ??= Array.from(compared)));
  });
}

/** Returns true if the text has a wildcard. */
export function isGlob(text: string): boolean {
  return /[*?[{]/.test(text);
}

/**
 * Expands braces: `{a,b}.{json,yaml}` is four patterns. A brace that is not closed, or has no comma, is literal. Braces
 * do not nest.
 *
 * @throws RangeError for more than 100 patterns
 */
export function expandBraces(pattern: string): readonly string[] {
  let expanded = [''];
  for (const part of pattern.split(/(\{[^{}]*\})/)) {
    const words = /^\{[^{}]*,[^{}]*\}$/.test(part) ? part.slice(1, -1).split(',') : [part];
    if (expanded.length * words.length > MAX_ALTERNATIVES) {
      throw new RangeError(`has more than ${MAX_ALTERNATIVES} alternatives in its braces`);
    }
    expanded = expanded.flatMap((start) => words.map((word) => start + word));
  }
  return expanded;
}

/** Returns the problem of a malformed pattern, such as an unclosed set; undefined for a valid pattern. */
export function globProblem(pattern: string): string | undefined {
  let patterns: readonly string[];
  try {
    patterns = expandBraces(pattern);
  } catch (error) {
    return messageOf(error);
  }
  return patterns.map(problemOf).find((problem) => problem !== undefined);
}

function problemOf(pattern: string): string | undefined {
  if (expandBraces(pattern).length > 1) return 'has nested braces; list all words in one pair';
  const tokens = tokenize(pattern);
  // Brackets and braces that remain as characters were never closed.
  if (tokens.includes('[')) return 'has an unclosed [; write [[] for a literal one';
  if (tokens.includes('{') !== tokens.includes('}'))
    return 'has an unmatched brace; write [{] or [}] for a literal one';
  const ranges = tokens.flatMap((token) => (typeof token === 'object' ? token.ranges : []));
  const empty = ranges.find(([first, last]) => first > last);
  return empty && `has the empty range ${empty.join('-')}; put the lower character first`;
}

function tokensOf(pattern: string): readonly (readonly Token[])[] {
  const known = cache.get(pattern);
  if (known) return known;
  const made = expandBraces(pattern).map(tokenize);
  // Policies have few patterns; the limit is for callers that generate them.
  if (cache.size >= MAX_CACHED) cache.clear();
  cache.set(pattern, made);
  return made;
}

function tokenize(pattern: string): readonly Token[] {
  const characters = Array.from(pattern);
  const tokens: Token[] = [];
  for (let at = 0; at < characters.length; at += 1) {
    const character = characters[at] ?? '';
    // The first member of a set may be `]` itself.
    const first = characters[at + 1] === '!' ? at + 2 : at + 1;
    const closing = character === '[' ? characters.indexOf(']', first + 1) : -1;
    if (closing !== -1) {
      tokens.push({ negated: first === at + 2, ranges: rangesOf(characters.slice(first, closing)) });
      at = closing;
    } else if (character === '?') tokens.push(ANY_ONE);
    else if (character !== '*') tokens.push(character);
    else if (tokens.at(-1) !== ANY_NUMBER) tokens.push(ANY_NUMBER);
  }
  return tokens;
}

function rangesOf(members: readonly string[]): CharacterSet['ranges'] {
  const ranges: [string, string][] = [];
  for (let at = 0; at < members.length; at += 1) {
    const first = members[at] ?? '';
    const last = members[at + 1] === '-' ? members[at + 2] : undefined;
    ranges.push([first, last ?? first]);
    if (last !== undefined) at += 2;
  }
  return ranges;
}

/** Backtracks to the last star only, because the first match of an earlier star is never worse than a later match. */
function matchesTokens(tokens: readonly Token[], text: readonly string[]): boolean {
  let next = 0;
  let star = -1;
  let starEnd = 0;
  for (let at = 0; at < text.length;) {
    const token = tokens[next];
    if (token === ANY_NUMBER) {
      star = next;
      starEnd = at;
      next += 1;
    } else if (token !== undefined && matchesOne(token, text[at] ?? '')) {
      next += 1;
      at += 1;
    } else if (star !== -1) {
      starEnd += 1;
      at = starEnd;
      next = star + 1;
    } else return false;
  }
  if (tokens[next] === ANY_NUMBER) next += 1;
  return next === tokens.length;
}

function matchesOne(token: Exclude<Token, typeof ANY_NUMBER>, character: string): boolean {
  if (typeof token === 'string') return token === character;
  if (token === ANY_ONE) return true;
  return token.negated !== token.ranges.some(([first, last]) => first <= character && character <= last);
}
