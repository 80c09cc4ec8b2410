import { eachMatch, oneOf } from '../patterns.ts';
import { keyWords, memoizeByKey } from '../key-words.ts';
import { LABEL_WORDS, type LabelKind } from './data/labels.ts';

/** A label that identifies the number after it. */
export interface Label {
  readonly kind: LabelKind;
  readonly start: number;
  readonly end: number;
}

const plain = (words: string): string => words.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, '');
const kinds = new Map(
  Object.entries(LABEL_WORDS).flatMap(([kind, words]) =>
    words.map((word) => [plain(word), kind as LabelKind] as const),
  ),
);
const alternatives = oneOf(Object.values(LABEL_WORDS).flat(), (word) =>
  word.replaceAll("'", "['’]?").replaceAll(' ', '[ _-]{0,2}'),
);
const anyLabel = new RegExp(String.raw`\b(?:${alternatives})(?![a-z])`, 'gi');

function labelsIn(text: string): Label[] {
  const labels: Label[] = [];
  eachMatch(anyLabel, text, ({ 0: words, index }) => {
    const kind = kinds.get(plain(words));
    if (kind) labels.push({ kind, start: index, end: index + words.length });
  });
  return labels;
}

const labelsOfKey = memoizeByKey((key): readonly Label[] =>
  labelsIn(keyWords(key).join(' ')).map(({ kind }) => ({ kind, start: -1, end: 0 })),
);

/** Lists the labels of a string in order, after those of its field's name, which are placed before the string. */
export function labelsOf(text: string, key: string | undefined): readonly Label[] {
  const labels = labelsIn(text);
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
  const firstWhere = (holds: (label: Label) => boolean): number => {
    let [low, high] = [0, relevant.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      const label = relevant[middle];
      if (label && holds(label)) high = middle;
      else low = middle + 1;
    }
    return low;
  };
  return {
    before(place, reach) {
      if (relevant.length === 0) return undefined;
      const last = relevant[firstWhere(({ end }) => end > place) - 1];
      return last && place - last.end <= reach ? last : undefined;
    },
    after(place, reach) {
      if (relevant.length === 0) return undefined;
      const first = relevant[firstWhere(({ start }) => start >= place)];
      return first && first.start - place <= reach ? first : undefined;
    },
  };
}
