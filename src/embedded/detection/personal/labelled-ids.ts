import { firstMatch } from '../each-match.ts';
import type { Span } from '../span.ts';
import type { Label } from './labels.ts';
import { LABELLED_IDS } from './national-ids.ts';

/** How far after its label a number may stand. */
const REACH = 48;

/**
 * Numbers that only a word before them or their field's name makes personal: passports, licences, accounts, national ids.
 * Each label is looked behind as far as the next one, so that the windows together are no longer than the text.
 */
export function findLabelledIds(text: string, labels: readonly Label[], found: Span[]): void {
  labels.forEach((label, at) => {
    const id = LABELLED_IDS[label.kind];
    if (!id) return;
    const next = labels.slice(at + 1, at + 8).find(({ start }) => start >= label.end);
    const end = Math.min(label.end + REACH, next?.start ?? text.length);
    const { pattern, isRight, type } = id;
    const match = firstMatch(pattern, text.slice(label.end, end + 1), isRight);
    if (!match) return;
    const start = label.end + match.index;
    found.push({ start, end: start + match[0].length, dataClass: 'PII', type });
  });
}
