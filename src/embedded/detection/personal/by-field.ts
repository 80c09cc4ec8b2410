import { keyWords } from '../key-words.ts';
import type { Span } from '../span.ts';
import { ADDRESS_FIELDS, ADDRESS_KINDS, NAME_FIELDS, NAME_OWNERS, NOT_PERSONAL } from './data/field-names.ts';

const PLACEHOLDER = /\[REDACTED:[A-Z0-9_#:-]{1,60}\]/g;
// Characters of names. `octo-org/octo-repo` and `ich_1Pgag` do not match.
const NAME_LIKE = /^[\p{L}\p{M}\s.,'’()·-]+$/u;
const MAX_NAME_LENGTH = 100;
const MAX_ADDRESS_LENGTH = 300;

function isNameKey(words: readonly string[]): boolean {
  if (words.some((word) => NOT_PERSONAL.has(word))) return false;
  if (words.some((word) => NAME_FIELDS.has(word))) return true;
  return words.at(-1) === 'name' && words.slice(0, -1).some((word) => NAME_OWNERS.has(word));
}

function isAddressKey(words: readonly string[]): boolean {
  if (words.some((word) => NOT_PERSONAL.has(word))) return false;
  const joined = words.join('');
  if (ADDRESS_FIELDS.has(joined) || joined.startsWith('addressline')) return true;
  return words.at(-1) === 'address' && words.some((word) => ADDRESS_KINDS.has(word));
}

/** Finds names of people and postal addresses by the name of their field. The finding is the whole value. */
export function findByFieldName(text: string, key: string | undefined, found: Span[]): void {
  if (key === undefined || text.length > MAX_ADDRESS_LENGTH) return;
  const rest = text.replace(PLACEHOLDER, '');
  if (!/\p{L}\p{M}?\p{L}|[\p{Lo}]/u.test(rest)) return;
  const words = keyWords(key);
  const whole = { start: 0, end: text.length, dataClass: 'PII' } as const;
  if (isNameKey(words) && text.length <= MAX_NAME_LENGTH && NAME_LIKE.test(rest))
    found.push({ ...whole, type: 'NAME' });
  else if (isAddressKey(words) && !/^https?:|@/i.test(text)) found.push({ ...whole, type: 'ADDRESS' });
}
