import { eachMatch, oneOf } from '../patterns.ts';
import { LABELLED_NUMBERS, type HealthNumber } from './data/numbers.ts';

const ruleOf = new Map(LABELLED_NUMBERS.flatMap(({ labels, rule }) => labels.map((label) => [label, rule] as const)));
const LABEL = new RegExp(
  String.raw`(?<![a-z\d])(?:${oneOf([...ruleOf.keys()], (label) => label.replaceAll(' ', '[ _-]{0,2}'))})(?![a-z\d])`,
  'gi',
);
const plain = (words: string): string => words.toLowerCase().replace(/[ _-]+/g, '');
const ruleOfPlain = new Map([...ruleOf].map(([label, rule]) => [plain(label), rule]));

/** The first words of the labels. A string without any of them has no label. */
export const LABEL_BEGINNINGS: readonly string[] = [
  ...new Set([...ruleOf.keys()].map((label) => label.replace(/ .*/, ''))),
];

/** A label that identifies the number after it. */
export interface NumberLabel {
  readonly start: number;
  readonly end: number;
  readonly rule: HealthNumber;
}

/** Lists the labels in a string, in order. */
export function numberLabels(text: string): readonly NumberLabel[] {
  const labels: NumberLabel[] = [];
  eachMatch(LABEL, text, ({ 0: label, index: start }) => {
    const rule = ruleOfPlain.get(plain(label));
    if (rule) labels.push({ start, end: start + label.length, rule });
  });
  return labels;
}
