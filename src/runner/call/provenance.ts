import { Limit } from '../../internal/abort.ts';
import type { Conversation, ToolOutputText } from '../gateway/gateway.ts';
import { STANDARD_MESSAGES, type Messages } from './messages.ts';
import { hasReturned, type CallRecord } from './outcome.ts';
import type { RegisteredTool } from './registered-tool.ts';

/** Characters kept. More than any model's context window holds, so the model no longer sees the dropped text either. */
const MAX_MESSAGE_CHARACTERS = 1_000_000;
const MAX_OUTPUT_CHARACTERS = 8_000_000;

const NOTHING: Conversation = Object.freeze({ userMessages: Object.freeze([]), toolOutputs: Object.freeze([]) });

/** The sources of a run's argument values: the user's messages and the tools' outputs. */
export class Provenance {
  /** Resolves when the conversation before the run is read, or reading failed; never rejects. */
  recalled: Promise<unknown> = Promise.resolve();
  readonly #recallMs: number;
  readonly #tools: ReadonlyMap<string, Pick<RegisteredTool, 'returns'>>;
  readonly #reading: Limit;
  #isComplete = true;
  /** Only what arrived during the run, until the history has been read. */
  #known: Conversation = NOTHING;
  /** The same object until something is added, so that a gateway can cache what it extracts from it. */
  #snapshot: Conversation | undefined;

  /** @param recallMs milliseconds that reading the history may take */
  constructor(recallMs: number, tools: ReadonlyMap<string, Pick<RegisteredTool, 'returns'>>, signal: AbortSignal) {
    this.#recallMs = recallMs;
    this.#tools = tools;
    this.#reading = new Limit(signal);
  }

  /** Starts to read the conversation before the run. If reading fails or times out, the history is empty. */
  recall(read: (signal: AbortSignal) => Promise<Conversation>): void {
    this.#isComplete = false;
    this.#snapshot = undefined;
    this.recalled = new Limit(this.#reading.signal, this.#recallMs)
      .within(({ signal }) => read(signal))
      .then(
        (before) => {
          const arrived = this.#known;
          this.#known = NOTHING;
          this.#add({ ...before, toolOutputs: before.toolOutputs.map((output) => this.#listed(output)) });
          this.#add(arrived);
          this.#isComplete = true;
        },
        () => undefined,
      );
  }

  /** Adds messages and outputs that arrive during the run. */
  note({ userMessages = [], toolOutputs = [] }: Partial<Conversation>): void {
    if (userMessages.length + toolOutputs.length > 0)
      this.#add({ userMessages, toolOutputs: toolOutputs.map((output) => this.#listed(output)) });
  }

  /** Adds a tool's output. A custom message counts as output: it may quote an error. */
  noteOutput(record: CallRecord, messages: Messages, returned: string): void {
    const { name, server, arguments: args = {}, outcome, output } = record;
    const isReturned = hasReturned(outcome);
    const text = isReturned ? returned : messages[outcome] === STANDARD_MESSAGES[outcome] ? '' : output;
    if (text === '') return;
    const noted = { functionName: name, output: text, ...(Object.keys(args).length > 0 ? { arguments: args } : {}) };
    const returns = isReturned && server === undefined ? this.#tools.get(name)?.returns : undefined;
    this.#add({ userMessages: [], toolOutputs: [returns ? { ...noted, returns } : this.#listed(noted)] });
  }

  /** The conversation so far, oldest first, frozen. The oldest entries beyond the maximum size are dropped. */
  now(): Conversation {
    this.#snapshot ??= this.#isComplete
      ? this.#known
      : Object.freeze({ userMessages: NOTHING.userMessages, toolOutputs: this.#known.toolOutputs });
    return this.#snapshot;
  }

  /** Aborts the reading. */
  close(): void {
    this.#reading.abort();
    this.#reading.close();
  }

  #add(more: Conversation): void {
    this.#known = joined(this.#known, more);
    this.#snapshot = undefined;
  }

  /** Only this run's handlers are trusted by their name: a listed output may be that of another tool with it. */
  #listed(output: ToolOutputText): ToolOutputText {
    return this.#tools.get(output.functionName)?.returns === 'untrusted' ? { ...output, returns: 'untrusted' } : output;
  }
}

/**
 * Joins two conversations, frozen. Unchanged parts keep their identity, so that a gateway can cache what it extracts
 * from them. Removes duplicate messages: the run's input arrives from the caller and again from the API's list.
 */
function joined(earlier: Conversation, later: Conversation): Conversation {
  const existing = new Set(earlier.userMessages);
  const added = later.userMessages.filter((text) => !existing.has(text));
  const outputs = [...earlier.toolOutputs, ...later.toolOutputs.map(frozenOutput)];
  return Object.freeze({
    userMessages:
      added.length === 0
        ? earlier.userMessages
        : Object.freeze(newest([...earlier.userMessages, ...added], MAX_MESSAGE_CHARACTERS, (text) => text.length)),
    toolOutputs: Object.freeze(newest(outputs, MAX_OUTPUT_CHARACTERS, ({ output }) => output.length)),
  });
}

function frozenOutput(given: ToolOutputText): ToolOutputText {
  return Object.isFrozen(given) ? given : Object.freeze({ ...given });
}

/** Keeps the newest entries up to a total size, and the last one whatever its size. */
function newest<T>(oldestFirst: readonly T[], maxCharacters: number, sizeOf: (entry: T) => number): readonly T[] {
  let left = maxCharacters;
  const tooOld = oldestFirst.findLastIndex((entry, index) => {
    left -= sizeOf(entry);
    return left < 0 && index < oldestFirst.length - 1;
  });
  return oldestFirst.slice(tooOld + 1);
}
