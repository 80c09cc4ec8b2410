import { badRequest } from '../api-fault.ts';
import { checkFunction, checkName } from '../function-checks.ts';
import { checkChoice, checkKnown, checkString, missing, objectAt, wrongType } from '../request-checks.ts';
import type { Json } from '../wire.ts';

const TYPES: readonly string[] = [
  ...['function', 'custom', 'namespace', 'tool_search', 'programmatic_tool_calling', 'mcp'],
  ...['computer', 'computer_use_preview', 'local_shell', 'shell', 'apply_patch'],
  ...['web_search', 'web_search_2025_08_26', 'web_search_preview', 'web_search_preview_2025_03_11'],
  ...['file_search', 'code_interpreter', 'image_generation'],
];

const FUNCTION_KEYS: ReadonlySet<string> = new Set([
  ...['type', 'name', 'description', 'parameters', 'strict'],
  ...['output_schema', 'defer_loading', 'allowed_callers', 'async'],
]);

const LIMITS = { name: 128, description: 1_024 };

/** @param at the path of the tools, such as `tools` */
export function checkTools(tools: unknown, at: string, types: readonly string[] = TYPES): asserts tools is Json[] {
  if (!Array.isArray(tools)) throw wrongType(at, 'an array of tools');
  for (const [index, tool] of (tools as unknown[]).entries()) {
    checkTool(objectAt(tool, `${at}[${index}]`), `${at}[${index}]`, types);
  }
}

function checkTool(tool: Json, at: string, types: readonly string[]): void {
  const { type, name, description, tools } = tool;
  checkChoice(type, types, `${at}.type`);
  switch (type) {
    case 'function':
      checkFunction(tool, at, LIMITS);
      checkKnown(tool, FUNCTION_KEYS, `${at}.`);
      return;
    case 'custom':
      checkName(name, `${at}.name`, LIMITS.name);
      return;
    case 'namespace':
      checkName(name, `${at}.name`, LIMITS.name);
      checkString(description, `${at}.description`);
      if (tools === undefined) throw missing(`${at}.tools`);
      checkTools(tools, `${at}.tools`, ['function', 'custom']);
      if (tools.length === 0) throw wrongType(`${at}.tools`, 'at least one tool');
      return;
    case 'mcp':
      checkString(tool['server_label'], `${at}.server_label`);
  }
}

/** @throws ApiFault for the choice of a function or a custom tool that is not among the tools */
export function checkToolChoice(choice: unknown, tools: readonly Json[]): void {
  if (choice === undefined || choice === null) return;
  if (typeof choice !== 'object') {
    checkChoice(choice, ['none', 'auto', 'required'], 'tool_choice');
    return;
  }
  const { type, name, tools: allowed } = choice as Json;
  if (type === 'allowed_tools') {
    if (!Array.isArray(allowed)) throw wrongType('tool_choice.tools', 'an array of tools');
    for (const one of allowed as unknown[]) checkToolChoice(one, tools);
    return;
  }
  if (type !== 'function' && type !== 'custom') return;
  checkString(name, 'tool_choice.name');
  const all = tools.flatMap((tool) => [tool, ...((tool['tools'] ?? []) as Json[])]);
  if (all.some((tool) => tool['type'] === type && tool['name'] === name)) return;
  throw badRequest(`Tool choice '${name}' not found in 'tools' parameter.`, { param: 'tool_choice' });
}
