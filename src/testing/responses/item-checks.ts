import { badRequest } from '../api-fault.ts';
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
  if (Array.isArray(output)) checkSources(output as Json[], `${at}.output`);
  if (type !== 'computer_call_output') return;
  const { image_url: url, file_id: file } = output as Json;
  if (url === undefined && file === undefined) throw missing(`${at}.output.image_url`);
}

function checkParts(isOutput: boolean, parts: readonly Json[], at: string): void {
  const types = isOutput ? ['output_text', 'refusal'] : ['input_text', 'input_image', 'input_file'];
  for (const [index, { type }] of parts.entries()) {
    if (!types.includes(String(type))) throw unknownValue(String(type), types, `${at}[${index}].type`);
  }
  checkSources(parts, at);
}

/** Checks where the contents of images and files come from. */
function checkSources(parts: readonly Json[], at: string): void {
  for (const [index, { type, image_url: url, file_id: id, file_data: data, file_url: link }] of parts.entries()) {
    const path = `${at}[${index}]`;
    if (type === 'input_file' && (id ?? data ?? link ?? undefined) === undefined) throw missing(`${path}.file_id`);
    if (type !== 'input_image') continue;
    if ((url ?? id ?? undefined) === undefined) throw missing(`${path}.image_url`);
    if (typeof url === 'string' && !/^(?:https?:\/\/[^\s/]|data:)/i.test(url)) {
      const param = `${path}.image_url`;
      const problem = 'Expected a valid URL, but got a value with an invalid format.';
      throw badRequest(`Invalid '${param}'. ${problem}`, { param, code: 'invalid_value' });
    }
  }
}
