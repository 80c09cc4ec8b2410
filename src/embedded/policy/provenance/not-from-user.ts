import { selectFields } from './field-selector.ts';
import type { Origins } from './origins.ts';
import type { Entry, Part } from './value-text.ts';

/**
 * Lists the paths of fields whose value is not in the user's messages and names no person at your own domains. Evaluates
 * `x_not_from_user`, an extension of Interven's schema.
 *
 * @param fields names or paths of fields, `*`, `@address`, `@unseen_address` or `@unseen_url`; see docs/policies.md
 */
export function fieldsNotFromUser(origins: Origins, fields: readonly string[]): readonly string[] {
  const { values, isUsers, isSeen, isOwn } = origins;
  const { kinds } = selectFields(fields);
  const places = values.placesIn(selectFields(fields));
  const isUnseenKind = ({ kind }: Part): boolean =>
    kinds.has('@unseen_address') || (kinds.has('@unseen_url') && kind === 'web');

  const found = values.all.filter(({ place, text, isName }) => {
    if (!text) return false;
    const isAddress = values.isAddress(text, place);
    const isSelected = (places.has(place) && (!isName || isAddress)) || (isAddress && kinds.has('@address'));
    if (!isSelected && !isAddress) return false;
    const isForeign = (readings: readonly Part[], entry: Entry): boolean =>
      !readings.some((part) => isUsers(part) || isOwn(part.kind === 'web' ? part.address.host : entry.text)) &&
      (isSelected || (readings.some(isUnseenKind) && !readings.some(isSeen)));
    return text.entries.some((entry) => readingsOf(entry).some((readings) => isForeign(readings, entry)));
  });
  return [...new Set(found.map(({ path }) => path))];
}

/** Lists the parts of an entry, each with its readings: a number is an amount or an account. */
function readingsOf({ parts }: Entry): readonly (readonly Part[])[] {
  return parts.every(({ kind }) => kind === 'amount' || kind === 'code') ? [parts] : parts.map((part) => [part]);
}
