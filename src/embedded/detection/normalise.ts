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
// Invisible characters: format characters, marks that did not compose, fillers, control characters.
const INVISIBLE = /[\p{Cf}\p{Mn}\u115f\u1160\u3164\uffa0\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]+/gu;
// Two Arabic ligatures that NFKC expands to 18 and 8 letters.
const LONG_LIGATURES = /[\ufdfa\ufdfb]/g;
const TAGS = /[\u{e0020}-\u{e007e}]+/gu;
const LOOKALIKE = new RegExp(`[${[...LOOKALIKES.keys()].join('')}]|(?![0-9])\\p{Nd}`, 'gu');
const DIGIT = /^\p{Nd}$/u;
const digits = new Map<string, string>();

/**
 * Normalises a string to its appearance to a reader, or to a lenient parser: resolves compatibility forms and foreign
 * digits, drops invisible characters, and replaces letters that look like Latin ones. Moves text hidden in tag
 * characters (U+E0020 to U+E007E) to a separate line. Returns plain ASCII unchanged.
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
