import type { Item, ModelResponse } from './client.ts';

/** All text of a response, as the SDK's `output_text` has it; null when there is none. */
export function textOf({ output }: ModelResponse): string | null {
  const texts = output.flatMap(({ type, content }) =>
    type === 'message' && Array.isArray(content)
      ? (content as (Item | null)[]).flatMap((part) =>
          part?.['type'] === 'output_text' && typeof part['text'] === 'string' ? [part['text']] : [],
        )
      : [],
  );
  return texts.length > 0 ? texts.join('') : null;
}
