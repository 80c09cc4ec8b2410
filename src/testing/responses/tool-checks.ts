import { badRequest } from '../api-fault.ts';
import { checkChoice, checkKnown, checkString, missing, objectAt, wrongType } from '../request-checks.ts';
import type { Json } from '../wire.ts';
import { checkStrictSchema } from './strict-schema.ts';

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

const NAME = /^[a-zA-Z0-9_-]{1,128}$/;

/** @param at the path of the tools, such as `tools` */
export function checkTools(tools: unknown, at: string, types: readonly string[] = TYPES): asserts tools is Json[] {
  if (!Array.isArray(tools)) throw wrongType(at, 'an array of tools');
  for (const [index, tool] of (tools as unknown[]).entries()) {
    checkTool(objectAt(tool, `${at}[${index}]`), `${at}[${index}]`, types);
  }
}

function checkTool(tool: Json, at: string, types: readonly string[]): void {
  const { type, name, parameters, strict, description, tools } = tool;
  checkChoice(type, types, `${at}.type`);
  switch (type) {
    case 'function':
      checkName(name, `${at}.name`);
      checkKnown(tool, FUNCTION_KEYS, `${at}.`);
      if ((parameters ?? undefined) !== undefined) checkParameters(name, parameters, strict === true, at);
      return;
    case 'custom':
      checkName(name, `${at}.name`);
      return;
    case 'namespace':
      checkName(name, `${at}.name`);
      checkString(description, `${at}.description`);
      if (tools === undefined) throw missing(`${at}.tools`);
      checkTools(tools, `${at}.tools`, ['function', 'custom']);
      if (tools.length === 0) throw wrongType(`${at}.tools`, 'at least one tool');
      return;
    case 'mcp':
      checkString(tool['server_label'], `${at}.server_label`);
  }
}

function checkName(name: unknown, param: string): asserts name is string {
  checkString(name, param);
  if (NAME.test(name)) return;
  throw badRequest(
    `Invalid '${param}': string does not match pattern. Expected a string that matches the pattern '${NAME.source}'.`,
    { param, code: 'invalid_value' },
  );
}

function checkParameters(name: string, parameters: unknown, isStrict: boolean, at: string): void {
  const refuse = (problem: string): never => {
    throw badRequest(`Invalid schema for function '${name}': ${problem}`, {
      param: `${at}.parameters`,
      code: 'invalid_function_parameters',
    });
  };
  const { type } = objectAt(parameters, `${at}.parameters`);
  if (type !== 'object') {
    const given = typeof type === 'string' ? type : 'None';
    refuse(`schema must be a JSON Schema of 'type: "object"', got 'type: "${given}"'.`);
  }
  if (isStrict) checkStrictSchema(parameters, refuse);
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
