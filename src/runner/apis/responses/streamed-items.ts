import { hashOf, type ToolCall } from '../../call/tool-call.ts';
import type { Fields } from '../event-stream.ts';
import type { Item, ModelResponse } from './client.ts';
import { pendingItems } from './pending.ts';
import { responseMessage } from './response.ts';

/**
 * The items that a response's stream reported as done. Some proxies end a stream with an empty output, and a compatible
 * server may end it with another one.
 */
export class StreamedItems {
  readonly #begun = new Set<unknown>();
  /** By their index in the output. */
  readonly #done = new Map<unknown, Item>();

  note({ type, output_index: index = this.#done.size, item }: Fields): void {
    if (typeof item !== 'object' || item === null) return;
    if (type === 'response.output_item.added') this.#begun.add(index);
    if (type === 'response.output_item.done') this.#done.set(index, item as Item);
  }

  /**
   * Returns an ended response with the streamed items, if it lists none.
   *
   * @throws TypeError for a completed response that lacks what its stream reported
   */
  reconcile(response: ModelResponse): ModelResponse {
    const { id, status, output } = response;
    if (this.#begun.size + this.#done.size === 0) return response;
    if (status !== 'completed' && status !== 'incomplete') return response;
    const items = [...this.#done].toSorted(([a], [b]) => Number(a) - Number(b)).map(([, item]) => item);
    if (output.length === 0 && items.length > 0) return this.reconcile({ ...response, output: items });
    const lacking = status === 'completed' ? this.#lackingIn(output, items) : undefined;
    if (lacking === undefined) return response;
    throw new TypeError(`Response ${id} contradicts its stream: it completed without ${lacking}.`);
  }

  #lackingIn(output: readonly Item[], streamed: readonly Item[]): string | undefined {
    if (output.length === 0 && this.#begun.size > 0) return 'the items that the stream began';
    // Some servers give a call another id at the end.
    const left = pendingItems(output).pending.map(({ call }) => contentOf(call));
    for (const { call } of pendingItems(streamed).pending) {
      const place = left.indexOf(contentOf(call));
      if (place < 0) return `the call "${call.callId}" as it was streamed`;
      left.splice(place, 1);
    }
    const isTextGone = responseMessage({ output: streamed }).text && !responseMessage({ output }).text;
    return isTextGone ? 'the text that was streamed' : undefined;
  }
}

function contentOf(call: ToolCall): string {
  return hashOf(call) ?? JSON.stringify([call.kind, call.name, call.arguments]);
}
