import { LOOKALIKES } from './lookalikes.ts';

// Anything but printable ASCII, tab and line ends: texts without it, nearly all, need no other look.
const UNUSUAL = /[^\t\n\r -~]/;
// Format characters, marks that did not compose, fillers, and control characters: what a reader does not see.
const INVISIBLE = /[\p{Cf}\p{Mn}\u115f\u1160\u3164\uffa0\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]+/gu;
// Two of Arabic that become 18 and 8 letters, and would make a long text of a short one.
const LONG_LIGATURES = /[\ufdfa\ufdfb]/g;
const TAGS = /[\u{e0020}-\u{e007e}]+/gu;
const LOOKALIKE = new RegExp(`[${[...LOOKALIKES.keys()].join('')}]|(?![0-9])\\p{Nd}`, 'gu');
const DIGIT = /^\p{Nd}$/u;
const digits = new Map<string, string>();

/**
 * The text as a reader, or a machine that is lenient, takes it: compatibility forms and foreign digits made plain,
 * invisible characters dropped, letters that look like Latin ones replaced, and what is written in tag characters
 * (U+E0020 to U+E007E, which show nothing) added on a line of its own. The text itself when it is plain ASCII.
 */
export function normalise(text: string): string {
  if (!UNUSUAL.test(text)) return text;
  const hidden = text.match(TAGS)?.map(untagged).join('');
  const seen = text
    .replace(LONG_LIGATURES, ' ')
    .normalize('NFKC')
    .replace(INVISIBLE, '')
    .replace(LOOKALIKE, (character) => LOOKALIKES.get(character) ?? digit(character));
  return hidden === undefined ? seen : `${seen}\n${hidden}`;
}

function untagged(tags: string): string {
  return Array.from(tags, (tag) => String.fromCharCode((tag.codePointAt(0) ?? 0) - 0xe0000)).join('');
}

/** The decimal digits of a script stand in a row, zero first (Unicode Standard, section 4.6). */
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
