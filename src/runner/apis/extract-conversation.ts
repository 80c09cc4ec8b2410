import type { Conversation, ToolOutputText } from '../gateway/gateway.ts';
import { outputText } from '../call/output.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Where the items of the Responses and the Agents API have what a tool returned. */
const OUTPUT_FIELDS: Readonly<Partial<Record<string, readonly string[]>>> = {
  function_call_output: ['output', 'error'],
  custom_tool_call_output: ['output'],
  local_shell_call_output: ['output'],
  shell_call_output: ['output'],
  apply_patch_call_output: ['output'],
  program_output: ['result'],
  mcp_call: ['output', 'error'],
  command_execution: ['output'],
  code_interpreter_call: ['outputs'],
  file_search_call: ['results'],
};

/** Where a part of an output has its text. */
const TEXT_FIELDS = ['text', 'logs', 'stdout', 'stderr'] as const;

/** What these items, oldest first, tell of the user's words and of what tools returned. */
export function extractConversation(items: readonly unknown[]): Conversation {
  const all = items.map((item) => (item ?? {}) as Fields);
  const names = new Map(
    all.flatMap(({ call_id: id, name }) => (typeof name === 'string' ? [[id, name] as const] : [])),
  );
  return {
    userMessages: extractUserMessages(all),
    toolOutputs: all.flatMap((item): ToolOutputText[] => {
      const { type, name, call_id: callId } = item;
      const fields = OUTPUT_FIELDS[String(type)] ?? [];
      const output = fields.flatMap((field) => stringsOf(item[field])).join('\n');
      const functionName = typeof name === 'string' ? name : (names.get(callId) ?? String(type));
      return output === '' ? [] : [{ functionName, output }];
    }),
  };
}

/** The texts of the user's messages: of no other role, and without files and images. */
export function extractUserMessages(messages: readonly unknown[]): readonly string[] {
  return messages.flatMap((message) => {
    const { type = 'message', role, content } = (message ?? {}) as Fields;
    if (role !== 'user' || (type !== 'message' && type !== null)) return [];
    const parts = Array.isArray(content) ? (content as unknown[]) : [content];
    const text = parts.flatMap(textOfPart).join('\n');
    return text === '' ? [] : [text];
  });
}

/** The Assistants API has its texts one level deeper. */
function textOfPart(part: unknown): string[] {
  if (typeof part === 'string') return [part];
  const { text } = (part ?? {}) as Fields;
  const words: unknown = typeof text === 'object' ? (text as Fields | null)?.['value'] : text;
  return typeof words === 'string' ? [words] : [];
}

/** Raw where there is a text: JSON would write its line breaks and quotes otherwise. */
function stringsOf(value: unknown): string[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) return [outputText(value)];
  return (value as unknown[]).flatMap((part) => {
    if (typeof part === 'string') return [part];
    const { type, ...fields } = (part ?? {}) as Fields;
    const texts = TEXT_FIELDS.map((field) => fields[field]).filter((text) => typeof text === 'string');
    if (texts.length > 0) return texts;
    // What an image shows is no text, and its address may be the whole of it.
    return /image|screenshot/.test(String(type)) ? [] : [outputText(part)];
  });
}

/** The input that begins a run comes after what was listed, unless it is in there already. */
export function appendInput(listed: Conversation, input: Conversation): Conversation {
  const { userMessages: earlier } = listed;
  const isListed = input.userMessages.every(
    (text, index) => earlier[earlier.length - input.userMessages.length + index] === text,
  );
  return {
    userMessages: isListed ? earlier : [...earlier, ...input.userMessages],
    toolOutputs: [...listed.toolOutputs, ...input.toolOutputs],
  };
}
