import { amountsIn } from './amounts.ts';
import { LETTERS } from './letters.ts';
import { hostName } from './web-address.ts';

/** What texts name, each kind in the one form in which it is compared. */
export interface Heard {
  /** In lower case, with one space between words. */
  readonly text: string;
  readonly words: ReadonlySet<string>;
  readonly hosts: ReadonlySet<string>;
  readonly addresses: ReadonlySet<string>;
  readonly amounts: ReadonlySet<string>;
  /** Nothing but the words, run together: account numbers are grouped in many ways. */
  readonly compact: string;
  /** 1 where a word begins in `compact`, and at its end. */
  readonly starts: Uint8Array;
}

const ADDRESS = new RegExp(`@(?<=([^\\s,;:<>"\'()[\\]{}@]{1,64})@)([${LETTERS}][${LETTERS}.-]{0,254})`, 'g');
const DOMAIN = new RegExp(`@[${LETTERS}.-]+`, 'g');
const FIRST_SIGNS = new RegExp(`^[^${LETTERS}]+`);
const PLAIN_LOCAL = new RegExp(`[${LETTERS}._+-]*$`);
const WORD = new RegExp(`[${LETTERS}]+`, 'g');
/** Words with dots between. It begins where a word does, so that a long one is not read once for each of its letters. */
const DOTTED = new RegExp(`(?<![${LETTERS}_-])[${LETTERS}_-]{1,63}(?:\\.[${LETTERS}_-]{1,63}){1,20}`, 'g');
const SPELT_AT = new RegExp(` ?[([{]at[)\\]}] ?| at (?=[${LETTERS}-]{1,63}(?:\\.| ?[([{]?dot))| @ ?|@ `, 'g');
const SPELT_DOT = / ?[([{]dot[)\]}] ?| dot | \. ?(?=[a-z])/g;

/**
 * @param passages in lower case
 * @param areStrict whether only what is written as such counts (the user's words), or also what a model could read as such (a
 * tool's output): addresses that are spelt out, the host of an address, the parts of a row of numbers
 */
export function hear(passages: readonly string[], areStrict: boolean): Heard {
  const text = passages.join('\n').replace(/\s{2,}|[^\S ]/g, ' ');
  const spelt = areStrict ? text : speltOut(text);
  const { words, compact, starts } = wordsIn(text);
  const addresses = new Set<string>();
  for (const [, local = '', domain = ''] of spelt.matchAll(ADDRESS)) {
    addresses.add(`${local.replace(FIRST_SIGNS, '')}@${hostName(domain)}`);
    if (!areStrict) addresses.add(`${PLAIN_LOCAL.exec(local)?.[0] ?? ''}@${hostName(domain)}`);
  }
  const hosts = new Set<string>();
  const withHosts = areStrict ? [text.replace(DOMAIN, ' ')] : spelt === text ? [text] : [text, spelt];
  for (const each of withHosts) for (const host of hostsIn(each)) hosts.add(host);
  return { text, words, compact, starts, addresses, hosts, amounts: new Set(amountsIn(text, !areStrict)) };
}

/** The words of a text, nothing but letters and digits. `text` in lower case. */
export function wordsOf(text: string): string[] {
  return text.match(WORD) ?? [];
}

function wordsIn(text: string): Pick<Heard, 'words' | 'compact' | 'starts'> {
  const inOrder = wordsOf(text);
  const compact = inOrder.join('');
  const starts = new Uint8Array(compact.length + 1);
  let at = 0;
  for (const word of inOrder) {
    starts[at] = 1;
    at += word.length;
  }
  starts[at] = 1;
  return { words: new Set(inOrder), compact, starts };
}

/** Whatever could be a host. */
function hostsIn(text: string): readonly string[] {
  return [...new Set(text.match(DOTTED))].map(hostName);
}

/** "mark (at) example dot com" is read as an address, and not searched for as such. */
function speltOut(text: string): string {
  return text.replace(SPELT_AT, '@').replace(SPELT_DOT, '.');
}
