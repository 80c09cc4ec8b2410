import type { Detector, Place, Span } from '../span.ts';
import { findAddresses } from './address.ts';
import { findBirthDates } from './birth-date.ts';
import { findByKey } from './by-key.ts';
import { findCards } from './card.ts';
import { findEmails } from './email.ts';
import { findIbans } from './iban.ts';
import { digitIslands } from './islands.ts';
import { findLabelledIds } from './labelled-ids.ts';
import { labelsOf } from './labels.ts';
import { findNetworkAddresses } from './network.ts';
import { findPhones } from './phone.ts';
import { findStructuredIds } from './structured-ids.ts';
import { findUsNumbers } from './us-numbers.ts';

/**
 * Personal data (class `PII`): e-mail addresses, cards, IBANs, telephone numbers, network addresses, the numbers of persons
 * and of their papers and accounts, birth dates, addresses, and names where the field's name says that it is one.
 */
export const findPersonal: Detector = (text, place, found) => {
  // The whole value of a field, whatever is found inside of it.
  findByKey(text, place.key, found);
  const emails: Span[] = [];
  findEmails(text, emails);
  const spans = /\d/.test(text) ? withNumbers(text, place, emails) : emails;
  for (const span of spans) found.push(span);
};

// `1 A St`, a sort code: nothing with a number is shorter, but for a birth date that its field's name makes one.
const LEAST_TEXT = 6;

/** The spans given and all that has a digit in it; of what overlaps, the surest. */
function withNumbers(text: string, place: Place, emails: readonly Span[]): readonly Span[] {
  const { key } = place;
  // The surest first.
  const byRank = [...emails];
  if (text.length < LEAST_TEXT) {
    findBirthDates(text, key, byRank);
    return withoutOverlaps(byRank);
  }
  const islands = digitIslands(text);
  const labels = labelsOf(text, key);
  findIbans(text, byRank);
  if (islands.length > 0) {
    findCards(text, islands, labels, byRank);
    findUsNumbers(text, islands, byRank);
  }
  findNetworkAddresses(text, islands, key, byRank);
  findBirthDates(text, key, byRank);
  findStructuredIds(text, byRank);
  findLabelledIds(text, labels, byRank);
  findAddresses(text, byRank);
  const kept = withoutOverlaps(byRank);
  const phones: Span[] = [];
  findPhones(text, islands, labels, place, kept, phones);
  return phones.length === 0 ? kept : [...kept, ...phones];
}

/** In order of place; of spans that overlap the one that comes first in the list. */
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
