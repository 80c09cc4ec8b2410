/** Emits a run's text in pieces. The pieces of an item add up to its text, without gaps or duplicates. */
export interface TextFeed {
  /** To be called when an item's text begins; pieces of an item that was never begun are left out until all of it is known. */
  begin(itemId: string): void;
  /** The next piece. `part` tells apart the texts of an item that has several. */
  delta(itemId: string, part: number, text: string): void;
  /** All of an item's texts: what of them was not emitted is emitted now. */
  whole(itemId: string, parts: readonly string[]): void;
  /** Reports possibly missed pieces: unfinished items are emitted once they are complete. */
  gap(): void;
}

export function createTextFeed(emit: (itemId: string, delta: string) => void): TextFeed {
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
    whole(itemId, parts) {
      live.delete(itemId);
      for (const [part, text] of parts.entries()) {
        const key = keyOf(itemId, part);
        const before = emitted.get(key) ?? '';
        // What was emitted otherwise cannot be taken back: the result has the text as it is.
        if (!text.startsWith(before) || text.length === before.length) continue;
        emitted.set(key, text);
        emit(itemId, text.slice(before.length));
      }
    },
    gap() {
      live.clear();
    },
  };
}

function keyOf(itemId: string, part: number): string {
  return `${part} ${itemId}`;
}
