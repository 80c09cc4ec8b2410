import type { Conversation } from '../../../runner/gateway/gateway.ts';
import { hasInstructions } from '../instructions.ts';
import { undisguised } from './find-part.ts';
import { jsonRecords, recordsOf } from './passages.ts';
import { withoutQuotes } from './quotes.ts';
import { TextIndex } from './text-index.ts';

/** A text that is not the user's: what a tool returned, or the user quotes. Parsed once for all later calls. */
export class ForeignText {
  readonly #records: readonly (readonly string[])[];
  #index: TextIndex | undefined;
  #instructed: { readonly index: TextIndex | undefined } | undefined;

  constructor(
    text: string,
    /** The function that returned it. */
    readonly functionName?: string,
  ) {
    this.#records = recordsOf(text).map((passages) => passages.map(undisguised));
  }

  get index(): TextIndex {
    return (this.#index ??= new TextIndex(this.#records.flat(), false));
  }

  /** The records that address the model. */
  get instructed(): TextIndex | undefined {
    return (this.#instructed ??= this.#readInstructed()).index;
  }

  #readInstructed(): { readonly index: TextIndex | undefined } {
    const records = this.#records.filter((passages) => passages.some(hasInstructions));
    if (records.length === 0) return { index: undefined };
    return { index: records.length === this.#records.length ? this.index : new TextIndex(records.flat(), false) };
  }
}

/** What the user wrote, without quotes. */
export interface UserText {
  /** By exact letters: `pаypal.com` with a Cyrillic letter is not paypal.com. */
  readonly strict: TextIndex;
  /** As a reader understands it. */
  readonly lenient: TextIndex;
  readonly quotes: readonly ForeignText[];
}

const foreignTexts = new WeakMap<object, ForeignText>();
const userTexts = new WeakMap<object, UserText>();

/** Lists the tool outputs, and what the user quotes. */
export function foreignTextsOf({ userMessages, toolOutputs }: Conversation): readonly ForeignText[] {
  const outputs = toolOutputs.map((output) => {
    const known = foreignTexts.get(output) ?? new ForeignText(output.output, output.functionName);
    foreignTexts.set(output, known);
    return known;
  });
  return [...userTextOf(userMessages).quotes, ...outputs];
}

export function userTextOf(userMessages: Conversation['userMessages']): UserText {
  const known = userTexts.get(userMessages) ?? readUserText(userMessages);
  userTexts.set(userMessages, known);
  return known;
}

function readUserText(userMessages: Conversation['userMessages']): UserText {
  const parts = userMessages.map(withoutQuotes);
  const passages = parts.flatMap(({ own }) => jsonRecords(own).flat());
  let lenient: TextIndex | undefined;
  return {
    strict: new TextIndex(
      passages.map((text) => text.normalize('NFC').toLowerCase()),
      true,
    ),
    get lenient() {
      return (lenient ??= new TextIndex(passages.map(undisguised), false));
    },
    quotes: parts.flatMap(({ quoted }) => (quoted === '' ? [] : [new ForeignText(quoted)])),
  };
}
