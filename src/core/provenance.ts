import { limitedController, withTimeLimit } from '../internal/abort.ts';
import type { Conversation, ToolOutputText } from './gateway.ts';

/** In characters. No model reads as much at once: what is dropped, it has forgotten as well. */
const MOST_SAID = 1_000_000;
const MOST_RETURNED = 8_000_000;

/** Where the values of a run's calls may come from: what the user said, and what tools returned. */
export interface Provenance {
  /** Begins to read what was said before the run. What cannot be read, or not in time, was not said. */
  recall(read: (signal: AbortSignal) => Promise<Conversation>): void;
  /** Settles when that is read, or will not be; never rejects. */
  readonly recalled: Promise<unknown>;
  /** What came in the meantime. */
  note(more: Partial<Conversation>): void;
  /** All of it up to now, oldest first, frozen; the oldest is dropped where it is more than is kept. */
  now(): Conversation;
  /** Cuts off a reading that nobody waits for any more. */
  readonly close: () => void;
}

const NOTHING: Conversation = { userMessages: [], toolOutputs: [] };

/** @param limitMs how long the reading may take */
export function createProvenance(limitMs: number, signal: AbortSignal): Provenance {
  const reading = limitedController(signal);
  let recalled: Promise<unknown> = Promise.resolve();
  /** Undefined while, and when, it is not known. */
  let before: Conversation | undefined = NOTHING;
  let since: Conversation = NOTHING;
  /** The same object until something is added, so that a gateway need not read it anew for each call. */
  let snapshot: Conversation | undefined;

  return {
    recall(read) {
      before = undefined;
      snapshot = undefined;
      recalled = withTimeLimit(limitMs, reading.signal, read).then(
        (conversation) => {
          before = conversation;
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
      since = joined(since, { userMessages, toolOutputs });
      snapshot = undefined;
    },
    now() {
      snapshot ??= frozen(before ? joined(before, since) : { userMessages: [], toolOutputs: since.toolOutputs });
      return snapshot;
    },
    close: () => {
      reading.controller.abort();
      reading.close();
    },
  };
}

/** An input may be seen twice, where it was given and where the API lists it: its words count once. */
function joined(earlier: Conversation, later: Conversation): Conversation {
  const said = new Set(earlier.userMessages);
  return {
    userMessages: newest(
      [...earlier.userMessages, ...later.userMessages.filter((text) => !said.has(text))],
      MOST_SAID,
      (text) => text.length,
    ),
    toolOutputs: newest([...earlier.toolOutputs, ...later.toolOutputs], MOST_RETURNED, ({ output }) => output.length),
  };
}

/** The newest entry is kept whatever its size. */
function newest<T>(oldestFirst: readonly T[], mostCharacters: number, sizeOf: (entry: T) => number): readonly T[] {
  let left = mostCharacters;
  const tooOld = oldestFirst.findLastIndex((entry, index) => {
    left -= sizeOf(entry);
    return left < 0 && index < oldestFirst.length - 1;
  });
  return oldestFirst.slice(tooOld + 1);
}

function frozen({ userMessages, toolOutputs }: Conversation): Conversation {
  const outputs = toolOutputs.map(({ functionName, output }): ToolOutputText =>
    Object.freeze({ functionName, output }),
  );
  return Object.freeze({ userMessages: Object.freeze([...userMessages]), toolOutputs: Object.freeze(outputs) });
}
