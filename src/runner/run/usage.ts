import type { RunUsage } from '../events.ts';

/** Reads an API's usage; undefined if it has no token counts. The Assistants API uses the older names. */
export function readUsage(usage: unknown): RunUsage | undefined {
  const fields = Object(usage) as Readonly<Record<string, unknown>>;
  const inputTokens = fields['input_tokens'] ?? fields['prompt_tokens'];
  const outputTokens = fields['output_tokens'] ?? fields['completion_tokens'];
  if (typeof inputTokens !== 'number' || typeof outputTokens !== 'number') return undefined;
  return Object.freeze({ inputTokens, outputTokens });
}
