import { keyWords } from './key-words.ts';
import type { Leaf } from './hit.ts';

/** Types that address a person, and types that address a machine. */
const PERSON: readonly string[] = ['EMAIL', 'PHONE', 'IBAN'];
const MACHINE: readonly string[] = ['IP', 'IP_ADDRESS', 'MAC', 'MAC_ADDRESS'];
const ANY: readonly string[] = [...PERSON, ...MACHINE];

interface AddressField {
  readonly types: readonly string[];
  /**
   * True for a part that someone plays in the call, such as its recipient: an address at any depth. Other fields also
   * describe people in records that a call sends, so they are addresses only as fields of the body itself.
   */
  readonly isRole: boolean;
}

/** Fields that address someone, by the last word of their name. */
const FIELDS: ReadonlyMap<string, AddressField> = new Map([
  ...roles('to cc bcc from sender recipient recipients reply receiver receivers payee addressee', PERSON),
  ...roles(
    'participant participants attendee attendees invitee invitees guest guests member members shared share',
    PERSON,
  ),
  ...roles(
    'assignee assignees reviewer reviewers collaborator collaborators watcher watchers approver approvers',
    PERSON,
  ),
  ...roles(
    'organizer notify calendar mailbox mailboxes grantee delegate delegates forward behalf upn impersonate',
    PERSON,
  ),
  ...roles(
    'editor editors viewer viewers commenter commenters reader readers writer writers permission permissions',
    PERSON,
  ),
  ...roles(
    'moderator moderators panelist panelists presenter presenters signer signers interviewer interviewers callee trustee destinatario destinataire empfänger empfaenger',
    PERSON,
  ),
  ...roles('host hosts', ANY),
  ...roles('destination destinations dest dst', ANY),
  ...roles('beneficiary payer creditor debtor', ['IBAN']),
  ...roles('url uri href link endpoint hostname server domain origin webhook callback ip target', MACHINE),
  ...roles(
    'nameserver nameservers dns ns1 ns2 record gateway cidr subnet resolver proxy allowlist whitelist denylist blocklist remote peer upstream bind node ips',
    MACHINE,
  ),
  ...fields(
    'user users username login principal owner owners channel channels contact contacts subscriber subscribers',
    PERSON,
  ),
  ...fields(
    'requester submitter reporter mentions followers speaker speakers principals audience room resource distribution forwarding correo',
    PERSON,
  ),
  ...fields('number numbers', ['PHONE']),
  ...fields('address addresses', ['EMAIL']),
  ...fields('caller callback dial whatsapp', ['PHONE']),
  ...fields('counterparty', ['IBAN']),
  ...fields('email emails mail phone mobile fax msisdn', ['EMAIL', 'PHONE']),
  ...fields('iban account', ['IBAN']),
]);

/** Last words that add no meaning to a name. The words before them count, or the enclosing field. */
const CARRIERS = new Set('address addresses addr number numbers id ids key name value handle list with of'.split(' '));

// Room for `Full Name <someone@example.com>` and lists of such; longer strings only mention an address.
const MAX_BESIDE = 80;

/**
 * Returns true if a finding is the address of its field: an e-mail address in `to`, a host's IP in `url`. Strings with
 * much other text do not count.
 *
 * @param beside the number of characters outside of all findings
 * @param isLink true if the string contains a URL, which only mentions people
 */
export function isAddressing(
  type: string,
  { key, around, isOuter, isInRole }: Pick<Leaf, 'key' | 'around' | 'isOuter' | 'isInRole'>,
  beside: number,
  isLink: boolean,
): boolean {
  if ((isLink && !MACHINE.includes(type)) || beside > MAX_BESIDE) return false;
  const field = fieldOf(key, around);
  if (!field?.types.includes(type)) return false;
  return field.isRole || isOuter || isInRole;
}

/** Returns true for the name of a field that says which people a call is for, such as `attendees`. */
export function isPersonRole(key: string): boolean {
  const field = fieldOf(key, undefined);
  return field?.isRole === true && field.types.includes('EMAIL');
}

function fieldOf(key: string | undefined, around: string | undefined): AddressField | undefined {
  if (key === undefined) return around === undefined ? undefined : fieldOf(around, undefined);
  const words = keyWords(key);
  for (let last = words.length - 1; last >= 0; last -= 1) {
    const word = words[last] ?? '';
    if (!CARRIERS.has(word)) return FIELDS.get(word);
  }
  // `{ number }` of a text message.
  return around === undefined ? FIELDS.get(words.at(-1) ?? '') : fieldOf(around, undefined);
}

function roles(names: string, types: readonly string[]): [string, AddressField][] {
  return names.split(' ').map((name) => [name, { types, isRole: true }]);
}

function fields(names: string, types: readonly string[]): [string, AddressField][] {
  return names.split(' ').map((name) => [name, { types, isRole: false }]);
}
