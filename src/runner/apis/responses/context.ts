import type { Conversation } from '../../gateway/gateway.ts';
import { messageOf, statusOf } from '../api-error.ts';
import { listNewest, retryRead } from '../api.ts';
import { appendInput, extractConversation } from '../extract-conversation.ts';
import type { Item, ModelResponse, ResponseBody, ResponsesClient } from './client.ts';
import { answeredId, pendingItems } from './pending.ts';
import { replayable } from './replay.ts';
import { omitUndefined } from '../../../internal/omit-undefined.ts';

/**
 * Builds the requests of a run, depending on where the conversation so far is kept. A conversation takes only new
 * items, a chain names the previous response, and with `store: false` each request repeats everything, including
 * reasoning. The API does not carry over tools and instructions: each request has them. Only an agent of Azure Foundry has
 * its own, and is named instead.
 */
export class Context {
  /** The conversation that the API appends to, if there is one. */
  readonly conversationId: string | undefined;
  readonly #params: ResponseBody;
  readonly #tools: () => readonly object[];
  /** With `store: false`, the items of the last request. */
  #replayed: readonly unknown[] | undefined;
  /** The `include` that lets reasoning be sent again; undefined if the caller's own is sent. */
  #include: readonly unknown[] | undefined;

  constructor(params: ResponseBody, tools: () => readonly object[]) {
    this.conversationId = conversationIdOf(params.conversation);
    this.#params = params;
    this.#tools = tools;
    if (params.store !== false || this.conversationId !== undefined) return;
    this.#replayed = inputItems(params.input);
    const own: readonly unknown[] = Array.isArray(params.include) ? params.include : [];
    if (!own.includes(ENCRYPTED_REASONING)) this.#include = [...own, ENCRYPTED_REASONING];
  }

  /**
   * Returns the request without the `include` that the caller did not ask for, if that is what the API rejected: models
   * that do not reason and some servers reject it. Undefined for any other error.
   */
  withoutInclude(body: ResponseBody, error: unknown): ResponseBody | undefined {
    if (!this.#include || !rejectsInclude(error)) return undefined;
    this.#include = undefined;
    const { include: _, ...rest } = body;
    return { ...rest, ...omitUndefined({ include: this.#params.include }) };
  }

  first(): ResponseBody {
    const { input, previous_response_id: previousId } = this.#params;
    return { ...this.#body(true), ...omitUndefined({ input, previous_response_id: previousId }) };
  }

  /** Builds the request that answers a response. */
  next(last: ModelResponse, answers: readonly Item[]): ResponseBody {
    const body = this.#body(false);
    if (this.conversationId !== undefined) return { ...body, input: answers };
    if (!this.#replayed) return { ...body, previous_response_id: last.id, input: answers };
    const { previous_response_id: previousId } = this.#params;
    this.#replayed = [...this.#replayed, ...replayable(last.output), ...answers];
    return { ...body, ...omitUndefined({ previous_response_id: previousId }), input: this.#replayed };
  }

  /**
   * Returns the items to send before the next input: with `store: false` the whole conversation, otherwise the answers.
   */
  history(last: ModelResponse, answers: readonly Item[]): readonly unknown[] | undefined {
    if (this.#replayed) {
      const items = [...this.#replayed, ...replayable(last.output)] as Item[];
      const open = new Set<unknown>(pendingItems(items).pending.map(({ call }) => call.callId));
      return [...items, ...answers.filter((answer) => open.has(answeredId(answer)))];
    }
    return answers.length > 0 && this.conversationId === undefined ? answers : undefined;
  }

  #body(isFirst: boolean): ResponseBody {
    const { input: _input, previous_response_id: _previousId, ...given } = this.#params;
    const params = { ...given, ...omitUndefined({ include: this.#include }) };
    if (hasAgent(params)) return withoutToolParams(params);
    const tools = [...itemList(params.tools), ...this.#tools()];
    const choice = isFirst ? undefined : followUpChoice(params.tool_choice);
    return {
      ...params,
      ...omitUndefined({ tools: tools.length > 0 ? deduplicate(tools) : undefined, tool_choice: choice }),
    };
  }
}

const ENCRYPTED_REASONING = 'reasoning.encrypted_content';

/**
 * OpenAI: "Encrypted content is not supported with this model." Other servers name the parameter, or the SDK does not
 * find the reason in their response.
 */
function rejectsInclude(error: unknown): boolean {
  const status = statusOf(error);
  const { param } = Object(error) as { readonly param?: unknown };
  const reason = `${String(param)} ${messageOf(error)}`;
  const isNamed = /\binclude\b|encrypted content is not supported|\(no body\)/i.test(reason);
  return isNamed && (status === 400 || status === 422);
}

export function inputItems(input: unknown): readonly Item[] {
  if (typeof input === 'string') return [{ role: 'user', content: input }];
  return itemList(input);
}

export function conversationIdOf(conversation: unknown): string | undefined {
  const id = typeof conversation === 'string' ? conversation : (conversation as { id?: unknown } | null)?.id;
  return typeof id === 'string' ? id : undefined;
}

/** Reads how long the API may take for a background response, in milliseconds; 0 if it is to respond soonest. */
export function completionWindowMsOf({ background_options: options }: ResponseBody): number {
  const { completion_window: window } = Object(options) as { readonly completion_window?: unknown };
  const hours = /^(\d+)h$/.exec(String(window))?.[1];
  return Number(hours ?? 0) * 3_600_000;
}

/** Returns true if the request refers to an agent of Azure Foundry, whose tools are defined there. */
function hasAgent({ agent_reference: reference }: ResponseBody): boolean {
  return reference !== undefined && reference !== null;
}

/** Removes what Azure Foundry rejects beside an agent ("Not allowed when agent is specified."). */
function withoutToolParams(params: ResponseBody): ResponseBody {
  const { tools: _tools, tool_choice: _choice, parallel_tool_calls: _parallel, ...accepted } = params;
  return accepted;
}

/** Keeps the caller's own definition of a tool over the one derived from its registration. */
function deduplicate(tools: readonly object[]): object[] {
  const named = new Set<string>();
  return tools.filter((tool) => {
    const { type, name } = tool as { type?: unknown; name?: unknown };
    if (type !== 'function' && type !== 'custom' && type !== 'namespace') return true;
    const key = `${type === 'namespace' ? 'namespace ' : ''}${String(name)}`;
    const isFirst = !named.has(key);
    named.add(key);
    return isFirst;
  });
}

/** Relaxes a forced tool choice after the first request: forced again, the model could never give its final answer. */
function followUpChoice(choice: unknown): unknown {
  if (typeof choice !== 'object' || choice === null) return choice === 'required' ? 'auto' : choice;
  return (choice as { type?: unknown }).type === 'allowed_tools' ? { ...choice, mode: 'auto' } : 'auto';
}

/** Maximum length of a chain, in responses. */
const MAX_CHAIN_LENGTH = 50;

/**
 * Reads the conversation before the run, from its conversation or chain of responses, and appends the request's input.
 *
 * @throws Error when the list cannot be read
 */
export async function readHistory(
  client: ResponsesClient,
  { input, conversation, previous_response_id: previousId }: ResponseBody,
  signal: AbortSignal,
): Promise<Conversation> {
  const conversationId = conversationIdOf(conversation);
  const listed =
    conversationId !== undefined
      ? await readItems(client, conversationId, signal)
      : typeof previousId === 'string'
        ? await readChain(client, previousId, signal)
        : [];
  return appendInput(extractConversation(listed), extractConversation(inputItems(input), listed));
}

async function readItems(
  { conversations }: ResponsesClient,
  conversationId: string,
  signal: AbortSignal,
): Promise<readonly unknown[]> {
  if (!conversations)
    throw new TypeError('The client has no conversations.items, which is needed to list the conversation.');
  return listNewest((query, own) => conversations.items.list(conversationId, query, { signal: own }), signal);
}

/**
 * Reads input and output of each response, newest first. Stops at an input that repeats the output before it, because
 * such an input repeats the whole chain.
 */
async function readChain(
  { responses }: ResponsesClient,
  lastId: string,
  signal: AbortSignal,
): Promise<readonly unknown[]> {
  const { inputItems: api } = responses;
  if (!api) throw new TypeError('The client has no responses.inputItems, which is needed to list the conversation.');
  let chain: readonly Item[] = [];
  let isWhole = false;
  let id: string | undefined = lastId;
  for (let link = 1; id !== undefined && !isWhole && link <= MAX_CHAIN_LENGTH; link += 1) {
    const responseId: string = id;
    const [input, response] = await Promise.all([
      listNewest((query, own) => api.list(responseId, query, { signal: own }), signal),
      retryRead(signal, async ({ signal: own }) => responses.retrieve?.(responseId, {}, { signal: own })),
    ]);
    const { output = [], previous_response_id: previousId } = (response ?? {}) as ChainedResponse;
    const known = new Set(chain.map(keyOf));
    isWhole = output.some((item) => known.has(keyOf(item)));
    chain = [...([...input, ...output] as Item[]).filter((item) => !known.has(keyOf(item))), ...chain];
    id = typeof previousId === 'string' ? previousId : undefined;
  }
  return chain;
}

interface ChainedResponse {
  readonly output?: readonly Item[];
  readonly previous_response_id?: unknown;
}

/** An item without an id equals only itself. */
function keyOf(item: Item): unknown {
  return item['id'] ?? item;
}

/** Tools that the runner runs, or that change nothing outside the API. */
const WITHOUT_EFFECT: ReadonlySet<unknown> = new Set([
  'function',
  'custom',
  'namespace',
  'tool_search',
  'file_search',
  'web_search',
  'web_search_preview',
  'image_generation',
  'code_interpreter',
  'local_shell',
  'apply_patch',
  'computer',
  'computer_use_preview',
]);

/**
 * Names a side effect that the API itself may cause for this request, and again for a second one; undefined if none.
 */
export function hostedSideEffect({ tools, input, prompt, ...body }: ResponseBody): string | undefined {
  // A stored prompt and an agent have their own tools.
  if (prompt !== undefined && prompt !== null) return 'the tools of the stored prompt';
  if (hasAgent(body)) return 'the tools of the agent';
  const approved = itemList(input).some(({ type, approve }) => type === 'mcp_approval_response' && approve === true);
  if (approved) return 'an approved MCP call';
  const active = itemList(tools).find((tool) => !isWithoutEffect(tool));
  return active && `tools of type "${String(active['type'])}"`;
}

function isWithoutEffect({ type, require_approval: approval = 'always', environment }: Item): boolean {
  if (type === 'mcp') return approval === 'always' || approval === null;
  if (type === 'shell') return (environment as Item | null | undefined)?.['type'] === 'local';
  return WITHOUT_EFFECT.has(type) || String(type).startsWith('web_search_');
}

export function itemList(value: unknown): readonly Item[] {
  return Array.isArray(value) ? (value as Item[]) : [];
}
