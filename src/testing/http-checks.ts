import type { Context } from 'hono';
import { ambiguities, HALF_CHARACTER } from '../internal/exact-json.ts';
import { ApiFault, badRequest } from './api-fault.ts';
import type { Json } from './wire.ts';

/** Checks of headers and body format, before the request itself. */

export function checkKey(context: Context): void {
  if (!/^Bearer .+/.test(context.req.header('authorization') ?? '')) {
    throw new ApiFault(401, "You didn't provide an API key.");
  }
}

/** @param beta the header's value, such as `assistants=v2` */
export function checkBeta(context: Context, api: string, beta: string): void {
  if (context.req.header('openai-beta') === beta) return;
  throw badRequest(`You must provide the 'OpenAI-Beta' header to access the ${api} API: 'OpenAI-Beta: ${beta}'.`, {
    code: 'invalid_beta',
  });
}

export async function bodyOf(context: Context): Promise<Json> {
  const text = await context.req.text();
  const refused = badRequest('We could not parse the JSON body of your request.');
  let body: Json;
  try {
    body = text === '' ? {} : (JSON.parse(text) as Json);
  } catch {
    throw refused;
  }
  const mayHaveHalves = !text.isWellFormed() || /\\ud/i.test(text);
  if (mayHaveHalves && [...ambiguities(text)].some(({ problem }) => problem === HALF_CHARACTER)) throw refused;
  return body;
}
