import { EndRun } from '../../errors.ts';
import type { ModelResponse } from './client.ts';

const UNDER_WAY: ReadonlySet<unknown> = new Set(['queued', 'in_progress']);
const ENDED: ReadonlySet<unknown> = new Set(['completed', 'failed', 'cancelled', 'incomplete']);

/** A response is made in the background, or by a server that answers before it is done. */
export function isUnderWay({ status }: ModelResponse): boolean {
  return UNDER_WAY.has(status);
}

export function hasEnded({ status }: ModelResponse): boolean {
  return ENDED.has(status);
}

/** @throws EndRun for a status that nobody knows */
export function assertEnded(response: ModelResponse): void {
  if (hasEnded(response)) return;
  throw new EndRun('unknown_status', `The response has the status "${String(response.status)}", which nobody knows.`);
}

/** Half a reply can be valid JSON, and a compatible server can answer anything. */
export function asResponse(reply: unknown): ModelResponse {
  const { id, output } = (reply ?? {}) as Partial<ModelResponse>;
  const isItem = (item: unknown): boolean => typeof item === 'object' && item !== null;
  if (typeof id === 'string' && Array.isArray(output) && output.every(isItem)) return reply as ModelResponse;
  throw new TypeError('The API answered something that is not a response.');
}
