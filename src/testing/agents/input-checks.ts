import { badRequest } from '../api-fault.ts';
import { checkChoice, checkKnown, checkLength, checkString, missing, objectAt, wrongType } from '../request-checks.ts';
import type { Json } from '../wire.ts';

/** Checks of the input of sessions. The paths are as the API would name them, such as `events[0].call_id`. */

const MAX_EVENTS = 16_384;
const MAX_STRING = 1_048_576;
const MAX_KEY = 256;

/** The fields of each event besides its `type`. */
const EVENTS: Readonly<Record<string, { needs: readonly string[]; may: readonly string[] }>> = {
  'agent.session.input.message': { needs: ['input'], may: [] },
  'agent.session.input.cancel': { needs: [], may: [] },
  'agent.session.input.tool_result': { needs: ['turn_id', 'call_id', 'success'], may: ['output', 'error'] },
  'agent.session.input.mcp_approval_request_result': { needs: ['request_id', 'response'], may: [] },
  'agent.session.input.computer_use_approval_request_result': { needs: ['request_id', 'response'], may: [] },
};

export function checkEvents(body: Json): Json[] {
  checkKnown(body, new Set(['events']));
  const events = listAt(body['events'], 'events', 'events');
  if (events.length > MAX_EVENTS) {
    throw badRequest(
      `Invalid 'events': array too long. Expected at most ${MAX_EVENTS}, but got ${events.length} instead.`,
      { param: 'events', code: 'array_above_max_length' },
    );
  }
  return events.map((event, index) => checkEvent(objectAt(event, `events[${index}]`), `events[${index}]`));
}

function checkEvent(event: Json, at: string): Json {
  checkChoice(event['type'], Object.keys(EVENTS), `${at}.type`);
  const { needs, may } = EVENTS[String(event['type'])] ?? { needs: [], may: [] };
  const absent = needs.find((key) => event[key] === undefined);
  if (absent !== undefined) throw missing(`${at}.${absent}`);
  checkKnown(event, new Set(['type', ...needs, ...may]), `${at}.`);
  checkStrings(event, at);
  for (const key of ['turn_id', 'call_id', 'request_id']) {
    if (event[key] !== undefined) checkString(event[key], `${at}.${key}`);
  }
  const { input, success, output, error, response } = event;
  if (input !== undefined) checkMessages(input, `${at}.input`);
  if (success !== undefined && typeof success !== 'boolean') throw wrongType(`${at}.success`, 'a boolean');
  if (Array.isArray(output)) checkParts(output, `${at}.output`);
  else if ((output ?? undefined) !== undefined && typeof output !== 'string') {
    throw wrongType(`${at}.output`, 'a string, an array of content parts or null');
  }
  if ((error ?? undefined) !== undefined) checkString(error, `${at}.error`);
  if (response !== undefined) checkResponse(String(event['type']), objectAt(response, `${at}.response`), at);
  return event;
}

function checkResponse(eventType: string, { type, decision }: Json, at: string): void {
  if (eventType === 'agent.session.input.mcp_approval_request_result') {
    checkChoice(type, ['mcp_tool_call'], `${at}.response.type`);
    checkChoice(decision, ['approve', 'deny', 'cancel'], `${at}.response.decision`);
  } else {
    checkChoice(type, ['browser_authentication', 'browser_origin_access'], `${at}.response.type`);
  }
}

/** @param at the path of the messages, such as `events[0].input` */
export function checkMessages(value: unknown, at: string): Json[] {
  return listAt(value, at, 'messages').map((one, index) => {
    const path = `${at}[${index}]`;
    const message = objectAt(one, path);
    checkKnown(message, new Set(['type', 'role', 'content']), `${path}.`);
    if (message['type'] !== undefined) checkChoice(message['type'], ['message'], `${path}.type`);
    checkChoice(message['role'], ['user'], `${path}.role`);
    checkParts(listAt(message['content'], `${path}.content`, 'content parts'), `${path}.content`);
    checkStrings(message, path);
    return message;
  });
}

function checkParts(parts: readonly unknown[], at: string): void {
  for (const [index, one] of parts.entries()) {
    const path = `${at}[${index}]`;
    const { type, text, image_url: url } = objectAt(one, path);
    checkChoice(type, ['input_text', 'input_image'], `${path}.type`);
    if (type === 'input_text') checkString(text, `${path}.text`);
    else checkString(url, `${path}.image_url`);
  }
}

function listAt(value: unknown, param: string, what: string): unknown[] {
  if (value === undefined) throw missing(param);
  if (!Array.isArray(value)) throw wrongType(param, `an array of ${what}`);
  if (value.length > 0) return value as unknown[];
  throw badRequest(`Invalid '${param}': empty array. Expected at least 1.`, { param });
}

/** Checks all strings inside a value, at any depth. */
function checkStrings(value: unknown, at: string): void {
  if (typeof value === 'string') checkLength(value, MAX_STRING, at);
  else if (Array.isArray(value)) for (const [index, one] of value.entries()) checkStrings(one, `${at}[${index}]`);
  else for (const [key, one] of Object.entries(value ?? {})) checkStrings(one, `${at}.${key}`);
}

export function checkIdempotencyKey(key: string | null): void {
  if (key === null || (key.length >= 1 && key.length <= MAX_KEY)) return;
  throw badRequest(`Invalid 'Idempotency-Key': expected 1 to ${MAX_KEY} characters, but got ${key.length}.`, {
    param: 'Idempotency-Key',
  });
}
