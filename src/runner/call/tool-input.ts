import { TimeLimitError, withTimeLimit } from '../../internal/abort.ts';
import {
  canonicalJson,
  freezeJson,
  isJson,
  isJsonObject,
  withWholeCharacters,
  type JsonObject,
} from '../../internal/json.ts';
import { limits } from '../limits.ts';
import type { CheckedArguments, RegisteredTool } from './registered-tool.ts';

/** The input that a tool's schema makes of arguments, and what of it the gateway scans. */
export interface ToolInput {
  /** Frozen JSON: the input, or the arguments if JSON cannot represent the input (a date, a class instance, a string). */
  readonly scanned: JsonObject;
  /** Returns the handler's input: a copy of what is scanned, where that is the input. */
  readonly input: () => unknown;
  readonly isScanned: boolean;
}

/**
 * Checks arguments by the tool's schema, within a time limit. The schema may have transforms, so that its output is what
 * the gateway has to scan.
 *
 * @throws the signal's reason when it aborts; TypeError for an output with Infinity or more than 200 levels
 */
export async function checkInput(
  tool: RegisteredTool,
  args: JsonObject,
  signal: AbortSignal,
): Promise<({ readonly fits: true } & ToolInput) | (CheckedArguments & { readonly fits: false })> {
  try {
    const checked = await withTimeLimit(limits.toolCodeMs, signal, async () => tool.check(args));
    return checked.fits ? { fits: true, ...toolInput(args, checked.input) } : checked;
  } catch (error) {
    signal.throwIfAborted();
    const message = `The schema of "${tool.name}" took longer than ${limits.toolCodeMs} ms.`;
    return { fits: false, error: error instanceof TimeLimitError ? new TimeLimitError(message) : error };
  }
}

function toolInput(args: JsonObject, input: unknown): ToolInput {
  if (!isJsonObject(input) || !isJson(input)) return { scanned: args, input: () => input, isScanned: false };
  // A transform can cut a character in half.
  const json = withWholeCharacters(canonicalJson(input));
  const scanned = json === canonicalJson(args) ? args : freezeJson(JSON.parse(json) as JsonObject);
  return { scanned, input: () => structuredClone(scanned), isScanned: true };
}
