import { Limit } from '../../internal/abort.ts';
import type { Conversation, ToolOutputText } from '../gateway/gateway.ts';
import { STANDARD_MESSAGES, type Messages } from './messages.ts';
import { hasReturned, type CallRecord } from './outcome.ts';
import type { RegisteredTool } from './registered-tool.ts';

/** Characters kept. More than any model's context window holds, so the model no longer sees the dropped text either. */
const MAX_MESSAGE_CHARACTERS = 1_000_000;
const MAX_OUTPUT_CHARACTERS = 8_000_000;

/** The sources of a run's argument values: the user's messages and the tools' outputs. */
export interface Provenance {
  /** Starts to read the conversation before the run. If reading fails or times out, the history is empty. */
  recall(read: (signal: AbortSignal) => Promise<Conversation>): void;
  /** Resolves when reading has finished or failed; never rejects. */
  readonly recalled: Promise<unknown>;
  /** Adds messages and outputs that arrive during the run. */
  note(more: Partial<Conversation>): void;
  /** Adds a tool's output. A custom message counts as output: it may quote an error. */
  noteOutput(record: CallRecord, messages: Messages, returned: string): void;
  /** The conversation so far, oldest first, frozen. The oldest entries beyond the maximum size are dropped. */
  now(): Conversation;
  /** Aborts the reading. */
  readonly close: () => void;
}

const NOTHING: Conversation = Object.freeze({ userMessages: Object.freeze([]), toolOutputs: Object.freeze([]) });

/** @param recallMs milliseconds in which the history is read */
export function createProvenance(
  recallMs: number,
  tools: ReadonlyMap<string, Pick<RegisteredTool, 'returns'>>,
  signal: AbortSignal,
): Provenance {
  const reading = new Limit(signal);
  let recalled: Promise<unknown> = Promise.resolve();
  let isComplete = true;
  /** Only what arrived during the run, until the history has been read. */
  let known: Conversation = NOTHING;
  /** The same object until something is added, so that a gateway can cache what it extracts from it. */
  let snapshot: Conversation | undefined;

  const add = (more: Conversation): void => {
    known = joined(known, more);
    snapshot = undefined;
  };
  /** Only this run's handlers are trusted by their name: a listed output may be that of another tool with it. */
  const listed = (output: ToolOutputText): ToolOutputText =>
    tools.get(output.functionName)?.returns === 'untrusted' ? { ...output, returns: 'untrusted' } : output;

  return {
    recall(read) {
      isComplete = false;
      snapshot = undefined;
      recalled = new Limit(reading.signal, recallMs)
        .within(({ signal }) => read(signal))
        .then(
          (before) => {
            const arrived = known;
            known = NOTHING;
            add({ ...before, toolOutputs: before.toolOutputs.map(listed) });
            add(arrived);
            isComplete = true;
          },
          () => undefined,
        );
    },
    get recalled() {
      return recalled;
    },
    note({ userMessages = [], toolOutputs = [] }) {
      if (userMessages.length + toolOutputs.length > 0) add({ userMessages, toolOutputs: toolOutputs.map(listed) });
    },
    noteOutput({ name, server, arguments: args = {}, outcome, output }, messages, returned) {
      const isReturned = hasReturned(outcome);
      const text = isReturned ? returned : messages[outcome] === STANDARD_MESSAGES[outcome] ? '' : output;
      if (text === '') return;
      const noted = { functionName: name, output: text, ...(Object.keys(args).length > 0 ? { arguments: args } : {}) };
      const returns = isReturned && server === undefined ? tools.get(name)?.returns : undefined;
      add({ userMessages: [], toolOutputs: [returns ? { ...noted, returns } : listed(noted)] });
    },
    now() {
      snapshot ??= isComplete
        ? known
        : Object.freeze({ userMessages: NOTHING.userMessages, toolOutputs: known.toolOutputs });
      return snapshot;
    },
    close: () => {
      reading.abort();
      reading.close();
    },
  };
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
