import { outputText } from '../call/returned-value.ts';
import { isJsonObject } from '../../internal/json.ts';
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

/**
 * Extracts the user's messages and the tools' outputs from items, oldest first.
 *
 * @param before earlier items, whose last message may be a question that the first item answers
 */
export function extractConversation(items: readonly unknown[], before: readonly unknown[] = []): Conversation {
  const all = items.map((item) => (item ?? {}) as Fields);
  const calls = new Map(all.flatMap((item) => (typeof item['name'] === 'string' ? [[item['call_id'], item]] : [])));
  return {
    userMessages: extractUserMessages(all, before),
    toolOutputs: all.flatMap((item): ToolOutputText[] => {
      const { type } = item;
      const call = typeof item['name'] === 'string' ? item : calls.get(item['call_id']);
      const fields = OUTPUT_FIELDS[String(type)] ?? [];
      const output = fields.flatMap((field) => stringsOf(item[field])).join('\n');
      const functionName = String(call?.['name'] ?? type);
      return output === '' ? [] : [{ functionName, output, ...argumentsIn(call?.['arguments']) }];
    }),
  };
}

/** Returns the arguments of a call, as an API lists them. */
export function argumentsIn(written: unknown): Pick<ToolOutputText, 'arguments'> {
  let args = written;
  try {
    if (typeof written === 'string') args = JSON.parse(written);
  } catch {
    return {};
  }
  return isJsonObject(args) && Object.keys(args).length > 0 ? { arguments: args } : {};
}

/** A message that only agrees, or chooses by position. */
const YES =
  /^\W*(?:yes|yep|yeah|sure|ok|okay|confirmed|go ahead|sounds good|looks good|ja|oui|d'accord|sí|si|claro|да|是的?|好的?|可以|はい|نعم|(?:(?:take|use|the|option|number|no\.?) ){0,2}(?:first|second|third|last|both|all|[1-9]|two|three)(?: (?:one|option|of them))?)(?:[\s,.!]{1,3}(?:please|go ahead|do (?:it|that|so)|(?:send|book|pay|order|buy|change|use|post|share|add|delete|cancel|create|schedule) (?:it|that|them|this)|bitte|gerne|mach das|vas-y|adelante|пожалуйста|お願いします)){0,2}[\s.!。!]*$/iu;
/** Characters of a question, which the user reads before agreeing. */
const MAX_QUESTION = 4_000;

/**
 * Extracts the text of the user's messages, without files and images. A bare yes also says what the assistant's question
 * before it says.
 *
 * @param before earlier messages
 */
export function extractUserMessages(messages: readonly unknown[], before: readonly unknown[] = []): readonly string[] {
  const last = before.findLast((message) => messageOf(message) !== undefined);
  let question = last === undefined ? '' : questionOf(messageOf(last));
  return messages.flatMap((item) => {
    const message = messageOf(item);
    if (!message) return [];
    const asked = question;
    question = questionOf(message);
    if (message.role !== 'user' || message.text === '') return [];
    return [asked !== '' && YES.test(message.text) ? `${message.text}\n${asked}` : message.text];
  });
}

interface Message {
  readonly role: unknown;
  readonly text: string;
}

function messageOf(item: unknown): Message | undefined {
  const { type = 'message', role, content } = (item ?? {}) as Fields;
  if ((role !== 'user' && role !== 'assistant') || (type !== 'message' && type !== null)) return undefined;
  const parts = Array.isArray(content) ? (content as unknown[]) : [content];
  return { role, text: parts.flatMap(textOfPart).join('\n') };
}

function questionOf(message: Message | undefined): string {
  if (message?.role !== 'assistant' || message.text.length > MAX_QUESTION) return '';
  return message.text.includes('?') || message.text.includes('\uff1f') ? message.text : '';
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
  const isListed = input.userMessages.every((text, index) => {
    const known = earlier[earlier.length - input.userMessages.length + index];
    return known === text || (YES.test(text) && known?.startsWith(`${text}\n`));
  });
  return {
    userMessages: isListed ? earlier : [...earlier, ...input.userMessages],
    toolOutputs: [...listed.toolOutputs, ...input.toolOutputs],
  };
}
