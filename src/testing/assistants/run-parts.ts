import { argumentsOf, type ScriptedCall } from '../script.ts';
import type { Json, NewId } from '../wire.ts';

/** Parts of the API's JSON of a run. */

export interface PendingCall {
  readonly id: string;
  readonly name: string;
  readonly arguments: string;
  /** Label of the MCP server; only sent with approvals. */
  readonly server: string;
}

export function pendingCall(call: ScriptedCall, newId: NewId): PendingCall {
  const { id = newId('call'), name, server = 'fake' } = call;
  return { id, name, arguments: argumentsOf(call), server };
}

export type ActionType = 'submit_tool_outputs' | 'submit_tool_approval';

export function requiredAction(actionType: ActionType, pending: readonly PendingCall[]): Json {
  const calls =
    actionType === 'submit_tool_outputs'
      ? pending.map(({ id, name, arguments: args }) => ({ id, type: 'function', function: { name, arguments: args } }))
      : pending.map(({ server, ...call }) => ({ ...call, type: 'mcp', server_label: server }));
  return { type: actionType, [actionType]: { tool_calls: calls } };
}

export function usage(turn: number): Json {
  const [prompt, completion] = [32 * turn, 11];
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    prompt_token_details: { cached_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: 0 },
  };
}
