import type { Conversation } from '../core/gateway.ts';
import { keyWords } from '../detection/key-words.ts';
import { normalise } from '../detection/normalise.ts';
import { hasInstructions } from './instructions.ts';
import { leavesOf } from './leaves.ts';

/** A text as it is searched: as it reads, and with nothing but its letters and digits. */
interface Heard {
  readonly words: string;
  readonly compact: string;
  /** Whether it speaks to the model; found out when it is asked for. */
  hasInstructions?: boolean;
}

/** The texts of a conversation are asked about at every call of its run. */
const heardTexts = new WeakMap<object, readonly Heard[]>();

/**
 * The fields whose value stands in a tool's output and not in the user's words, by their names; `*` asks about every field.
 * An address of the web counts by its host, a number below 100 not at all. (Its condition, `x_from_tool_output`, is our own, no part of Interven's schema.)
 */
export function fieldsFromToolOutput(
  body: unknown,
  fields: readonly string[],
  { userMessages, toolOutputs }: Conversation,
): readonly string[] {
  if (toolOutputs.length === 0) return [];
  const wanted = new Set(fields.map(fieldName));
  const isWanted = (key: string): boolean => wanted.has('*') || wanted.has(fieldName(key));
  const said = allHeard(userMessages, userMessages);
  const returned = toolOutputs.flatMap((output) => allHeard([output.output], output));
  const isFromTool = (value: string): boolean =>
    partsOf(value).some((part) => isIn(part, returned) && !isSaidIn(part, said));
  return (
    leavesOf(body)
      // A small number stands in many texts, by chance.
      .filter(({ value }) => typeof value === 'string' || Math.abs(value) >= 100)
      .filter(({ keys, value }) => keys.some(isWanted) && isFromTool(String(value)))
      .map(({ path }) => path)
  );
}

/** Whether a tool's output speaks to the model (`x_instructions_in_tool_output`, our own condition). */
export function hasInstructionsIn({ toolOutputs }: Conversation): boolean {
  return toolOutputs.some((output) =>
    allHeard([output.output], output).some((text) => (text.hasInstructions ??= hasInstructions(text.words))),
  );
}

/** `recipients` asks about `recipient` too, `toAddress` about `to_address`. */
function fieldName(name: string): string {
  if (name === '*') return name;
  return keyWords(name)
    .map((word) => word.replace(/(?<=ss|x|ch)es$|(?<=[a-z]{2}[^s])s$/, ''))
    .join('_');
}

function allHeard(texts: readonly string[], holder: object): readonly Heard[] {
  const known = heardTexts.get(holder);
  if (known) return known;
  const made = texts.map(heard);
  heardTexts.set(holder, made);
  return made;
}

function heard(text: string): Heard {
  // Addresses are spelt out so that they are read and not searched: "mark (at) example dot com".
  const words = normalise(text)
    .toLowerCase()
    .replace(/\s+/g, ' ')
    .replace(/ ?[([]at[)\]] ?| at (?=[\w-]{1,63}(?:\.| dot ))/g, '@')
    .replace(/ ?[([]dot[)\]] ?| dot /g, '.')
    .replace(/(?<=\d)[,'\u2019](?=\d{3}(?!\d))/g, '');
  return { words, compact: compacted(words) };
}

/** The parts that are looked for: of a list of addresses each, of an address of the web its host. */
function partsOf(value: string): readonly string[] {
  const text = normalise(value).toLowerCase().trim();
  const host = /^(?:https?:\/\/)?(?:www\.)?((?:[\w-]{1,63}\.){1,8}[a-z][\w-]{1,62})(?::\d+)?(?:[/?#]|$)/.exec(
    text,
  )?.[1];
  if (host !== undefined) return [host];
  const addresses = text.match(/[^\s,;<>"'()]{1,64}@[^\s,;<>"'()]{1,255}/g);
  return addresses ?? (text === '' ? [] : [text]);
}

/** What a tool returned is read in the attacker's favour: with any marks between its letters. */
function isIn(part: string, texts: readonly Heard[]): boolean {
  const compact = compacted(part);
  if (compact === '') return false;
  // Short values are words of a text, not parts of words: `13` is not in `2013`.
  return texts.some(({ words, compact: text }) =>
    compact.length < 8 ? standsAsWord(part, words) : text.includes(compact),
  );
}

/** What the user said is read strictly: `send@the.file` is not in "send the file". Only numbers may be grouped otherwise. */
function isSaidIn(part: string, texts: readonly Heard[]): boolean {
  const compact = compacted(part);
  const isNumber = !part.includes('@') && /\d{4}/.test(compact);
  return texts.some(
    ({ words, compact: text }) =>
      standsAsWord(part, words) || (isNumber && compact.length >= 8 && text.includes(compact)),
  );
}

function standsAsWord(part: string, words: string): boolean {
  const isLetter = (character: string | undefined): boolean =>
    character !== undefined && /[\p{L}\p{Nd}]/u.test(character);
  for (let at = words.indexOf(part); at !== -1; at = words.indexOf(part, at + 1)) {
    if (!isLetter(words[at - 1]) && !isLetter(words[at + part.length])) return true;
  }
  return false;
}

/** Amounts and account numbers are grouped in many ways. */
function compacted(text: string): string {
  return text.replace(/[^\p{L}\p{Nd}]+/gu, '');
}
