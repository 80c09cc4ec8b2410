import type { Conversation } from '../../../runner/gateway/gateway.ts';
import { hasInstructions } from '../instructions.ts';
import { leavesOf } from '../leaves.ts';
import { selectFields } from './field-selector.ts';
import { isInToolOutput, isInUserMessages, isVerbatim, SearchBudget, undisguised } from './find-part.ts';
import { TextIndex } from './text-index.ts';
import { isLossless, looksLikeJson, parsed } from '../../detection/nested-json.ts';
import { unescapeText } from '../../detection/unescape.ts';
import { isJsonObject } from '../../../internal/json.ts';
import { entriesOf, isAddress, partsOf, type Part } from './value-parts.ts';

const MAX_NESTING = 3;

/** A tool output, parsed once for all later calls. */
class ParsedOutput {
  readonly #passages: readonly string[];
  #index: TextIndex | undefined;
  #hasInstructions: boolean | undefined;

  constructor(output: string) {
    this.#passages = passagesOf(output).map(undisguised);
  }

  get index(): TextIndex {
    return (this.#index ??= new TextIndex(this.#passages, false));
  }

  get hasInstructions(): boolean {
    return (this.#hasInstructions ??= this.#passages.some(hasInstructions));
  }
}

const parsedOutputs = new WeakMap<object, ParsedOutput>();
const userIndexes = new WeakMap<object, TextIndex>();

/**
 * Lists the paths of fields whose value is in a tool output and not in the user's messages. Compares a URL by its host,
 * an amount by its number, and a list entry by entry. Evaluates `x_from_tool_output`, an extension of Interven's
 * schema.
 *
 * @param fields names or paths of fields, `*`, `@address` or `@composed_url`; see docs/policies.md
 * @param isAnywhere true to count all values as those of a tool, because outputs are missing
 */
export function fieldsFromToolOutput(
  body: unknown,
  fields: readonly string[],
  { userMessages, toolOutputs }: Conversation,
  isAnywhere = false,
): readonly string[] {
  if (toolOutputs.length === 0 && !isAnywhere) return [];
  const selected = selectFields(fields);
  const originOf = originFinder(userMessages, toolOutputs, isAnywhere);
  const found = leavesOf(body).filter(({ keys, value, isName }) => {
    // Small numbers occur in many texts by chance.
    if (typeof value === 'boolean' || (typeof value === 'number' && Math.abs(value) < 100)) return false;
    const text = typeof value === 'number' ? String(Math.abs(value)) : value;
    // A field name counts as a value only if it is an address: `recipients: { 'eve@evil.com': {} }`.
    const isAddressValue = isName || selected.addresses ? isAddress(text) : false;
    const isSelected = isName
      ? isAddressValue && (selected.addresses || selected.has(keys))
      : isAddressValue || selected.has(keys);
    return (isSelected && originOf(text).isFromTool) || (selected.composedUrls && originOf(text).isComposedUrl);
  });
  return [...new Set(found.map(({ path }) => path))];
}

/**
 * Returns true if a tool output addresses the model. Evaluates `x_instructions_in_tool_output`, an extension of
 * Interven's schema.
 */
export function hasInstructionsIn({ toolOutputs }: Conversation): boolean {
  return toolOutputs.some((output) => parsedOutput(output).hasInstructions);
}

interface ValueOrigin {
  readonly isFromTool: boolean;
  readonly isComposedUrl: boolean;
}

function originFinder(
  userMessages: Conversation['userMessages'],
  toolOutputs: Conversation['toolOutputs'],
  isAnywhere: boolean,
) {
  const userIndex = userIndexOf(userMessages);
  const outputIndexes = toolOutputs.map((output) => parsedOutput(output).index);
  const budget = new SearchBudget();
  const known = new Map<string, ValueOrigin>();
  /** @param alternatives the parts of the entry with disguising characters resolved, as a lenient reader sees them */
  const originOfPart = (part: Part, alternatives: readonly Part[]): ValueOrigin => {
    const isFromTool =
      (isAnywhere ||
        outputIndexes.some((index) => [part, ...alternatives].some((one) => isInToolOutput(one, index, budget)))) &&
      !isInUserMessages(part, userIndex, budget);
    const isComposedUrl =
      isFromTool &&
      part.kind === 'web' &&
      ![userIndex, ...outputIndexes].some((index) => isVerbatim(part, index, budget));
    return { isFromTool, isComposedUrl };
  };
  return (value: string): ValueOrigin => {
    const origin = { isFromTool: false, isComposedUrl: false };
    for (const entry of entriesOf(value.normalize('NFC').toLowerCase())) {
      const plain = undisguised(entry);
      const alternatives = plain === entry ? [] : partsOf(plain);
      for (const part of partsOf(entry)) {
        const key = JSON.stringify([part, alternatives.length > 0 ? plain : '']);
        const one = known.get(key) ?? originOfPart(part, alternatives);
        known.set(key, one);
        origin.isFromTool ||= one.isFromTool;
        origin.isComposedUrl ||= one.isComposedUrl;
      }
    }
    return origin;
  };
}

function parsedOutput(output: Conversation['toolOutputs'][number]): ParsedOutput {
  const known = parsedOutputs.get(output) ?? new ParsedOutput(output.output);
  parsedOutputs.set(output, known);
  return known;
}

/** Indexes the user's messages by exact letters: `pаypal.com` with a Cyrillic letter is not paypal.com. */
function userIndexOf(userMessages: Conversation['userMessages']): TextIndex {
  const known =
    userIndexes.get(userMessages) ??
    new TextIndex(
      userMessages.flatMap(jsonPassages).map((text) => text.normalize('NFC').toLowerCase()),
      true,
    );
  userIndexes.set(userMessages, known);
  return known;
}

/** Splits a tool output into passages as a model reads them, also with escapes, HTML and percent-encoding decoded. */
function passagesOf(output: string): readonly string[] {
  return jsonPassages(output).flatMap((passage) => {
    const unescaped = unescapeText(passage);
    return unescaped ? [passage, unescaped.text] : [passage];
  });
}

/** Lists the strings, numbers and names of JSON, including nested JSON; returns any other text as a whole. */
function jsonPassages(text: string): readonly string[] {
  const passages: string[] = [];
  const open: [value: unknown, nesting: number][] = [[text, 0]];
  for (let next = open.pop(); next; next = open.pop()) {
    const [value, nesting] = next;
    if (typeof value === 'string') {
      const nested = nesting < MAX_NESTING && looksLikeJson(value) ? parsed(value) : undefined;
      if (nested) open.push([nested[0], nesting + 1]);
      // The parsed value has only the last of duplicate keys; a model reads all of them.
      if (!nested || !isLossless(value, nested[0])) passages.push(value);
    } else if (Array.isArray(value)) {
      for (const item of value) open.push([item, nesting]);
    } else if (isJsonObject(value)) {
      for (const [key, item] of Object.entries(value)) {
        passages.push(key);
        open.push([item, nesting]);
      }
    } else if (typeof value === 'number') {
      passages.push(String(value));
    }
  }
  return passages;
}
