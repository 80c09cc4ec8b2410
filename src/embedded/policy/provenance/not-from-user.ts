import { NAME_WORDS } from '../../catalog/data/name-words.ts';
import { keyWords } from '../../detection/key-words.ts';
import { CHANGES, type Effect } from './asked.ts';
import { userTextOf } from './conversation-index.ts';
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
  const selector = selectFields(fields);
  const { kinds } = selector;
  const places = values.placesIn(selector);
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

const wordsIn = (list: string): ReadonlySet<string> => new Set(list.trim().split(/\s+/));
const DELETING = wordsIn(NAME_WORDS.destructive);
const CHANGING = wordsIn(`${NAME_WORDS.changing} ${NAME_WORDS.changingOrThing}`);
/** "Take Zeta out of my list", "get rid of it" */
const DELETING_PHRASE =
  /\b(?:take|taking|cross|strike|throw) (?:[^.!?]{0,60} )?(?:off|out of|away)\b|\b(?:get|getting) rid of\b/;
const ALL: readonly string[] = ['*'];
/** Fields that say why, and not what. */
const REASONS = selectFields(['reason', 'comment', 'note']);

/**
 * Returns true if the user's messages have the verb of such a call, and all its values but reasons, or the request
 * points to them: at least one value, and no switch that is on. Evaluates `x_asked_by_user: with_values`.
 */
export function isAskedWithValues(origins: Origins, { names }: Effect): boolean {
  const said = userTextOf(origins.conversation.userMessages).requests;
  const words = names.flatMap((name) => keyWords(name));
  const deleting = words.filter((word) => DELETING.has(word));
  const changing = words.filter((word) => CHANGING.has(word));
  const verbs =
    deleting.length > 0
      ? [...deleting, 'delete', 'remove']
      : [...changing, ...(changing.some((word) => CHANGES.has(word)) ? CHANGES : [])];
  const isSaid = verbs.some((verb) => said.hasWord(verb)) || (deleting.length > 0 && DELETING_PHRASE.test(said.text));
  if (!isSaid) return false;
  const reasons = origins.values.placesIn(REASONS);
  const values = origins.values.all.filter(
    ({ place, value, isName }) => !isName && value !== false && !reasons.has(place),
  );
  if (values.length === 0 || values.some(({ value }) => value === true)) return false;
  const foreign = new Set(fieldsNotFromUser(origins, ALL));
  return values.every(
    ({ path, text }) =>
      !foreign.has(path) || text?.entries.every(({ parts }) => parts.length > 0 && parts.every(origins.isMeant)),
  );
}
