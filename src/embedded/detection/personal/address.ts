import { NearWords, type WordPattern } from '../near-words.ts';
import { eachMatch } from '../patterns.ts';
import type { Span } from '../span.ts';

const CAPITAL = 'A-Z\\u00c0-\\u00de\\u0100-\\u024f';
const LETTER = `${CAPITAL}a-z\\u00df-\\u00ff\\u0100-\\u024f`;
const HOUSE = String.raw`(?<![\w.,:/$€£-]|[Cc]opyright |\([Cc]\) |© )\d{1,6}`;
const END = `(?![${LETTER}\\d])`;
const STREET =
  'Street|St|Avenue|Ave|Road|Rd|Boulevard|Blvd|Lane|Ln|Drive|Dr|Court|Ct|Circle|Cir|Place|Pl|Square|Sq|Terrace|Ter|Parkway|Pkwy|Highway|Hwy|Way|Trail|Trl|Alley|Crescent|Cres|Close|Grove|Gardens|Mews|Row|Loop|Turnpike|Plaza';
const NAME = String.raw`(?:[${CAPITAL}][${LETTER}'’.-]{0,24}|\d{1,3}(?:st|nd|rd|th))`;
const UNIT = String.raw`(?:,? (?:Apt|Apartment|Suite|Ste|Unit|Floor|Fl|Room|Rm|#)\.? ?#?\w{1,6})?`;
const TOWN = String.raw`(?:,? [${CAPITAL}][${LETTER}.'-]{1,24}(?: [${CAPITAL}][${LETTER}.'-]{1,24}){0,2})?(?:,? [A-Z]{2})?`;
const POSTCODE = String.raw`(?:,? \d{5}(?:-\d{4})?(?!\d)|,? [A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}(?!\w))?`;

/** Forms that begin with a house number, as one pattern: most numbers begin none of them. */
const NUMBERED = new RegExp(
  `${HOUSE}(?:${[
    // 1600 Pennsylvania Avenue NW, Apt 4, Washington, DC 20500
    String.raw`[A-Za-z]?,? (?:[NSEW]{1,2}\.? |(?:North|South|East|West) )?${NAME}(?: ${NAME}){0,3} (?:${STREET})${END}\.?(?: [NSEW]{1,2}(?!\w))?${UNIT}${TOWN}${POSTCODE}`,
    ` (?:[nsew]\\.? )?[a-z]{3,20}(?: [a-z]{3,20})? (?:street|avenue|boulevard)${END}`,
    // 12 bis rue de la Paix
    String.raw`(?: ?(?:bis|ter))?,? (?:[Rr]ue|[Aa]venue|[Bb]oulevard|[Aa]llée|[Qq]uai|[Ii]mpasse|[Cc]hemin|[Pp]lace) (?:(?:de|du|des|la|le|les|d'|l'|d’|l’) ?){0,3}[${CAPITAL}][${LETTER}'’-]{1,24}(?: [${CAPITAL}][${LETTER}'’-]{1,24}){0,2}`,
  ].join('|')})`,
  'g',
);
// `Free Software Foundation, Inc., 51 Franklin Street`: the seat of an organisation, also across a comment's lines.
const ORGANISATION_BEFORE =
  /(?:Inc|LLC|Ltd|Limited|Corp|Corporation|GmbH|AG|Foundation|University)\.?,?[\s#*/;]{1,12}$/;
const list = (words: string): readonly string[] => words.split(',');

/** Forms that begin with a word for a street. */
const WORDED: readonly WordPattern[] = [
  {
    // PO Box 123; PSC 1234, Box 5678
    words: list('box ,postfach ,apartado '),
    pattern:
      /\b(?:P\.? ?O\.? ?Box|Post Office Box|PSC \d{1,5},? Box|Postfach|Apartado(?: de Correos)?) \d{1,7}(?!\d)/gi,
  },
  {
    // Via Roma 12, Calle de Alcalá 50, Rua Augusta, 1500
    words: list('via ,viale ,corso ,calle ,c/ ,avenida ,paseo ,rua ,rue ,travessa ,ulica ,ul. '),
    pattern: new RegExp(
      String.raw`\b(?:Via|via(?=[^\d\n]{3,60}\d{1,5}, \d{5})|[Vv]iale|Corso|[Cc]alle|C/|[Aa]venida|[Pp]aseo|[Rr]ua|Rue|[Tt]ravessa|ulica|ul\.) (?:(?:de|del|della|di|da|do|dos|la|las|los) ){0,3}[${CAPITAL}][${LETTER}'’.-]{1,24}(?: [${CAPITAL}][${LETTER}'’.-]{1,24}){0,3},? (?:n[º°.] ?)?\d{1,5}${END}`,
      'g',
    ),
  },
  {
    // ул. Тверская, д. 12, кв. 5
    words: list('ул.,улица,пр.,пр-т,проспект,пер.,переулок,наб.,ш.,шоссе,пл.,площадь,б-р,бульвар'),
    pattern:
      /(?<!\p{L})(?:ул\.|улица|пр\.|пр-т|проспект|пер\.|переулок|наб\.|ш\.|шоссе|пл\.|площадь|б-р|бульвар) ?[\p{L}\d. -]{2,40}, ?(?:д\.|дом) ?\d{1,4}[а-я]?(?:, ?(?:кв\.|квартира|корп\.|стр\.) ?\d{1,4})*/giu,
  },
  {
    // 北京市朝阳区建国路88号, 東京都千代田区丸の内1-9-1
    words: list('省,市,区,县,都,府,縣,區,町,村'),
    pattern:
      /[\p{Script=Han}]{2,12}[省市区县都府県區縣町村][\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]{1,16}(?:\d{1,4}(?:-\d{1,4}){1,3}|\d{1,5} ?(?:号|號|番地|番|丁目)(?:\d{1,4}(?:号|番|室|楼)?)?)/gu,
  },
  {
    // 서울특별시 강남구 테헤란로 152
    words: list('시 ,도 ,구 ,군 '),
    pattern:
      /[가-힣]{1,8}[시도구군] (?:[가-힣]{1,8}[시구군] ){0,2}[가-힣\d]{1,10}(?:로|길|동) ?\d{1,4}(?:-\d{1,4})?(?:번지)?/gu,
  },
  {
    // شارع الملك فهد، مبنى 12
    words: list('شارع,طريق,حي'),
    pattern: /(?:شارع|طريق|حي) [\p{Script=Arabic} ]{2,40}[،,]? ?(?:(?:مبنى|رقم|عمارة|بناية|شقة) ?)?\d{1,5}/gu,
  },
];
// Hauptstr. 12, Lange Straße 5a, Søndergade 52: matches the ending; the street's name is read backwards from there.
const SUFFIXED: WordPattern = {
  words: list(
    'straße ,strasse ,str. ,gasse ,allee ,weg ,platz ,ufer ,damm ,straat ,laan ,gracht ,kade ,plein ,singel ,dijk ,vägen ,gatan ,gata ,vej ,gade ',
  ),
  pattern: new RegExp(
    String.raw`(?:stra(?:ß|ss)e|str\.|gasse|allee|weg|platz|ufer|damm|straat|laan|gracht|kade|plein|singel|dijk|vägen|gatan|gata|vej|gade) \d{1,4}[a-z]?${END}`,
    'gi',
  ),
};
const worded = new NearWords([...WORDED, SUFFIXED]);
const MAX_WORD_LENGTH = 30;
const isLetter = new RegExp(`[${LETTER}-]`);
const isCapital = new RegExp(`[${CAPITAL}]`);

function startOfWord(text: string, from: number): number {
  let start = from;
  while (start > 0 && from - start < MAX_WORD_LENGTH && isLetter.test(text.charAt(start - 1))) start -= 1;
  return start;
}

/** Returns the start of the street's name before an ending such as `straße 12`; undefined if there is none. */
function startOfStreet(text: string, ending: number): number | undefined {
  const start = startOfWord(text, ending);
  if (!isCapital.test(text.charAt(start))) return undefined;
  if (start < ending) return start;
  // "Straße 5" or "Platz 1" needs the word before it.
  const before = text[start - 1] === ' ' ? startOfWord(text, start - 1) : start;
  return before < start - 1 ? before : undefined;
}

/** Finds streets with house numbers, and PO boxes, as written in English and some other languages. */
export function findAddresses(text: string, found: Span[]): void {
  eachMatch(NUMBERED, text, ({ 0: address, index }) => {
    if (ORGANISATION_BEFORE.test(text.slice(Math.max(0, index - 32), index))) return;
    found.push({ start: index, end: index + address.length, dataClass: 'PII', type: 'ADDRESS' });
  });
  worded.each(text, (match, at, pattern) => {
    const start = pattern === SUFFIXED ? startOfStreet(text, at) : at;
    if (start !== undefined) found.push({ start, end: at + match.length, dataClass: 'PII', type: 'ADDRESS' });
  });
}
