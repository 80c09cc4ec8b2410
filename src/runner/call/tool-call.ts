import { ambiguities, HALF_CHARACTER, type Ambiguity } from '../../internal/exact-json.ts';
import { canonicalHash, freezeJson, isJsonObject, type JsonObject } from '../../internal/json.ts';
import { ArgumentsError } from './argument-problems.ts';

/** A call that the model requests, as the API reports it. */
export interface ToolCall {
  readonly callId: string;
  /** The scope in which the id is unique, if that is narrower than the run. */
  readonly scope?: string;
  /** Counts the calls with the same id. Absent for the first. A server may number the calls of each turn anew. */
  readonly use?: number;
  readonly name: string;
  /** The arguments as the model wrote them, unparsed. */
  readonly arguments: string;
  /** True if the API sent the arguments as an object: large numbers may have lost digits before they were written. */
  readonly areRounded?: boolean;
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

/** True for the type of a function call. Some servers leave it out, or send null or an empty string. */
export function isFunctionType(type: unknown): boolean {
  return type === 'function' || type === undefined || type === null || type === '';
}

/** Returns a call's arguments as a string. Some servers send the object itself, or nothing for no arguments. */
export function writtenArguments(value: unknown): Pick<ToolCall, 'arguments' | 'areRounded'> {
  if (typeof value === 'string') return { arguments: value };
  return value === undefined || value === null
    ? { arguments: '{}' }
    : { arguments: JSON.stringify(value), areRounded: true };
}

/**
 * Parses a call's arguments to the object that is scanned and run.
 *
 * @param takesLongIntegers true if an integer with more digits than a double keeps becomes a string of its digits, false
 * if it is an error
 * @throws ArgumentsError for a string that is not a JSON object, or that other parsers read differently
 */
export function argumentsOf({ kind, arguments: text, areRounded }: Written, takesLongIntegers = true): JsonObject {
  if (kind === 'text') {
    if (!text.isWellFormed()) throw new ArgumentsError([{ path: ['input'], problem: HALF_CHARACTER }]);
    return Object.freeze({ input: text });
  }
  // Some servers send an empty string for no arguments.
  if (text.trim() === '') return Object.freeze({});
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The parser's own message quotes the arguments.
    throw invalid('The arguments are not JSON.');
  }
  if (areRounded || !isWrittenExactly(text, value)) value = unambiguous(text, areRounded, takesLongIntegers);
  if (!isJsonObject(value)) throw invalid('The arguments are not a JSON object.');
  try {
    return freezeJson(value);
  } catch (error) {
    throw invalid(`The arguments are ${(error as Error).message}.`);
  }
}

/** Longer texts may be nested so deeply that `JSON.stringify`, which is recursive, throws. */
const MAX_PROOF_LENGTH = 2_000;

/**
 * Returns true if the text is written as `JSON.stringify` writes its value: then all parsers read the same value in it.
 * Proves most texts harmless, and none harmful.
 */
function isWrittenExactly(text: string, value: unknown): boolean {
  if (text.length > MAX_PROOF_LENGTH || text.includes('__proto__') || text.includes('\\ud')) return false;
  return JSON.stringify(value) === text;
}

/** @throws ArgumentsError for JSON that other parsers read differently */
function unambiguous(text: string, areRounded: boolean | undefined, takesLongIntegers: boolean): unknown {
  const found = [...ambiguities(text, areRounded)];
  const problems = found.filter(({ integer }) => !takesLongIntegers || integer === undefined);
  if (problems.length > 0) throw new ArgumentsError(problems);
  return JSON.parse(withQuotes(text, found));
}

type Written = Pick<ToolCall, 'kind' | 'arguments' | 'areRounded'>;

/** Puts integers in quotation marks. */
function withQuotes(text: string, integers: readonly Ambiguity[]): string {
  let quoted = '';
  let done = 0;
  for (const { integer: [start, end] = [0, 0] } of integers) {
    quoted += `${text.slice(done, start)}"${text.slice(start, end)}"`;
    done = end;
  }
  return quoted + text.slice(done);
}

function invalid(problem: string): ArgumentsError {
  return new ArgumentsError([{ path: [], problem }]);
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
export function keyOf({ scope, callId, use }: ToolCall): string {
  if (scope === undefined && use === undefined) return callId;
  return JSON.stringify([scope, callId, use].filter((part) => part !== undefined));
}

/** The key of a call within a journal. Ids of the API contain no slash, so that keys are unique. */
export function callKey(askedBy: string, call: ToolCall): string {
  return `${askedBy}/${keyOf(call)}`;
}
