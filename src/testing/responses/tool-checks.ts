import { badRequest } from '../api-fault.ts';
import { checkFunction, checkName } from '../function-checks.ts';
import type { Json } from '../wire.ts';

const LIMITS = { name: 128, description: 1_024 };

/**
 * Checks what the rules of tools do not say.
 *
 * @param at the path of the tools, such as `tools`
 */
export function checkTools(tools: readonly Json[], at: string): void {
  for (const [index, tool] of tools.entries()) {
    const path = `${at}[${index}]`;
    const { type, name, tools: inside } = tool;
    if (type === 'function') checkFunction(tool, path, LIMITS);
    else if (typeof name === 'string') checkName(name, `${path}.name`, LIMITS.name);
    if (Array.isArray(inside)) checkTools(inside as Json[], `${path}.tools`);
  }
}

/** @throws ApiFault for the choice of a function or a custom tool that is not among the tools */
export function checkToolChoice(choice: unknown, tools: readonly Json[]): void {
  const { type, name, tools: allowed } = (choice ?? {}) as Json;
  for (const one of (allowed ?? []) as Json[]) checkToolChoice(one, tools);
  if (type !== 'function' && type !== 'custom') return;
  const all = tools.flatMap((tool) => [tool, ...((tool['tools'] ?? []) as Json[])]);
  if (all.some((tool) => tool['type'] === type && tool['name'] === name)) return;
  throw badRequest(`Tool choice '${String(name)}' not found in 'tools' parameter.`, { param: 'tool_choice' });
}
