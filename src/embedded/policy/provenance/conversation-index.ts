import type { Conversation, ToolOutputText } from '../../../runner/gateway/gateway.ts';
import { hasInstructions } from '../instructions.ts';
import { undisguised } from './find-part.ts';
import { jsonRecords, recordsOf } from './passages.ts';
import { withoutQuotes } from './quotes.ts';
import { TextIndex } from './text-index.ts';

/** A text that is not the user's: what a tool returned, or the user quotes. Parsed once for all later calls. */
export class ForeignText {
  readonly written: string;
  /** The function that returned it. */
  readonly functionName: string | undefined;
  readonly arguments: ToolOutputText['arguments'];
  readonly returns: ToolOutputText['returns'];
  readonly #isJson: boolean;
  readonly #records: readonly (readonly string[])[];
  #index: TextIndex | undefined;
  #instructed: { readonly index: TextIndex | undefined } | undefined;

  constructor({
    output,
    functionName,
    arguments: args,
    returns,
  }: Omit<ToolOutputText, 'functionName'> & { readonly functionName?: string }) {
    this.written = output;
    this.functionName = functionName;
    this.arguments = args;
    this.returns = returns;
    const records = recordsOf(output);
    this.#isJson = records[0]?.[0] !== output;
    this.#records = records.map((passages) => passages.map(undisguised));
  }

  get index(): TextIndex {
    return (this.#index ??= new TextIndex(this.#records.flat(), false, this.#isJson));
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
const trustedTexts = new WeakMap<object, TextIndex>();
const userTexts = new WeakMap<object, UserText>();

/** Lists the outputs of tools that are not trusted, and what the user quotes. */
export function foreignTextsOf({ userMessages, toolOutputs }: Conversation): readonly ForeignText[] {
  const outputs = toolOutputs.filter(({ returns }) => returns !== 'trusted').map(foreignText);
  return [...userTextOf(userMessages).quotes, ...outputs];
}

export function foreignText(output: ToolOutputText): ForeignText {
  const known = foreignTexts.get(output) ?? new ForeignText(output);
  foreignTexts.set(output, known);
  return known;
}

/** Lists the outputs of trusted tools, read as strictly as the user's messages. */
export function trustedTextsOf({ toolOutputs }: Conversation): readonly TextIndex[] {
  return toolOutputs.flatMap((output) => {
    if (output.returns !== 'trusted') return [];
    const known = trustedTexts.get(output) ?? strictIndex([output.output]);
    trustedTexts.set(output, known);
    return [known];
  });
}

export function userTextOf(userMessages: Conversation['userMessages']): UserText {
  const known = userTexts.get(userMessages) ?? readUserText(userMessages);
  userTexts.set(userMessages, known);
  return known;
}

function readUserText(userMessages: Conversation['userMessages']): UserText {
  const parts = userMessages.map(withoutQuotes);
  let lenient: TextIndex | undefined;
  return {
    strict: strictIndex(parts.map(({ own }) => own)),
    get lenient() {
      return (lenient ??= new TextIndex(parts.flatMap(({ own }) => jsonRecords(own).flat()).map(undisguised), false));
    },
    quotes: parts.flatMap(({ quoted }) => (quoted === '' ? [] : [new ForeignText({ output: quoted })])),
  };
}

function strictIndex(texts: readonly string[]): TextIndex {
  const passages = texts.flatMap((text) => jsonRecords(text).flat());
  return new TextIndex(
    passages.map((text) => text.normalize('NFC').toLowerCase()),
    true,
  );
}
