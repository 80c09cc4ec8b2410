import { amountsIn } from './amounts.ts';
import { hostName } from './web-address.ts';

/**
 * Letters and digits of any script in lower case, for a character class. Approximates by Unicode blocks, without those
 * of punctuation, symbols and spaces, because that is many times faster than `\p{L}` on long texts.
 */
const LETTERS = 'a-z0-9\\u00b5\\u00c0-\\u1fff\\u2c00-\\u2dff\\u3040-\\ufdff\\ufe70-\\ufeff\\uff10-\\uffef';
const ADDRESS = new RegExp(`@(?<=([^\\s,;:<>"\'()[\\]{}@]{1,64})@)([${LETTERS}][${LETTERS}.-]{0,254})`, 'g');
const DOMAIN = new RegExp(`@[${LETTERS}.-]+`, 'g');
const FIRST_SIGNS = new RegExp(`^[^${LETTERS}]+`);
const PLAIN_LOCAL = new RegExp(`[${LETTERS}._+-]*$`);
const WORD = new RegExp(`[${LETTERS}]+`, 'g');
/** Words joined by dots. The lookbehind keeps the match linear in long words. */
const DOTTED = new RegExp(`(?<![${LETTERS}_-])[${LETTERS}_-]{1,63}(?:\\.[${LETTERS}_-]{1,63}){1,20}`, 'g');
const SPELT_AT = new RegExp(` ?[([{]at[)\\]}] ?| at (?=[${LETTERS}-]{1,63}(?:\\.| ?[([{]?dot))| @ ?|@ `, 'g');
const SPELT_DOT = / ?[([{]dot[)\]}] ?| dot | \. ?(?=[a-z])/g;

/**
 * The words, hosts, addresses and amounts in a string, in the form in which they are compared. Computed on first use,
 * because texts are long.
 */
export class TextIndex {
  /** The text in lower case, with single spaces. */
  readonly text: string;
  readonly #passages: readonly string[];
  readonly #isStrict: boolean;
  readonly #areFields: boolean;
  #spelt: string | undefined;
  #words: ReadonlySet<string> | undefined;
  #hosts: ReadonlySet<string> | undefined;
  #addresses: ReadonlySet<string> | undefined;
  #amounts: ReadonlySet<string> | undefined;
  #entries: ReadonlySet<string> | undefined;
  #compact: string | undefined;
  #starts: Uint8Array | undefined;

  /**
   * @param passages in lower case
   * @param isStrict true for user messages: indexes literal text only. False for tool outputs: also indexes what a
   * model could read, such as spelt-out addresses, hosts of email addresses and the parts of a row of numbers
   * @param areFields true if the passages are values of fields
   */
  constructor(passages: readonly string[], isStrict: boolean, areFields = false) {
    this.text = passages.join('\n').replace(/\s{2,}|[^\S ]/g, ' ');
    this.#passages = passages;
    this.#isStrict = isStrict;
    this.#areFields = areFields;
  }

  get words(): ReadonlySet<string> {
    return (this.#words ??= new Set(wordsOf(this.text)));
  }

  get hosts(): ReadonlySet<string> {
    return (this.#hosts ??= new Set(
      this.#isStrict
        ? hostsIn(this.text.replace(DOMAIN, ' '))
        : [...hostsIn(this.text), ...(this.#speltOut === this.text ? [] : hostsIn(this.#speltOut))],
    ));
  }

  get addresses(): ReadonlySet<string> {
    return (this.#addresses ??= this.#isStrict ? addressesIn(this.text) : addressesIn(this.#speltOut, PLAIN_LOCAL));
  }

  get amounts(): ReadonlySet<string> {
    return (this.#amounts ??= new Set(amountsIn(this.text, !this.#isStrict)));
  }

  /** What stands alone: in a field, a line, a cell of a table, an entry of a list. Lines of a field are a text. */
  get entries(): ReadonlySet<string> {
    return (this.#entries ??= new Set(
      this.#passages
        .filter((passage) => !this.#areFields || !passage.includes('\n'))
        .flatMap((passage) => passage.split(/[\n|;]|[:,] /))
        .map((entry) => entry.replace(/^[\s*-]{1,9}|[\s.]{1,9}$/g, '')),
    ));
  }

  /** All words without separators, because account numbers are grouped in many ways. */
  get compact(): string {
    return (this.#compact ??= wordsOf(this.text).join(''));
  }

  /** Holds 1 at the start of each word in `compact`, and at its end. */
  get starts(): Uint8Array {
    return (this.#starts ??= startsOf(wordsOf(this.text), this.compact.length));
  }

  get #speltOut(): string {
    return (this.#spelt ??= speltOut(this.text));
  }
}

/** Splits a lower-case text into runs of letters and digits. */
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

/** @param localEnd also index the address with this part of its local part */
function addressesIn(text: string, localEnd?: RegExp): ReadonlySet<string> {
  const addresses = new Set<string>();
  for (const [, local = '', domain = ''] of text.matchAll(ADDRESS)) {
    const host = hostName(domain);
    addresses.add(`${local.replace(FIRST_SIGNS, '')}@${host}`);
    if (!localEnd) continue;
    const plain = `${localEnd.exec(local)?.[0] ?? ''}@${host}`;
    addresses.add(plain).add(withoutTag(plain));
  }
  return addresses;
}

/** Returns the mailbox of a tagged address (RFC 5233): `ann@acme.com` for `ann+news@acme.com`. */
export function withoutTag(address: string): string {
  return address.replace(/(?<!^)\+[^@]*(?=@)/, '');
}

function hostsIn(text: string): readonly string[] {
  return [...new Set(text.match(DOTTED))].map(hostName);
}

/** Converts "mark (at) example dot com" to an address. */
function speltOut(text: string): string {
  return text.replace(SPELT_AT, '@').replace(SPELT_DOT, '.');
}
