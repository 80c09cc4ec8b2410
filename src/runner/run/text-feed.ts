import type { EventFacts } from '../events.ts';

/** Emits a run's text in pieces. The pieces of an item add up to its text, without gaps or duplicates. */
export class TextFeed {
  readonly #emit: (piece: EventFacts) => void;
  readonly #refused = new Set<string>();
  readonly #emitted = new Map<string, string>();
  readonly #live = new Set<string>();

  constructor(emit: (piece: EventFacts) => void) {
    this.#emit = emit;
  }

  /** Starts an item's text. Pieces of an item that was not started are held back until its text is complete. */
  begin(itemId: string): void {
    this.#live.add(itemId);
  }

  /** Emits the next piece. `part` is the index of the text within its item. */
  delta(itemId: string, part: number, text: string): void {
    if (!this.#live.has(itemId) || text === '') return;
    const key = keyOf(itemId, part);
    this.#emitted.set(key, (this.#emitted.get(key) ?? '') + text);
    this.#emit({ type: 'text-delta', itemId, delta: text });
  }

  /** Completes an item with all its texts and its refusal, and emits the rest of them. */
  whole(itemId: string, parts: readonly string[], refusal: string | null = null): void {
    this.#live.delete(itemId);
    for (const [part, text] of parts.entries()) {
      const key = keyOf(itemId, part);
      const before = this.#emitted.get(key) ?? '';
      // Emitted text that differs cannot be taken back. The run's result has the correct text.
      if (!text.startsWith(before) || text.length === before.length) continue;
      this.#emitted.set(key, text);
      this.#emit({ type: 'text-delta', itemId, delta: text.slice(before.length) });
    }
    if (refusal === null || this.#refused.has(itemId)) return;
    this.#refused.add(itemId);
    this.#emit({ type: 'refusal', itemId, refusal });
  }

  /** Reports possibly missed pieces: unfinished items are emitted once they are complete. */
  gap(): void {
    this.#live.clear();
  }
}

function keyOf(itemId: string, part: number): string {
  return `${part} ${itemId}`;
}
