import { badRequest } from '../api-fault.ts';
import { checkFunction } from '../function-checks.ts';
import { checkChoice, checkKnown, missing, objectAt, wrongType } from '../request-checks.ts';

const TYPES: readonly string[] = ['code_interpreter', 'file_search', 'function'];
const FUNCTION_KEYS: ReadonlySet<string> = new Set(['name', 'description', 'parameters', 'strict']);
const MAX_TOOLS = 128;
const LIMITS = { name: 64, description: 1_024 };

/** Checks the tools of an assistant or a run. `null` counts as absent. */
export function checkTools(tools: unknown): void {
  if ((tools ?? undefined) === undefined) return;
  if (!Array.isArray(tools)) throw wrongType('tools', 'an array of tools');
  if (tools.length > MAX_TOOLS) {
    throw badRequest(
      `Invalid 'tools': array too long. Expected an array with maximum length ${MAX_TOOLS}, but got an array with length ${tools.length} instead.`,
      { param: 'tools', code: 'array_above_max_length' },
    );
  }
  for (const [index, one] of (tools as unknown[]).entries()) {
    const { type, function: given } = objectAt(one, `tools[${index}]`);
    checkChoice(type, TYPES, `tools[${index}].type`);
    if (type !== 'function') continue;
    const at = `tools[${index}].function`;
    if (given === undefined) throw missing(at);
    checkFunction(objectAt(given, at), at, LIMITS);
    checkKnown(objectAt(given, at), FUNCTION_KEYS, `${at}.`);
  }
}
