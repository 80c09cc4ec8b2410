import { partsOf, ValueText } from './value-text.ts';

/** How the user's messages point to entries of outputs. */
export interface Pointers {
  /** Returns true for a value, in lower case, by which they name its entry. */
  readonly isNamed: (value: string) => boolean;
}

/** Reads the phrases and identifiers of a lower-case text by which it may name an entry. */
export function pointersIn(text: string): Pointers {
  const phrases = phrasesIn(text);
  const identifiers = identifiersIn(text);
  return {
    isNamed: (value) => phrases.some((phrase) => startsWithWord(value, phrase)) || identifiers.has(bare(value)),
  };
}

const THING =
  '(?:e-?mails?|mails?|messages?|invitations?|events?|meetings?|appointments?|notes?|files?|documents?|invoices?|bills?|tickets?|issues?|orders?|bookings?|transactions?|entry|entries|letters?|pages?|forms?|posts?|comments?|lists?|records?)';
const QUOTED = `["'“‘«„]([^"'“”‘’«»„\\n]{2,80})["'”’»“]`;
const SAID = '((?:[\\p{L}\\p{Nd}._-]{1,40} ?){1,3})';
/** How users name an entry: the event "Lunch", the "Lunch" event, order 5512, the mail from Ann, Ann's last mail. */
const POINTERS = [
  new RegExp(`\\b${THING} (?:called |named |titled |with the (?:title|subject|name) )?${QUOTED}`, 'giu'),
  new RegExp(`${QUOTED} ${THING}\\b`, 'giu'),
  new RegExp(`\\b${THING} (?:no\\.? |number )?#?([\\p{L}-]{0,10}\\d[\\p{L}\\p{Nd}./_-]{0,30})`, 'giu'),
  new RegExp(`\\b${THING} (?:from|of|by|called|named|titled) ${SAID}`, 'giu'),
  new RegExp(`([\\p{L}\\p{Nd}._-]{2,40})['’]s (?:[\\p{L}]{1,20} ){0,2}${THING}\\b`, 'giu'),
];
const COMMON = new Set(
  'the a an my our your his her their this that these those last next all me you him them it who'.split(' '),
);

/** Lists the phrases by which a text points to entries, each also without its last words. */
function phrasesIn(text: string): readonly string[] {
  const found = POINTERS.flatMap((pointer) =>
    [...text.matchAll(pointer)].map(([, phrase = '']) => phrase.replace(/[\s.,;:!?]+$/, '')),
  );
  const beginnings = found.flatMap((phrase) => {
    const words = phrase.split(' ');
    return /["'“‘«„]/.test(phrase) ? [phrase] : words.map((_, index) => words.slice(0, index + 1).join(' '));
  });
  return [...new Set(beginnings)].filter((phrase) => phrase.length > 2 && !COMMON.has(phrase.split(' ')[0] ?? ''));
}

function startsWithWord(text: string, phrase: string): boolean {
  return text.startsWith(phrase) && !/^[\p{L}\p{Nd}]/u.test(text.slice(phrase.length));
}

/** A name of a file, a number of an invoice, a web address; no date or other number. */
const IDENTIFIER = /^(?!\d[\d.:/-]*(?:t[\d:.]+z?)?$)(?=.*[\d./_-])\S{4,300}$/;

/** Lists the identifiers in a text, but no addresses and accounts of people: those name no entry. */
function identifiersIn(text: string): ReadonlySet<string> {
  const words = text.split(/[\s"'“”‘’«»„<>()[\]{},;]+/).map((word) => word.replace(/[.:!?]+$/, ''));
  const isPerson = (word: string): boolean =>
    new ValueText(word).isAddress(false, true) && partsOf(word)[0]?.kind !== 'web';
  return new Set(words.filter((word) => IDENTIFIER.test(word) && !isPerson(word)).map(bare));
}

/** Removes what may stand before and after a web address. */
function bare(word: string): string {
  return word.replace(/^(?:https?:\/\/)?(?:www\.)?|\/$/g, '');
}
