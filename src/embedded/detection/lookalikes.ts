// Letters that most fonts draw as the Latin one beside them; see Unicode Technical Standard 39. Compatibility forms
// (full width, mathematical, circled) are not here: NFKC makes them plain.
const PAIRS: readonly string[] = [
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

/** From a character to the ASCII one that it looks like. */
export const LOOKALIKES: ReadonlyMap<string, string> = new Map(
  PAIRS.flatMap((row) => row.split(' ')).map((pair): [string, string] => [pair.slice(0, 1), pair.slice(1)]),
);
