import { withoutTag, wordsOf, type TextIndex } from './text-index.ts';
import type { Part } from './value-text.ts';
import { withParents } from './web-address.ts';

/** Characters that one evaluation may search, far more than a model reads. */
const MAX_SEARCHED = 40_000_000;
const MAX_MATCHES = 1_000;
/** The number of last digits of a phone number that are the same with and without its prefix. */
export const PHONE_DIGITS = 9;

/** The remaining search budget. Once it is spent, a value counts as the tool's and not as the user's. */
export class SearchBudget {
  #left = MAX_SEARCHED;

  /** Spends the cost of searching a string. Returns false if the budget is exceeded. */
  canSearch(text: string): boolean {
    this.#left -= text.length;
    return this.#left >= 0;
  }
}

/** Returns true if one of some tool outputs contains the part. Lenient: in doubt, the value counts as the tool's. */
export function isInToolOutputs(part: Part, indexes: readonly TextIndex[], budget: SearchBudget): boolean {
  switch (part.kind) {
    case 'web': {
      const { host, writtenHost } = part.address;
      const hosts = [...new Set([...withParents(host), ...withParents(writtenHost)])];
      return indexes.some((index) => hosts.some((one) => hasHost(one, index)));
    }
    case 'address': {
      const addresses = [...new Set([part.address, withoutTag(part.address)])];
      return indexes.some((index) => addresses.some((one) => index.hasAddress(one)));
    }
    case 'amount':
      return indexes.some((index) => part.readings.some((reading) => index.hasAmount(reading)));
    case 'code': {
      const { code } = part;
      const digits = /^\d{10,}$/.test(code) ? code.slice(-PHONE_DIGITS) : code;
      return indexes.some(
        (index) => !budget.canSearch(index.compact) || index.compact.includes(digits) || isJoined(code, index),
      );
    }
    case 'text': {
      const within = indexes.filter((index) => index.mayContain(part.text));
      const words = within.length > 0 ? wordsOf(part.text) : [];
      return (
        words.length > 0 &&
        within.some(
          (index) =>
            words.every((word) => index.hasWord(word)) &&
            (words.length === 1 || !budget.canSearch(index.compact) || index.compact.includes(words.join(''))),
        )
      );
    }
  }
}

/** Returns true if the user's messages contain the part. Strict: whole words, whole addresses, exact letters. */
export function isInUserMessages(part: Part, index: TextIndex, budget: SearchBudget): boolean {
  switch (part.kind) {
    case 'web': {
      const { host } = part.address;
      return hasHost(host, index);
    }
    case 'address':
      return index.hasAddress(part.address) || index.hasAddress(withoutTag(part.address));
    case 'amount':
      return part.readings.some((reading) => index.hasAmount(reading));
    case 'code': {
      if (!budget.canSearch(index.compact)) return false;
      const code = part.isPhone ? part.code.slice(-PHONE_DIGITS) : part.code;
      return containsWhole(
        code,
        index.compact,
        (from, to) => index.starts[to] === 1 && (part.isPhone || index.starts[from] === 1),
      );
    }
    case 'text':
      return budget.canSearch(index.text) && containsWords(part.text.replace(/\s+/g, ' '), index.text);
  }
}

/** Returns true if a URL is in the text as a whole, with its path and query. */
export function isVerbatim(part: Part, index: TextIndex, budget: SearchBudget): boolean {
  if (part.kind !== 'web') return false;
  const { written, writtenHost, host } = part.address;
  // A host alone carries no data.
  if (written.replace(/:\d{1,5}$/, '') === writtenHost && (hasHost(host, index) || hasHost(writtenHost, index)))
    return true;
  if (!index.mayContain(written)) return false;
  const isEdge = (from: number, to: number): boolean =>
    !/[\p{L}\p{Nd}@_-]/u.test(index.text.charAt(from - 1)) &&
    /^(?:[/.,;:!?]?(?:$|[\s"'<>)\]},;`*|]))/.test(index.text.slice(to, to + 2));
  return budget.canSearch(index.text) && containsWhole(written, index.text, isEdge);
}

const MIN_PIECE = 4;
const MAX_JOINED = 64;

/** Returns true if a code consists of words: `DE89370400` and `440532013000` in two cells of a table. */
function isJoined(code: string, index: TextIndex): boolean {
  if (code.length > MAX_JOINED) return false;
  const ends = new Set([0]);
  for (const from of ends) {
    for (let to = from + MIN_PIECE; to <= code.length; to += 1) if (index.hasWord(code.slice(from, to))) ends.add(to);
  }
  return ends.has(code.length);
}

/** Searches a host; one without a dot, such as `localhost`, is indexed as a word. */
function hasHost(host: string, index: TextIndex): boolean {
  return host.includes('.') ? index.hasHost(host) : index.hasWord(host);
}

function containsWords(part: string, text: string): boolean {
  // `maria` is not in anna-maria@gmail.com, and `acme.co` is not in acme.co.nz.
  return containsWhole(
    part,
    text,
    (from, to) =>
      !/[\p{L}\p{Nd}._+-]/u.test(text.charAt(from - 1)) &&
      !/^(?:[\p{L}\p{Nd}@_]|[.-][\p{L}\p{Nd}])/u.test(text.slice(to, to + 2)),
  );
}

function containsWhole(part: string, text: string, isWhole: (from: number, to: number) => boolean): boolean {
  let at = text.indexOf(part);
  for (let tries = 0; at !== -1 && tries < MAX_MATCHES; tries += 1) {
    if (isWhole(at, at + part.length)) return true;
    at = text.indexOf(part, at + 1);
  }
  return false;
}
