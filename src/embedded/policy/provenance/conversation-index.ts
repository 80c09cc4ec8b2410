import type { Conversation, ToolOutputText } from '../../../runner/gateway/gateway.ts';
import { pythonAsJson } from './notations.ts';
import { jsonRecords } from './passages.ts';
import { pointersIn, type Pointers } from './pointers.ts';
import { withoutQuotes } from './quotes.ts';
import { inTurns, Steps } from './steps.ts';
import { TextIndex, undisguised } from './text-index.ts';
import { readingOf, type TextReading } from './text-reading.ts';

/** Text that is not the user's: what a tool returned, or the user quotes. Read once for all later calls. */
export class ForeignText {
  /** As JSON, if it can be. */
  readonly written: string;
  /** The function that returned it. */
  readonly functionName: string | undefined;
  readonly arguments: ToolOutputText['arguments'];
  readonly returns: ToolOutputText['returns'];
  readonly #reading: TextReading;

  constructor({
    output,
    functionName,
    arguments: args,
    returns,
  }: Omit<ToolOutputText, 'functionName'> & { readonly functionName?: string }) {
    this.written = pythonAsJson(output) ?? output;
    this.functionName = functionName;
    this.arguments = args;
    this.returns = returns;
    this.#reading = readingOf(this.written);
  }

  get index(): TextIndex {
    return this.#reading.text.finish().index;
  }

  /** The records that address the model. */
  get instructed(): TextIndex | undefined {
    return this.#reading.instructed.finish();
  }

  /** False if it is known that no record addresses the model. */
  get mayAddressModel(): boolean {
    return !this.#reading.instructed.isFinished || this.instructed !== undefined;
  }

  /** The work that `index` and `instructed` need. */
  get steps(): TextReading {
    return this.#reading;
  }
}

/** What the user wrote, without quotes. */
export interface UserText {
  /** By exact letters: `pаypal.com` with a Cyrillic letter is not paypal.com. */
  readonly strict: TextIndex;
  /** As a reader understands it. */
  readonly lenient: TextIndex;
  /** By exact letters, without questions that ask for no change: "Has the payment from Ost arrived?" */
  readonly requests: TextIndex;
  readonly quotes: readonly ForeignText[];
  /** How it points to entries of outputs. */
  readonly pointers: Pointers;
}

const QUESTION =
  /(?<=^|[.!?\n]\s{0,9})(?:what|which|who|whom|whose|when|where|why|how|is|are|was|were|do|does|did|has|have|had|am)\b[^.!?\n]{0,1000}\?/gi;

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
  return toolOutputs.filter(({ returns }) => returns === 'trusted').map(trustedText);
}

function trustedText(output: ToolOutputText): TextIndex {
  const known = trustedTexts.get(output) ?? strictIndex([output.output]);
  trustedTexts.set(output, known);
  return known;
}

/**
 * Does the work of later searches, and lets other work run in between.
 *
 * @param instructing chooses the texts of which it is needed whether they address the model
 */
export async function readConversation(
  conversation: Conversation,
  instructing: (texts: readonly ForeignText[]) => Generator<undefined, readonly ForeignText[]>,
): Promise<void> {
  await inTurns([new Steps(readOwn(conversation))]);
  const texts = foreignTextsOf(conversation);
  await inTurns(texts.map(({ steps }) => steps.text));
  const chosen = new Steps(instructing(texts));
  await inTurns([chosen]);
  await inTurns(chosen.resultOr(texts).map(({ steps }) => steps.instructed));
}

function* readOwn(conversation: Conversation): Generator<undefined, void> {
  const { strict } = userTextOf(conversation.userMessages);
  yield;
  strict.prepare();
  for (const output of conversation.toolOutputs) {
    yield;
    if (output.returns === 'trusted') trustedText(output).prepare();
  }
}

export function userTextOf(userMessages: Conversation['userMessages']): UserText {
  const known = userTexts.get(userMessages) ?? readUserText(userMessages);
  userTexts.set(userMessages, known);
  return known;
}

function readUserText(userMessages: Conversation['userMessages']): UserText {
  const parts = userMessages.map(withoutQuotes);
  const strict = strictIndex(parts.map(({ own }) => own));
  let lenient: TextIndex | undefined;
  let requests: TextIndex | undefined;
  let pointers: Pointers | undefined;
  return {
    strict,
    get requests() {
      return (requests ??= strictIndex(parts.map(({ own }) => own.replace(QUESTION, ''))));
    },
    get pointers() {
      return (pointers ??= pointersIn(strict, parts.map(({ own }) => own).join('\n')));
    },
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
