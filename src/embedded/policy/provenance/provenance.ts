import type { Conversation } from '../../../runner/gateway/gateway.ts';
import { keyWords } from '../../detection/key-words.ts';
import { leavesOf } from '../leaves.ts';
import { foreignText, foreignTextsOf, trustedTextsOf, userTextOf } from './conversation-index.ts';
import { selectFields } from './field-selector.ts';
import { isInToolOutput, isInUserMessages, isVerbatim, SearchBudget, undisguised } from './find-part.ts';
import type { Effect } from './asked.ts';
import { pointedFinder, type IsPointed } from './pointed.ts';
import type { TextIndex } from './text-index.ts';
import { entriesOf, isAddress, partsOf, type Part } from './value-parts.ts';
import { isReferenceSite } from './web-address.ts';

export interface OriginOptions {
  readonly isOwn?: (host: string) => boolean;
  readonly inProse?: boolean;
  readonly effect?: Effect | undefined;
  readonly isAnywhere?: boolean;
}

/**
 * Lists the paths of fields whose value is in a tool output and not in the user's messages. Compares a URL by its host,
 * an amount by its number, and a list entry by entry. Evaluates `x_from_tool_output`, an extension of Interven's
 * schema.
 *
 * @param fields names or paths of fields, `*`, `@address` or `@composed_url`; see docs/policies.md
 * @param isOwn returns true for a host of your own domains, at which no URL counts as composed
 * @param inProse true to omit values that also stand alone in a field, a line or a cell
 * @param effect to omit values that the user's request for such a call points to
 * @param isAnywhere true to count all values as those of a tool, because outputs are missing
 */
export function fieldsFromToolOutput(
  body: unknown,
  fields: readonly string[],
  conversation: Conversation,
  { isOwn = () => false, inProse = false, effect, isAnywhere = false }: OriginOptions = {},
): readonly string[] {
  const texts = foreignTextsOf(conversation);
  if (texts.length === 0 && !isAnywhere) return [];
  const selected = selectFields(fields);
  let isPointed: IsPointed | undefined;
  const originOf = originFinder({
    ownIndexes: [userTextOf(conversation.userMessages).strict, ...trustedTextsOf(conversation)],
    outputIndexes: isAnywhere ? 'anywhere' : texts.map(({ index }) => index),
    // What anyone can write weighs as a sentence does.
    fieldIndexes: texts.flatMap(({ index, returns }) => (returns === 'untrusted' ? [] : [index])),
    isOwn,
    isPointed: effect && ((part, keys) => (isPointed ??= pointedFinder(conversation, effect))(part, keys)),
  });
  const found = leavesOf(body).filter(({ keys, value, isName }) => {
    // Small numbers occur in many texts by chance.
    if (typeof value === 'boolean' || (typeof value === 'number' && Math.abs(value) < 100)) return false;
    const text = typeof value === 'number' ? String(Math.abs(value)) : value;
    // A field name counts as a value only if it is an address: `recipients: { 'eve@evil.com': {} }`.
    const isAddressValue = (isName || selected.kinds.has('@address')) && isAddress(text, keys);
    const isSelected = isName
      ? isAddressValue && (selected.kinds.has('@address') || selected.has(keys))
      : isAddressValue || selected.has(keys);
    const isLookedUp = effect !== undefined && isId(keys) && !isAddress(text, keys);
    const origin = inProse || isLookedUp ? 'isFromProse' : 'isFromTool';
    return (
      (isSelected && inAllUnits(text, keys).some((one) => originOf(one, keys)[origin])) ||
      (selected.kinds.has('@composed_url') && originOf(text, keys).isComposedUrl)
    );
  });
  return [...new Set(found.map(({ path }) => path))];
}

/**
 * Returns true if a tool output addresses the model. Evaluates `x_instructions_in_tool_output`, an extension of
 * Interven's schema.
 */
export function hasInstructionsIn(conversation: Conversation): boolean {
  return foreignTextsOf(conversation).some(({ instructed }) => instructed);
}

/**
 * Lists the paths of fields by which a call may follow instructions in a tool output: their value is in the record that
 * addresses the model, or in an output of a tool that the record names, and not in the user's messages. The path of the
 * whole call is `*`: the record names its function, or it has no value to compare and changes something.
 *
 * @param names of the function
 */
export function fieldsFromInstructions(
  body: unknown,
  { names, isChange }: { readonly names: readonly string[]; readonly isChange: boolean },
  conversation: Conversation,
): readonly string[] {
  const texts = foreignTextsOf(conversation);
  const instructed = texts.flatMap((text) => text.instructed ?? []);
  if (instructed.length === 0) return [];
  const known = new Map<string, boolean>();
  const isNamed = (name: string): boolean => {
    const is =
      known.get(name) ?? (COMPOUND_NAME.test(name) && instructed.some((index) => index.includes(name.toLowerCase())));
    known.set(name, is);
    return is;
  };
  const outputs = conversation.toolOutputs.filter(({ functionName }) => isNamed(functionName));
  const originOf = originFinder({
    ownIndexes: [userTextOf(conversation.userMessages).strict],
    outputIndexes: [...instructed, ...outputs.map((output) => foreignText(output).index)],
  });
  const values = leavesOf(body).filter(({ value, isName }) => typeof value !== 'boolean' && !isName);
  const found = values.filter(({ value }) => isComparable(value) && originOf(String(value), []).isFromTool);
  const isWhole = names.some(isNamed) || (isChange && !values.some(({ value }) => isComparable(value)));
  return [...(isWhole ? ['*'] : []), ...new Set(found.map(({ path }) => path))];
}

/** A name that is no ordinary word: `send_money`, `sendMoney`. */
const COMPOUND_NAME = /[a-z0-9](?:[_.-]|(?=[A-Z]))[A-Za-z0-9]/;

/** Small numbers and single letters occur in many texts by chance. */
function isComparable(value: string | number | boolean): boolean {
  return typeof value === 'number' ? Math.abs(value) >= 10 : String(value).trim().length > 1;
}

/** An id that a tool returned in a field of its own was looked up for the task: `receiver_id`. */
function isId(keys: readonly string[]): boolean {
  return /^ids?$/.test(keyWords(keys.at(-1) ?? '').at(-1) ?? '');
}

const CENTS = selectFields(['cent', 'penny', 'pence', 'minor', 'unit_amount']);

/** Lists an amount as written and, in a field for cents, in the main unit. */
function inAllUnits(text: string, keys: readonly string[]): readonly string[] {
  return CENTS.has(keys) && /^\d{3,15}$/.test(text) ? [text, String(Number(text) / 100)] : [text];
}

interface ValueOrigin {
  readonly isFromTool: boolean;
  /** It stands alone nowhere. */
  readonly isFromProse: boolean;
  readonly isComposedUrl: boolean;
}

type PartOrigin = Omit<ValueOrigin, 'isFromProse'>;

interface Sources {
  /** Of the user, and of trusted tools. */
  readonly ownIndexes: readonly TextIndex[];
  /** `anywhere` to count all values as those of a tool. */
  readonly outputIndexes: readonly TextIndex[] | 'anywhere';
  /** Those in whose fields a value weighs less than in a sentence. */
  readonly fieldIndexes?: readonly TextIndex[];
  readonly isOwn?: (host: string) => boolean;
  readonly isPointed?: IsPointed | undefined;
}

function originFinder({ ownIndexes, outputIndexes, fieldIndexes = [], isOwn, isPointed }: Sources) {
  const indexes = outputIndexes === 'anywhere' ? [] : outputIndexes;
  const budget = new SearchBudget();
  /** @param alternatives the parts of the entry with disguising characters resolved, as a lenient reader sees them */
  const originOfPart = (part: Part, alternatives: readonly Part[], keys: readonly string[]): PartOrigin => {
    const isFromTool =
      (outputIndexes === 'anywhere' ||
        indexes.some((index) => [part, ...alternatives].some((one) => isInToolOutput(one, index, budget)))) &&
      !ownIndexes.some((index) => isInUserMessages(part, index, budget)) &&
      !isPointed?.(part, keys);
    const isComposedUrl =
      isFromTool &&
      part.kind === 'web' &&
      !isOwn?.(part.address.host) &&
      !isReferenceSite(part.address) &&
      ![...ownIndexes, ...indexes].some((index) => isVerbatim(part, index, budget));
    return { isFromTool, isComposedUrl };
  };
  const read = (value: string, keys: readonly string[]): ValueOrigin => {
    const origin = { isFromTool: false, isFromProse: false, isComposedUrl: false };
    const ofParts = new Map<string, PartOrigin>();
    for (const entry of entriesOf(value.normalize('NFC').toLowerCase())) {
      const plain = undisguised(entry);
      const alternatives = plain === entry ? [] : partsOf(plain);
      const known = alternatives.length > 0 ? new Map<string, PartOrigin>() : ofParts;
      let isField: boolean | undefined;
      for (const part of partsOf(entry)) {
        const key = JSON.stringify(part);
        const one = known.get(key) ?? originOfPart(part, alternatives, keys);
        known.set(key, one);
        origin.isFromTool ||= one.isFromTool;
        origin.isFromProse ||= one.isFromTool && !(isField ??= fieldIndexes.some((index) => index.hasEntry(plain)));
        origin.isComposedUrl ||= one.isComposedUrl;
      }
    }
    return origin;
  };
  const origins = new Map<string, ValueOrigin>();
  return (value: string, keys: readonly string[]): ValueOrigin => {
    // Only what the user's request points to depends on the field.
    const key = isPointed ? JSON.stringify([keys, value]) : value;
    const origin = origins.get(key) ?? read(value, keys);
    origins.set(key, origin);
    return origin;
  };
}
