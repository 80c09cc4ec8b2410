import type { Item } from './client.ts';

/**
 * Returns the items of a response as the API accepts them in a later request: a response may have fields that a request
 * must not have, and whatever the model wrote.
 */
export function replayable(output: readonly Item[]): readonly Item[] {
  const items = output.filter(hasContent).map(toInput);
  // The API rejects reasoning without the item that the model made from it.
  return items.slice(0, items.findLastIndex(({ type }) => type !== 'reasoning') + 1);
}

/** Returns false for reasoning that names only an id: with `store: false` the API has not stored it. */
function hasContent({ type, encrypted_content: encrypted, content }: Item): boolean {
  if (type !== 'reasoning') return true;
  return typeof encrypted === 'string' || (Array.isArray(content) && content.length > 0);
}

/** Fields that items must have, even if they are null. All others are left out instead. */
const NULLABLE: ReadonlySet<string> = new Set(['result', 'code', 'outputs']);
const STATUSES: ReadonlySet<unknown> = new Set(['in_progress', 'completed', 'incomplete']);
/** Items whose status the API does not need. */
const WITHOUT_STATUS: ReadonlySet<unknown> = new Set(['message', 'function_call', 'custom_tool_call']);

function toInput({ created_by: _, ...item }: Item): Item {
  const { type, status } = item;
  const isDropped = type === 'reasoning' || (WITHOUT_STATUS.has(type) && !STATUSES.has(status));
  const fields = Object.entries(item).filter(
    ([key, value]) => (value !== null || NULLABLE.has(key)) && !(key === 'status' && isDropped),
  );
  return wellFormed({ ...Object.fromEntries(fields), ...textOf(item) }) as Item;
}

/** Returns the text that the model wrote for a tool, in the form that the API accepts. */
function textOf({ type, arguments: args, input }: Item): object {
  switch (type) {
    case 'function_call':
    case 'mcp_approval_request':
    case 'mcp_call':
      return { arguments: jsonOf(args) };
    case 'custom_tool_call':
      return { input: typeof input === 'string' ? input : JSON.stringify(input ?? '') };
    default:
      return {};
  }
}

/** Half of a surrogate pair, as JSON may escape it. */
const ESCAPED_SURROGATE = /\\u[dD][89abAB]/;

/** Servers may parse the arguments of earlier calls. Arguments that are not JSON become `{}`; the output tells why. */
function jsonOf(args: unknown): string {
  if (typeof args !== 'string') return JSON.stringify(args ?? {});
  try {
    const value: unknown = JSON.parse(args);
    return ESCAPED_SURROGATE.test(args) ? JSON.stringify(wellFormed(value)) : args;
  } catch {
    return '{}';
  }
}

/** Replaces halves of surrogate pairs, which strict readers of JSON reject. */
function wellFormed(value: unknown): unknown {
  if (typeof value === 'string') return value.toWellFormed();
  if (Array.isArray(value)) return value.map(wellFormed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key.toWellFormed(), wellFormed(field)]));
}
