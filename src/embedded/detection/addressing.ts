import { keyWords } from './key-words.ts';

/** Types that reach a person, and those that name a machine. */
const PERSON: readonly string[] = ['EMAIL', 'PHONE', 'IBAN'];
const MACHINE: readonly string[] = ['IP', 'IP_ADDRESS', 'MAC', 'MAC_ADDRESS'];

/** Fields that say where something goes or who is meant, by the last word of their name; with what addresses there. */
const FIELDS: ReadonlyMap<string, readonly string[]> = new Map([
  ...rows('to cc bcc from sender recipient recipients reply receiver payee addressee', PERSON),
  ...rows('participant participants attendee attendees invitee invitees guest guests member members shared', PERSON),
  ...rows('user users username login assignee assignees owner reviewer reviewers collaborator collaborators', PERSON),
  ...rows('email emails mail phone mobile fax msisdn', ['EMAIL', 'PHONE']),
  ...rows('channel channels contact contacts subscriber subscribers organizer host principal', PERSON),
  ...rows('iban beneficiary payer creditor debtor account', ['IBAN']),
  ...rows('url uri href link endpoint host hostname server domain origin webhook callback ip target', MACHINE),
]);

/** Names whose last word says only that it is one: what counts is the words before, or the field around it. */
const CARRIERS = new Set([
  'address',
  'addresses',
  'addr',
  'number',
  'numbers',
  'id',
  'ids',
  'value',
  'handle',
  'list',
  'with',
]);

// "Full Name <someone@example.com>", a list of such: not a text that mentions somebody.
const MOST_BESIDE = 80;

/**
 * Whether something found stands in a field that things of its type are addressed by: an e-mail address in `to`, a
 * host's number in `url`. Texts that say much more than the address are not taken for one.
 *
 * @param around the name of the field that the object belongs to: `emailAddress` in `{ emailAddress: { address } }`
 * @param beside how many characters of the text are not the find, nor others beside it
 * @param isLink whether the text holds an address of the web, in which persons are only mentioned
 */
export function isAddressing(
  type: string,
  key: string | undefined,
  around: string | undefined,
  beside: number,
  isLink: boolean,
): boolean {
  if (isLink && !MACHINE.includes(type)) return false;
  return beside <= MOST_BESIDE && (typesOf(key, around)?.includes(type) ?? false);
}

function typesOf(key: string | undefined, around: string | undefined): readonly string[] | undefined {
  if (key === undefined) return around === undefined ? undefined : typesOf(around, undefined);
  const words = keyWords(key);
  for (let last = words.length - 1; last >= 0; last -= 1) {
    const word = words[last] ?? '';
    if (!CARRIERS.has(word)) return FIELDS.get(word);
  }
  return around === undefined ? undefined : typesOf(around, undefined);
}

function rows(names: string, types: readonly string[]): [string, readonly string[]][] {
  return names.split(' ').map((name) => [name, types]);
}
