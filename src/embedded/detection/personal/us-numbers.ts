import type { Span } from '../span.ts';
import { isWordAt, type Island } from './islands.ts';

/** Shown in advertisements and void ever since. */
const VOID = new Set(['078051120', '219099999']);

/** Whether nine digits can be a US social security number: no area 000, 666 or 9xx, no group 00, no serial 0000. */
export function isSsn(digits: string): boolean {
  return /^(?!000|666|9)\d{3}(?!00)\d{2}(?!0000)\d{4}$/.test(digits) && !VOID.has(digits);
}

/** Whether nine digits can be a US individual taxpayer's number: 9xx and a middle that the IRS gives out. */
export function isItin(digits: string): boolean {
  return /^9\d{2}(?:5\d|6[0-5]|7\d|8[0-8]|9[0-2]|9[4-9])\d{4}$/.test(digits);
}

/** Social security and taxpayer's numbers written as 3-2-4 digits; those in one piece need a word before them. */
export function findUsNumbers(text: string, islands: readonly Island[], found: Span[]): void {
  for (const { groups } of islands) {
    for (let at = 0; at + 2 < groups.length; at += 1) {
      const [area, middle, serial] = groups.slice(at, at + 3);
      if (!area || !middle || !serial) break;
      if (area.end - area.start !== 3 || middle.end - middle.start !== 2 || serial.end - serial.start !== 4) continue;
      const gap = text.slice(area.end, middle.start);
      if (!/^[-. \u2010-\u2013]$/.test(gap) || text.slice(middle.end, serial.start) !== gap) continue;
      const [before, after] = [groups[at - 1], groups[at + 3]];
      if (before && text.slice(before.end, area.start) === gap) continue;
      if (after && text.slice(serial.end, after.start) === gap) continue;
      if (isWordAt(text, area.start - 1) || isWordAt(text, serial.end)) continue;
      const digits =
        text.slice(area.start, area.end) + text.slice(middle.start, middle.end) + text.slice(serial.start, serial.end);
      const type = isSsn(digits) ? 'SSN' : isItin(digits) ? 'ITIN' : undefined;
      if (type) found.push({ start: area.start, end: serial.end, dataClass: 'PII', type });
    }
  }
}
