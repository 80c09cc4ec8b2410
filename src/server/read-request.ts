import { z } from 'zod';
import { ambiguities } from '../internal/exact-json.ts';
import { freezeJson, isJsonObject, type JsonObject } from '../internal/json.ts';
import { pathText } from '../internal/json-path.ts';
import { HttpError, invalidRequest } from './http-error.ts';

/** The limit of Interven's hosted gateway. */
const MAX_BODY_BYTES = 256 * 1024;

/**
 * Reads the JSON object in a request's body, frozen.
 *
 * @throws HttpError 400 for anything else or JSON with an ambiguity, 413 above `maxBytes` (default: 256 KB)
 */
export async function readJson(request: Request, maxBytes?: number): Promise<JsonObject> {
  if (mediaType(request) !== 'application/json') {
    throw invalidRequest('content-type', 'The content type must be application/json.');
  }
  const text = await readText(request, maxBytes);
  if (text === '') throw invalidRequest('', 'The body is empty.');
  const value = exactJson(text);
  if (!isJsonObject(value)) throw invalidRequest('', 'The body must be a JSON object.');
  for (const [name, member] of Object.entries(value)) freezeMember(name, member);
  return value;
}

/** Parses JSON that the agent, which runs the scanned call elsewhere, reads as this server does. */
function exactJson(text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw invalidRequest('', 'The body is not JSON.');
  }
  for (const { path, problem } of ambiguities(text)) throw invalidRequest(pathText(path), problem);
  return value;
}

/**
 * Reads the body as a string, whatever its media type; empty without a body.
 *
 * @throws HttpError 400 for invalid UTF-8, 413 for a body that is too large
 */
export async function readText(request: Request, maxBytes: number = MAX_BODY_BYTES): Promise<string> {
  if (Number(request.headers.get('content-length') ?? 0) > maxBytes) throw tooLarge(maxBytes);
  const chunks: Uint8Array[] = [];
  let size = 0;
  // Leaving the loop cancels the body.
  for await (const chunk of request.body ?? []) {
    size += (chunk as Uint8Array).byteLength;
    if (size > maxBytes) throw tooLarge(maxBytes);
    chunks.push(chunk as Uint8Array);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks));
  } catch {
    throw invalidRequest('', 'The body is not valid UTF-8.');
  }
}

function mediaType(request: Request): string {
  return (request.headers.get('content-type') ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
}

function freezeMember(name: string, value: unknown): void {
  try {
    freezeJson(value);
  } catch (error) {
    throw invalidRequest(name, `The value is ${error instanceof Error ? error.message : 'invalid'}.`);
  }
}

function tooLarge(maxBytes: number): HttpError {
  return new HttpError(413, 'too_large', `The body is larger than ${maxBytes / 1024} KB.`);
}

/**
 * Reads the query parameter `limit`.
 *
 * @throws HttpError 400 unless it is an integer from 1 to `max`
 */
export function queryLimit(query: URLSearchParams, defaultLimit: number, max: number): number {
  const limit = query.get('limit') || String(defaultLimit);
  if (/^\d{1,4}$/.test(limit) && Number(limit) >= 1 && Number(limit) <= max) return Number(limit);
  throw invalidRequest('limit', `It must be an integer from 1 to ${max}.`);
}

export function shortString(max: number): z.ZodString {
  return z.string('It must be a string.').max(max, `It must have at most ${max} characters.`);
}

/**
 * Validates a value, and returns its schema's output.
 *
 * @param example a valid body, shown when required fields are missing
 * @throws HttpError 400 that names every missing field, or the path of the first invalid value
 */
export function validate<Schema extends z.ZodType>(schema: Schema, value: unknown, example?: object): z.output<Schema> {
  const { data, error } = schema.safeParse(value);
  const [issue] = error?.issues ?? [];
  if (!issue) return data as z.output<Schema>;
  const missing = (error?.issues ?? []).flatMap(({ path: [name, ...rest] }) =>
    typeof name === 'string' && rest.length === 0 && isMissing(value, name) ? [name] : [],
  );
  const [first] = missing;
  if (first !== undefined) {
    const names = missing.map((name) => `"${name}"`).join(', ');
    const remedy = example === undefined ? '' : ` Example: ${JSON.stringify(example)}`;
    const fields = `Missing required ${missing.length === 1 ? 'field' : 'fields'} ${names}.`;
    throw invalidRequest(first, `${fields}${remedy}`);
  }
  const unknown = issue.code === 'unrecognized_keys' ? issue.keys.slice(0, 1) : [];
  throw invalidRequest(pathText([...issue.path, ...unknown]), unknown.length > 0 ? 'Unknown field.' : issue.message);
}

function isMissing(value: unknown, name: string): boolean {
  return (value as Readonly<Record<string, unknown>> | undefined)?.[name] === undefined;
}
