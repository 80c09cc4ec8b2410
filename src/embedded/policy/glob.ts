/** One place of a pattern: a character, any one, any number of them, or one of a set. */
type Token = string | typeof ANY_ONE | typeof ANY_NUMBER | CharacterSet;

interface CharacterSet {
  readonly negated: boolean;
  /** First and last character of each range, both included. */
  readonly ranges: readonly (readonly [string, string])[];
}

const ANY_ONE = Symbol('?');
const ANY_NUMBER = Symbol('*');

const MOST_ALTERNATIVES = 100;
const MOST_KEPT = 1_000;
const kept = new Map<string, readonly (readonly Token[])[]>();

/**
 * Whether the whole text fits the pattern: `*` is any number of characters, a `/` too, and none; `?` is any one;
 * `[a-z]` is one of a set, `[!a-z]` one that is not in it; `{red,blue}` is either word. Anything else stands for itself;
 * `[*]` is a star. It takes at most the pattern's length times the text's.
 *
 * @param options.caseInsensitive default: false
 * @throws RangeError when the pattern's braces make more than 100 alternatives
 */
export function matchesGlob(
  pattern: string,
  text: string,
  { caseInsensitive = false }: { readonly caseInsensitive?: boolean } = {},
): boolean {
  const characters = Array.from(caseInsensitive ? text.toLowerCase() : text);
  return tokensOf(caseInsensitive ? pattern.toLowerCase() : pattern).some((tokens) => fits(tokens, characters));
}

/** Whether the text has a character that means something in a glob. */
export function isGlob(text: string): boolean {
  return /[*?[{]/.test(text);
}

/**
 * The patterns without braces that one with braces stands for: `{a,b}.{json,yaml}` is four. A brace that is not closed, or
 * that has no comma, stands for itself; braces do not nest.
 *
 * @throws RangeError at more than 100
 */
export function expandBraces(pattern: string): readonly string[] {
  let expanded = [''];
  for (const part of pattern.split(/(\{[^{}]*\})/)) {
    const words = /^\{[^{}]*,[^{}]*\}$/.test(part) ? part.slice(1, -1).split(',') : [part];
    if (expanded.length * words.length > MOST_ALTERNATIVES) {
      throw new RangeError(`has more than ${MOST_ALTERNATIVES} alternatives in its braces`);
    }
    expanded = expanded.flatMap((start) => words.map((word) => start + word));
  }
  return expanded;
}

/**
 * Why a pattern cannot mean what was written: a set or a list of words without its end, a range from back to front, lists
 * within lists. Undefined when it can.
 */
export function globProblem(pattern: string): string | undefined {
  let patterns: readonly string[];
  try {
    patterns = expandBraces(pattern);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return patterns.map(problemOf).find((problem) => problem !== undefined);
}

function problemOf(pattern: string): string | undefined {
  if (expandBraces(pattern).length > 1) return 'has braces within braces; write every word in one pair';
  const tokens = tokenize(pattern);
  // What is none of a set or a list stands for itself.
  if (tokens.includes('[')) return 'has a [ that no ] closes; write [[] for the character itself';
  if (tokens.includes('{') !== tokens.includes('}'))
    return 'has a brace without the other; write [{] or [}] for the character itself';
  const ranges = tokens.flatMap((token) => (typeof token === 'object' ? token.ranges : []));
  const empty = ranges.find(([first, last]) => first > last);
  return empty && `has the range ${empty.join('-')}, in which nothing is; the lower one comes first`;
}

function tokensOf(pattern: string): readonly (readonly Token[])[] {
  const known = kept.get(pattern);
  if (known) return known;
  const made = expandBraces(pattern).map(tokenize);
  // Patterns come from policies and are few; ones made up by the thousand must not stay.
  if (kept.size >= MOST_KEPT) kept.clear();
  kept.set(pattern, made);
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

/** Only the last star ever takes more: what came before it has found its first place, and a later one is no better. */
function fits(tokens: readonly Token[], text: readonly string[]): boolean {
  let next = 0;
  let star = -1;
  let starEnd = 0;
  for (let at = 0; at < text.length;) {
    const token = tokens[next];
    if (token === ANY_NUMBER) {
      star = next;
      starEnd = at;
      next += 1;
    } else if (token !== undefined && fitsOne(token, text[at] ?? '')) {
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

function fitsOne(token: Exclude<Token, typeof ANY_NUMBER>, character: string): boolean {
  if (typeof token === 'string') return token === character;
  if (token === ANY_ONE) return true;
  return token.negated !== token.ranges.some(([first, last]) => first <= character && character <= last);
}
