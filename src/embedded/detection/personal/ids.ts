import { isItin, isSsn } from '../check-digits.ts';
import { eachMatch, firstMatch } from '../patterns.ts';
import type { Span } from '../span.ts';
import { LABELLED_ID_FORMATS, STRUCTURED_ID_FORMATS } from './data/id-formats.ts';
import { isInRow, isPartOfIdentifier, isWordAt, type Island } from './islands.ts';
import { isNamedOtherwise, type Label } from './labels.ts';

/** Maximum number of characters between a label and its number. */
const REACH = 48;

/**
 * Finds numbers after a label, or in a field named like one: passports, licences, accounts, national ids. Searches
 * after each label up to the next one, so that all windows together are no longer than the text.
 */
export function findLabelledIds(text: string, labels: readonly Label[], found: Span[]): void {
  labels.forEach((label, at) => {
    const id = LABELLED_ID_FORMATS[label.kind];
    if (!id) return;
    const next = labels.slice(at + 1, at + 8).find(({ start }) => start >= label.end);
    const end = Math.min(label.end + REACH, next?.start ?? text.length);
    const { pattern, isValid, type } = id;
    const match = firstMatch(pattern, text.slice(label.end, end + 1), isValid);
    if (!match) return;
    const start = label.end + match.index;
    found.push({ start, end: start + match[0].length, dataClass: 'PII', type });
  });
}

const FORMATS = STRUCTURED_ID_FORMATS.map(({ pattern }) => pattern.source.replace(/^\\b|\\b$/g, '')).join('|');
// Searches for the first digits of a number, and looks back to its letters: V8 finds digits many times faster than words.
const ANY = new RegExp(
  String.raw`\d(?<!\d.)(?=\d|(?<=[A-Z].))(?<=(?<!\w)(?=(${FORMATS})\b)((?:[A-Z]{1,6}[ -]?)?).)`,
  'gi',
);

/** Finds numbers whose format alone identifies them. */
export function findStructuredIds(text: string, labels: readonly Label[], found: Span[]): void {
  eachMatch(ANY, text, ({ 1: match = '', 2: letters = '', index }) => {
    const start = index - letters.length;
    const span = { start, end: start + match.length };
    if (isNamedOtherwise(text, labels, start) || isPartOfIdentifier(text, span)) return;
    const known = STRUCTURED_ID_FORMATS.find(({ pattern, isValid }) => pattern.test(match) && isValid(match));
    if (known) found.push({ ...span, dataClass: 'PII', type: known.type });
  });
}

/** Finds US social security and taxpayer numbers written as 3-2-4 digits. Those without separators need a label. */
export function findUsNumbers(text: string, islands: readonly Island[], labels: readonly Label[], found: Span[]): void {
  for (const { groups } of islands) {
    for (let at = 0; at + 2 < groups.length; at += 1) {
      const [area, middle, serial] = [groups[at], groups[at + 1], groups[at + 2]];
      if (!area || !middle || !serial) break;
      if (area.end - area.start !== 3 || middle.end - middle.start !== 2 || serial.end - serial.start !== 4) continue;
      const gap = text.slice(area.end, middle.start);
      if (!/^[-. \u2010-\u2013]$/.test(gap) || text.slice(middle.end, serial.start) !== gap) continue;
      const [before, after] = [groups[at - 1], groups[at + 3]];
      if (before && text.slice(before.end, area.start) === gap) continue;
      if (after && text.slice(serial.end, after.start) === gap) continue;
      const span = { start: area.start, end: serial.end };
      if (/^\.\d/.test(text.slice(span.end, span.end + 2))) continue;
      if (isWordAt(text, span.start - 1) || isWordAt(text, span.end) || isPartOfIdentifier(text, span)) continue;
      if (isNamedOtherwise(text, labels, span.start) || (gap === ' ' && isInRow(text, span.start, span.end))) continue;
      const digits =
        text.slice(area.start, area.end) + text.slice(middle.start, middle.end) + text.slice(serial.start, serial.end);
      const type = isSsn(digits) ? 'SSN' : isItin(digits) ? 'ITIN' : undefined;
      if (type) found.push({ ...span, dataClass: 'PII', type });
    }
  }
}
