import { badRequest } from '../api-fault.ts';
import { checkLength } from '../request-checks.ts';

/** Checks what the rules of the input of sessions do not say. */

const MAX_STRING = 1_048_576;
const MAX_KEY = 256;

/** Checks the length of all strings inside a value, at any depth. */
export function checkStrings(value: unknown, at: string): void {
  if (typeof value === 'string') checkLength(value, { min: 0, max: MAX_STRING }, at);
  else if (Array.isArray(value)) for (const [index, one] of value.entries()) checkStrings(one, `${at}[${index}]`);
  else for (const [key, one] of Object.entries(value ?? {})) checkStrings(one, `${at}.${key}`);
}

export function checkIdempotencyKey(key: string | null): void {
  if (key === null || (key.length >= 1 && key.length <= MAX_KEY)) return;
  throw badRequest(`Invalid 'Idempotency-Key': expected 1 to ${MAX_KEY} characters, but got ${key.length}.`, {
    param: 'Idempotency-Key',
  });
}
