import type { FakeOpenAI } from 'interven-openai-assistants/testing';

const PARTS = [
  /\{"type":"output_text","text":("[^"]*")[^{}]*\}/g,
  /\{"type":"text","text":\{"value":("[^"]*")[^{}]*\}\}/g,
];

/** An API whose model refuses to answer with the words that the script has as its final text. */
export function refusingModel(fetch: FakeOpenAI['fetch']): FakeOpenAI['fetch'] {
  return async (...request) => {
    const { body, headers, status } = await fetch(...request);
    const decoder = new TextDecoder();
    const encoder = new TextEncoder();
    // The fake writes an event at a time.
    const refused = new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        const text = decoder
          .decode(chunk)
          .replaceAll('output_text.delta', 'refusal.delta')
          .replaceAll('thread.message.delta', 'thread.message.refusal');
        const changed = PARTS.reduce((whole, part) => whole.replaceAll(part, '{"type":"refusal","refusal":$1}'), text);
        controller.enqueue(encoder.encode(changed));
      },
    });
    return new Response(body?.pipeThrough(refused) ?? null, { headers, status });
  };
}
