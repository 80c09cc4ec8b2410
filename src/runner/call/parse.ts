import type { JsonObject } from '../../internal/json.ts';
import { omitUndefined } from '../../internal/omit-undefined.ts';
import { RunFailure } from '../errors.ts';
import { scannableTarget, type Target } from './describe.ts';
import type { GuardedCall } from './guarded-call.ts';
import type { Outcome } from './outcome.ts';
import { argumentsOf } from './tool-call.ts';
import { checkInput, type ToolInput } from './tool-input.ts';

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
  const isInBudget = run.memory.spend(call, tool?.limit ?? Infinity);
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

  const denials = run.memory.denials(call, args, turn.number);
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

  const input = tool ? await checkInput(tool, args, turn.signal) : asWritten(args);
  if (!input.fits) return { outcome: 'invalid_arguments', error: input.error };
  let target: Target;
  try {
    target = scannableTarget(call.name, input.scanned, tool);
  } catch (error) {
    return { outcome: 'invalid_arguments', error };
  }
  const { agentId, agentName, principal } = run.settings;
  const threadId = run.threadId || undefined;
  const scan = { functionName: call.name, ...target, body: input.scanned, runtimeType: 'openai_assistants' };
  const request = Object.freeze({ ...scan, ...omitUndefined({ agentId, agentName, principal, threadId }) });
  guarded.argumentsParsed({ args, input, request });
  return undefined;
}

/** The input of a call that the API's server runs. */
function asWritten(args: JsonObject): { readonly fits: true } & ToolInput {
  return { fits: true, scanned: args, input: () => args, isScanned: true };
}
