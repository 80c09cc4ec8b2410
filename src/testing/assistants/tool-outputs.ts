import { badRequest } from '../api-fault.ts';
import type { ModelTurn } from '../script.ts';
import type { Json } from '../wire.ts';
import type { PendingCall } from './run-parts.ts';

/** The API rejects outputs of 512 KB or more together. */
const MAX_OUTPUT_BYTES = 512 * 1024;

/**
 * Returns the outputs for the model, in the order of the calls.
 *
 * @param answers outputs or approvals, whichever the run waits for
 * @throws ApiFault unless every call has exactly one valid output
 */
export function readOutputs(
  pending: readonly PendingCall[],
  answers: readonly Json[],
  outputs: readonly Json[],
): ModelTurn['outputs'] {
  const ids = answers.map(({ tool_call_id: id }) => String(id));
  const wanted = pending.map(({ id }) => id);
  if (wanted.some((id) => !ids.includes(id)) || ids.length !== wanted.length) {
    throw badRequest(`Expected tool outputs for call_ids ${list(wanted)}, got ${list(ids)}`);
  }
  if (outputs.reduce((sum, { output }) => sum + Buffer.byteLength(String(output)), 0) >= MAX_OUTPUT_BYTES) {
    throw badRequest("'tool_outputs' too large: the combined tool outputs must be less than 512kb.", {
      code: 'invalid_value',
    });
  }
  return pending.map(({ id, name }) => {
    const answer = answers.find(({ tool_call_id: callId }) => callId === id);
    return { callId: id, name, output: String(answer?.['output'] ?? answer?.['approve']) };
  });
}

function list(ids: readonly string[]): string {
  return `[${ids.map((id) => `'${id}'`).join(', ')}]`;
}
