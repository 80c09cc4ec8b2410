import { argumentsOf, type ScriptedCall } from '../script.ts';
import { DEFAULT_MODEL, type Json, type NewId } from '../wire.ts';

/** The API's JSON of a run: the keys of recorded traffic, in the same order. */

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

export interface RunFacts {
  readonly id: string;
  readonly threadId: string;
  readonly assistantId: string;
  readonly createdAt: number;
  readonly expiresAt: number | null;
  readonly startedAt: number | null;
  readonly endedAt: Partial<Record<string, number>>;
  readonly status: string;
  readonly turn: number;
  readonly lastError: { code: string; message: string } | null;
  readonly incompleteReason: string | null;
  readonly actionType: 'submit_tool_outputs' | 'submit_tool_approval';
  readonly pending: readonly PendingCall[];
}

export function runJson(params: Readonly<Json>, run: RunFacts): Json {
  return {
    id: run.id,
    object: 'thread.run',
    created_at: run.createdAt,
    assistant_id: run.assistantId,
    thread_id: run.threadId,
    status: run.status,
    started_at: run.startedAt,
    expires_at: run.expiresAt,
    cancelled_at: run.endedAt['cancelled'] ?? null,
    failed_at: run.endedAt['failed'] ?? null,
    completed_at: run.endedAt['completed'] ?? null,
    required_action: run.status === 'requires_action' ? requiredAction(run) : null,
    last_error: run.lastError,
    model: params['model'] ?? DEFAULT_MODEL,
    instructions: params['instructions'] ?? null,
    tools: params['tools'] ?? [],
    tool_resources: {},
    metadata: params['metadata'] ?? {},
    temperature: params['temperature'] ?? 1,
    top_p: params['top_p'] ?? 1,
    reasoning_effort: params['reasoning_effort'] ?? null,
    max_completion_tokens: params['max_completion_tokens'] ?? null,
    max_prompt_tokens: params['max_prompt_tokens'] ?? null,
    truncation_strategy: params['truncation_strategy'] ?? { type: 'auto', last_messages: null },
    incomplete_details: run.incompleteReason === null ? null : { reason: run.incompleteReason },
    usage: run.expiresAt === null ? usage(run.turn) : null,
    response_format: params['response_format'] ?? 'auto',
    tool_choice: params['tool_choice'] ?? 'auto',
    parallel_tool_calls: params['parallel_tool_calls'] ?? true,
  };
}

function requiredAction({ actionType, pending }: RunFacts): Json {
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
