import { keyWords } from '../../detection/key-words.ts';
import { selectFields, type Place } from './field-selector.ts';
import type { ForeignPart, Origins } from './origins.ts';
import { PEOPLE } from './pointed.ts';

export interface OriginOptions {
  readonly inProse?: boolean;
  readonly isUnasked?: boolean;
  readonly isAnywhere?: boolean;
}

/**
 * Lists the paths of fields whose value is in a tool output and not in the user's messages. Compares a URL by its host,
 * an amount by its number, and a list entry by entry. Evaluates `x_from_tool_output`, an extension of Interven's
 * schema.
 *
 * @param fields names or paths of fields, `*`, `@address` or `@composed_url`; see docs/policies.md
 * @param inProse true to omit values that also stand alone in a field, a line or a cell
 * @param isUnasked true to omit values that the user's request for such a call points to
 * @param isAnywhere true to count all values as those of a tool, because outputs are missing
 */
export function fieldsFromToolOutput(
  origins: Origins,
  fields: readonly string[],
  { inProse = false, isUnasked = false, isAnywhere = false }: OriginOptions = {},
): readonly string[] {
  if (!origins.hasForeign && !isAnywhere) return [];
  const { values } = origins;
  const { kinds } = selectFields(fields);
  const places = values.placesIn(selectFields(fields));
  const foreignParts = isAnywhere ? origins.partsOfAnyone : origins.foreignParts;
  const isComposed = isAnywhere ? origins.isUrlOfAnyone : origins.isComposedUrl;
  const found = values.all.filter(({ place, value, isName }) => {
    // Small numbers occur in many texts by chance.
    if (typeof value === 'boolean' || (typeof value === 'number' && Math.abs(value) < 100)) return false;
    const written = typeof value === 'number' ? String(Math.abs(value)) : value;
    const text = values.text(written);
    // A field name counts as a value only if it is an address: `recipients: { 'eve@evil.com': {} }`.
    const isSelected = isName
      ? (kinds.has('@address') || places.has(place)) && values.isAddress(text, place)
      : places.has(place) || (kinds.has('@address') && values.isAddress(text, place));
    const isForeign = ({ part, entry }: ForeignPart): boolean =>
      !(isUnasked && isPointed(origins, part, place)) &&
      !((inProse || (isUnasked && isId(place) && !values.isAddress(text, place))) && origins.isAlone(entry));
    return (
      (isSelected && inAllUnits(origins, written, place).some((one) => foreignParts(values.text(one)).some(isForeign))) ||
      (kinds.has('@composed_url') && foreignParts(text).some(({ part }) => isComposed(part)))
    );
  });
  return [...new Set(found.map(({ path }) => path))];
}

function isPointed({ values, isPointed: isMeant }: Origins, part: ForeignPart['part'], place: Place): boolean {
  return (part.kind !== 'text' || values.placesIn(PEOPLE).has(place)) && isMeant(part);
}

/**
 * Lists the paths of fields by which a call may follow instructions in a tool output: their value is in the record that
 * addresses the model, or in an output of a tool that the record names, and not in the user's messages. The path of the
 * whole call is `*`: the record names its function, or it has no value to compare and changes something.
 *
 * @param names of the function
 */
export function fieldsFromInstructions(
  origins: Origins,
  { names, isChange }: { readonly names: readonly string[]; readonly isChange: boolean },
): readonly string[] {
  if (!origins.hasInstructions()) return [];
  const compared = origins.values.all.filter(({ value, isName }) => !isName && isComparable(value));
  const found = compared.filter(({ value }) => origins.isInstructed(origins.values.text(String(value))));
  const isWhole = names.some(origins.isNamedByInstruction) || (isChange && compared.length === 0);
  return [...(isWhole ? ['*'] : []), ...new Set(found.map(({ path }) => path))];
}

/** Small numbers and single letters occur in many texts by chance. */
function isComparable(value: string | number | boolean): boolean {
  if (typeof value === 'boolean') return false;
  return typeof value === 'number' ? Math.abs(value) >= 10 : value.trim().length > 1;
}

/** An id that a tool returned in a field of its own was looked up for the task: `receiver_id`. */
function isId({ name }: Place): boolean {
  return /^ids?$/.test(keyWords(name).at(-1) ?? '');
}

const CENTS = selectFields(['cent', 'penny', 'pence', 'minor', 'unit_amount']);

/** Lists an amount as written and, in a field for cents, in the main unit. */
function inAllUnits({ values }: Origins, text: string, place: Place): readonly string[] {
  return /^\d{3,15}$/.test(text) && values.placesIn(CENTS).has(place) ? [text, String(Number(text) / 100)] : [text];
}
