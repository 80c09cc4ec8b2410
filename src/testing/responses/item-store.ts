import { unknownId } from '../request-checks.ts';
import type { Json, NewId } from '../wire.ts';

/** The API's prefixes of item ids by type; other ids begin with `item`. */
const PREFIXES: Readonly<Partial<Record<string, string>>> = {
  message: 'msg',
  reasoning: 'rs',
  function_call: 'fc',
  function_call_output: 'fco',
  custom_tool_call: 'ctc',
  custom_tool_call_output: 'ctco',
  computer_call: 'cu',
  computer_call_output: 'cuo',
  local_shell_call: 'lsh',
  shell_call: 'sh',
  shell_call_output: 'sho',
  apply_patch_call: 'apc',
  apply_patch_call_output: 'apco',
  tool_search_call: 'tsc',
  tool_search_output: 'tso',
  mcp_approval_request: 'mcpr',
  mcp_approval_response: 'mcpa',
  mcp_call: 'mcp',
  mcp_list_tools: 'mcpl',
  compaction: 'cmp',
};

/** All items that requests can refer to by id, of any response or conversation. */
export class ItemStore {
  readonly newId: NewId;
  readonly #items = new Map<string, Json>();
  readonly #neverStored = new Set<string>();

  constructor(newId: NewId) {
    this.newId = newId;
  }

  idFor(type: string): string {
    return this.newId(PREFIXES[type] ?? 'item');
  }

  /** @throws ApiFault 404 */
  get(id: string): Json {
    const item = this.#items.get(id);
    if (item) return item;
    const fault = unknownId('Item', id);
    if (this.#neverStored.has(id)) fault.message += ' Items are not persisted when `store` is set to false.';
    throw fault;
  }

  keep(items: readonly Json[], isStored = true): void {
    for (const item of items) {
      if (isStored) this.#items.set(String(item['id']), item);
      else this.#neverStored.add(String(item['id']));
    }
  }

  forget(items: readonly Json[]): void {
    for (const { id } of items) this.#items.delete(String(id));
  }
}
