import { outputText } from '../call/returned-value.ts';
import type { Conversation, ToolOutputText } from '../gateway/gateway.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Fields with a tool's output, by item type of the Responses and the Agents API. */
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

/** Fields with text, in a part of an output. */
const TEXT_FIELDS = ['text', 'logs', 'stdout', 'stderr'] as const;

/** Extracts the user's messages and the tools' outputs from items, oldest first. */
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

/** Extracts the text of the user's messages, without files and images. */
export function extractUserMessages(messages: readonly unknown[]): readonly string[] {
  return messages.flatMap((message) => {
    const { type = 'message', role, content } = (message ?? {}) as Fields;
    if (role !== 'user' || (type !== 'message' && type !== null)) return [];
    const parts = Array.isArray(content) ? (content as unknown[]) : [content];
    const text = parts.flatMap(textOfPart).join('\n');
    return text === '' ? [] : [text];
  });
}

/** The Assistants API nests the text one level deeper. */
function textOfPart(part: unknown): string[] {
  if (typeof part === 'string') return [part];
  const { text } = (part ?? {}) as Fields;
  const words: unknown = typeof text === 'object' ? (text as Fields | null)?.['value'] : text;
  return typeof words === 'string' ? [words] : [];
}

/** Returns text as it is: JSON would escape its line breaks and quotes. */
function stringsOf(value: unknown): string[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) return [outputText(value)];
  return (value as unknown[]).flatMap((part) => {
    if (typeof part === 'string') return [part];
    const { type, ...fields } = (part ?? {}) as Fields;
    const texts = TEXT_FIELDS.map((field) => fields[field]).filter((text) => typeof text === 'string');
    if (texts.length > 0) return texts;
    // An image or a file has no text, and its URL may hold all of it.
    return /image|screenshot|input_file/.test(String(type)) ? [] : [outputText(part)];
  });
}

/** Appends the input that starts a run, unless the list ends with it already. */
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
