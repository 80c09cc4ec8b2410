import { Limit } from '../../../internal/abort.ts';
import { omitUndefined } from '../../../internal/omit-undefined.ts';
import { RunFailure } from '../../errors.ts';
import type { Loop, ToolOutput } from '../../run/driver.ts';
import { writtenArguments, type ToolCall } from '../../call/tool-call.ts';
import { labelString } from '../api.ts';
import type { Item, ModelResponse } from './client.ts';

/** An item that the API expects an answer to. */
export interface PendingItem {
  readonly item: Item;
  readonly call: ToolCall;
  /** True if the model continues without the output, which a later request then contains. */
  readonly isAsync: boolean;
  readonly answer: (output: ToolOutput) => Item;
}

export interface PendingItems {
  /** The pending items, in the model's order. */
  readonly pending: readonly PendingItem[];
  /** Items that are unknown or not supported. */
  readonly unknown: readonly Item[];
}

/** Creates the error for an item that is not supported. */
export function unsupportedItem({ type, call_id: callId, id }: Item): RunFailure {
  const what = `a "${String(type)}" (${[callId, id].find((known) => typeof known === 'string') ?? 'without an id'})`;
  return new RunFailure('unknown_action', `The response has ${what}, which is not supported by this runner.`);
}

/** Items that the API handles itself, messages and outputs. */
const NEEDS_NO_ANSWER: ReadonlySet<unknown> = new Set([
  'message',
  'reasoning',
  'web_search_call',
  'file_search_call',
  'code_interpreter_call',
  'image_generation_call',
  'mcp_call',
  'mcp_list_tools',
  'mcp_approval_response',
  'program',
  'program_output',
  'compaction',
  'context_compaction',
  'additional_tools',
  'function_call_output',
  'custom_tool_call_output',
  'computer_call_output',
  'local_shell_call_output',
  'shell_call_output',
  'apply_patch_call_output',
  'tool_search_output',
]);

/** Finds the unanswered items of a response's output or a conversation. */
export function pendingItems(items: readonly Item[]): PendingItems {
  const pending: PendingItem[] = [];
  let unknown: Item[] = [];
  for (const item of items) {
    const id = answeredId(item);
    if (id !== undefined) {
      // A server may reuse an id: an output answers the call before it.
      const answered = pending.findIndex(({ call }) => call.callId === id);
      if (answered >= 0) pending.splice(answered, 1);
      unknown = unknown.filter(({ call_id: callId }) => callId !== id);
    }
    if (NEEDS_NO_ANSWER.has(item['type']) || isServedByApi(item)) continue;
    const pendingItem = toPendingItem(item);
    if (pendingItem) pending.push(pendingItem);
    else unknown.push(item);
  }
  return { pending, unknown };
}

/** Returns the id of the call that an item answers. */
export function answeredId({ type, call_id: callId, approval_request_id: requestId, id }: Item): unknown {
  if (type === 'mcp_approval_response' || type === 'mcp_call') return requestId ?? undefined;
  // The SDK's type of this item has no call_id.
  if (type === 'local_shell_call_output') return callId ?? id;
  return typeof type === 'string' && type.endsWith('_output') ? (callId ?? undefined) : undefined;
}

/** Returns the ids of a response's items, without those that have none. */
export function itemIds({ output }: ModelResponse): readonly string[] {
  return output.map(({ id }) => id).filter((id) => typeof id === 'string');
}

/** Returns true if the API runs a tool search or shell call itself. */
function isServedByApi({ type, execution, environment }: Item): boolean {
  if (type === 'tool_search_call') return execution !== 'client';
  return type === 'shell_call' && (environment as Item | null | undefined)?.['type'] === 'container_reference';
}

function toPendingItem(item: Item): PendingItem | undefined {
  const { call_id: callId, caller, input, arguments: args } = item;
  const around = omitUndefined({ call_id: callId, caller: caller ?? undefined });
  const ours = (kind: 'function' | 'text', text: unknown, type: string, isBroken = false): PendingItem | undefined => {
    const call = { callId, name: qualifiedName(item), ...writtenArguments(text), kind };
    const refused = omitUndefined({ refused: isBroken ? ('invalid_arguments' as const) : undefined });
    return createPendingItem(item, { ...call, ...refused }, ({ output, content }) => ({
      type,
      ...around,
      output: content ?? output,
    }));
  };
  const notRun = (answer: PendingItem['answer']): PendingItem | undefined =>
    createPendingItem(
      item,
      { callId, name: item['type'], arguments: '', kind: 'function', refused: 'unknown_tool' },
      answer,
    );

  switch (item['type']) {
    case 'function_call':
      return ours('function', args, 'function_call_output');
    case 'custom_tool_call':
      return ours('text', input, 'custom_tool_call_output', typeof input !== 'string');
    case 'mcp_approval_request':
      return approvalOf(item);
    case 'local_shell_call':
      return notRun(({ output }) => ({
        type: 'local_shell_call_output',
        // The SDK's type requires `id`, the API's reference both.
        id: callId,
        call_id: callId,
        status: 'incomplete',
        output: JSON.stringify({ stdout: '', stderr: output, exit_code: CANNOT_EXECUTE }),
      }));
    case 'shell_call':
      return notRun(({ output }) => shellOutput(item, around, output));
    case 'apply_patch_call':
      return notRun(({ output }) => ({ type: 'apply_patch_call_output', ...around, status: 'failed', output }));
    case 'tool_search_call':
      return notRun(() => ({ type: 'tool_search_output', call_id: callId, execution: 'client', tools: [] }));
    default:
      // Includes computer_call: its only answer is a screenshot, which cannot report a refusal.
      return undefined;
  }
}

/** POSIX: "found but could not be executed". */
const CANNOT_EXECUTE = 126;

function shellOutput({ action }: Item, around: object, stderr: string): Item {
  const { commands, max_output_length: maxLength } = (action ?? {}) as Item;
  const outcome = { type: 'exit', exit_code: CANNOT_EXECUTE };
  return omitUndefined({
    type: 'shell_call_output',
    ...around,
    output: (Array.isArray(commands) ? commands : []).map(() => ({ stdout: '', stderr, outcome })),
    max_output_length: typeof maxLength === 'number' ? maxLength : undefined,
  });
}

function approvalOf(item: Item): PendingItem | undefined {
  const { id, name, server_label: server, arguments: args } = item;
  const call = {
    callId: id,
    name,
    ...writtenArguments(args),
    kind: 'approval',
    server: labelString(server),
  } as const;
  return createPendingItem(item, call, ({ outcome, output }) => {
    const approve = outcome === 'allowed';
    const reason = approve ? undefined : output;
    return omitUndefined({ type: 'mcp_approval_response', approval_request_id: id, approve, reason });
  });
}

/** Hosted tool search returns a function with its own name as its namespace. */
function qualifiedName({ name, namespace }: Item): unknown {
  return typeof namespace === 'string' && namespace !== name ? `${namespace}.${String(name)}` : name;
}

/** Returns undefined for a malformed call, without an id or a name. */
function createPendingItem(
  item: Item,
  call: Omit<ToolCall, 'callId' | 'name'> & { readonly callId: unknown; readonly name: unknown },
  answer: PendingItem['answer'],
): PendingItem | undefined {
  const { callId, name, refused } = call;
  if (typeof callId !== 'string' || callId === '' || typeof name !== 'string') return undefined;
  const { status = null, async = false } = item;
  // An unfinished item may hold incomplete arguments.
  const isWhole = status === null || status === 'completed' || call.kind === 'approval';
  const why = refused ?? (isWhole ? undefined : ('invalid_arguments' as const));
  return { item, call: { ...call, callId, name, ...omitUndefined({ refused: why }) }, isAsync: async === true, answer };
}

/** The API accepts 10,485,760 characters in one output; all outputs together stay below that. */
const MAX_OUTPUT_BYTES = 10_000_000;

interface Answer {
  readonly pendingItem: PendingItem;
  readonly item: Item;
}

type Guarded = (pending: readonly PendingItem[]) => Promise<readonly Answer[]>;

/** The model's calls for which the API has no output yet. */
export class PendingCalls {
  /** Items of the last response that are unknown or not supported. */
  unknown: readonly Item[] = [];
  readonly #loop: Loop;
  readonly #conversationId: string | undefined;
  readonly #open = new Set<PendingItem>();
  /** Asynchronous calls in flight. Completed ones move to `#finished`. */
  readonly #inBackground = new Map<string, Promise<unknown>>();
  #finished: readonly Answer[] = [];
  #sent: readonly PendingItem[] = [];

  constructor(loop: Loop, conversationId: string | undefined) {
    this.#loop = loop;
    this.#conversationId = conversationId;
  }

  get all(): readonly PendingItem[] {
    return [...this.#open];
  }

  /** Returns true if the call's output was sent in a request whose effect is unknown. */
  isSent(pendingItem: PendingItem): boolean {
    return this.#sent.includes(pendingItem);
  }

  /** Ids of the asynchronous calls in the latest answers. */
  get late(): readonly string[] {
    return this.#sent.filter(({ isAsync }) => isAsync).map(({ call }) => call.callId);
  }

  /** Call with each response. Its request's outputs are accepted, and its calls become pending. */
  ingest(response: ModelResponse): PendingItems {
    // The API discards the input of a failed or cancelled request.
    const isKept = response.status !== 'failed' && response.status !== 'cancelled';
    for (const pendingItem of this.#sent) if (isKept) this.#open.delete(pendingItem);
    this.#sent = [];
    const items = pendingItems(response.output);
    for (const pendingItem of items.pending) this.#open.add(pendingItem);
    this.unknown = items.unknown;
    return items;
  }

  /** Call once the API has accepted the latest answers. */
  accepted(): void {
    if (this.#sent.length > 0) this.#loop.submitted?.(this.#sent.map(({ call }) => call));
  }

  /**
   * Guards the calls of a response. Resolves with the items of the next request, or an empty array when no call is
   * pending.
   *
   * @param late the asynchronous calls that an earlier process answered with this request, so that the same ones are
   * answered again; undefined if it did not send the request
   */
  async answer(
    response: ModelResponse,
    pending: readonly PendingItem[],
    late: readonly string[] | undefined,
  ): Promise<readonly Item[]> {
    const answers: Answer[] = [];
    if (pending.length > 0) {
      const guarded = this.#begin(response, pending);
      for (const pendingItem of pending) if (pendingItem.isAsync) this.#answerInBackground(guarded, pendingItem);
      answers.push(...(await guarded(pending.filter(({ isAsync }) => !isAsync))));
    }
    if (late) {
      await Promise.all(late.flatMap((callId) => this.#inBackground.get(callId) ?? []));
      for (const callId of new Set(late))
        answers.push(...this.#finished.filter(({ pendingItem }) => pendingItem.call.callId === callId));
    } else {
      if (answers.length === 0 && this.#finished.length === 0 && this.#inBackground.size > 0)
        await Promise.race(this.#inBackground.values());
      answers.push(...this.#finished);
    }
    this.#finished = this.#finished.filter((answer) => !answers.includes(answer));
    this.#sent = answers.map(({ pendingItem }) => pendingItem);
    return answers.map(({ item }) => item);
  }

  #begin(response: ModelResponse, pending: readonly PendingItem[]): Guarded {
    this.#assertAnswerable(pending);
    const conversationId = this.#conversationId;
    this.#loop.begin({
      calls: pending.map(({ call }) => call),
      // The same in every process of the conversation, which may have found the response among the conversation's items.
      keyScope: conversationId && JSON.stringify([conversationId, itemIds(response)[0] ?? response.id]),
      fitPart: (part) => part,
      askedBy: response,
    });
    return async (some) => {
      // On abort, the driver leaves at once, while handlers still have their grace period.
      const calls = some.map(({ call }) => call);
      const outputs = await new Limit(this.#loop.signal).within(this.#loop.outputs(calls, MAX_OUTPUT_BYTES));
      return outputs.flatMap((output, index) => {
        const pendingItem = some[index];
        return pendingItem ? [{ pendingItem, item: pendingItem.answer(output) }] : [];
      });
    };
  }

  /** @throws RunFailure when two open calls have the same id: outputs name no more than that */
  #assertAnswerable(pending: readonly PendingItem[]): void {
    const others = this.all.filter((other) => !pending.includes(other)).map(({ call }) => call.callId);
    const reused = pending.find(({ call }) => others.includes(call.callId));
    if (!reused) return;
    const message = `The tool call id "${reused.call.callId}" was used again before the earlier call had an output.`;
    throw new RunFailure('invalid_turn', message);
  }

  #answerInBackground(guarded: Guarded, pendingItem: PendingItem): void {
    const answered = guarded([pendingItem]).then((answers) => {
      this.#finished = [...this.#finished, ...answers];
    });
    const { callId } = pendingItem.call;
    this.#inBackground.set(callId, answered);
    const forget = (): void => void this.#inBackground.delete(callId);
    answered.then(forget, forget);
  }
}
