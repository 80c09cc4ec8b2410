import { RunFailure } from '../errors.ts';
import { raceAbort } from '../../internal/abort.ts';
import type { JsonObject } from '../../internal/json.ts';
import { argumentsOf } from './tool-call.ts';
import { describe } from './describe.ts';
import type { ToolCall } from './tool-call.ts';
import type { Outcome, RecordDraft } from './outcome.ts';
import type { RegisteredTool } from './registered-tool.ts';
import type { CheckedCall, RunState, TurnContext } from './run-context.ts';

/** Input type by kind of call. On a mismatch, the model invented the tool. */
const TAKES = { function: 'json', text: 'text' } as const;

export interface Refused {
  readonly refused: Outcome;
  readonly error?: unknown;
}

/** Runs the checks that precede the scan. Calls run up to the first `await` in the model's order. */
export async function check(
  call: ToolCall,
  turn: TurnContext,
  run: RunState,
  draft: RecordDraft,
): Promise<CheckedCall | Refused> {
  // The API's server runs this call, even if a registered tool has the same name.
  const tool = call.kind === 'approval' ? undefined : run.settings.tools.get(call.name);
  const inBudget = run.memory.spend(call, tool?.limit ?? Infinity);
  if (call.refused) return { refused: call.refused };
  if (call.kind !== 'approval' && tool?.takes !== TAKES[call.kind]) return { refused: 'unknown_tool' };
  if (!inBudget) return { refused: 'budget_exceeded' };

  let args: JsonObject;
  try {
    args = argumentsOf(call);
  } catch (error) {
    return { refused: 'invalid_arguments', error };
  }

  const denials = run.memory.denials(call, args, turn.number);
  if (denials > 1) {
    run.end(
      new RunFailure(
        'repeated_denial',
        `The model made a denied call of "${call.name}" for the third time (${call.callId}). State in the assistant's instructions what it may not do.`,
      ),
    );
  }
  if (denials > 0) {
    run.memory.denied(call, args, turn.number);
    return { refused: 'repeated' };
  }

  // The API would expire the run before the result could be submitted.
  if (Date.now() >= turn.deadline) return { refused: 'not_run' };

  const checked = tool ? await raceAbort(tool.check(args), turn.signal) : { fits: true as const, input: args };
  if (!checked.fits) return { refused: 'invalid_arguments', error: checked.error };
  const request = scanRequest(call, args, tool, run);
  draft.target = { method: request.method, url: request.url };
  return { call, tool, turn, args, input: checked.input, request, draft };
}

function scanRequest(
  call: ToolCall,
  args: JsonObject,
  tool: RegisteredTool | undefined,
  run: RunState,
): CheckedCall['request'] {
  const { agentId, agentName } = run.settings;
  return Object.freeze({
    functionName: call.name,
    ...describe(call.name, args, tool),
    body: args,
    runtimeType: 'openai_assistants',
    ...(agentId === undefined ? {} : { agentId }),
    ...(agentName === undefined ? {} : { agentName }),
  });
}
