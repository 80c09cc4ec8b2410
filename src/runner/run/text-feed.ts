/** Emits a run's text in pieces. The pieces of an item add up to its text, without gaps or duplicates. */
export interface TextFeed {
  /** Starts an item's text. Pieces of an item that was not started are held back until its text is complete. */
  begin(itemId: string): void;
  /** Emits the next piece. `part` is the index of the text within its item. */
  delta(itemId: string, part: number, text: string): void;
  /** Completes an item with all its texts and its refusal, and emits the rest of them. */
  whole(itemId: string, parts: readonly string[], refusal?: string | null): void;
  /** Reports possibly missed pieces: unfinished items are emitted once they are complete. */
  gap(): void;
}

export function createTextFeed(
  emit: (itemId: string, delta: string) => void,
  emitRefusal: (itemId: string, refusal: string) => void,
): TextFeed {
  const refused = new Set<string>();
  const emitted = new Map<string, string>();
  const live = new Set<string>();
  return {
    begin(itemId) {
      live.add(itemId);
    },
    delta(itemId, part, text) {
      if (!live.has(itemId) || text === '') return;
      const key = keyOf(itemId, part);
      emitted.set(key, (emitted.get(key) ?? '') + text);
      emit(itemId, text);
    },
    whole(itemId, parts, refusal = null) {
      live.delete(itemId);
      for (const [part, text] of parts.entries()) {
        const key = keyOf(itemId, part);
        const before = emitted.get(key) ?? '';
        // Emitted text that differs cannot be taken back. The run's result has the correct text.
        if (!text.startsWith(before) || text.length === before.length) continue;
        emitted.set(key, text);
        emit(itemId, text.slice(before.length));
      }
      if (refusal === null || refused.has(itemId)) return;
      refused.add(itemId);
      emitRefusal(itemId, refusal);
    },
    gap() {
      live.clear();
    },
  };
}

function keyOf(itemId: string, part: number): string {
  return `${part} ${itemId}`;
}
