import { limitedController, withTimeLimit } from '../../internal/abort.ts';
import type { Conversation, ToolOutputText } from '../gateway/gateway.ts';

/** In characters. No model reads as much at once: what is dropped, it has forgotten as well. */
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
  /** All of it up to now, oldest first, frozen; the oldest is dropped where it is more than is kept. */
  now(): Conversation;
  /** Aborts the reading. */
  readonly close: () => void;
}

const NOTHING: Conversation = Object.freeze({ userMessages: Object.freeze([]), toolOutputs: Object.freeze([]) });

/** @param limitMs how long the reading may take */
export function createProvenance(limitMs: number, signal: AbortSignal): Provenance {
  const reading = limitedController(signal);
  let recalled: Promise<unknown> = Promise.resolve();
  let isKnown = true;
  /** While, and when, it is not known what was said before: what came since. */
  let known: Conversation = NOTHING;
  /** The same object until something is added, so that a gateway need not read it anew for each call. */
  let snapshot: Conversation | undefined;

  return {
    recall(read) {
      isKnown = false;
      snapshot = undefined;
      recalled = withTimeLimit(limitMs, reading.signal, read).then(
        (before) => {
          known = joined(joined(NOTHING, before), known);
          isKnown = true;
          snapshot = undefined;
        },
        () => undefined,
      );
    },
    get recalled() {
      return recalled;
    },
    note({ userMessages = [], toolOutputs = [] }) {
      if (userMessages.length + toolOutputs.length === 0) return;
      known = joined(known, { userMessages, toolOutputs });
      snapshot = undefined;
    },
    now() {
      snapshot ??= isKnown
        ? known
        : Object.freeze({ userMessages: NOTHING.userMessages, toolOutputs: known.toolOutputs });
      return snapshot;
    },
    close: () => {
      reading.controller.abort();
      reading.close();
    },
  };
}

/**
 * Frozen. An output stays the same object, and so do the messages as long as none is added: what has been read of them need not be
 * read again. An input may be seen twice, where it was given and where the API lists it: its words count once.
 */
function joined(earlier: Conversation, later: Conversation): Conversation {
  const said = new Set(earlier.userMessages);
  const newlySaid = later.userMessages.filter((text) => !said.has(text));
  const outputs = [...earlier.toolOutputs, ...later.toolOutputs.map(frozenOutput)];
  return Object.freeze({
    userMessages:
      newlySaid.length === 0
        ? earlier.userMessages
        : Object.freeze(newest([...earlier.userMessages, ...newlySaid], MAX_MESSAGE_CHARACTERS, (text) => text.length)),
    toolOutputs: Object.freeze(newest(outputs, MAX_OUTPUT_CHARACTERS, ({ output }) => output.length)),
  });
}

function frozenOutput(given: ToolOutputText): ToolOutputText {
  return Object.isFrozen(given) ? given : Object.freeze({ functionName: given.functionName, output: given.output });
}

/** The newest entry is kept whatever its size. */
function newest<T>(oldestFirst: readonly T[], maxCharacters: number, sizeOf: (entry: T) => number): readonly T[] {
  let left = maxCharacters;
  const tooOld = oldestFirst.findLastIndex((entry, index) => {
    left -= sizeOf(entry);
    return left < 0 && index < oldestFirst.length - 1;
  });
  return oldestFirst.slice(tooOld + 1);
}
