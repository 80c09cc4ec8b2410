import { DEFAULT_MODEL, type Json } from '../wire.ts';

export interface ResponseFacts {
  readonly id: string;
  readonly createdAt: number;
  readonly completedAt: number | null;
  readonly status: string;
  readonly error: { readonly code: string; readonly message: string } | null;
  readonly incompleteReason: string | null;
  readonly output: readonly Json[];
  readonly conversationId: string | undefined;
  readonly inputItems: number;
}

/** Returns the API's JSON of a response. The SDK adds `output_text`. */
export function responseJson(params: Readonly<Json>, response: ResponseFacts): Json {
  const { conversationId, incompleteReason } = response;
  return {
    id: response.id,
    object: 'response',
    created_at: response.createdAt,
    status: response.status,
    background: params['background'] ?? false,
    completed_at: response.completedAt,
    error: response.error,
    incomplete_details: incompleteReason === null ? null : { reason: incompleteReason },
    instructions: params['instructions'] ?? null,
    max_output_tokens: params['max_output_tokens'] ?? null,
    max_tool_calls: params['max_tool_calls'] ?? null,
    model: params['model'] ?? DEFAULT_MODEL,
    output: response.output,
    parallel_tool_calls: params['parallel_tool_calls'] ?? true,
    previous_response_id: params['previous_response_id'] ?? null,
    prompt_cache_key: params['prompt_cache_key'] ?? null,
    reasoning: { effort: null, summary: null, ...(params['reasoning'] ?? {}) },
    safety_identifier: params['safety_identifier'] ?? null,
    service_tier: params['service_tier'] ?? 'default',
    store: params['store'] ?? true,
    temperature: params['temperature'] ?? 1,
    text: { format: { type: 'text' }, verbosity: 'medium', ...(params['text'] ?? {}) },
    tool_choice: params['tool_choice'] ?? 'auto',
    tools: params['tools'] ?? [],
    top_logprobs: params['top_logprobs'] ?? 0,
    top_p: params['top_p'] ?? 1,
    truncation: params['truncation'] ?? 'disabled',
    usage: isUsed(response.status) ? usage(response.inputItems, response.output.length) : null,
    user: params['user'] ?? null,
    metadata: params['metadata'] ?? {},
    ...(conversationId === undefined ? {} : { conversation: { id: conversationId } }),
  };
}

function isUsed(status: string): boolean {
  return status === 'completed' || status === 'incomplete';
}

export function usage(inputItems: number, outputItems: number): Json {
  const [given, made] = [32 * (inputItems + 1), 11 * (outputItems + 1)];
  return {
    input_tokens: given,
    input_tokens_details: { cached_tokens: 0, cache_write_tokens: 0 },
    output_tokens: made,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: given + made,
  };
}
