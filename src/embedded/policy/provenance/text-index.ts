import { amountsIn } from './amounts.ts';
import { LETTERS } from './letters.ts';
import { hostName } from './web-address.ts';

const ADDRESS = new RegExp(`@(?<=([^\\s,;:<>"\'()[\\]{}@]{1,64})@)([${LETTERS}][${LETTERS}.-]{0,254})`, 'g');
const DOMAIN = new RegExp(`@[${LETTERS}.-]+`, 'g');
const FIRST_SIGNS = new RegExp(`^[^${LETTERS}]+`);
const PLAIN_LOCAL = new RegExp(`[${LETTERS}._+-]*$`);
const WORD = new RegExp(`[${LETTERS}]+`, 'g');
/** Words with dots between. It begins where a word does, so that a long one is not read once for each of its letters. */
const DOTTED = new RegExp(`(?<![${LETTERS}_-])[${LETTERS}_-]{1,63}(?:\\.[${LETTERS}_-]{1,63}){1,20}`, 'g');
const SPELT_AT = new RegExp(` ?[([{]at[)\\]}] ?| at (?=[${LETTERS}-]{1,63}(?:\\.| ?[([{]?dot))| @ ?|@ `, 'g');
const SPELT_DOT = / ?[([{]dot[)\]}] ?| dot | \. ?(?=[a-z])/g;

/** What texts name, each kind in the one form in which it is compared, and worked out when it is first asked for: texts are long. */
export class Heard {
  /** In lower case, with one space between words. */
  readonly text: string;
  readonly #areStrict: boolean;
  #spelt: string | undefined;
  #words: ReadonlySet<string> | undefined;
  #hosts: ReadonlySet<string> | undefined;
  #addresses: ReadonlySet<string> | undefined;
  #amounts: ReadonlySet<string> | undefined;
  #compact: string | undefined;
  #starts: Uint8Array | undefined;

  /**
   * @param passages in lower case
   * @param areStrict whether only what is written as such counts (the user's words), or also what a model could read as such (a
   * tool's output): addresses that are spelt out, the host of an address, the parts of a row of numbers
   */
  constructor(passages: readonly string[], areStrict: boolean) {
    this.text = passages.join('\n').replace(/\s{2,}|[^\S ]/g, ' ');
    this.#areStrict = areStrict;
  }

  get words(): ReadonlySet<string> {
    return (this.#words ??= new Set(wordsOf(this.text)));
  }

  get hosts(): ReadonlySet<string> {
    return (this.#hosts ??= new Set(
      this.#areStrict
        ? hostsIn(this.text.replace(DOMAIN, ' '))
        : [...hostsIn(this.text), ...(this.#speltOut === this.text ? [] : hostsIn(this.#speltOut))],
    ));
  }

  get addresses(): ReadonlySet<string> {
    return (this.#addresses ??= this.#areStrict ? addressesIn(this.text) : addressesIn(this.#speltOut, PLAIN_LOCAL));
  }

  get amounts(): ReadonlySet<string> {
    return (this.#amounts ??= new Set(amountsIn(this.text, !this.#areStrict)));
  }

  /** Nothing but the words, run together: account numbers are grouped in many ways. */
  get compact(): string {
    return (this.#compact ??= wordsOf(this.text).join(''));
  }

  /** 1 where a word begins in `compact`, and at its end. */
  get starts(): Uint8Array {
    return (this.#starts ??= startsOf(wordsOf(this.text), this.compact.length));
  }

  get #speltOut(): string {
    return (this.#spelt ??= speltOut(this.text));
  }
}

/** The words of a text, nothing but letters and digits. `text` in lower case. */
export function wordsOf(text: string): string[] {
  return text.match(WORD) ?? [];
}

function startsOf(inOrder: readonly string[], length: number): Uint8Array {
  const starts = new Uint8Array(length + 1);
  let at = 0;
  for (const word of inOrder) {
    starts[at] = 1;
    at += word.length;
  }
  starts[at] = 1;
  return starts;
}

/** @param also what of the part before the `@` counts by itself, too */
function addressesIn(text: string, also?: RegExp): ReadonlySet<string> {
  const addresses = new Set<string>();
  for (const [, local = '', domain = ''] of text.matchAll(ADDRESS)) {
    const host = hostName(domain);
    addresses.add(`${local.replace(FIRST_SIGNS, '')}@${host}`);
    if (also) addresses.add(`${also.exec(local)?.[0] ?? ''}@${host}`);
  }
  return addresses;
}

/** Whatever could be a host. */
function hostsIn(text: string): readonly string[] {
  return [...new Set(text.match(DOTTED))].map(hostName);
}

/** "mark (at) example dot com" is read as an address, and not searched for as such. */
function speltOut(text: string): string {
  return text.replace(SPELT_AT, '@').replace(SPELT_DOT, '.');
}
