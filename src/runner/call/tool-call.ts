import { canonicalHash, freezeJson, isJsonObject, type JsonObject } from '../../internal/json.ts';

/** A call that the model requests, as the API reports it. */
export interface ToolCall {
  readonly callId: string;
  /** The scope in which the id is unique, if that is narrower than the run. */
  readonly scope?: string;
  readonly name: string;
  /** The arguments as the model wrote them, unparsed. */
  readonly arguments: string;
  /**
   * `function`: the runner runs it, with JSON. `text`: the runner runs it, with the raw string. `approval`: the API's
   * own server runs it once the runner approves.
   */
  readonly kind: 'function' | 'text' | 'approval';
  /** The API's server that runs it; distinguishes tools with the same name. */
  readonly server?: string;
  /** The API's subagent that requests the call; absent for the agent itself. */
  readonly subagentId?: string;
  /** The reason why no handler may run the call, if the driver already knows one. */
  readonly refused?: 'unknown_tool' | 'invalid_arguments';
}

/**
 * Parses a call's arguments to the object that is scanned and run.
 *
 * @throws SyntaxError or TypeError for a string that is not a safe JSON object
 */
export function argumentsOf({ kind, arguments: text }: ToolCall): JsonObject {
  return kind === 'text' ? Object.freeze({ input: text }) : parseArguments(text);
}

/** Parses JSON arguments, as `argumentsOf` does. Some servers send an empty string for no arguments. */
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

/** Hashes a call's tool and canonical arguments. Equal calls have equal hashes. */
export function callHashOf({ kind, server = '', name }: ToolCall, args: JsonObject): string {
  return canonicalHash([kind, server, name, args]);
}

/** Hashes a call, as `callHashOf` does; undefined for invalid arguments. */
export function hashOf(call: ToolCall): string | undefined {
  try {
    return callHashOf(call, argumentsOf(call));
  } catch {
    return undefined;
  }
}

/** Compares two calls with one id. A server may format the same arguments differently. */
export function isSameCall(one: ToolCall, other: ToolCall): boolean {
  const keys = ['kind', 'server', 'name'] as const;
  if (!keys.every((key) => one[key] === other[key])) return false;
  if (one.arguments === other.arguments) return true;
  const hash = hashOf(one);
  return hash !== undefined && hash === hashOf(other);
}

/** Unique key of a call within its run. */
export function keyOf({ scope, callId }: ToolCall): string {
  return scope === undefined ? callId : JSON.stringify([scope, callId]);
}
