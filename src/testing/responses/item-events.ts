import { partsOf, type Json } from '../wire.ts';

type Send = (type: string, event: Json) => void;

/** The calls whose text is streamed: the key of the text, and the name of its events. */
const TEXT_OF_CALL: Readonly<Partial<Record<string, { readonly key: string; readonly event: string }>>> = {
  function_call: { key: 'arguments', event: 'response.function_call_arguments' },
  custom_tool_call: { key: 'input', event: 'response.custom_tool_call_input' },
};

/** Sends the events of an output's items: calls and messages in deltas, other items at once. */
export function sendItems(output: readonly Json[], send: Send): void {
  for (const [index, item] of output.entries()) {
    const { id, type, content } = item;
    const at = { item_id: id, output_index: index };
    const call = TEXT_OF_CALL[String(type)];
    const parts = type === 'message' && Array.isArray(content) ? (content as Json[]) : undefined;
    const begun = {
      ...item,
      ...('status' in item ? { status: 'in_progress' } : {}),
      ...('output' in item ? { output: null } : {}),
      ...(call ? { [call.key]: '' } : {}),
      ...(parts ? { content: [] } : {}),
    };
    send('response.output_item.added', { output_index: index, item: begun });
    if (call) sendCall(item, call, at, send);
    for (const [place, part] of parts?.entries() ?? []) sendPart(part, { ...at, content_index: place }, send);
    send('response.output_item.done', { output_index: index, item });
  }
}

function sendCall(item: Json, { key, event }: { key: string; event: string }, at: Json, send: Send): void {
  const text = String(item[key]);
  for (const delta of partsOf(text)) send(`${event}.delta`, { ...at, delta });
  // A call that was cut off has no `done` event.
  if (item['status'] === 'incomplete') return;
  const name = item['type'] === 'function_call' ? { name: item['name'] } : {};
  send(`${event}.done`, { ...at, ...name, [key]: text });
}

function sendPart(part: Json, at: Json, send: Send): void {
  const { type, text } = part;
  const isText = type === 'output_text';
  send('response.content_part.added', { ...at, part: isText ? { ...part, text: '', annotations: [] } : part });
  if (isText) {
    for (const delta of partsOf(String(text))) send('response.output_text.delta', { ...at, delta, logprobs: [] });
    send('response.output_text.done', { ...at, text, logprobs: [] });
  }
  send('response.content_part.done', { ...at, part });
}
