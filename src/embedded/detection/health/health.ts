import { keyWords, memoizeByKey } from '../key-words.ts';
import { LabelFinder } from '../label-finder.ts';
import { NearWords } from '../near-words.ts';
import { eachMatch, firstMatch } from '../patterns.ts';
import type { Detector, Span } from '../span.ts';
import { HEALTH_WORD_PAIRS, HEALTH_WORDS, NOT_HEALTH } from './data/field-names.ts';
import { LABELLED_NUMBERS, STRUCTURED_NUMBERS, type HealthNumber } from './data/numbers.ts';
import { HEALTH_PHRASES } from './data/phrases.ts';

/** Maximum number of characters between a label and its number. */
const REACH = 32;
const MAX_VALUE_LENGTH = 64;
const numberLabels = new LabelFinder(
  LABELLED_NUMBERS.flatMap(({ labels, rule }) => labels.map((label) => [label, rule] as const)),
);
const phrases = new NearWords(HEALTH_PHRASES);

const EMPTY_VALUE =
  /^\s*(?:none|unknown|n\/?a|null|nil|no|yes|true|false|other|not (?:provided|available|applicable|specified)|[\s\d.,:-]*)\s*$/i;
const PLACEHOLDER = /\[REDACTED:[A-Z0-9_#:-]{1,60}\]/g;

/** Finds the number labels in a field's name, and checks whether the name means health data. */
const meaningOf = memoizeByKey((key) => {
  const words = keyWords(key);
  const named = words.some((word) => HEALTH_WORDS.has(word)) && !NOT_HEALTH.has(words.at(-1) ?? '');
  const paired = words.some((word, at) => HEALTH_WORD_PAIRS.has(`${word} ${words[at + 1] ?? ''}`));
  return { labels: numberLabels.in(words.join(' ')), isHealth: named || paired };
});

function isEmptyValue(text: string): boolean {
  const rest = text.replace(PLACEHOLDER, '');
  return EMPTY_VALUE.test(rest.slice(0, 200)) || !/\p{L}/u.test(rest);
}

function findAll(text: string, [type, pattern, isValid]: HealthNumber, found: Span[]): void {
  eachMatch(pattern, text, ({ 0: match, index }) => {
    if (isValid && !isValid(match)) return;
    found.push({ start: index, end: index + match.length, dataClass: 'PHI', type });
  });
}

function findFirst(text: string, offset: number, [type, pattern, isValid = always]: HealthNumber, found: Span[]): void {
  const match = firstMatch(pattern, text, isValid);
  if (!match) return;
  const start = offset + match.index;
  found.push({ start, end: start + match[0].length, dataClass: 'PHI', type });
}

const always = (): boolean => true;

/** Searches behind each label up to the next one, so that all windows together are no longer than the text. */
function findLabelled(text: string, found: Span[]): void {
  const labels = numberLabels.in(text);
  labels.forEach(({ end: from, kind: rule }, at) => {
    const end = Math.min(from + REACH, labels[at + 1]?.start ?? text.length);
    findFirst(text.slice(from, end), from, rule, found);
  });
}

/**
 * Finds data on the health of people (class `PHI`): Medicare, provider, NHS and medical record numbers, ICD codes after
 * a label, phrases such as "diagnosed with", and fields named for a diagnosis, a prescription or a patient.
 */
export const findHealth: Detector = (text, { key, isJoined }, found) => {
  if (isJoined === true) return;
  if (/\d/.test(text)) for (const rule of STRUCTURED_NUMBERS) findAll(text, rule, found);
  findLabelled(text, found);
  phrases.each(text, (match, start, { type }) => {
    found.push({ start, end: start + match.length, dataClass: 'PHI', type });
  });
  if (key === undefined) return;
  const { labels, isHealth } = meaningOf(key);
  if (text.length <= MAX_VALUE_LENGTH) for (const { kind } of labels) findFirst(text, 0, kind, found);
  if (isHealth && !isEmptyValue(text)) found.push({ start: 0, end: text.length, dataClass: 'PHI', type: 'HEALTH' });
};
