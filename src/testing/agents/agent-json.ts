import { badRequest } from '../api-fault.ts';
import { checkFunction } from '../function-checks.ts';
import { checkChoice, checkKnown, checkString, missing, objectAt, wrongType } from '../request-checks.ts';
import type { Json } from '../wire.ts';

/** The parameters of an agent: their checks, and the API's JSON. */

const SETTINGS: readonly string[] = [
  ...['compaction', 'experimental', 'instructions', 'model', 'multi_agent'],
  ...['reasoning', 'service_tier', 'text', 'tools'],
];

const TOOLS: readonly string[] = [
  ...['function', 'tool_search', 'programmatic_tool_calling', 'mcp'],
  ...['web_search', 'computer_use', 'automations'],
];

const FUNCTION_KEYS: ReadonlySet<string> = new Set([
  ...['type', 'name', 'description', 'parameters', 'async', 'defer_loading'],
]);

/** No limit of a description is known. */
const LIMITS = { name: 64, description: Infinity };

const MAX_TOOLS_BYTES = 3 * 1024 * 1024;

/**
 * @param at the path of the settings, such as `agent.`
 * @param more keys that are allowed besides the settings
 */
export function checkAgent(settings: Json, at = '', more: readonly string[] = []): void {
  checkKnown(settings, new Set([...SETTINGS, ...more]), at);
  const { model, instructions, tools } = settings;
  if (model !== undefined) checkString(model, `${at}model`);
  if ((instructions ?? undefined) !== undefined) checkString(instructions, `${at}instructions`);
  if ((tools ?? undefined) !== undefined) checkTools(tools, `${at}tools`);
}

function checkTools(tools: unknown, at: string): void {
  if (!Array.isArray(tools)) throw wrongType(at, 'an array of tools');
  for (const [index, one] of (tools as unknown[]).entries()) {
    const path = `${at}[${index}]`;
    const tool = objectAt(one, path);
    checkChoice(tool['type'], TOOLS, `${path}.type`);
    if (tool['type'] !== 'function') continue;
    checkKnown(tool, FUNCTION_KEYS, `${path}.`);
    checkString(tool['name'], `${path}.name`);
    checkString(tool['description'], `${path}.description`);
    if (tool['parameters'] === undefined) throw missing(`${path}.parameters`);
    checkFunction(tool, path, LIMITS);
  }
  if (Buffer.byteLength(JSON.stringify(tools)) <= MAX_TOOLS_BYTES) return;
  throw badRequest(`Invalid '${at}': expected at most ${MAX_TOOLS_BYTES} bytes of JSON.`, { param: at });
}

/** Returns the settings with the API's defaults. `null` counts as absent. */
export function agentSettings(settings: Json): Json {
  const { model, name, instructions, multi_agent: multi, reasoning, service_tier: tier, text, tools } = settings;
  return {
    name: name ?? null,
    model,
    instructions: instructions ?? null,
    multi_agent: { enabled: false, max_concurrent_subagents: null, ...(multi ?? {}) },
    reasoning: { effort: null, summary: null, ...(reasoning ?? {}) },
    service_tier: tier ?? 'auto',
    text: { format: { type: 'text' }, verbosity: 'medium', ...(text ?? {}) },
    tools: ((tools ?? []) as Json[]).map((tool) =>
      tool['type'] === 'function' ? { defer_loading: false, ...tool } : tool,
    ),
  };
}
