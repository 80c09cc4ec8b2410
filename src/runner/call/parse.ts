import { isDeepStrictEqual } from 'node:util';
import { Limit, TimeLimitError } from '../../internal/abort.ts';
import {
  canonicalJson,
  freezeJson,
  isJson,
  isJsonObject,
  withWholeCharacters,
  type JsonObject,
} from '../../internal/json.ts';
import { RunFailure } from '../errors.ts';
import { limits } from '../limits.ts';
import { scannableTarget } from './describe.ts';
import type { GuardedCall } from './guarded-call.ts';
import type { Outcome } from './outcome.ts';
import type { RegisteredTool } from './registered-tool.ts';
import type { ToolInput } from './run-context.ts';
import { argumentsOf } from './tool-call.ts';

/** Input type by kind of call. On a mismatch, the model invented the tool. */
const TAKES = { function: 'json', text: 'text' } as const;

export interface Refusal {
  readonly outcome: Outcome;
  readonly error?: unknown;
}

/**
 * Runs the checks that precede the scan: tool, budgets, arguments, repeated denials, schema. Calls of a turn run up to
 * the first `await` in the model's order.
 *
 * @returns the reason why the call must not run; undefined once its arguments are parsed
 */
export async function parse(guarded: GuardedCall): Promise<Refusal | undefined> {
  const { call, tool, turn, run } = guarded;
  const isInBudget = run.memory.spend(call, run.settings.maxToolCalls, tool?.limit ?? Infinity);
  if (call.refused) return { outcome: call.refused };
  const takes = call.kind !== 'approval' && Object.hasOwn(TAKES, call.kind) ? TAKES[call.kind] : undefined;
  if (call.kind !== 'approval' && (takes === undefined || tool?.takes !== takes)) return { outcome: 'unknown_tool' };
  if (!isInBudget) return { outcome: 'budget_exceeded' };

  let args: JsonObject;
  try {
    args = argumentsOf(call, tool?.takesLongIntegers ?? false);
  } catch (error) {
    return { outcome: 'invalid_arguments', error };
  }

  const denials = run.memory.hasDenials ? run.memory.denials(call, args, turn.number) : 0;
  if (denials > 1) {
    const message = `The model made a denied call of "${call.name}" for the third time (${call.callId}). State in the assistant's instructions what it may not do.`;
    run.end(new RunFailure('repeated_denial', message));
  }
  if (denials > 0) {
    run.memory.denied(call, args, turn.number);
    return { outcome: 'repeated' };
  }

  // The result would come too late.
  if (Date.now() >= turn.deadline) return { outcome: 'not_run' };

  try {
    const input = tool ? await checkInput(tool, args, turn.signal) : { scanned: args, isScanned: true };
    const target = tool?.target.isFixed ? tool.target.target : scannableTarget(call.name, input.scanned, tool);
    guarded.argumentsParsed({ ...input, args, target });
    return undefined;
  } catch (error) {
    turn.signal.throwIfAborted();
    return { outcome: 'invalid_arguments', error };
  }
}

/**
 * Checks arguments by the tool's schema, within a time limit. The schema may have transforms, so that its output is what
 * the gateway has to scan.
 *
 * @throws the signal's reason when it aborts; Error for arguments that do not fit; TypeError for an output with Infinity
 * or more than 200 levels; TimeLimitError
 */
export async function checkInput(tool: RegisteredTool, args: JsonObject, signal: AbortSignal): Promise<ToolInput> {
  const checked = tool.check(args);
  const input = await new Limit(signal, limits.toolCodeMs).within(checked).catch((error: unknown) => {
    if (!(error instanceof TimeLimitError)) throw error;
    throw new TimeLimitError(`The schema of "${tool.name}" took longer than ${limits.toolCodeMs} ms.`);
  });
  // A schema without transforms makes a copy of the arguments.
  if (isDeepStrictEqual(input, args)) return { scanned: args, isScanned: true };
  if (!isJsonObject(input) || !isJson(input)) return { scanned: args, isScanned: false, input };
  // A transform can cut a character in half.
  const json = withWholeCharacters(canonicalJson(input));
  const scanned = json === canonicalJson(args) ? args : freezeJson(JSON.parse(json) as JsonObject);
  return { scanned, isScanned: true };
}
