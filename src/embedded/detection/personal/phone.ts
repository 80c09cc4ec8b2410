import { parsePhoneNumberFromString, type CountryCode, isSupportedCountry } from 'libphonenumber-js/min';
import type { Place, Span } from '../span.ts';
import type { Island } from './islands.ts';
import { labelsNear, type Label } from './labels.ts';
import { phoneCandidates, type PhoneCandidate } from './phone-candidates.ts';

/** The countries whose numbers are known without their prefix, where nothing else is said. */
export const DEFAULT_REGIONS: readonly string[] = ['US', 'CA', 'GB', 'IE', 'DE', 'FR', 'AU', 'IN'];

/** Whether a text is a country's code in ISO 3166 (`GB`). */
export function isRegion(code: string): boolean {
  return isSupportedCountry(code);
}

const REACH = 28;
// `-Office`, ` (mobile)`: a signature's way of saying which telephone it is.
const KIND_AFTER =
  /^(?:(?:-| ?\(| - )(?:office|fax|mobile|cell|home|work|phone|tel|desk|direct)| (?:office|fax|mobile|cell))\b/i;
// A parse takes ten microseconds or so; beyond these many a text, what looks like a number counts as one.
const FREE_PARSES = 40;
const CHARACTERS_PER_PARSE = 400;

// By the list of regions, which is the same one at every scan.
const askedFor = new WeakMap<
  readonly string[],
  { readonly elsewhere: readonly CountryCode[]; readonly anywhere: readonly CountryCode[] }
>();

/** Which countries a national number can be of, by how it is written: few have to be asked. */
function regionsFor({ shape }: PhoneCandidate, regions: readonly string[]): readonly CountryCode[] {
  let known = askedFor.get(regions);
  if (!known) {
    const supported = regions.filter((region) => isSupportedCountry(region));
    const northAmerican = supported.filter((region) => region === 'US' || region === 'CA').slice(0, 1);
    const others = supported.filter((region) => region !== 'US' && region !== 'CA');
    known = { elsewhere: others, anywhere: [...northAmerican, ...others] };
    askedFor.set(regions, known);
  }
  return shape === '3-3-4' ? known.anywhere : known.elsewhere;
}

function isValid(candidate: PhoneCandidate, regions: readonly string[]): boolean {
  if (candidate.plus) {
    const number = parsePhoneNumberFromString(candidate.number);
    return number !== undefined && (number.isValid() || (candidate.groups > 1 && number.isPossible()));
  }
  return regionsFor(candidate, regions).some((region) =>
    parsePhoneNumberFromString(candidate.number, region)?.isValid(),
  );
}

/**
 * Telephone numbers: with a `+`, or written in groups and valid in one of the regions, or next to a word for telephones.
 * What is taken already (cards, dates, addresses of machines) is none; `taken` is in order.
 */
export function findPhones(
  text: string,
  islands: readonly Island[],
  labels: readonly Label[],
  { regions, allowance }: Pick<Place, 'regions' | 'allowance'>,
  taken: readonly Span[],
  found: Span[],
): void {
  if (islands.length === 0) return;
  const words = labelsNear(labels, ['PHONE']);
  const calls = labelsNear(labels, ['CALL']);
  const known = new Map<string, boolean>();
  let parsesLeft = FREE_PARSES + text.length / CHARACTERS_PER_PARSE;
  let nextTaken = 0;
  for (const candidate of phoneCandidates(text, islands)) {
    const { start, end } = candidate;
    while ((taken[nextTaken]?.end ?? Infinity) <= start) nextTaken += 1;
    if ((taken[nextTaken]?.start ?? Infinity) < end) continue;
    if (
      isLabelled(text, candidate, words.before(start, REACH) ?? calls.before(start, 2)) ||
      (candidate.isWritten && valid(candidate))
    )
      found.push({ start, end, dataClass: 'PII', type: 'PHONE' });
  }

  function valid(candidate: PhoneCandidate): boolean {
    const before = known.get(candidate.number);
    if (before !== undefined) return before;
    if (parsesLeft < 1 || (allowance && allowance.parses < 1)) return true;
    const cost = candidate.plus ? 1 : regions.length / 2;
    parsesLeft -= cost;
    if (allowance) allowance.parses -= cost;
    const answer = isValid(candidate, regions);
    known.set(candidate.number, answer);
    return answer;
  }
}

/** With a word for telephones just before, on its line or the one above, or which kind it is behind. */
function isLabelled(text: string, { start, end }: PhoneCandidate, label: Label | undefined): boolean {
  if (label && !/\d|\n[^\n]*\n/.test(text.slice(label.end, start))) return true;
  return KIND_AFTER.test(text.slice(end, end + 12));
}
