import { normalise } from '../detection/normalise.ts';
import { unescapeText } from '../detection/unescape.ts';
import { matchesGlob } from './glob.ts';
import type { ValueTests } from './policy-input.ts';
import { all, any, not, type Truth } from './truth.ts';

/** A value that a rule tests: JSON, or the reason why there is none. */
export type Tested =
  | { readonly value: unknown; readonly isNear?: boolean }
  /** `empty`: a list without items. `unreadable`: something else than the rule expects, such as one item for a list. */
  | { readonly why: 'missing' | 'empty' | 'unreadable' };

type Test<Wanted> = (wanted: Wanted, value: unknown) => Truth;
type Tests = { readonly [Key in keyof ValueTests]-?: Test<NonNullable<ValueTests[Key]>> };

/** Each test is unknown for a value that it cannot read, so that a rule that blocks applies. */
const TESTS: Tests = {
  above: (limit, value) => compare(value, (number) => number > limit),
  at_least: (limit, value) => compare(value, (number) => number >= limit),
  below: (limit, value) => compare(value, (number) => number < limit),
  at_most: (limit, value) => compare(value, (number) => number <= limit),
  equals: isEqual,
  in: isIn,
  not_in: (list, value) => not(isIn(list, value)),
  matches: matchesPattern,
  not_matches: (pattern, value) => not(matchesPattern(pattern, value)),
  longer_than: (limit, value) => measure(value, (length) => length > limit),
  shorter_than: (limit, value) => measure(value, (length) => length < limit),
  present: (wanted) => wanted,
};

/** Returns whether a value passes all tests. */
export function passes(tests: ValueTests, tested: Tested): Truth {
  const truths = (Object.keys(tests) as (keyof ValueTests)[]).map((key): Truth => {
    const wanted = tests[key];
    if (wanted === undefined) return true;
    if (!('why' in tested)) return (TESTS[key] as Test<typeof wanted>)(wanted, tested.value);
    if (key === 'present' && tested.why !== 'unreadable') return wanted === false;
    return tested.why === 'empty' ? false : 'unknown';
  });
  const truth = all(truths);
  return truth === true && 'isNear' in tested && tested.isNear ? 'unknown' : truth;
}

/** A number as JSON writes it, without an exponent, which not every parser reads. */
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?$/;
/** A double keeps all decimals of 15 digits. */
const MAX_DIGITS = 15;

/** Reads a number or a plain numeric string; undefined for units, separators, blanks and foreign digits. */
function numberOf(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  if (typeof value !== 'string' || value.length > 2 * MAX_DIGITS || !NUMBER.test(value)) return undefined;
  return value.replace(/\D/g, '').length <= MAX_DIGITS ? Number(value) : undefined;
}

function compare(value: unknown, isTrue: (number: number) => boolean): Truth {
  const number = numberOf(value);
  return number === undefined ? 'unknown' : isTrue(number);
}

function isEqual(wanted: string | number | boolean, value: unknown): Truth {
  if (typeof wanted === 'number') return compare(value, (number) => number === wanted);
  if (typeof value !== typeof wanted) return 'unknown';
  if (value === wanted || typeof value !== 'string') return value === wanted;
  return plain(value) === plain(String(wanted)) && 'unknown';
}

function isIn(list: readonly (string | number)[], value: unknown): Truth {
  return any(list.map((wanted) => isEqual(wanted, value)));
}

/** The steps of a match are at most the product of both lengths. */
const MAX_STEPS = 10_000_000;

/** Returns whether the whole string matches the glob; unknown if it does only in another case or disguise. */
export function matchesPattern(pattern: string, value: unknown): Truth {
  if (typeof value !== 'string' || pattern.length * value.length > MAX_STEPS) return 'unknown';
  return matchesGlob(pattern, value) || (matchesGlob(plain(pattern), plain(value)) && 'unknown');
}

function measure(value: unknown, isTrue: (length: number) => boolean): Truth {
  return typeof value === 'string' || Array.isArray(value) ? isTrue(value.length) : 'unknown';
}

/** The string as a lenient reader takes it: without escapes, disguise, case, and blanks around it or in a row. */
export function plain(text: string): string {
  const open = unescapeText(text)?.text ?? text;
  return normalise(open)
    .replace(/\s{2,}|[^\S ]/g, ' ')
    .trim()
    .toUpperCase()
    .toLowerCase();
}
