import { eachMatch, firstMatch } from './each-match.ts';
import { LABEL_BEGINNINGS, numberLabels, STRUCTURED_NUMBERS, type Rule } from './health-numbers.ts';
import { PHRASES } from './health-phrases.ts';
import { keyWords, memoizeByKey } from './key-words.ts';
import type { Detector, Span } from './span.ts';
import { WordGate } from './word-gate.ts';

const REACH = 32;
const LONGEST_BY_KEY = 64;
const gate = new WordGate([LABEL_BEGINNINGS, ...PHRASES.map(({ words }) => words)]);

const NOTHING =
  /^\s*(?:none|unknown|n\/?a|null|nil|no|yes|true|false|other|not (?:provided|available|applicable|specified)|[\s\d.,:-]*)\s*$/i;
const PLACEHOLDER = /\[REDACTED:[A-Z0-9_#:-]{1,60}\]/g;
const HEALTH_KEYS = new Set([
  'diagnosis',
  'diagnoses',
  'prescription',
  'prescriptions',
  'medication',
  'medications',
  'symptom',
  'symptoms',
  'allergy',
  'allergies',
  'patient',
  'patientname',
  'icd',
  'icd9',
  'icd10',
  'comorbidities',
  'diagnose',
  'diagnostic',
]);
const HEALTH_KEY_PAIRS = new Set([
  'medical history',
  'medical condition',
  'medical conditions',
  'medical notes',
  'medical record',
  'medical records',
  'health condition',
  'health conditions',
  'health status',
  'health history',
  'lab result',
  'lab results',
  'blood type',
  'blood group',
  'clinical notes',
  'clinical note',
  'chief complaint',
  'treatment plan',
  'mental health',
]);
const NOT_HEALTH = new Set(['id', 'ids', 'count', 'url', 'type', 'enabled', 'status', 'code', 'mode', 'level']);

/** What the name of a field says about its value: what a number in it is, and whether it tells of someone's health. */
const saidByKey = memoizeByKey((key) => {
  const words = keyWords(key);
  const named = words.some((word) => HEALTH_KEYS.has(word)) && !NOT_HEALTH.has(words.at(-1) ?? '');
  const paired = words.some((word, at) => HEALTH_KEY_PAIRS.has(`${word} ${words[at + 1] ?? ''}`));
  return { labels: numberLabels(words.join(' ')), isOfHealth: named || paired };
});

function saysNothing(text: string): boolean {
  const said = text.replace(PLACEHOLDER, '');
  return NOTHING.test(said.slice(0, 200)) || !/\p{L}/u.test(said);
}

function findAll(text: string, [type, pattern, isRight]: Rule, found: Span[]): void {
  eachMatch(pattern, text, ({ 0: match, index }) => {
    if (isRight && !isRight(match)) return;
    found.push({ start: index, end: index + match.length, dataClass: 'PHI', type });
  });
}

function findFirst(text: string, offset: number, [type, pattern, isRight = always]: Rule, found: Span[]): void {
  const match = firstMatch(pattern, text, isRight);
  if (!match) return;
  const start = offset + match.index;
  found.push({ start, end: start + match[0].length, dataClass: 'PHI', type });
}

const always = (): boolean => true;

/** Each label is looked behind as far as the next one, so that the windows together are no longer than the text. */
function findLabelled(text: string, found: Span[]): void {
  const labels = numberLabels(text);
  labels.forEach(({ end: from, rule }, at) => {
    const end = Math.min(from + REACH, labels[at + 1]?.start ?? text.length);
    findFirst(text.slice(from, end), from, rule, found);
  });
}

/**
 * Data on the health of persons (class `PHI`): Medicare, provider's, NHS and medical record numbers, ICD codes behind a word
 * that says so, phrases such as "diagnosed with", and fields named for a diagnosis, a prescription or a patient.
 */
export const findHealth: Detector = (text, { key }, found) => {
  if (/\d/.test(text)) for (const rule of STRUCTURED_NUMBERS) findAll(text, rule, found);
  const present = gate.listsIn(text);
  if (present !== 0) {
    PHRASES.forEach(({ rule }, at) => {
      if (present & (2 << at)) findAll(text, rule, found);
    });
    if (present & 1) findLabelled(text, found);
  }
  if (key === undefined) return;
  const { labels, isOfHealth } = saidByKey(key);
  if (text.length <= LONGEST_BY_KEY) for (const { rule } of labels) findFirst(text, 0, rule, found);
  if (isOfHealth && !saysNothing(text)) found.push({ start: 0, end: text.length, dataClass: 'PHI', type: 'HEALTH' });
};
