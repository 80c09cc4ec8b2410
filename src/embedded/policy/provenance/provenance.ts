import type { Conversation } from '../../../runner/gateway/gateway.ts';
import { hasInstructions } from '../instructions.ts';
import { leavesOf } from '../leaves.ts';
import { askedFields } from './field-selector.ts';
import { isReturned, isSaid, isVerbatim, plainly, Search } from './find-part.ts';
import { Heard } from './text-index.ts';
import { jsonPassages, passagesOf } from './passages.ts';
import { entriesOf, isAddress, partsOf, type Part } from './value-parts.ts';

/** A tool's output as it is read once, for all the calls that come after it. */
class Returned {
  readonly #passages: readonly string[];
  #heard: Heard | undefined;
  #speaks: boolean | undefined;

  constructor(output: string) {
    this.#passages = passagesOf(output).map(plainly);
  }

  get heard(): Heard {
    return (this.#heard ??= new Heard(this.#passages, false));
  }

  get speaksToModel(): boolean {
    return (this.#speaks ??= this.#passages.some(hasInstructions));
  }
}

const returnedBefore = new WeakMap<object, Returned>();
const saidBefore = new WeakMap<object, Heard>();

/**
 * The fields whose value stands in a tool's output and not in the user's words, by their paths. A value is compared by what it names: an
 * address of the web by its host, an amount by its number, each entry of a list. (Its condition, `x_from_tool_output`, is
 * our own, no part of Interven's schema.)
 *
 * @param fields names or paths of fields, `*`, `@address` or `@composed_url`; see docs/policies.md
 */
export function fieldsFromToolOutput(
  body: unknown,
  fields: readonly string[],
  { userMessages, toolOutputs }: Conversation,
): readonly string[] {
  if (toolOutputs.length === 0) return [];
  const asked = askedFields(fields);
  const judge = judgeOf(userMessages, toolOutputs);
  const found = leavesOf(body).filter(({ keys, value, isName }) => {
    // A small number stands in many texts, by chance.
    if (typeof value === 'boolean' || (typeof value === 'number' && Math.abs(value) < 100)) return false;
    const text = typeof value === 'number' ? String(Math.abs(value)) : value;
    // Of the names of fields only addresses are values: `recipients: { 'eve@evil.com': {} }`.
    const isOwn = isName || asked.addresses ? isAddress(text) : false;
    const isAsked = isName ? isOwn && (asked.addresses || asked.has(keys)) : isOwn || asked.has(keys);
    return (isAsked && judge(text).isFromTool) || (asked.composedUrls && judge(text).isComposedUrl);
  });
  return [...new Set(found.map(({ path }) => path))];
}

/** Whether a tool's output speaks to the model (`x_instructions_in_tool_output`, our own condition). */
export function hasInstructionsIn({ toolOutputs }: Conversation): boolean {
  return toolOutputs.some((output) => returnedOf(output).speaksToModel);
}

interface Verdict {
  readonly isFromTool: boolean;
  readonly isComposedUrl: boolean;
}

function judgeOf(userMessages: Conversation['userMessages'], toolOutputs: Conversation['toolOutputs']) {
  const said = saidOf(userMessages);
  const returned = toolOutputs.map((output) => returnedOf(output).heard);
  const search = new Search();
  const known = new Map<string, Verdict>();
  /** @param alike the parts of the same entry as a lenient reader takes them */
  const judgePart = (part: Part, alike: readonly Part[]): Verdict => {
    const isFromTool =
      returned.some((heard) => [part, ...alike].some((one) => isReturned(one, heard, search))) &&
      !isSaid(part, said, search);
    const isComposedUrl =
      isFromTool && part.kind === 'web' && ![said, ...returned].some((heard) => isVerbatim(part, heard, search));
    return { isFromTool, isComposedUrl };
  };
  return (value: string): Verdict => {
    const verdict = { isFromTool: false, isComposedUrl: false };
    for (const entry of entriesOf(value.normalize('NFC').toLowerCase())) {
      const plain = plainly(entry);
      const alike = plain === entry ? [] : partsOf(plain);
      for (const part of partsOf(entry)) {
        const place = JSON.stringify([part, alike.length > 0 ? plain : '']);
        const one = known.get(place) ?? judgePart(part, alike);
        known.set(place, one);
        verdict.isFromTool ||= one.isFromTool;
        verdict.isComposedUrl ||= one.isComposedUrl;
      }
    }
    return verdict;
  };
}

function returnedOf(output: Conversation['toolOutputs'][number]): Returned {
  const known = returnedBefore.get(output) ?? new Returned(output.output);
  returnedBefore.set(output, known);
  return known;
}

/** In the very letters that the user wrote: `pаypal.com` with a letter of another script is not paypal.com. */
function saidOf(userMessages: Conversation['userMessages']): Heard {
  const known =
    saidBefore.get(userMessages) ??
    new Heard(
      userMessages.flatMap(jsonPassages).map((text) => text.normalize('NFC').toLowerCase()),
      true,
    );
  saidBefore.set(userMessages, known);
  return known;
}
