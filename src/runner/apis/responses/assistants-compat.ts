import type { AssistantRun } from '../assistants/client.ts';
import type { Item, ModelResponse } from './client.ts';
import { itemList } from './context.ts';

/** Maps the Assistants API to the Responses API: run parameters to a request, a response to a run. */

type Params = Readonly<Record<string, unknown>>;

const SAME_NAME = ['model', 'instructions', 'temperature', 'top_p', 'parallel_tool_calls', 'metadata'] as const;

/**
 * Applies a run's parameters on top of its assistant's.
 *
 * @throws TypeError for a parameter without an equivalent in the Responses API
 */
export function requestOfRun(assistantId: string, assistant: Params, run: Params): Params {
  const given = Object.fromEntries(Object.entries(run).filter(([, value]) => value !== null && value !== undefined));
  const request: Record<string, unknown> = { ...assistant };
  for (const [key, value] of Object.entries(given)) Object.assign(request, translate(assistantId, key, value, request));
  const { additional_instructions: more } = given;
  if (more !== undefined) request['instructions'] = [request['instructions'], more].filter(Boolean).join('\n');
  return request;
}

function translate(assistantId: string, key: string, value: unknown, request: Params): Params {
  if ((SAME_NAME as readonly string[]).includes(key)) return { [key]: value };
  switch (key) {
    case 'additional_instructions':
      // Appended later: `instructions` may come after it.
      return {};
    case 'additional_messages':
      return { input: itemList(value).map(messageOf) };
    case 'max_completion_tokens':
      return { max_output_tokens: value };
    case 'reasoning_effort':
      return { reasoning: { ...(request['reasoning'] as object | null), effort: value } };
    case 'response_format':
      return { text: { ...(request['text'] as object | null), format: formatOf(value) } };
    case 'tool_choice':
      return { tool_choice: choiceOf(value) };
    case 'tools':
      return { tools: itemList(value).map((tool) => toolOf(assistantId, tool)) };
    default:
      throw new TypeError(
        `params.${key} has no equivalent in the Responses API. Set Responses parameters in assistants["${assistantId}"] instead.`,
      );
  }
}

function toolOf(assistantId: string, tool: Item): Item {
  const { parameters = null, strict = false, ...named } = (tool['function'] ?? {}) as Item;
  if (tool['type'] === 'function') return { type: 'function', ...named, parameters, strict };
  throw new TypeError(
    `params.tools has a tool of type "${String(tool['type'])}", which has another form in the Responses API. Put the Responses tool into assistants["${assistantId}"].tools instead.`,
  );
}

function choiceOf(choice: unknown): unknown {
  const { type, function: named } = Object(choice) as { type?: unknown; function?: Item };
  return type === 'function' && named ? { type, name: named['name'] } : choice;
}

function formatOf(format: unknown): unknown {
  if (format === 'auto') return { type: 'text' };
  const { type, json_schema: schema } = Object(format) as { type?: unknown; json_schema?: Item };
  return type === 'json_schema' && schema ? { type, ...schema } : format;
}

function messageOf(message: Item | null): Item {
  const { role, content, ...more } = message ?? {};
  const key = Object.keys(more).find((name) => more[name] !== null && more[name] !== undefined);
  if (key !== undefined) {
    throw new TypeError(
      `params.additional_messages has ${key}, which a message of the Responses API cannot have. Remove it, or put it into the content.`,
    );
  }
  if (!Array.isArray(content)) return { type: 'message', role, content };
  // The API has its own content type for the model's messages; a client may send a plain string.
  if (role === 'assistant') {
    const texts = content.flatMap(({ text }: Item) => (typeof text === 'string' ? [text] : []));
    return { type: 'message', role, content: texts.join('\n') };
  }
  const parts = (content as Item[]).map((part) => {
    const { type, text, image_url: image, image_file: file } = part as { type?: unknown } & Record<string, Item>;
    if (type === 'text') return { type: 'input_text', text };
    if (type === 'image_url')
      return { type: 'input_image', image_url: image?.['url'], detail: image?.['detail'] ?? 'auto' };
    if (type === 'image_file')
      return { type: 'input_image', file_id: file?.['file_id'], detail: file?.['detail'] ?? 'auto' };
    return part;
  });
  return { type: 'message', role, content: parts };
}

/** Builds the run that the Assistants API would return. It has no expiry and no required action. */
export function runOfResponse(
  response: ModelResponse,
  usage: unknown,
  threadId: string,
  assistantId: string,
): AssistantRun & Item {
  const fields = response as ModelResponse & Record<string, unknown>;
  const { id, status, created_at: createdAt = null, error = null, model, tools, metadata } = fields;
  const endedAt = (ended: string): unknown => (status === ended ? (fields['completed_at'] ?? createdAt) : null);
  return {
    id,
    object: 'thread.run',
    created_at: createdAt,
    thread_id: threadId,
    assistant_id: assistantId,
    status: String(status),
    required_action: null,
    last_error: error,
    expires_at: null,
    started_at: createdAt,
    cancelled_at: endedAt('cancelled'),
    failed_at: endedAt('failed'),
    completed_at: endedAt('completed'),
    incomplete_details: incompleteOf(fields['incomplete_details']),
    model,
    instructions: fields['instructions'] ?? '',
    tools,
    metadata,
    temperature: fields['temperature'],
    top_p: fields['top_p'],
    max_prompt_tokens: null,
    max_completion_tokens: fields['max_output_tokens'] ?? null,
    truncation_strategy: null,
    response_format: 'auto',
    tool_choice: fields['tool_choice'],
    parallel_tool_calls: fields['parallel_tool_calls'],
    usage: usageOf(usage),
  };
}

function incompleteOf(details: unknown): unknown {
  const { reason } = Object(details) as Item;
  if (reason === undefined) return null;
  return { reason: reason === 'max_output_tokens' ? 'max_completion_tokens' : reason };
}

function usageOf(usage: unknown): unknown {
  const { input_tokens: prompt, output_tokens: completion, total_tokens: total } = Object(usage) as Item;
  if (total === undefined) return null;
  return { prompt_tokens: prompt, completion_tokens: completion, total_tokens: total };
}
