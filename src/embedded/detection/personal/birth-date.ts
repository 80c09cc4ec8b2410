import { keyWords, memoizeByKey } from '../key-words.ts';
import { eachMatch, matchAt } from '../patterns.ts';
import type { Span } from '../span.ts';
import { BIRTH_FIELDS, MONTHS } from './data/birth-words.ts';
import type { Label } from './labels.ts';

const MONTH = `(?:${MONTHS.join('|')})`;
const DAY = String.raw`(?:\d{1,2}(?:st|nd|rd|th|er|º|\.)?|(?:twenty-|thirty-)?(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth)|tenth|eleventh|twelfth|(?:thir|four|fif|six|seven|eigh|nine)teenth|twentieth|thirtieth)`;
const YEAR = String.raw`(?:\d{4}|['’]?\d{2}|(?:nineteen|two thousand)(?:[ -](?:and|oh|[a-z]{2,9}(?:teen|ty|en|one|two|three|four|five|six|seven|eight|nine)|one|two|six|ten)){1,3})`;
const CJK_YEAR = '(?:(?:明治|大正|昭和|平成|令和) ?(?:\\d{1,2}|元)|\\d{4})';
const CJK_DATE = `${CJK_YEAR} ?[年년] ?\\d{1,2} ?[月월](?: ?\\d{1,2} ?[日일])?`;
const FORMS: readonly string[] = [
  String.raw`\d{1,4}[-./] ?\d{1,2}[-./] ?\d{1,4}`,
  CJK_DATE,
  String.raw`${DAY}(?: of| de)?[-/ ]?${MONTH}\.?,?(?: of| del?)?[-/ ]?${YEAR}`,
  String.raw`${MONTH}\.? ${DAY},? ${YEAR}`,
  String.raw`\d{4}\.? ${MONTH} \d{1,2}\.?`,
  String.raw`\d{1,2}[./ ]{1,2}(?:I{1,3}|I?V|VI{0,3}|I?X|XI{1,2})[./ ]{1,2}\d{4}`,
  String.raw`(?:19|20)\d{6}`,
];
const DATE = String.raw`(?:${FORMS.join('|')})(?!\d)`;
// `born in Leeds on`, `born on Thursday,`
const BETWEEN = String.raw`(?:(?:is|was|on|the|el|le|es|est|ist|dnia|den|der|się|[a-z]{3,6}day),? ){0,3}(?:(?:in|at|of|for|à|en|em|w|в|te) [^\d\n.;]{1,30}?[ ,:]{1,2})?`;
const AFTER_LABEL = new RegExp(
  String.raw`(?: \([dmy]{1,4}([-/. ])[dmy]{1,4}\1[dmy]{1,4}\))?[^a-z\d]{0,6}${BETWEEN}(${DATE})`,
  'iy',
);
const BEFORE_LABEL = new RegExp(String.raw`${CJK_DATE}(?= ?に?(?:生|出生))`, 'g');
const WHOLE = new RegExp(String.raw`^\s*(?:${DATE}(?:T[\d:.Z+-]{1,30})?|\d{1,2}[-./]\d{1,2}|-?\d{9,13})\s*$`, 'i');

const isBirthKey = memoizeByKey((key) => {
  const words = keyWords(key);
  if (words.some((word) => BIRTH_FIELDS.has(word))) return true;
  return words.includes('birth') && (words.includes('date') || words.includes('day')) && !words.includes('place');
});

/** Finds birth dates: after words such as "born on", or as the whole value of a field named for one. */
export function findBirthDates(text: string, key: string | undefined, labels: readonly Label[], found: Span[]): void {
  if (key !== undefined && text.length <= 64 && isBirthKey(key) && WHOLE.test(text)) {
    found.push({ start: 0, end: text.length, dataClass: 'PII', type: 'DATE_OF_BIRTH' });
    return;
  }
  if (text.includes('生')) {
    eachMatch(BEFORE_LABEL, text, ({ 0: date, index }) => {
      found.push({ start: index, end: index + date.length, dataClass: 'PII', type: 'DATE_OF_BIRTH' });
    });
  }
  for (const { kind, end: from } of labels) {
    const date = kind === 'BIRTH' ? matchAt(AFTER_LABEL, text, from)?.[2] : undefined;
    if (date === undefined) continue;
    const end = AFTER_LABEL.lastIndex;
    found.push({ start: end - date.length, end, dataClass: 'PII', type: 'DATE_OF_BIRTH' });
  }
}
