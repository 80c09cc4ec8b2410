import { NAME_WORDS } from '../../catalog/data/name-words.ts';
import { keyWords } from '../../detection/key-words.ts';
import { isInUserMessages, SearchBudget } from './find-part.ts';
import type { TextIndex } from './text-index.ts';
import { partsOf, ValueText, type Part } from './value-text.ts';

/** How the user's messages point to entries of outputs, and to what is in them. */
export interface Pointers {
  /** The phrases by which they name entries: `ann` for "Ann's mail". */
  readonly phrases: readonly string[];
  /** True if they ask to answer a message. */
  readonly isReply: boolean;
  /** True if they ask for that, or to tell or to return something to someone. */
  readonly isAnswer: boolean;
  /** Returns true for a value that an identifier in them names, such as a file. */
  readonly hasIdentifier: (value: string) => boolean;
  /** Returns true if they have the things of a function's name: `board members` for list_board_members. */
  readonly hasThingsOf: (functionName: string) => boolean;
  /** Returns true if they have the words of a field's name that tell it from others: `mailing` of `mailing_list`. */
  readonly saysField: (name: string) => boolean;
  /** Returns how many words of a value they have, from its first. */
  readonly saidOf: (value: string) => number;
  /** Returns true for a word that they write as a name: with a capital letter, if it has one. */
  readonly isName: (word: string) => boolean;
  /** The kinds of addresses that they have themselves. */
  readonly given: ReadonlySet<Part['kind']>;
  /** Returns true if they have an amount. */
  readonly hasAmount: (readings: readonly string[]) => boolean;
}

const THING =
  '(?:e-?mails?|mails?|messages?|invitations?|events?|meetings?|appointments?|notes?|files?|documents?|invoices?|bills?|tickets?|issues?|orders?|bookings?|transactions?|payments?|entry|entries|letters?|pages?|forms?|posts?|comments?|lists?|records?)';
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
/** Not "tell me", nor "an answer". */
const TO_OTHERS = '(?! (?:to )?(?:me|us|my questions?|this|the question)\\b)';
const REPLY = new RegExp(
  `(?:(?<!\\b(?:an|the|your) )\\b(?:reply|answer|respond|write(?: [\\p{L}\\p{Nd}.]{1,20}){0,5} back|antworte|antworten|beantworte|réponds?|répondez|responde|contesta|rispondi)|\\ban? (?:answer|reply|response)(?= to))\\b${TO_OTHERS}`,
  'u',
);
const ANSWER = new RegExp(
  `\\b(?:tell|thank|ask|remind|inform|refund|reimburse|repay|(?:send|pay|give)(?: [\\p{L}\\p{Nd}.]{1,20}){0,5} back|let (?!me|us)[\\p{L}\\p{Nd} ]{1,40} know|follow up|danke|erstatte|remercie|agradece|ringrazia)\\b${TO_OTHERS}`,
  'u',
);
const COMMON = new Set(
  'the a an my our your his her their this that these those last next all me you him them it who new any team will can please'.split(
    ' ',
  ),
);
const THINGS = new RegExp(`^${THING}$`, 'u');
const READING: ReadonlySet<string> = new Set(NAME_WORDS.reading.trim().split(/\s+/));
/** Words of names of functions that say nothing of what these return. */
const GENERIC = new Set(
  'file files document documents page pages data record records item items info details result results'.split(' '),
);
/** Words of fields that say what kind of value they have, and not whose it is. */
const KINDS_OF_VALUES = new Set(
  'email mail reply phone mobile telephone number address account iban bic wallet amount price total sum name title id url link date time to from list message text body content note user users contact status type'.split(
    ' ',
  ),
);
/** What is the user's own needs no words. */
const OWN = new Set(['profile', 'whoami', 'myself']);
const MIN_WORD = 4;
/** More phrases than a person points by. */
const MAX_PHRASES = 200;

/**
 * Reads how messages point to entries.
 *
 * @param written the messages as written
 */
export function pointersIn(strict: TextIndex, written: string): Pointers {
  const { text } = strict;
  const words = text.split(/[\s"'“”‘’«»„<>()[\]{},;]+/).map((word) => word.replace(/[.:!?]+$/, ''));
  const identifiers = identifiersIn(words);
  const isReply = REPLY.test(text);
  const names = namesIn(written);
  const budget = new SearchBudget();
  const hasWord = (word: string): boolean => formsOf(word).some((form) => strict.hasWord(form));
  return {
    phrases: phrasesIn(text).slice(0, MAX_PHRASES),
    isReply,
    isAnswer: isReply || ANSWER.test(text),
    hasIdentifier: (value) => identifiers.has(bare(value)),
    hasThingsOf: (functionName) => {
      const words = keyWords(functionName).filter(
        (word) => word.length >= MIN_WORD && !READING.has(word) && !GENERIC.has(word),
      );
      return words.length > 0 && words.every((word) => OWN.has(word) || hasWord(word));
    },
    saysField: (name) => {
      const words = keyWords(name).filter((word) => !KINDS_OF_VALUES.has(word) && !GENERIC.has(word));
      return words.some((word) => word.length >= MIN_WORD || names.has(word)) && words.every(hasWord);
    },
    // Who writes without any capital letter writes names so, too.
    isName: (word) => names.size === 0 || !CASED.test(word) || names.has(word),
    saidOf: (value) => {
      const words = value.replace(/[.,:;!?()"]+(?= |$)/g, '').split(' ');
      for (let length = Math.min(words.length, 5); length > 0; length -= 1) {
        const part = words.slice(0, length).join(' ');
        if (length === 1 && (part.length < 3 || COMMON.has(part) || THINGS.test(part))) return 0;
        if (isInUserMessages({ kind: 'text', text: part }, strict, budget)) return length;
      }
      return 0;
    },
    given: new Set(
      words
        .filter((word) => new ValueText(word).isAddress(false, false))
        .flatMap((word) => partsOf(word).map(({ kind }) => kind)),
    ),
    hasAmount: (readings) => readings.some((reading) => strict.hasAmount(reading)),
  };
}

function formsOf(word: string): readonly string[] {
  const one = word.length < MIN_WORD ? word : word.replace(/s$/, '');
  return [word, one, `${one}s`, ...(/^e?mails?$/.test(word) ? ['mail', 'mails', 'email', 'emails'] : [])];
}

/** Lists the phrases by which a message points to entries, each also without its last words. */
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

/** A name of a file, a number of an invoice, a web address; no date or other number. */
const IDENTIFIER = /^(?!\d[\d.:/-]*(?:t[\d:.]+z?)?$)(?=.*[\d./_-])\S{4,300}$/;

/** Lists the identifiers among words, but no addresses and accounts of people: those name no entry. */
function identifiersIn(words: readonly string[]): ReadonlySet<string> {
  const isPerson = (word: string): boolean =>
    new ValueText(word).isAddress(false, true) && partsOf(word)[0]?.kind !== 'web';
  return new Set(words.filter((word) => IDENTIFIER.test(word) && !isPerson(word)).map(bare));
}

/** Removes what may stand before and after an identifier: `#` of an order, the scheme of a web address. */
function bare(word: string): string {
  return word.replace(/^(?:#|(?:https?:\/\/)?(?:www\.)?)|\/$/g, '');
}

/** A letter that has a lower and an upper case. */
const CASED = /\p{Ll}/u;

/** Lists the words with a capital letter, in lower case. */
function namesIn(text: string): ReadonlySet<string> {
  const words = text.normalize('NFC').match(/(?<![\p{L}\p{Nd}])\p{Lu}[\p{L}\p{M}\p{Nd}'’-]*/gu) ?? [];
  return new Set(words.flatMap((word) => [word, word.replace(/['’]s$/, '')]).map((word) => word.toLowerCase()));
}

/** Returns true if a value begins with the words of a phrase. */
export function startsWithWord(text: string, phrase: string): boolean {
  return text.startsWith(phrase) && !/^[\p{L}\p{Nd}]/u.test(text.slice(phrase.length));
}
