import { matchAt } from './patterns.ts';
import { WordFinder } from './words.ts';

/** A label that identifies the number after it. */
export interface FoundLabel<K> {
  readonly kind: K;
  readonly start: number;
  readonly end: number;
}

const plain = (words: string): string => words.toLowerCase().replace(/[^\p{L}\p{N}\p{M}]+/gu, '');
const spaced = (words: string): string => words.replaceAll("'", "['’]?").replaceAll(' ', '[ _-]{0,2}');
const FIRST_WORD = /^[\p{L}\p{N}\p{M}]+/u;
// Chinese, Japanese and Arabic join words without spaces, or with prefixes; Russian words have endings.
const JOINED = /^\p{Lo}/u;
const ENDING: readonly (readonly [script: RegExp, ending: string])[] = [
  [JOINED, ''],
  [/^\p{Script=Cyrillic}/u, String.raw`[а-яё]{0,3}(?!\p{L})`],
  [/^/, '(?![a-z])'],
];

/** Finds many labels in one pass over a string. */
export class LabelFinder<K> {
  readonly #finder: WordFinder;
  /** The first words of the labels, each with a sticky pattern for all labels that begin with it. */
  readonly #firsts: readonly { readonly length: number; readonly isJoined: boolean; readonly pattern: RegExp }[];
  readonly #kinds: ReadonlyMap<string, K>;

  /** @param labels in lower case; a space matches a space, a dash, an underscore or nothing */
  constructor(labels: readonly (readonly [label: string, kind: K])[]) {
    this.#kinds = new Map(labels.map(([label, kind]) => [plain(label), kind]));
    const byFirst = new Map<string, string[]>();
    for (const [label] of labels.toSorted(([one], [other]) => other.length - one.length)) {
      const first = FIRST_WORD.exec(label)?.[0] ?? label;
      byFirst.set(first, [...(byFirst.get(first) ?? []), spaced(label)]);
    }
    this.#finder = new WordFinder([...byFirst.keys()]);
    this.#firsts = Array.from(byFirst, ([first, alternatives]) => ({
      length: first.length,
      isJoined: JOINED.test(first),
      pattern: new RegExp(
        `(${alternatives.join('|')})${ENDING.find(([script]) => script.test(first))?.[1] ?? ''}`,
        'iuy',
      ),
    }));
  }

  /** Lists the labels in a string, in order. They do not overlap. */
  in(text: string): FoundLabel<K>[] {
    const labels: FoundLabel<K>[] = [];
    let behind = 0;
    this.#finder.each(text, (index, endOfFirst) => {
      const first = this.#firsts[index];
      if (!first) return;
      const start = endOfFirst - first.length;
      // A longer label may begin with the one before: `注文`, `注文番号`.
      const isLonger = labels.at(-1)?.start === start;
      if ((start < behind && !isLonger) || (!first.isJoined && isInWord(text, start - 1))) return;
      const match = matchAt(first.pattern, text, start);
      const kind = match ? this.#kinds.get(plain(match[1] ?? '')) : undefined;
      if (!match || kind === undefined) return;
      if (isLonger) labels.pop();
      behind = start + match[0].length;
      labels.push({ kind, start, end: behind });
    });
    return labels;
  }
}

function isInWord(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  if (code < 128) return (code >= 48 && code <= 57) || ((code | 32) >= 97 && (code | 32) <= 122);
  return code >= 128 && /[\p{Script=Latin}\p{Script=Cyrillic}]/u.test(text.charAt(at));
}
