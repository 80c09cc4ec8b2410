import { raceAbort } from '../../internal/abort.ts';
import { shown } from '../../internal/checks.ts';
import { idempotencyKey } from './dispatch.ts';
import type { RegisteredTool } from './registered-tool.ts';
import type { CheckedCall, InDoubtAnswer, RunState } from '../run/run-state.ts';

/**
 * What is done about a call whose handler an earlier process started, or was about to start, and whose result nobody recorded: a
 * tool that is idempotent runs again; else the user decides; else the model is told that nobody knows.
 */
export async function answerInDoubt(call: CheckedCall, tool: RegisteredTool, run: RunState): Promise<InDoubtAnswer> {
  if (tool.idempotent) return 'run';
  const { onInDoubt } = run.settings;
  if (!onInDoubt) return 'report';
  const { callId, name } = call.call;
  try {
    const asked = Promise.resolve(
      onInDoubt({
        callId,
        name,
        arguments: call.args,
        idempotencyKey: idempotencyKey(call.turn.keyScope, callId),
        runId: call.turn.runId,
        threadId: run.threadId,
      }),
    );
    const answer: unknown = await raceAbort(asked, call.turn.signal);
    if (answer === 'run' || answer === 'report') return answer;
    const { output } = Object(answer) as { output?: unknown };
    if (typeof output === 'string') return { output };
    call.draft.error = new TypeError(
      `onInDoubt returned ${shown(answer)}; it must return 'report', 'run' or { output: string }.`,
    );
  } catch (error) {
    call.turn.signal.throwIfAborted();
    call.draft.error = error;
  }
  // What cannot be decided is not run again.
  return 'report';
}
