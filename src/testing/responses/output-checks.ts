import { checkChoice, checkLength, checkString, missing, objectAt, wrongType } from '../request-checks.ts';
import type { Json } from '../wire.ts';
import { checkTools } from './tool-checks.ts';

/** Checks of the items that answer calls. */

const MAX_OUTPUT = 10_485_760;

const PARTS: readonly string[] = ['input_text', 'input_image', 'input_file'];

export function checkOutput(type: string, item: Json, at: string): void {
  const { output, status, tools } = item;
  const param = `${at}.output`;
  switch (type) {
    case 'computer_call_output':
      checkScreenshot(output, param);
      return;
    case 'local_shell_call_output':
      checkText(output, param);
      return;
    case 'shell_call_output':
      checkCommands(output, param);
      return;
    case 'apply_patch_call_output':
      checkChoice(status, ['completed', 'failed'], `${at}.status`);
      if ((output ?? undefined) !== undefined) checkText(output, param);
      return;
    case 'tool_search_output':
      checkTools(tools, `${at}.tools`);
      return;
    default:
      checkTextOrParts(output, param);
  }
}

function checkText(output: unknown, param: string): void {
  checkString(output, param);
  checkLength(output, MAX_OUTPUT, param);
}

function checkTextOrParts(output: unknown, param: string): void {
  if (!Array.isArray(output)) {
    if (typeof output !== 'string') throw wrongType(param, 'a string or an array of content parts');
    checkLength(output, MAX_OUTPUT, param);
    return;
  }
  for (const [index, part] of (output as unknown[]).entries()) {
    const at = `${param}[${index}]`;
    const { type, text } = objectAt(part, at);
    checkChoice(type, PARTS, `${at}.type`);
    if (type === 'input_text') checkText(text, `${at}.text`);
  }
}

function checkScreenshot(output: unknown, param: string): void {
  const { type, image_url: url, file_id: file } = objectAt(output, param);
  checkChoice(type, ['computer_screenshot'], `${param}.type`);
  if (url === undefined && file === undefined) throw missing(`${param}.image_url`);
}

function checkCommands(output: unknown, param: string): void {
  if (!Array.isArray(output)) throw wrongType(param, 'an array of what each command gave');
  for (const [index, command] of (output as unknown[]).entries()) {
    const at = `${param}[${index}]`;
    const { stdout, stderr, outcome } = objectAt(command, at);
    checkText(stdout, `${at}.stdout`);
    checkText(stderr, `${at}.stderr`);
    if (outcome === undefined) throw missing(`${at}.outcome`);
    const { type, exit_code: code } = objectAt(outcome, `${at}.outcome`);
    checkChoice(type, ['exit', 'timeout'], `${at}.outcome.type`);
    if (type === 'exit' && !Number.isInteger(code)) throw wrongType(`${at}.outcome.exit_code`, 'an integer');
  }
}
