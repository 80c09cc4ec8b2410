import { freezeJson, isJsonObject, type JsonObject } from '../internal/json.ts';
import { exactJson } from './exact-json.ts';
import { invalid, Refusal } from './refusal.ts';

/** As at Interven. */
const MAX_BODY_BYTES = 256 * 1024;

/**
 * The JSON object that a request carries, frozen.
 *
 * @throws Refusal 400 for what is none, or would be read otherwise elsewhere (`exactJson`), 413 above 256 KB
 */
export async function jsonOf(request: Request): Promise<JsonObject> {
  const type = mediaTypeOf(request);
  if (type !== 'application/json') throw invalid('content-type', 'The content type must be application/json.');
  const text = await textOf(request);
  if (text === '') throw invalid('', 'There is no body.');
  const sent = exactJson(text);
  if (!isJsonObject(sent)) throw invalid('', 'The body must be a JSON object.');
  for (const [name, value] of Object.entries(sent)) checkTree(name, value);
  return sent;
}

/**
 * The body as text, of any type; empty when there is none.
 *
 * @param most how large it may be, in bytes
 * @throws Refusal 400 for what is not UTF-8, 413 for what is larger
 */
export async function textOf(request: Request, most: number = MAX_BODY_BYTES): Promise<string> {
  if (Number(request.headers.get('content-length') ?? 0) > most) throw tooLarge(most);
  const chunks: Uint8Array[] = [];
  let size = 0;
  // Leaving the loop cancels the body.
  for await (const chunk of request.body ?? []) {
    size += (chunk as Uint8Array).byteLength;
    if (size > most) throw tooLarge(most);
    chunks.push(chunk as Uint8Array);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks));
  } catch {
    throw invalid('', 'The body is not UTF-8.');
  }
}

export function mediaTypeOf(request: Request): string {
  return (request.headers.get('content-type') ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
}

function checkTree(name: string, value: unknown): void {
  try {
    freezeJson(value);
  } catch (error) {
    throw invalid(name, `There is ${error instanceof Error ? error.message : 'no JSON'}.`);
  }
}

function tooLarge(most: number): Refusal {
  return new Refusal(413, 'too_large', `The body is larger than ${most / 1024} KB.`);
}
