import { RunFailure } from '../../errors.ts';
import { httpResponseOf, notA } from '../api-error.ts';
import { type FinalMessage, textAndRefusalOf } from '../message.ts';
import type { ModelResponse } from './client.ts';

const IN_PROGRESS: ReadonlySet<unknown> = new Set(['queued', 'in_progress']);
const ENDED: ReadonlySet<unknown> = new Set(['completed', 'failed', 'cancelled', 'incomplete']);

/** Returns true for a response that has not ended: a background response, or that of a server that replies early. */
export function isInProgress({ status }: ModelResponse): boolean {
  return IN_PROGRESS.has(status);
}

export function hasEnded({ status }: ModelResponse): boolean {
  return ENDED.has(status);
}

/** @throws RunFailure for an unknown status */
export function assertEnded(response: ModelResponse): void {
  if (hasEnded(response)) return;
  throw new RunFailure('unknown_status', `Unknown response status "${String(response.status)}".`);
}

/** @throws TypeError for a value that is not a response */
export function asResponse(reply: unknown): ModelResponse {
  const { id, output } = (reply ?? {}) as Partial<ModelResponse>;
  const isItem = (item: unknown): boolean => typeof item === 'object' && item !== null;
  if (typeof id === 'string' && Array.isArray(output) && output.every(isItem)) return reply as ModelResponse;
  throw notA('a model response', reply);
}

/**
 * Awaits the response to a request.
 *
 * @throws TypeError for a reply that is not a model response. Unlike the SDK's error, it does not quote the reply.
 */
export async function receiveResponse(sent: PromiseLike<unknown>): Promise<ModelResponse> {
  await httpResponseOf('a model response', sent);
  try {
    return asResponse(await sent);
  } catch (error) {
    const [, reply] =
      /^Cannot use 'in' operator to search for 'object' in (.*)/s.exec(String((error as Error | undefined)?.message)) ??
      [];
    if (reply === undefined) throw error;
    throw notA('a model response', /^(?:null|undefined)$/.test(reply) ? null : reply);
  }
}

/** Returns the text of a response, as in the SDK's `output_text`, and its refusal. */
export function responseMessage({ output }: Pick<ModelResponse, 'output'>): FinalMessage {
  return textAndRefusalOf(output.flatMap(({ type, content }) => (type === 'message' ? content : [])));
}

/** Adds the numbers of two usages, whatever the API counts. Other values come from the later one. */
export function addUsage(before: unknown, after: unknown): unknown {
  if (typeof before === 'number' && typeof after === 'number') return before + after;
  if (!isRecord(before) || !isRecord(after)) return after ?? before;
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return Object.fromEntries([...keys].map((key) => [key, addUsage(before[key], after[key])]));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
