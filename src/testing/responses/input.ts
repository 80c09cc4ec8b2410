import { badRequest } from '../api-fault.ts';
import type { Json } from '../wire.ts';
import { checkItem, isReference } from './item-checks.ts';
import type { ItemStore } from './item-store.ts';

/**
 * Returns the items of a request as the API stores them: with ids, resolved references and strings as parts.
 *
 * @param param the parameter with the items: `input` or `items`
 * @param context the items before them
 */
export function readItems(value: unknown, param: string, store: ItemStore, context: readonly Json[] = []): Json[] {
  if (typeof value === 'string') return [stored({ role: 'user', content: value }, store)];
  const items = (value as Json[]).map((item, index) => readItem(item, `${param}[${index}]`, store));
  const ids = new Set(context.map(({ id }) => id));
  for (const { id, type } of items) {
    // The id of a local shell's output is that of its call.
    if (ids.has(id) && type !== 'local_shell_call_output') {
      const remedy = 'Remove duplicate items from your input and try again.';
      throw badRequest(`Duplicate item found with id ${String(id)}. ${remedy}`, { param });
    }
    ids.add(id);
  }
  return items;
}

function readItem(item: Json, at: string, store: ItemStore): Json {
  checkItem(item, at);
  const { type, id, encrypted_content: encrypted } = item;
  if (isReference(item)) return store.get(String(id));
  // Reasoning is either encrypted in the request or stored by the API.
  if (type === 'reasoning' && (encrypted ?? undefined) === undefined) return store.get(String(id));
  return stored(item, store);
}

function stored(item: Json, store: ItemStore): Json {
  const { type = 'message', role, content, status } = item;
  const filled = { ...item, type, id: item['id'] ?? store.idFor(String(type)) };
  if (type === 'message') return { ...filled, status: status ?? 'completed', content: parts(role, content) };
  return String(type).endsWith('_output') ? { ...filled, status: status ?? 'completed' } : filled;
}

function parts(role: unknown, content: unknown): unknown {
  if (typeof content !== 'string') return content;
  return role === 'assistant'
    ? [{ type: 'output_text', text: content, annotations: [], logprobs: [] }]
    : [{ type: 'input_text', text: content }];
}
