import { normalise } from '../../detection/normalise.ts';
import { wordsOf, type Heard } from './text-index.ts';
import type { Part } from './value-parts.ts';
import { withParents } from './web-address.ts';

/** In characters of text that one question may search; far more than a model reads. */
const MOST_SEARCHED = 40_000_000;
const MOST_PLACES = 1_000;
/** As many digits of a telephone number as are the same with its prefix and without. */
const PHONE_DIGITS = 9;

/** How much may still be searched; what goes beyond counts as a tool's, and not as the user's. */
export class Search {
  #left = MOST_SEARCHED;

  /** Whether a text may be searched once more. */
  isAffordable(text: string): boolean {
    this.#left -= text.length;
    return this.#left >= 0;
  }
}

/** What a tool returned is read in the attacker's favour. */
export function isReturned(part: Part, heard: Heard, search: Search): boolean {
  switch (part.kind) {
    case 'web': {
      const { host, writtenHost } = part.address;
      return [...withParents(host), ...withParents(writtenHost)].some((one) => hasHost(one, heard));
    }
    case 'address':
      return heard.addresses.has(part.address);
    case 'amount':
      return part.readings.some((reading) => heard.amounts.has(reading));
    case 'code': {
      const digits = /^\d{10,}$/.test(part.code) ? part.code.slice(-PHONE_DIGITS) : part.code;
      return !search.isAffordable(heard.compact) || heard.compact.includes(digits);
    }
    case 'text': {
      const said = wordsOf(part.text);
      if (said.length === 0 || !said.every((word) => heard.words.has(word))) return false;
      return said.length === 1 || !search.isAffordable(heard.compact) || heard.compact.includes(said.join(''));
    }
  }
}

/** What the user said is read strictly: whole words, whole addresses, in the very letters. */
export function isSaid(part: Part, heard: Heard, search: Search): boolean {
  switch (part.kind) {
    case 'web': {
      const { host } = part.address;
      return hasHost(host, heard);
    }
    case 'address':
      return heard.addresses.has(part.address);
    case 'amount':
      return part.readings.some((reading) => heard.amounts.has(reading));
    case 'code': {
      if (!search.isAffordable(heard.compact)) return false;
      const code = part.isPhone ? part.code.slice(-PHONE_DIGITS) : part.code;
      return stands(
        code,
        heard.compact,
        (from, to) => heard.starts[to] === 1 && (part.isPhone || heard.starts[from] === 1),
      );
    }
    case 'text':
      return search.isAffordable(heard.text) && standsAsWords(part.text.replace(/\s+/g, ' '), heard.text);
  }
}

/** Whether an address of the web stands there as it is, with all that it carries. `heard` as it was returned, or said. */
export function isVerbatim(part: Part, heard: Heard, search: Search): boolean {
  if (part.kind !== 'web') return false;
  const { written, writtenHost, host } = part.address;
  // A host alone carries nothing.
  if (written.replace(/:\d{1,5}$/, '') === writtenHost && (hasHost(host, heard) || hasHost(writtenHost, heard)))
    return true;
  const isEdge = (from: number, to: number): boolean =>
    !/[\p{L}\p{Nd}@_-]/u.test(heard.text.charAt(from - 1)) &&
    /^(?:[/.,;:!?]?(?:$|[\s"'<>)\]},;`*|]))/.test(heard.text.slice(to, to + 2));
  return search.isAffordable(heard.text) && stands(written, heard.text, isEdge);
}

/** `localhost` is a word like others. */
function hasHost(host: string, heard: Heard): boolean {
  return (host.includes('.') ? heard.hosts : heard.words).has(host);
}

/** The part as a lenient reader takes it: without disguise. */
export function plainly(entry: string): string {
  return normalise(entry).toLowerCase();
}

function standsAsWords(part: string, text: string): boolean {
  // `maria` is not in anna-maria@gmail.com, `acme.co` not in acme.co.nz.
  return stands(
    part,
    text,
    (from, to) =>
      !/[\p{L}\p{Nd}._+-]/u.test(text.charAt(from - 1)) &&
      !/^(?:[\p{L}\p{Nd}@_]|[.-][\p{L}\p{Nd}])/u.test(text.slice(to, to + 2)),
  );
}

function stands(part: string, text: string, isWhole: (from: number, to: number) => boolean): boolean {
  let at = text.indexOf(part);
  for (let places = 0; at !== -1 && places < MOST_PLACES; places += 1) {
    if (isWhole(at, at + part.length)) return true;
    at = text.indexOf(part, at + 1);
  }
  return false;
}
