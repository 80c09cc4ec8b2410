import { badRequest } from '../api-fault.ts';
import { checkFunction } from '../function-checks.ts';
import type { Json } from '../wire.ts';

/** No limit of a description is known. */
const LIMITS = { name: 64, description: Infinity };

const MAX_TOOLS_BYTES = 3 * 1024 * 1024;

/**
 * Checks what the rules of tools do not say. `null` counts as absent.
 *
 * @param at the path of the agent, such as `agent.`
 */
export function checkTools(tools: unknown, at = ''): void {
  for (const [index, tool] of ((tools ?? []) as Json[]).entries()) {
    if (tool['type'] === 'function') checkFunction(tool, `${at}tools[${index}]`, LIMITS);
  }
  if (Buffer.byteLength(JSON.stringify(tools ?? null)) <= MAX_TOOLS_BYTES) return;
  throw badRequest(`Invalid '${at}tools': expected at most ${MAX_TOOLS_BYTES} bytes of JSON.`, { param: `${at}tools` });
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
