import { codesOf, codeTable, textOfCodes } from './characters.ts';
import { eachMatch } from './patterns.ts';
import type { Range } from './windows.ts';

// Characters that most fonts draw like the ASCII one beside them (Unicode Technical Standard 39). Compatibility forms
// (full width, mathematical, circled) are not listed: NFKC resolves them.
const LOOKALIKE_PAIRS: readonly string[] = [
  // Cyrillic
  'аa сc еe һh іi јj кk ӏl мm оo рp ԛq ѕs тt ԁd ѵv ԝw хx уy ԍg ѡw',
  'АA ВB СC ЕE НH ІI ЈJ КK МM ОO РP ЅS ТT ХX УY ҮY ѴV ԌG ԜW',
  // Greek
  'αa ιi κk νv οo ρp τt υu χx γy ηn ωw ϳj',
  'ΑA ΒB ΕE ΖZ ΗH ΙI ΚK ΜM ΝN ΟO ΡP ΤT ΥY ΧX',
  // Armenian, other Latin letters, Cherokee
  'օo սu հh ցg յj զq ոn',
  'ɑa ɡg ɩi ıi ȷj ʋu ʏY ʜH ɪI ʀR ʟL ɴN ᴀA ᴄC ᴅD ᴇE ᴊJ ᴋK ᴍM ᴏO ᴘP ᴛT ᴜU ᴠV ᴡW ᴢZ',
  'ᎪA ᏴB ᏟC ᎠD ᎬE ᏀG ᎻH ᎫJ ᏦK ᏞL ᎷM ᏢP ᏚS ᎢT ᏙV ᏔW ᏃZ',
  // Punctuation that keys and numbers are written with
  '‐- ‑- ‒- –- −- ⁃- 。. ⁄/ ∕/ ꞉: ∶:',
];

const LOOKALIKES: ReadonlyMap<string, string> = new Map(
  LOOKALIKE_PAIRS.flatMap((row) => row.split(' ')).map((pair): [string, string] => [pair.slice(0, 1), pair.slice(1)]),
);

// Fast path: nearly all strings have only printable ASCII, tabs and line ends.
const UNUSUAL = /[^\t\n\r -~]/;
// The rest of a word from an unusual character on.
const REST_OF_WORD = /[^\t\n\r -~](?:[^\t\n\r -~]|[\w.@:/+-])*/g;
const IN_WORD = /[\w.@:/+-]/;
const MAX_WORD = 512;
// Letters that NFKC keeps, of scripts that are written with them, quotation marks, and punctuation that joins nothing.
const STABLE =
  /^(?:[\w.@:/+\u00c0-\u0131\u0134-\u013e\u0141-\u0148\u014a-\u017e\u0400-\u0481\u048a-\u04ff\u05d0-\u05ea\u060c\u061f-\u064a\u2014\u2018-\u201e\u3001\u3008-\u3011\u3041-\u3096\u30a1-\u30fa\u30fc\u4e00-\u9fff\uac00-\ud7a3\uff01\uff08\uff09\uff0c\uff1a\uff1b\uff1f]|[\u2013\u2026\u3002](?!\w))+$/;
/** The characters that look the same in any context, each with its look: ASCII, and those of `STABLE`. */
const LOOK = codeTable([
  ...([
    [0x09, 0x0a],
    [0x0d, 0x0d],
    [0x20, 0x7e],
    [0xc0, 0x131],
    [0x134, 0x13e],
    [0x141, 0x148],
    [0x14a, 0x17e],
  ] as const),
  ...([
    [0x388, 0x3ce],
    [0x400, 0x481],
    [0x48a, 0x4ff],
    [0x5d0, 0x5ea],
    [0x60c, 0x60c],
    [0x61f, 0x64a],
  ] as const),
  ...([
    [0x2014, 0x2014],
    [0x2018, 0x201e],
    [0x3001, 0x3001],
    [0x3008, 0x3011],
    [0x3041, 0x3096],
  ] as const),
  ...([
    [0x30a1, 0x30fa],
    [0x30fc, 0x30fc],
    [0x4e00, 0x9fff],
    [0xac00, 0xd7a3],
  ] as const),
]);
for (const [character, look] of LOOKALIKES) LOOK[character.charCodeAt(0)] = look.charCodeAt(0);
for (let fullWidth = 0xff01; fullWidth <= 0xff5e; fullWidth += 1) LOOK[fullWidth] = fullWidth - 0xfee0;
// Invisible characters: format characters, marks that did not compose, fillers, control characters.
const INVISIBLE = /[\p{Cf}\p{Mn}\u115f\u1160\u3164\uffa0\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]+/gu;
// Two Arabic ligatures that NFKC expands to 18 and 8 letters.
const LONG_LIGATURES = /[\ufdfa\ufdfb]/g;
const TAGS = /[\u{e0020}-\u{e007e}]+/gu;
const LOOKALIKE = new RegExp(`[${[...LOOKALIKES.keys()].join('')}]`, 'gu');
const LOOKALIKE_LETTER = new RegExp(`(?=\\p{L})${LOOKALIKE.source}`, 'u');
const LOOKALIKE_SIGN = new RegExp(`(?!\\p{L})${LOOKALIKE.source}`, 'gu');
const PART = /[\p{L}\p{N}_]+(?:[-.@:/+][\p{L}\p{N}_]+)*/gu;
const DIGITS = /(?![0-9])\p{Nd}/gu;
const DIGIT = /^\p{Nd}$/u;
const digits = new Map<string, string>();

/**
 * Normalises a string to its appearance to a reader, or to a lenient parser: resolves compatibility forms and foreign
 * digits, drops invisible characters, and replaces letters that look like Latin ones. Moves text hidden in tag
 * characters (U+E0020 to U+E007E) to a separate line. Returns plain ASCII unchanged.
 */
export function normalise(text: string): string {
  if (!UNUSUAL.test(text)) return text;
  const codes = codesOf(text);
  let seen = '';
  let length = 0;
  let behind = 0;
  for (let at = 0; at < text.length; at += 1) {
    const look = LOOK[codes[at] ?? 0] ?? 0;
    if (look !== 0) {
      codes[length] = look;
      length += 1;
      continue;
    }
    const { start, end } = wordAround(text, at, behind);
    seen += textOfCodes(codes, length - (at - start)) + normaliseWord(text.slice(start, end), /./);
    length = 0;
    behind = end;
    at = end - 1;
  }
  return seen + textOfCodes(codes, length);
}

/** Normalises like {@link normalise}, but keeps words of another script that have no Latin letter or digit. */
export function normaliseMixed(text: string): string {
  const latinIn = /[A-Za-z0-9]/;
  let seen = '';
  let at = 0;
  for (const { start, end } of unusualWords(text)) {
    seen += text.slice(at, start) + normaliseWord(text.slice(start, end), latinIn);
    at = end;
  }
  return at === 0 ? text : seen + text.slice(at);
}

/** Returns the places where normalising may show something: not those where it changes only the look of punctuation. */
export function unnormalised(text: string): readonly Range[] {
  return unusualWords(text).filter(({ start, end }) => {
    const word = text.slice(start, end);
    if (STABLE.test(word) && !(/\w/.test(word) && LOOKALIKE_LETTER.test(word))) return false;
    return normaliseWord(word, /[A-Za-z0-9]/) !== word;
  });
}

/** Lists the words with unusual characters, with the letters, digits and signs of addresses around these. */
function unusualWords(text: string): readonly Range[] {
  const words: Range[] = [];
  if (!UNUSUAL.test(text)) return words;
  let behind = 0;
  eachMatch(REST_OF_WORD, text, ({ 0: rest, index }) => {
    let start = index;
    while (start > behind && index - start < MAX_WORD && IN_WORD.test(text.charAt(start - 1))) start -= 1;
    behind = index + rest.length;
    words.push({ start, end: behind });
  });
  return words;
}

/** Returns the word of `unusualWords` around an unusual character. */
function wordAround(text: string, at: number, behind: number): Range {
  let start = at;
  let first = at;
  for (; start > behind && first - start < MAX_WORD && isInUnusualWord(text, start - 1); start -= 1) {
    if (UNUSUAL.test(text.charAt(start - 1))) first = start - 1;
  }
  let end = at + 1;
  while (end < text.length && isInUnusualWord(text, end)) end += 1;
  return { start, end };
}

function isInUnusualWord(text: string, at: number): boolean {
  const character = text.charAt(at);
  return IN_WORD.test(character) || UNUSUAL.test(character);
}

/** @param latinIn matches the words in which letters that look like Latin ones are replaced */
function normaliseWord(word: string, latinIn: RegExp): string {
  const hidden = word.match(TAGS)?.map(untagged).join('');
  const seen = word
    .replace(LONG_LIGATURES, ' ')
    .normalize('NFKC')
    .replace(INVISIBLE, '')
    .replace(DIGITS, digit)
    .replace(LOOKALIKE_SIGN, latin)
    .replace(PART, (part) => (latinIn.test(part) ? part.replace(LOOKALIKE, latin) : part));
  return hidden === undefined ? seen : `${seen}\n${hidden}`;
}

const latin = (character: string): string => LOOKALIKES.get(character) ?? character;

function untagged(tags: string): string {
  return Array.from(tags, (tag) => String.fromCharCode((tag.codePointAt(0) ?? 0) - 0xe0000)).join('');
}

/** The decimal digits of a script have consecutive code points, zero first (Unicode Standard, section 4.6). */
function digit(character: string): string {
  const known = digits.get(character);
  if (known !== undefined) return known;
  const code = character.codePointAt(0) ?? 0;
  let zero = code;
  while (code - zero < 9 && DIGIT.test(String.fromCodePoint(zero - 1))) zero -= 1;
  const value = String(code - zero);
  digits.set(character, value);
  return value;
}
