import { keyWords } from '../key-words.ts';
import type { Span } from '../span.ts';

/** Words that make a field's `name` a person's: `patient_name`. A bare `name` is as often a file's or a channel's. */
const WHOSE = new Set([
  'first',
  'last',
  'full',
  'middle',
  'given',
  'family',
  'maiden',
  'sur',
  'birth',
  'real',
  'legal',
  'preferred',
  'patient',
  'person',
  'customer',
  'client',
  'employee',
  'contact',
  'recipient',
  'beneficiary',
  'holder',
  'cardholder',
  'owner',
  'applicant',
  'student',
  'guardian',
  'parent',
  'mother',
  'father',
  'spouse',
  'doctor',
  'physician',
  'guest',
  'passenger',
  'traveler',
  'traveller',
  'insured',
  'subscriber',
  'billing',
  'shipping',
  'emergency',
  'father’s',
]);
const ALONE = new Set([
  'firstname',
  'lastname',
  'fullname',
  'surname',
  'forename',
  'middlename',
  'givenname',
  'familyname',
  'maidenname',
  'realname',
  'cardholder',
  'accountholder',
  'patientname',
  'customername',
  'vorname',
  'nachname',
  'prénom',
  'apellido',
  'apellidos',
  'cognome',
]);
const NOT_A_NAME = new Set([
  'id',
  'ids',
  'file',
  'field',
  'column',
  'key',
  'type',
  'format',
  'url',
  'count',
  'length',
  'verified',
  'status',
  'template',
  'label',
  'check',
]);
const STREET_KEYS = new Set([
  'street',
  'streetaddress',
  'addressline',
  'address1',
  'address2',
  'line1',
  'line2',
  'homeaddress',
  'strasse',
  'anschrift',
  'adresse',
  'dirección',
]);
const WHOSE_ADDRESS = new Set([
  'home',
  'street',
  'postal',
  'mailing',
  'residential',
  'residence',
  'billing',
  'shipping',
  'delivery',
  'patient',
  'customer',
  'client',
  'employee',
  'physical',
  'permanent',
  'current',
]);
const PLACEHOLDER = /\[REDACTED:[A-Z0-9_#:-]{1,60}\]/g;
// What a person's name is written with; `octo-org/octo-repo` and `ich_1Pgag` are none.
const NAME_LIKE = /^[\p{L}\p{M}\s.,'’()·-]+$/u;
const LONGEST_NAME = 100;
const LONGEST_ADDRESS = 300;

function isNameKey(words: readonly string[]): boolean {
  if (words.some((word) => NOT_A_NAME.has(word))) return false;
  if (words.some((word) => ALONE.has(word))) return true;
  return words.at(-1) === 'name' && words.slice(0, -1).some((word) => WHOSE.has(word));
}

function isAddressKey(words: readonly string[]): boolean {
  if (words.some((word) => NOT_A_NAME.has(word))) return false;
  const joined = words.join('');
  if (STREET_KEYS.has(joined) || joined.startsWith('addressline')) return true;
  return words.at(-1) === 'address' && words.some((word) => WHOSE_ADDRESS.has(word));
}

/** What only the name of its field makes personal: names of people, and addresses in any form. The whole value counts. */
export function findByKey(text: string, key: string | undefined, found: Span[]): void {
  if (key === undefined || text.length > LONGEST_ADDRESS) return;
  const said = text.replace(PLACEHOLDER, '');
  if (!/\p{L}\p{M}?\p{L}|[\p{Lo}]/u.test(said)) return;
  const words = keyWords(key);
  const whole = { start: 0, end: text.length, dataClass: 'PII' } as const;
  if (isNameKey(words) && text.length <= LONGEST_NAME && NAME_LIKE.test(said)) found.push({ ...whole, type: 'NAME' });
  else if (isAddressKey(words) && !/^https?:|@/i.test(text)) found.push({ ...whole, type: 'ADDRESS' });
}
