import { omitUndefined } from '../../internal/omit-undefined.ts';
import type { ModelPrice } from '../budgets.ts';
import type { RunUsage } from '../events.ts';

type Fields = Readonly<Record<string, unknown>>;

/**
 * Reads an API's usage, with its cost if the model has a price; undefined if it has no token counts. The Assistants API
 * uses the older names, Azure's SDK the same in camelCase.
 */
export function readUsage(usage: unknown, price?: ModelPrice): RunUsage | undefined {
  const fields = Object(usage) as Fields;
  const inputTokens = fields['input_tokens'] ?? fields['prompt_tokens'] ?? fields['promptTokens'];
  const outputTokens = fields['output_tokens'] ?? fields['completion_tokens'] ?? fields['completionTokens'];
  if (!isCount(inputTokens) || !isCount(outputTokens)) return undefined;
  const details = fields['input_tokens_details'] ?? fields['prompt_token_details'] ?? fields['prompt_tokens_details'];
  const cached = (Object(details) as Fields)['cached_tokens'];
  const cachedInputTokens = isCount(cached) ? Math.min(cached, inputTokens) : 0;
  const tokens = { inputTokens, cachedInputTokens, outputTokens };
  return Object.freeze({ ...tokens, ...omitUndefined({ cost: price && costOf(tokens, price) }) });
}

/** The cost of the sum is known only if both costs are. */
export function sumOf(one: RunUsage | undefined, other: RunUsage): RunUsage {
  if (!one) return other;
  const cost = one.cost === undefined || other.cost === undefined ? undefined : one.cost + other.cost;
  return Object.freeze({
    inputTokens: one.inputTokens + other.inputTokens,
    cachedInputTokens: one.cachedInputTokens + other.cachedInputTokens,
    outputTokens: one.outputTokens + other.outputTokens,
    ...omitUndefined({ cost }),
  });
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && Number.isFinite(value);
}

function costOf(tokens: RunUsage, { input, cachedInput = input, output }: ModelPrice): number {
  const { inputTokens, cachedInputTokens, outputTokens } = tokens;
  const fresh = inputTokens - cachedInputTokens;
  return (fresh * input + cachedInputTokens * cachedInput + outputTokens * output) / 1_000_000;
}
