import { missing, unknownValue } from '../request-checks.ts';
import type { Json } from '../wire.ts';
import { checkTools } from './tool-checks.ts';

/** Returns true for an item that consists only of an id. */
export function isReference({ type, role, id }: Json): boolean {
  return type === 'item_reference' || ((type ?? undefined) === undefined && role === undefined && id !== undefined);
}

/** Checks what the rule of an input item does not say. */
export function checkItem({ role, content, tools, output, type }: Json, at: string): void {
  if (Array.isArray(tools)) checkTools(tools as Json[], `${at}.tools`);
  if (Array.isArray(content) && role !== undefined)
    checkParts(role === 'assistant', content as Json[], `${at}.content`);
  if (type !== 'computer_call_output') return;
  const { image_url: url, file_id: file } = output as Json;
  if (url === undefined && file === undefined) throw missing(`${at}.output.image_url`);
}

function checkParts(isOutput: boolean, parts: readonly Json[], at: string): void {
  const types = isOutput ? ['output_text', 'refusal'] : ['input_text', 'input_image', 'input_file'];
  for (const [index, { type }] of parts.entries()) {
    if (!types.includes(String(type))) throw unknownValue(String(type), types, `${at}[${index}].type`);
  }
}
