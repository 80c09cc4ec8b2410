import type { Json } from '../wire.ts';

export function usage(inputItems: number, outputItems: number): Json {
  const [given, made] = [32 * (inputItems + 1), 11 * (outputItems + 1)];
  return {
    input_tokens: given,
    input_tokens_details: { cached_tokens: 0, cache_write_tokens: 0 },
    output_tokens: made,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: given + made,
  };
}
