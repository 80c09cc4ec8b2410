import { keyWords, memoizeByKey } from '../key-words.ts';
import { LabelFinder, type FoundLabel } from '../label-finder.ts';
import { LABEL_WORDS, type LabelKind } from './data/labels.ts';

/** A label that identifies the number after it. */
export type Label = FoundLabel<LabelKind>;

const finder = new LabelFinder(
  Object.entries(LABEL_WORDS).flatMap(([kind, words]) => words.map((word) => [word, kind as LabelKind] as const)),
);

const labelsOfKey = memoizeByKey((key): readonly Label[] => {
  const name = keyWords(key).join(' ');
  return finder
    .in(name)
    .filter(({ kind, end }) => kind !== 'OTHER' || end === name.length)
    .map(({ kind }) => ({ kind, start: -1, end: 0 }));
});

/** Lists the labels of a string in order, after those of its field's name, which are placed before the string. */
export function labelsOf(text: string, key: string | undefined): readonly Label[] {
  const labels = finder.in(text);
  const ofKey = key === undefined ? [] : labelsOfKey(key);
  return ofKey.length === 0 ? labels : [...ofKey, ...labels];
}

/** Finds the nearest label of some kinds, in logarithmic time. */
export interface LabelsNear {
  /** Returns the last label that ends at a place, or at most `reach` characters before it. */
  before(place: number, reach: number): Label | undefined;
  /** Returns the first label that starts at a place, or at most `reach` characters after it. */
  after(place: number, reach: number): Label | undefined;
}

export function labelsNear(labels: readonly Label[], wanted: readonly LabelKind[]): LabelsNear {
  const relevant = labels.filter(({ kind }) => wanted.includes(kind));
  return {
    before(place, reach) {
      const last = lastBefore(relevant, place);
      return last && place - last.end <= reach ? last : undefined;
    },
    after(place, reach) {
      if (relevant.length === 0) return undefined;
      const first = relevant[firstWhere(relevant, ({ start }) => start >= place)];
      return first && first.start - place <= reach ? first : undefined;
    },
  };
}

// `Order no. `, `Die Auftragsnummer ist `, `SKU: `
const JOINT =
  /^[^\p{L}\p{N}\n]{0,4}(?:(?:is|was|ist|lautet|est|es|é|è|no|nr|n|number|id)[^\p{L}\p{N}\n]{1,3}|[はが是为為은는이가] ?){0,2}$/iu;
// A value may have a prefix, as in `order_id: 'PO-0412'`.
const MAX_PREFIX = 12;

/** Returns true if the nearest label says that a number is of no person: an order's, a part's, an invoice's. */
export function isNamedOtherwise(text: string, labels: readonly Label[], start: number): boolean {
  const label = lastBefore(labels, start);
  if (label?.kind !== 'OTHER') return false;
  return label.start < 0 ? start <= MAX_PREFIX : start - label.end <= 24 && JOINT.test(text.slice(label.end, start));
}

function lastBefore(labels: readonly Label[], place: number): Label | undefined {
  return labels.length === 0 ? undefined : labels[firstWhere(labels, ({ end }) => end > place) - 1];
}

function firstWhere(labels: readonly Label[], holds: (label: Label) => boolean): number {
  let [low, high] = [0, labels.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const label = labels[middle];
    if (label && holds(label)) high = middle;
    else low = middle + 1;
  }
  return low;
}
