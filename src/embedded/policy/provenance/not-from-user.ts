import type { Conversation } from '../../../runner/gateway/gateway.ts';
import { leavesOf } from '../leaves.ts';
import { foreignTextsOf, trustedTextsOf, userTextOf } from './conversation-index.ts';
import { selectFields } from './field-selector.ts';
import { isInToolOutput, isInUserMessages, SearchBudget } from './find-part.ts';
import { entriesOf, isAddress, partsOf, type Part } from './value-parts.ts';
import { isNamedByWord, isReferenceSite } from './web-address.ts';

/**
 * Lists the paths of fields whose value is not in the user's messages and names no person at your own domains. Evaluates
 * `x_not_from_user`, an extension of Interven's schema.
 *
 * @param fields names or paths of fields, `*`, `@address`, `@unseen_address` or `@unseen_url`; see docs/policies.md
 */
export function fieldsNotFromUser(
  body: unknown,
  fields: readonly string[],
  conversation: Conversation,
  isOwn: (principal: string) => boolean,
): readonly string[] {
  const selected = selectFields(fields);
  const user = userTextOf(conversation.userMessages);
  const budget = new SearchBudget();
  const isUsers = (part: Part): boolean => isInUserMessages(part, user.strict, budget);
  const isSeen = (part: Part): boolean =>
    (part.kind === 'web' && (isReferenceSite(part.address) || isNamedByWord(part.address, user.lenient))) ||
    [user.lenient, ...trustedTextsOf(conversation), ...foreignTextsOf(conversation).map(({ index }) => index)].some(
      (index) => isInToolOutput(part, index, budget),
    );
  const isUnseenKind = ({ kind }: Part): boolean =>
    selected.kinds.has('@unseen_address') || (selected.kinds.has('@unseen_url') && kind === 'web');

  const found = leavesOf(body).filter(({ keys, value, isName }) => {
    if (typeof value === 'boolean') return false;
    const text = typeof value === 'number' ? String(Math.abs(value)) : value;
    const isAddressValue = isAddress(text, keys);
    const isSelected =
      (selected.has(keys) && (!isName || isAddressValue)) || (isAddressValue && selected.kinds.has('@address'));
    if (!isSelected && !isAddressValue) return false;
    const isForeign = (readings: readonly Part[], entry: string): boolean =>
      !readings.some((part) => isUsers(part) || isOwn(part.kind === 'web' ? part.address.host : entry)) &&
      (isSelected || (readings.some(isUnseenKind) && !readings.some(isSeen)));
    return entriesOf(text.normalize('NFC').toLowerCase()).some((entry) =>
      readingsOf(entry).some((readings) => isForeign(readings, entry)),
    );
  });
  return [...new Set(found.map(({ path }) => path))];
}

/** Lists the parts of an entry, each with its readings: a number is an amount or an account. */
function readingsOf(entry: string): readonly (readonly Part[])[] {
  const parts = partsOf(entry);
  return parts.every(({ kind }) => kind === 'amount' || kind === 'code') ? [parts] : parts.map((part) => [part]);
}
