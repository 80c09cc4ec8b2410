import { eachMatch } from '../patterns.ts';
import { keyWords, memoizeByKey } from '../key-words.ts';
import type { Span } from '../span.ts';

const MONTH =
  '(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|january|february|march|april|june|july|august|september|october|november|december|januar|februar|märz|juni|juli|oktober|dezember)';
const DATE = String.raw`(?:\d{1,4}[-./]\d{1,2}[-./]\d{1,4}|\d{1,2}(?:st|nd|rd|th)?\.?(?: of)? ${MONTH}\.?,? \d{4}|${MONTH}\.? \d{1,2}(?:st|nd|rd|th)?,? \d{4}|(?:19|20)\d{6})(?!\d)`;
const LABELLED = new RegExp(
  String.raw`(?<![a-z])(?:born(?: on)?|date of birth|birth[ _-]?date|birth[ _-]?day(?: is)?(?: on)?|d\.?o\.?b\.?|geboren(?: am)?|geburtsdatum|née? le|date de naissance|fecha de nacimiento|data di nascita)[^a-z\d]{0,6}(?:is |was |on ){0,2}(${DATE})`,
  'gi',
);
const WHOLE = new RegExp(String.raw`^\s*(?:${DATE}(?:T[\d:.Z+-]{1,30})?|\d{1,2}[-./]\d{1,2})\s*$`, 'i');
const KEYS = /^(?:dob|birthdate|birthday|geburtsdatum|geburtstag)$/;

const isBirthKey = memoizeByKey((key) => {
  const words = keyWords(key);
  if (words.some((word) => KEYS.test(word))) return true;
  return words.includes('birth') && (words.includes('date') || words.includes('day')) && !words.includes('place');
});

/** Finds birth dates: after words such as "born on", or as the whole value of a field named for one. */
export function findBirthDates(text: string, key: string | undefined, found: Span[]): void {
  if (key !== undefined && text.length <= 64 && isBirthKey(key) && WHOLE.test(text)) {
    found.push({ start: 0, end: text.length, dataClass: 'PII', type: 'DATE_OF_BIRTH' });
    return;
  }
  eachMatch(LABELLED, text, ({ 0: all, 1: date = '', index }) => {
    const end = index + all.length;
    found.push({ start: end - date.length, end, dataClass: 'PII', type: 'DATE_OF_BIRTH' });
  });
}
