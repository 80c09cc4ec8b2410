import { badRequest, type ApiFault } from '../api-fault.ts';
import type { ModelTurn } from '../script.ts';
import type { Json } from '../wire.ts';

/** The items of the Responses API that are calls for the client, and the items that answer them. */

interface AnsweredKind {
  readonly call: string;
  readonly output: string;
  /** The name in the API's errors. */
  readonly words: string;
}

const KINDS: readonly AnsweredKind[] = [
  { call: 'function_call', output: 'function_call_output', words: 'function call' },
  { call: 'custom_tool_call', output: 'custom_tool_call_output', words: 'custom tool call' },
  { call: 'computer_call', output: 'computer_call_output', words: 'computer call' },
  { call: 'local_shell_call', output: 'local_shell_call_output', words: 'local shell call' },
  { call: 'shell_call', output: 'shell_call_output', words: 'shell call' },
  { call: 'apply_patch_call', output: 'apply_patch_call_output', words: 'apply patch call' },
  { call: 'tool_search_call', output: 'tool_search_output', words: 'tool search call' },
];

const KIND_OF_CALL = new Map(KINDS.map((kind) => [kind.call, kind]));
const KIND_OF_OUTPUT = new Map(KINDS.map((kind) => [kind.output, kind]));

const CLIENTS: readonly string[] = ['mcp_approval_response', 'configuration_update', 'compaction_trigger'];

/** Returns true for an input item of the client, false for a replayed item of the model or its server. */
export function isFromClient({ type, role }: Json): boolean {
  if (type === 'message') return role !== 'assistant';
  return isOutput(type) || CLIENTS.includes(String(type));
}

export function isUserMessage({ type, role }: Json): boolean {
  return type === 'message' && role === 'user';
}

export function isOutput(type: unknown): boolean {
  return KIND_OF_OUTPUT.has(String(type));
}

/**
 * Lists the calls without an output.
 *
 * @param param the parameter to name in errors
 * @throws ApiFault for an output whose call is not open, and for an approval without a request
 */
export function openCalls(items: readonly Json[], param: string): Json[] {
  const calls = new Map<string, Json>();
  const approvals = new Set<unknown>();
  for (const item of items) {
    const { type, approval_request_id: requestId } = item;
    const called = KIND_OF_CALL.get(String(type));
    const answered = KIND_OF_OUTPUT.get(String(type));
    if (called) {
      calls.set(`${called.call} ${callIdOf(item)}`, item);
    } else if (answered && item['execution'] !== 'server') {
      if (!calls.delete(`${answered.call} ${callIdOf(item)}`)) throw noCall(answered, callIdOf(item), param);
    } else if (type === 'mcp_approval_request') {
      approvals.add(item['id']);
    } else if (type === 'mcp_approval_response' && !approvals.delete(requestId)) {
      throw badRequest(`No pending MCP approval request found with id '${String(requestId)}'.`, { param });
    }
  }
  return [...calls.values()];
}

/** @throws ApiFault if the model cannot continue from these items */
export function checkContext(items: readonly Json[]): void {
  const unanswered = openCalls(items, 'input').find(mustBeAnswered);
  if (!unanswered) return;
  const words = KIND_OF_CALL.get(String(unanswered['type']))?.words ?? '';
  throw badRequest(`No tool output found for ${words} ${callIdOf(unanswered)}.`, { param: 'input' });
}

function noCall({ words }: AnsweredKind, callId: string, param: string): ApiFault {
  return badRequest(`No tool call found for ${words} output with call_id ${callId}.`, { param });
}

function mustBeAnswered({ type, async, environment, execution }: Json): boolean {
  if (async === true) return false;
  if (type === 'shell_call') return ((environment ?? { type: 'local' }) as Json)['type'] === 'local';
  if (type === 'tool_search_call') return execution === 'client';
  return true;
}

/** Lists the calls with their answers, in the order of the calls. */
export function answered(context: readonly Json[], answers: readonly Json[]): { call: Json; answer: Json }[] {
  const pairs = answers.flatMap((answer) => {
    const index = context.findLastIndex((item) => isAnswerTo(answer, item));
    const call = context[index];
    return call ? [{ call, answer, index }] : [];
  });
  return pairs.sort((one, other) => one.index - other.index).map(({ call, answer }) => ({ call, answer }));
}

function isAnswerTo(answer: Json, call: Json): boolean {
  if (answer['type'] === 'mcp_approval_response') {
    return call['type'] === 'mcp_approval_request' && call['id'] === answer['approval_request_id'];
  }
  const kind = KIND_OF_OUTPUT.get(String(answer['type']));
  return kind !== undefined && kind.call === call['type'] && callIdOf(call) === callIdOf(answer);
}

/** Returns the output that the script receives for an answer. */
export function scriptOutput({ call, answer }: { call: Json; answer: Json }): ModelTurn['outputs'][number] {
  const { type, approve, output, status, tools } = answer;
  const value =
    type === 'mcp_approval_response'
      ? approve
      : type === 'apply_patch_call_output'
        ? { status, output }
        : (output ?? tools);
  return {
    callId: callIdOf(call),
    name: String(call['name'] ?? call['type']),
    output: typeof value === 'string' ? value : JSON.stringify(value),
  };
}

/** The SDK's `local_shell_call_output` and an approval request have no `call_id` but an `id`. */
function callIdOf({ call_id: callId, id }: Json): string {
  return String(callId ?? id);
}

/** Lists all messages among the items, in the script's format. */
export function messageTexts(items: readonly Json[]): ModelTurn['messages'] {
  return items
    .filter(({ type }) => type === 'message')
    .map(({ role, content }) => ({ role: String(role), text: textOf(content) }));
}

function textOf(content: unknown): string {
  if (typeof content === 'string') return content;
  const parts = Array.isArray(content) ? (content as { text?: string; refusal?: string }[]) : [];
  return parts.flatMap(({ text, refusal }) => text ?? refusal ?? []).join('\n');
}
