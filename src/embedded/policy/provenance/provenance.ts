import type { BodyValues, Value } from '../body-values.ts';
import { isId } from './entries.ts';
import { selectFields, type Place } from './field-selector.ts';
import type { Origins } from './origins.ts';
import { PEOPLE } from './pointed.ts';
import type { Part, ValueText } from './value-text.ts';

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
  const selector = selectFields(fields);
  const { kinds } = selector;
  const places = values.placesIn(selector);
  const foreignParts = isAnywhere ? origins.partsOfAnyone : origins.foreignParts;
  const isComposed = isAnywhere ? origins.isUrlOfAnyone : origins.isComposedUrl;
  const isSelected = (text: ValueText, { place, isName }: Value): boolean => {
    const isIn = places.has(place);
    // A field name counts as a value only if it is an address: `recipients: { 'eve@evil.com': {} }`.
    if (isIn ? !isName : !kinds.has('@address')) return isIn;
    return values.isAddress(text, place);
  };
  const isFromTool = (text: ValueText, place: Place): boolean => {
    const parts = foreignParts(text);
    if (parts.length === 0) return false;
    // An id that a tool returned in a field of its own was looked up for the task.
    const weighsProse = inProse || (isUnasked && isId(place) && !values.isAddress(text, place));
    return parts.some(
      ({ part, entry }) =>
        !(isUnasked && isPointedAt(origins, part, place)) && !(weighsProse && origins.isAlone(entry)),
    );
  };
  const found = values.all.filter((one) => {
    const { place, value, text } = one;
    // Small numbers occur in many texts by chance.
    if (!text || (typeof value === 'number' && Math.abs(value) < 100)) return false;
    if (isSelected(text, one) && inAllUnits(values, text, place).some((each) => isFromTool(each, place))) return true;
    return kinds.has('@composed_url') && text.mayHaveUrl && foreignParts(text).some(({ part }) => isComposed(part));
  });
  return [...new Set(found.map(({ path }) => path))];
}

/** Words point to a person or a place only in fields for these. */
function isPointedAt({ values, isPointed }: Origins, part: Part, place: Place): boolean {
  return (part.kind !== 'text' || values.placesIn(PEOPLE).has(place)) && isPointed(part);
}

/**
 * Lists the paths of fields by which a call may follow instructions in a tool output: their value is in the record that
 * addresses the model, or in an output of a tool that the record names, and not in the user's messages; of a call that only
 * reads, nor alone in another output. The path of the
 * whole call is `*`: the record names its function, or it has no value to compare and changes something.
 *
 * @param names of the function
 */
export function fieldsFromInstructions(
  origins: Origins,
  { names, isChange }: { readonly names: readonly string[]; readonly isChange: boolean },
): readonly string[] {
  if (!origins.mayHaveInstructions()) return [];
  const compared = origins.values.all.filter(isComparable);
  const found = compared.filter(
    ({ text }) => text && origins.isInstructed(text) && (isChange || !origins.isReturnedElsewhere(text)),
  );
  const isWhole =
    names.some(origins.isNamedByInstruction) || (isChange && compared.length === 0 && origins.hasInstructions());
  return [...(isWhole ? ['*'] : []), ...new Set(found.map(({ path }) => path))];
}

/** Small numbers and single letters occur in many texts by chance. */
function isComparable({ value, isName }: Value): boolean {
  if (isName || typeof value === 'boolean') return false;
  return typeof value === 'number' ? Math.abs(value) >= 10 : value.trim().length > 1;
}

const CENTS = selectFields(['cent', 'penny', 'pence', 'minor', 'unit_amount']);

/** Lists an amount as written and, in a field for cents, in the main unit. */
function inAllUnits(values: BodyValues, text: ValueText, place: Place): readonly ValueText[] {
  const { written } = text;
  const isInCents = /^\d{3,15}$/.test(written) && values.placesIn(CENTS).has(place);
  return isInCents ? [text, values.text(String(Number(written) / 100))] : [text];
}
