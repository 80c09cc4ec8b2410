import { canonicalHash, freezeJson, isJsonObject, type JsonObject } from '../../internal/json.ts';
import type { ToolCall } from '../run/driver.ts';

/**
 * The arguments of a call as the object that is scanned and run.
 *
 * @throws SyntaxError or TypeError when the text is not a JSON object that can be trusted
 */
export function argumentsOf({ kind, arguments: text }: ToolCall): JsonObject {
  return kind === 'text' ? Object.freeze({ input: text }) : parseArguments(text);
}

/** As `argumentsOf`. No text at all means no arguments, as some servers write it. */
export function parseArguments(text: string): JsonObject {
  if (text.trim() === '') return Object.freeze({});
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The parser's own message quotes the arguments.
    throw new SyntaxError('The arguments are not JSON.');
  }
  if (!isJsonObject(value)) throw new TypeError('The arguments are not a JSON object.');
  return freezeJson(value);
}

/** What makes two calls the same: their tool and their arguments in canonical JSON. */
export function callHashOf({ kind, server = '', name }: ToolCall, args: JsonObject): string {
  return canonicalHash([kind, server, name, args]);
}

/** As `callHashOf`; undefined for a call whose arguments cannot be read. */
export function hashOf(call: ToolCall): string | undefined {
  try {
    return callHashOf(call, argumentsOf(call));
  } catch {
    return undefined;
  }
}

/** Whether two calls of one id are one and the same: a server may write the same arguments in another way. */
export function isSameCall(one: ToolCall, other: ToolCall): boolean {
  const keys = ['kind', 'server', 'name'] as const;
  if (!keys.every((key) => one[key] === other[key])) return false;
  if (one.arguments === other.arguments) return true;
  const hash = hashOf(one);
  return hash !== undefined && hash === hashOf(other);
}

/** Tells a call from all others of its run. */
export function keyOf({ scope, callId }: ToolCall): string {
  return scope === undefined ? callId : JSON.stringify([scope, callId]);
}
