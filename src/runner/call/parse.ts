import { raceAbort } from '../../internal/abort.ts';
import type { JsonObject } from '../../internal/json.ts';
import { omitUndefined } from '../../internal/omit-undefined.ts';
import { RunFailure } from '../errors.ts';
import { scannableTarget, type Target } from './describe.ts';
import type { GuardedCall } from './guarded-call.ts';
import type { Outcome } from './outcome.ts';
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
  const isInBudget = run.memory.spend(call, tool?.limit ?? Infinity);
  if (call.refused) return { outcome: call.refused };
  const takes = call.kind !== 'approval' && Object.hasOwn(TAKES, call.kind) ? TAKES[call.kind] : undefined;
  if (call.kind !== 'approval' && (takes === undefined || tool?.takes !== takes)) return { outcome: 'unknown_tool' };
  if (!isInBudget) return { outcome: 'budget_exceeded' };

  let args: JsonObject;
  let target: Target;
  try {
    args = argumentsOf(call, tool?.takesLongIntegers ?? false);
    target = scannableTarget(call.name, args, tool);
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

  const checked = tool ? await raceAbort(tool.check(args), turn.signal) : { fits: true as const, input: args };
  if (!checked.fits) return { outcome: 'invalid_arguments', error: checked.error };
  const { agentId, agentName, principal } = run.settings;
  const threadId = run.threadId || undefined;
  const scanned = { functionName: call.name, ...target, body: args, runtimeType: 'openai_assistants' };
  const request = Object.freeze({ ...scanned, ...omitUndefined({ agentId, agentName, principal, threadId }) });
  guarded.argumentsParsed({ args, input: checked.input, request });
  return undefined;
}
