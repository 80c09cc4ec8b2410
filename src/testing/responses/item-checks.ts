import { checkChoice, checkKnown, checkLength, checkString, missing, objectAt, wrongType } from '../request-checks.ts';
import type { Json } from '../wire.ts';
import { isOutput } from './items.ts';
import { checkOutput } from './output-checks.ts';

/** Checks of one input item. The paths are as the API names them, such as `input[0].call_id`. */

const MAX_CALL_ID = 64;

interface Keys {
  readonly needs: readonly string[];
  readonly may: readonly string[];
}

/** The fields of each type besides `type`. Types without an entry are not checked. */
const KEYS: Readonly<Partial<Record<string, Keys>>> = {
  message: { needs: ['role', 'content'], may: ['id', 'status', 'phase'] },
  item_reference: { needs: ['id'], may: [] },
  reasoning: { needs: ['id', 'summary'], may: ['content', 'encrypted_content', 'status'] },
  function_call: {
    needs: ['call_id', 'name', 'arguments'],
    may: ['id', 'status', 'namespace', 'async', 'caller', 'created_by'],
  },
  custom_tool_call: {
    needs: ['call_id', 'name', 'input'],
    may: ['id', 'status', 'namespace', 'async', 'caller', 'created_by'],
  },
  mcp_approval_request: { needs: ['id', 'server_label', 'name', 'arguments'], may: [] },
  mcp_approval_response: { needs: ['approval_request_id', 'approve'], may: ['id', 'reason', 'request_id'] },
  function_call_output: {
    needs: ['call_id', 'output'],
    may: ['id', 'status', 'name', 'namespace', 'caller', 'created_by'],
  },
  custom_tool_call_output: { needs: ['call_id', 'output'], may: ['id', 'status', 'caller', 'created_by'] },
  computer_call_output: {
    needs: ['call_id', 'output'],
    may: ['id', 'status', 'acknowledged_safety_checks', 'created_by'],
  },
  local_shell_call_output: { needs: ['id', 'output'], may: ['call_id', 'status'] },
  shell_call_output: {
    needs: ['call_id', 'output'],
    may: ['id', 'status', 'caller', 'max_output_length', 'created_by'],
  },
  apply_patch_call_output: { needs: ['call_id', 'status'], may: ['id', 'output', 'caller', 'created_by'] },
  tool_search_output: { needs: ['tools'], may: ['id', 'call_id', 'execution', 'status', 'created_by'] },
};

const TYPES: readonly string[] = [
  ...Object.keys(KEYS),
  ...['computer_call', 'local_shell_call', 'shell_call', 'apply_patch_call', 'tool_search_call'],
  ...['compaction', 'compaction_trigger', 'additional_tools', 'configuration_update'],
  ...['web_search_call', 'file_search_call', 'code_interpreter_call', 'image_generation_call'],
  ...['mcp_call', 'mcp_list_tools', 'program', 'program_output'],
];

const PARTS: Readonly<Partial<Record<string, readonly string[]>>> = {
  user: ['input_text', 'input_image', 'input_file'],
  system: ['input_text', 'input_image', 'input_file'],
  developer: ['input_text', 'input_image', 'input_file'],
  assistant: ['output_text', 'refusal'],
};

/** Returns true for an item that consists only of an id. */
export function isReference({ type, role, id }: Json): boolean {
  return type === 'item_reference' || ((type ?? undefined) === undefined && role === undefined && id !== undefined);
}

export function checkItem(item: unknown, at: string): asserts item is Json {
  const fields = objectAt(item, at);
  const type = isReference(fields) ? 'item_reference' : (fields['type'] ?? (fields['role'] && 'message'));
  checkChoice(type, TYPES, `${at}.type`);
  const keys = KEYS[String(type)];
  if (keys) {
    const absent = keys.needs.find((key) => fields[key] === undefined);
    if (absent !== undefined) throw missing(`${at}.${absent}`);
    checkKnown(fields, new Set(['type', ...keys.needs, ...keys.may]), `${at}.`);
  }
  checkFields(String(type), fields, at);
}

function checkFields(type: string, item: Json, at: string): void {
  const { call_id: callId, role, content, approve } = item;
  if (type.endsWith('_call') && isOutput(`${type}_output`) && callId === undefined) throw missing(`${at}.call_id`);
  if ((callId ?? undefined) !== undefined) {
    checkString(callId, `${at}.call_id`);
    checkLength(callId, MAX_CALL_ID, `${at}.call_id`);
  }
  for (const key of ['name', 'arguments', 'input', 'approval_request_id']) {
    if (type !== 'tool_search_call' && item[key] !== undefined && item[key] !== null)
      checkString(item[key], `${at}.${key}`);
  }
  if (type === 'message') checkMessage(role, content, at);
  if (type === 'mcp_approval_response' && typeof approve !== 'boolean') throw wrongType(`${at}.approve`, 'a boolean');
  if (isOutput(type)) checkOutput(type, item, at);
}

function checkMessage(role: unknown, content: unknown, at: string): void {
  checkChoice(role, Object.keys(PARTS), `${at}.role`);
  if (typeof content === 'string') return;
  if (!Array.isArray(content)) throw wrongType(`${at}.content`, 'a string or an array of content parts');
  for (const [index, part] of (content as unknown[]).entries()) {
    const path = `${at}.content[${index}]`;
    checkChoice(objectAt(part, path)['type'], PARTS[String(role)] ?? [], `${path}.type`);
  }
}
