import type { Item, ResponseBody } from './client.ts';

/** What we run ourselves, or what changes nothing outside the API. */
const WITHOUT_EFFECT: ReadonlySet<unknown> = new Set([
  'function',
  'custom',
  'namespace',
  'tool_search',
  'file_search',
  'web_search',
  'web_search_preview',
  'image_generation',
  'code_interpreter',
  'local_shell',
  'apply_patch',
  'computer',
  'computer_use_preview',
]);

/** Something that the API itself may do for this request, and would do again for a second one; undefined if nothing. */
export function actsByItself({ tools, input, prompt }: ResponseBody): string | undefined {
  // A stored prompt brings tools of its own.
  if (prompt !== undefined && prompt !== null) return 'what the prompt names';
  const approved = listed(input).some(({ type, approve }) => type === 'mcp_approval_response' && approve === true);
  if (approved) return 'an approved MCP call';
  const actor = listed(tools).find((tool) => !isWithoutEffect(tool));
  return actor && `tools of type "${String(actor['type'])}"`;
}

function isWithoutEffect({ type, require_approval: approval = 'always', environment }: Item): boolean {
  if (type === 'mcp') return approval === 'always' || approval === null;
  if (type === 'shell') return (environment as Item | null | undefined)?.['type'] === 'local';
  return WITHOUT_EFFECT.has(type) || String(type).startsWith('web_search_');
}

function listed(value: unknown): readonly Item[] {
  return Array.isArray(value) ? (value as Item[]) : [];
}
