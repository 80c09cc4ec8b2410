import { eachMatch } from '../patterns.ts';
import type { Span } from '../span.ts';
import { remainderOf97 } from '../check-digits.ts';
import { IBAN_LENGTHS } from './data/payment-numbers.ts';
import { isPartOfIdentifier, isWordAt } from './islands.ts';

const START = /[A-Za-z]{2}[ -]?\d[ -]?\d/g;
// An IBAN has at most 34 characters, and is printed in groups of four.
const MAX_PRINTED_LENGTH = 50;
const isBetween = (character: string): boolean => character === ' ' || character === '-' || character === '\u00a0';

/** Reads the next `wanted` letters and digits, without single spaces and dashes; undefined if there are fewer. */
function endAfter(text: string, start: number, wanted: number): { end: number; characters: string } | undefined {
  let characters = '';
  const last = Math.min(text.length, start + MAX_PRINTED_LENGTH);
  for (let at = start; at < last; at += 1) {
    const character = text.charAt(at);
    if (/[A-Za-z0-9]/.test(character)) characters += character;
    else if (!isBetween(character) || isBetween(text.charAt(at - 1))) return undefined;
    if (characters.length === wanted) return { end: at + 1, characters: characters.toUpperCase() };
  }
  return undefined;
}

/** Finds IBANs of any country, with or without separators, whose length and check digits are right. */
export function findIbans(text: string, found: Span[]): void {
  eachMatch(START, text, ({ 0: head, index: start }) => {
    const wanted = IBAN_LENGTHS[head.slice(0, 2).toUpperCase()];
    if (wanted === undefined || isWordAt(text, start - 1)) return;
    const candidate = endAfter(text, start, wanted);
    if (!candidate || isWordAt(text, candidate.end)) return;
    if (isPartOfIdentifier(text, { start, end: candidate.end }, (part) => /\d/.test(part))) return;
    const { end, characters } = candidate;
    if (remainderOf97(characters.slice(4) + characters.slice(0, 4)) === 1)
      found.push({ start, end, dataClass: 'PII', type: 'IBAN' });
  });
}
