import { keyWords } from './key-words.ts';

/** Types that address a person, and types that address a machine. */
const PERSON: readonly string[] = ['EMAIL', 'PHONE', 'IBAN'];
const MACHINE: readonly string[] = ['IP', 'IP_ADDRESS', 'MAC', 'MAC_ADDRESS'];

/** Fields that address someone, by the last word of their name, with the types that are addresses there. */
const FIELDS: ReadonlyMap<string, readonly string[]> = new Map([
  ...rows('to cc bcc from sender recipient recipients reply receiver payee addressee', PERSON),
  ...rows('participant participants attendee attendees invitee invitees guest guests member members shared', PERSON),
  ...rows('user users username login assignee assignees owner reviewer reviewers collaborator collaborators', PERSON),
  ...rows('email emails mail phone mobile fax msisdn', ['EMAIL', 'PHONE']),
  ...rows('channel channels contact contacts subscriber subscribers organizer host principal', PERSON),
  ...rows('iban beneficiary payer creditor debtor account', ['IBAN']),
  ...rows('url uri href link endpoint host hostname server domain origin webhook callback ip target', MACHINE),
]);

/** Last words that add no meaning to a name. The words before them count, or the enclosing field. */
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

// Room for `Full Name <someone@example.com>` and lists of such; longer strings only mention an address.
const MAX_BESIDE = 80;

/**
 * Returns true if a finding is the address of its field: an e-mail address in `to`, a host's IP in `url`. Strings with
 * much other text do not count.
 *
 * @param around the name of the enclosing field: `emailAddress` in `{ emailAddress: { address } }`
 * @param beside the number of characters outside of all findings
 * @param isLink true if the string contains a URL, which only mentions people
 */
export function isAddressing(
  type: string,
  key: string | undefined,
  around: string | undefined,
  beside: number,
  isLink: boolean,
): boolean {
  if (isLink && !MACHINE.includes(type)) return false;
  return beside <= MAX_BESIDE && (typesOf(key, around)?.includes(type) ?? false);
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
