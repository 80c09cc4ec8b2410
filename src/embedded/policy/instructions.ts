import { Automaton } from '../detection/automaton.ts';
import { codesOf, codeTable, textOfCodes } from '../detection/characters.ts';
import { normalise } from '../detection/normalise.ts';
import { FORGED_MARKS, PHRASES, type Phrase } from './data/instruction-phrases.ts';
import { PHRASES_IN_OTHER_LANGUAGES } from './data/phrases-other-languages.ts';

interface CompiledPhrase extends Pick<Phrase, 'family' | 'strength'> {
  readonly pattern: RegExp;
}

/** Maximum number of characters between two weak phrases that count together. */
const MAX_DISTANCE = 400;

const byFirstWord = new Map<string, CompiledPhrase[]>();
for (const { family, strength, first, rest } of [...PHRASES, ...PHRASES_IN_OTHER_LANGUAGES]) {
  const pattern = new RegExp(folded(normalise(rest)).replaceAll(' ', '\\s'), 'uy');
  for (const word of folded(normalise(first)).split('|').flatMap(withOptionalEnd)) {
    byFirstWord.set(word, [...(byFirstWord.get(word) ?? []), { family, strength, pattern }]);
  }
}
/** Characters of languages without spaces between words. */
const UNSPACED = /[\u3040-\u9fff]/;
const unspacedWords = [...byFirstWord.keys()]
  .filter((word) => UNSPACED.test(word))
  .sort((one, other) => other.length - one.length);
const UNSPACED_WORD = new RegExp(unspacedWords.join('|'), 'g');
const unspacedFinder = new Automaton(unspacedWords);

/**
 * Most texts have many first words in these languages, such as "please", and no phrase. V8 compiles the long pattern of all
 * words without optimization in a process with many patterns, which takes ten times as long.
 */
function mayHaveUnspaced(plain: string): boolean {
  let mayHave = false;
  unspacedFinder.each(plain, (index, end) => {
    mayHave ||= byFirstWord.get(unspacedWords[index] ?? '')?.some(({ pattern }) => isAt(pattern, plain, end)) ?? false;
  });
  return mayHave;
}

const SPACE = 0x20;
const LINE_END = 0x0a;
const QUOTE = 0x3e;

/** Letters of languages with spaces between words. */
const LETTERS = codeTable([
  [0x61, 0x7a],
  [0x27, 0x27],
  [0xdf, 0x24f],
  [0x400, 0x4ff],
  [0x620, 0x6ff],
]);

/** What phrases are compared with, for each character: 0 for emphasis and quotes, which vanish. */
const PLAIN = codeTable([[1, 0xffff]]);
for (const vanishing of '*`~"\u201c\u201d\u00ab\u00bb') PLAIN[vanishing.charCodeAt(0)] = 0;
const SPACES = '_\t\v\f\r\u00a0\u1680\u2028\u2029\u202f\u205f\u3000\ufeff';
for (const space of SPACES) PLAIN[space.charCodeAt(0)] = SPACE;
PLAIN.fill(SPACE, 0x2000, 0x200b);
PLAIN[0x2019] = 0x27;
for (const letter of '\u0432\u043d') PLAIN[letter.charCodeAt(0)] = folded(letter).charCodeAt(0);

/** The same for letters; 0 for all others. */
const PLAIN_LETTERS = PLAIN.map((code) => LETTERS[code] ?? 0);

/** An apostrophe that is no letter of a word, but a quote. */
const SINGLE_QUOTE = /['\u2019](?:(?<![a-z\u00df-\u06ff]['\u2019])|(?![a-z\u00df-\u06ff]))/g;

/** The hashes of first words, of which only the last bits count. */
const HASHES = 16_384;
const firstHashes = new Uint8Array(HASHES);
for (const word of byFirstWord.keys()) firstHashes[hashOf(word)] = 1;

function hashOf(word: string): number {
  let hash = 0;
  for (let at = 0; at < word.length; at += 1) hash = nextHash(hash, word.charCodeAt(at));
  return hash;
}

function nextHash(hash: number, letter: number): number {
  return (hash * 31 + letter) & (HASHES - 1);
}

/**
 * Returns true if text addresses the model that reads it: with one strong phrase, or with two weak phrases of
 * different families close to each other.
 *
 * @param text one passage of a tool output, normalised and in lower case
 */
export function hasInstructions(text: string): boolean {
  if (FORGED_MARKS.test(text)) return true;
  const { plain, words } = plainOf(text);
  const lastOf = new Map<string, number>();
  for (const [start, end] of firstWordsIn(plain, words)) {
    for (const { family, strength, pattern } of byFirstWord.get(plain.slice(start, end)) ?? []) {
      if (!isAt(pattern, plain, end)) continue;
      lastOf.set(family, start);
      if (strength === 'strong' || isNearOther(lastOf, family, start)) return true;
    }
  }
  return false;
}

function isAt(pattern: RegExp, text: string, at: number): boolean {
  pattern.lastIndex = at;
  return pattern.test(text);
}

function isNearOther(lastOf: ReadonlyMap<string, number>, family: string, start: number): boolean {
  return [...lastOf].some(([other, place]) => other !== family && Math.abs(start - place) <= MAX_DISTANCE);
}

function* firstWordsIn(plain: string, words: readonly number[]): Iterable<readonly [start: number, end: number]> {
  for (let at = 0; at < words.length; at += 2) yield [words[at] ?? 0, words[at + 1] ?? 0];
  if (!UNSPACED.test(plain) || !mayHaveUnspaced(plain)) return;
  for (const { 0: word, index } of plain.matchAll(UNSPACED_WORD)) yield [index, index + word.length];
}

/** The signs of a quotation and spaces that a line may begin with. */
const MAX_QUOTE_SIGNS = 20;

/**
 * Removes emphasis, quotes and signs of quotation, splits names at underscores, and collapses white space, but keeps line
 * ends. Also lists where words start and end that may be the first of a phrase; without any, the text stays empty.
 */
function plainOf(quoted: string): { readonly plain: string; readonly words: readonly number[] } {
  const text = quoted.replace(SINGLE_QUOTE, '');
  const codes = codesOf(text);
  const words: number[] = [];
  const length = makePlain(codes, text.length, words);
  if (words.length === 0 && !UNSPACED.test(text)) return { plain: '', words };
  return { plain: textOfCodes(codes, length), words };
}

/** Returns the new length. A function of its own, because V8 leaves a long loop slowly if more follows. */
function makePlain(codes: Uint16Array, end: number, words: number[]): number {
  let length = 0;
  let space = 0;
  let quoteSigns = MAX_QUOTE_SIGNS;
  for (let at = 0; at <= end; at += 1) {
    const isEnd = at === end;
    let code = isEnd ? QUOTE : (PLAIN[codes[at] ?? 0] ?? 0);
    if (code === 0) continue;
    if (code === SPACE || code === LINE_END) {
      if (space !== LINE_END) space = code;
      continue;
    }
    if (space === LINE_END) {
      quoteSigns = MAX_QUOTE_SIGNS;
      codes[length++] = LINE_END;
    } else if (space === SPACE && quoteSigns > 0) {
      quoteSigns -= 1;
    } else if (space === SPACE) {
      codes[length++] = SPACE;
    }
    space = 0;
    if (isEnd) break;
    if (code === QUOTE && quoteSigns > 0) {
      quoteSigns -= 1;
      continue;
    }
    quoteSigns = 0;
    code = PLAIN_LETTERS[codes[at] ?? 0] ?? 0;
    if (code === 0) {
      codes[length++] = PLAIN[codes[at] ?? 0] ?? 0;
      continue;
    }
    const start = length;
    let hash = 0;
    // What vanishes within a word does not end it.
    for (; code !== 0 || (at < end && PLAIN[codes[at] ?? 0] === 0); code = PLAIN_LETTERS[codes[at] ?? 0] ?? 0) {
      at += 1;
      if (code === 0) continue;
      hash = nextHash(hash, code);
      codes[length++] = code;
    }
    at -= 1;
    if (firstHashes[hash] === 1) words.push(start, length);
  }
  return length;
}

/** Resolves Cyrillic letters that look like Latin ones only as capitals: a text in capitals has none of them. */
function folded(text: string): string {
  return text.replace(/\u0432/g, 'b').replace(/\u043d/g, 'h');
}

/** `sage?` is `sag` and `sage`. */
function withOptionalEnd(word: string): readonly string[] {
  return word.endsWith('?') ? [word.slice(0, -2), word.slice(0, -1)] : [word];
}
