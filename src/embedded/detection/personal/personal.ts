import type { Detector, Place, Span } from '../span.ts';
import { findAddresses } from './address.ts';
import { findBirthDates } from './birth-date.ts';
import { findByFieldName } from './by-field.ts';
import { findCards } from './card.ts';
import { findEmails } from './email.ts';
import { findIbans } from './iban.ts';
import { findLabelledIds, findStructuredIds, findUsNumbers } from './ids.ts';
import { digitIslands } from './islands.ts';
import { labelsOf } from './labels.ts';
import { findNetworkAddresses } from './network.ts';
import { findPhones } from './phone.ts';

/**
 * Finds personal data (class `PII`): e-mail addresses, cards, IBANs, telephone numbers, network addresses, numbers of
 * people, documents and accounts, birth dates, postal addresses, and the values of fields for a person's name.
 */
export const findPersonal: Detector = (text, place, found) => {
  if (place.isJoined === true) {
    findCards(text, digitIslands(text), [], found);
    return;
  }
  findByFieldName(text, place.key, found);
  const emails: Span[] = [];
  findEmails(text, place.key, emails);
  const spans = /\d/.test(text) ? withNumbers(text, place, emails) : emails;
  // The only finding that may be written in words.
  if (spans === emails) findBirthDates(text, place.key, labelsOf(text, place.key), emails);
  for (const span of spans) found.push(span);
};

// The shortest findings with a digit are `1 A St` and a sort code, except for birth dates by field name.
const MIN_LENGTH = 6;

/** Returns the e-mail addresses and all findings with a digit; of overlapping ones, the most certain. */
function withNumbers(text: string, place: Place, emails: readonly Span[]): readonly Span[] {
  const { key } = place;
  // The most certain first.
  const byRank = [...emails];
  if (text.length < MIN_LENGTH) {
    findBirthDates(text, key, [], byRank);
    return withoutOverlaps(byRank);
  }
  const islands = digitIslands(text);
  const labels = labelsOf(text, key);
  findIbans(text, byRank);
  if (islands.length > 0) {
    findCards(text, islands, labels, byRank);
    findUsNumbers(text, islands, labels, byRank);
  }
  findNetworkAddresses(text, islands, labels, key, byRank);
  findBirthDates(text, key, labels, byRank);
  findStructuredIds(text, labels, byRank);
  findLabelledIds(text, labels, byRank);
  findAddresses(text, byRank);
  const kept = withoutOverlaps(byRank);
  const phones: Span[] = [];
  findPhones(text, islands, labels, place, kept, phones);
  return phones.length === 0 ? kept : [...kept, ...phones];
}

/** Returns the spans in text order; of overlapping ones, the first in the list. */
function withoutOverlaps(byRank: readonly Span[]): readonly Span[] {
  if (byRank.length < 2) return byRank;
  const ranked = byRank.map((span, rank) => ({ span, rank })).sort((one, other) => one.span.start - other.span.start);
  const kept: typeof ranked = [];
  for (const next of ranked) {
    const last = kept.at(-1);
    if (!last || last.span.end <= next.span.start) kept.push(next);
    else if (next.rank < last.rank) kept[kept.length - 1] = next;
  }
  return kept.map(({ span }) => span);
}
