import { isJsonObject } from '../../internal/json.ts';
import { DEEPEST, fieldName, MOST_NODES, nestedIn, type NodesLeft } from './arguments.ts';
import { memoizeByKey } from '../detection/key-words.ts';
import { parseUrl } from '../../internal/url.ts';

/** Fields that say who gets something, with the words of their names joined. */
const RECEIVERS: ReadonlySet<string> = new Set(
  `to cc bcc reply_to send_to to_email to_emails to_address to_addresses to_number to_phone to_user to_users to_account
   to_account_number to_account_id to_iban email emails e_mail user_email email_address email_addresses address_to addresses
   mail forward_to share_with shared_with phone phone_number phone_numbers mobile destination destination_address
   destination_account destination_account_number iban member_email invitee_email guest_email recipient_id payee_id
   forwarding_email forwarding_address delegate_email upn user_principal_name`.split(/\s+/),
);
/** A field with one of these in its name says it too: `new_recipient_information`. */
const RECEIVER_WORDS: ReadonlySet<string> = new Set(
  `recipient recipients attendee attendees participant participants invitee invitees guest guests collaborator collaborators
   beneficiary payee cc bcc delegate grantee receiver receivers addressee addressees subscriber subscribers rcpt mailto
   emails email_to destinations`.split(/\s+/),
);
/** Fields that name a person who is let in, where the operation lets somebody in. */
const LET_IN: ReadonlySet<string> = new Set(
  `user users username user_name user_id user_ids userid member members member_id login invitee_id principal
   identifier new_owner`.split(/\s+/),
);
/** Fields that say where something is sent. */
const ADDRESSES_OF_WEB: ReadonlySet<string> = new Set(
  `url uri webhook webhook_url webhook_uri callback callback_url target_url endpoint endpoint_url destination_url post_url
   notification_url`.split(/\s+/),
);
/** What an object that stands for a person calls the address in it. */
const OF_PERSON: ReadonlySet<string> = new Set(
  'address email email_address mail upn phone phone_number id user_id username value user_principal_name'.split(' '),
);
/** Fields that say whom a thing comes from, whose values are nobody who gets it. */
const SENDER_WORDS: ReadonlySet<string> = new Set('from sender author'.split(' '));
/** Fields whose texts may be anything, an address among them. */
const CONTENT_WORDS: ReadonlySet<string> = new Set(
  `body text content contents message subject title summary description html markdown note notes comment caption query search
   filter signature template`.split(/\s+/),
);
/** How services call everybody: Google's `type`, Microsoft's `scope`, access rules of storage. */
const EVERYBODY =
  /^(?:anyone|anybody|everyone|everybody|anonymous|public|open|world|all_?users|all_?authenticated_?users)/i;
const EVERYBODY_FIELDS = /(?:^|_)(?:public|publicly|anyone|everyone|anonymous)(?:$|_)/;
/** A text that is one address of e-mail, with a name or without, or one international telephone number (E.164). */
const ADDRESS = /^(?:[^<>]{0,200}<)?(?:mailto:)?[^\s<>@,;]{1,64}@[^\s<>@,;:/]{1,255}>?$|^\+\d[\d ().-]{5,20}$/i;

/** What `principalsIn` is to look for besides receivers. */
export interface Wanted {
  /** Whether the operation lets somebody in, so that names of users count. */
  readonly letsIn: boolean;
  /** Whether the operation sends something to an address of the web. */
  readonly sendsToUrl: boolean;
}

/**
 * Everybody whom the body addresses, in the order of the fields, each once; an address of the web by its host. A field that says
 * so by its name counts whatever it holds, any other but a sender's or a text's where it holds an address and nothing else.
 */
export function principalsIn(body: unknown, wanted: Wanted): readonly string[] {
  const search: Search = { wanted, found: new Set(), nodes: { left: MOST_NODES } };
  visit(body, undefined, NO_FIELD, 0, search);
  return [...search.found];
}

/** What the value of a field is read as: somebody, an address of the web, or nothing of the kind. */
type Kind = 'person' | 'web' | undefined;

interface Search {
  readonly wanted: Wanted;
  readonly found: Set<string>;
  readonly nodes: NodesLeft;
}

/** @param field the field that the value is of, by whose name its texts are read */
function visit(value: unknown, kind: Kind, field: Field, depth: number, search: Search): void {
  search.nodes.left -= 1;
  if (search.nodes.left < 0 || depth > DEEPEST) return;
  if (typeof value === 'string') {
    const nested = nestedIn(value, search.nodes);
    if (nested === undefined) addText(value, kind, field, search);
    else visit(nested, kind, field, depth + 1, search);
  } else if (typeof value === 'number') {
    if (kind === 'person' && field.isNumberMeant) search.found.add(String(value));
  } else if (value === true) {
    if (search.wanted.letsIn && field.saysEverybody) search.found.add('anyone');
  } else if (Array.isArray(value)) {
    for (const item of value) visit(item, kind, field, depth + 1, search);
  } else if (isJsonObject(value)) {
    const fields = Object.keys(value).map((key) => [key, fieldOf(key)] as const);
    // Of an object that stands for a person only what addresses it counts, not the name beside it.
    const isPerson = kind === 'person' && fields.some(([, each]) => each.isOfPerson || each.isReceiver);
    for (const [key, each] of fields) {
      const above = isPerson && !each.isOfPerson ? undefined : kind;
      visit(value[key], kindOf(each, above, search.wanted), each, depth + 1, search);
    }
  }
}

function kindOf(field: Field, above: Kind, { letsIn, sendsToUrl }: Wanted): Kind {
  if (above === 'person' || field.isReceiver || (letsIn && field.letsIn)) return 'person';
  return sendsToUrl && field.isAddressOfWeb ? 'web' : above;
}

function addText(text: string, kind: Kind, field: Field, { wanted, found }: Search): void {
  if (wanted.letsIn && !field.isContent && saysEverybody(text, field)) found.add('anyone');
  else if (kind === 'web') {
    const host = hostIn(text);
    if (host !== undefined) found.add(host);
  } else if (kind === 'person' || (wanted.letsIn && field.isDomain)) {
    for (const name of separate(text)) found.add(name);
  } else if (!field.isContent && !field.isSender && /[@+]/.test(text)) {
    for (const name of separate(text)) if (ADDRESS.test(name)) found.add(name);
  }
}

function saysEverybody(text: string, field: Field): boolean {
  return field.saysEverybody ? /^(?:true|yes|1)$/i.test(text) : EVERYBODY.test(text) && !text.includes(' ');
}

interface Field {
  readonly isReceiver: boolean;
  readonly letsIn: boolean;
  readonly isAddressOfWeb: boolean;
  readonly isOfPerson: boolean;
  readonly isNumberMeant: boolean;
  readonly isSender: boolean;
  readonly isContent: boolean;
  readonly isDomain: boolean;
  readonly saysEverybody: boolean;
}

const fieldOf = memoizeByKey((key): Field => {
  const { words, name } = fieldName(key);
  return {
    isReceiver: RECEIVERS.has(name) || words.some((word) => RECEIVER_WORDS.has(word)),
    letsIn: LET_IN.has(name),
    isAddressOfWeb: ADDRESSES_OF_WEB.has(name),
    isOfPerson: OF_PERSON.has(name),
    isNumberMeant: words.some((word) => /^(?:phone|mobile|number|account|id)$/.test(word)),
    isSender: words.some((word) => SENDER_WORDS.has(word)),
    isContent: CONTENT_WORDS.has(words.at(-1) ?? ''),
    isDomain: name === 'domain',
    saysEverybody: EVERYBODY_FIELDS.test(name),
  };
});
const NO_FIELD: Field = { ...fieldOf(''), isContent: true };

/** `a@b.c, "Doe, Ann" <d@e.f>; g`: a comma inside quotes separates nothing. */
function separate(text: string): readonly string[] {
  const parts = text.split('"').map((part, index) => (index % 2 === 0 ? part.replace(/[,;\n\r]/g, '\0') : part));
  return parts
    .join('"')
    .split('\0')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

/** The host of an address of the web, written with its scheme or without; undefined for what has none. */
function hostIn(address: string): string | undefined {
  const text = address.trim();
  const withScheme = /^[a-z][a-z0-9+.-]{0,20}:\/\//i.test(text) ? text : `https://${text}`;
  const host = text === '' ? undefined : parseUrl(withScheme)?.hostname;
  if (host === undefined) return undefined;
  return host.includes('.') || text === withScheme ? host.replace(/\.$/, '') : undefined;
}
