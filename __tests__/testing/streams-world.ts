import OpenAI from 'openai';
import OpenAI5 from 'openai5';
import OpenAI7 from 'openai7';
import { FakeOpenAI, type FakeOpenAIOptions, type Script } from 'interven-openai-assistants/testing';
import { MODEL } from '../setup/model.ts';

export const CLIENTS: readonly [string, typeof OpenAI][] = [
  ['openai 5', OpenAI5 as unknown as typeof OpenAI],
  ['openai 6', OpenAI],
  ['openai 7', OpenAI7 as unknown as typeof OpenAI],
];

type Options = Partial<FakeOpenAIOptions & { Client: typeof OpenAI }>;

/** The real client against the fake, with helpers that request streams. */
export function world(script: Script, { Client = OpenAI, ...options }: Options = {}) {
  const api = new FakeOpenAI({ script, ...options });
  const client = new Client({ apiKey: 'test', baseURL: api.baseURL, fetch: api.fetch, maxRetries: 0 });
  const { threadId, body, ...rest } = streaming(api, client);
  /** Requests a stream without the SDK. */
  const ask = async (path: '/threads/runs' | '/responses', signal?: AbortSignal) => {
    const [url, asked] =
      path === '/responses' ? [path, { model: MODEL, input: 'Hello' }] : [`/threads/${threadId}/runs`, body];
    return api.fetch(api.baseURL + url, {
      method: 'POST',
      headers: { authorization: 'Bearer test', 'openai-beta': 'assistants=v2' },
      body: JSON.stringify({ ...asked, stream: true }),
      ...(signal ? { signal } : {}),
    });
  };
  return { api, client, threadId, body, ...rest, ask };
}

/** The same for the client's own base URL. */
export function streaming(api: FakeOpenAI, { beta, responses }: OpenAI) {
  const { threadId, assistantId, conversationId } = api.seed('Hello');
  const { runs } = beta.threads;
  const at = { thread_id: threadId };
  const body = { assistant_id: assistantId };
  const create = async (signal?: AbortSignal) => runs.create(threadId, { ...body, stream: true }, { signal });
  const submit = async (id: string, outputs: readonly [callId: string, output: string][]) =>
    runs.submitToolOutputs(id, { ...at, tool_outputs: toolOutputs(outputs), stream: true });
  const respond = async (more: object = {}, signal?: AbortSignal) =>
    responses.create({ model: MODEL, input: 'Hello', ...more, stream: true }, { signal });
  const run = () => api.runs(threadId).at(-1) ?? { id: '', status: 'none' };
  const response = () => api.responses().at(-1) ?? { id: '', status: 'none' };
  return { threadId, assistantId, conversationId, runs, responses, at, body, create, submit, respond, run, response };
}

export function toolOutputs(outputs: readonly [callId: string, output: string][]) {
  return outputs.map(([tool_call_id, output]) => ({ tool_call_id, output }));
}

interface Told {
  readonly event?: string;
  readonly type?: string;
}

/** All events of a stream, and how it ends. */
export async function listen<Event extends object>(
  opening: PromiseLike<AsyncIterable<Event>>,
): Promise<{ events: Event[]; names: string[]; end: unknown }> {
  const { events, names, ended } = listening(opening);
  return { events, names, end: await ended };
}

/** The same for a stream that is still open. */
export function listening<Event extends object>(
  opening: PromiseLike<AsyncIterable<Event>>,
): { events: Event[]; names: string[]; ended: Promise<unknown> } {
  const events: Event[] = [];
  const names: string[] = [];
  const reading = async () => {
    for await (const event of await opening) {
      events.push(event);
      const { event: name, type } = event as Told;
      names.push((name ?? type ?? '').replace(/^(?:thread|response)\./, ''));
    }
    return 'ended';
  };
  return { events, names, ended: reading().catch((error: unknown) => error) };
}

export async function until(isSo: () => boolean): Promise<void> {
  const start = Date.now();
  while (!isSo()) {
    if (Date.now() - start > 30_000) throw new Error('The condition was never met.');
    await new Promise((resolve) => setImmediate(resolve));
  }
}
