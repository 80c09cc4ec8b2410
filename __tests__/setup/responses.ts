import type OpenAI from 'openai';
import type { GuardedRunError, ServeOptions } from 'interven-openai-assistants';
import { callTools, say, type FakeOpenAI, type ModelStep } from 'interven-openai-assistants/testing';
import { idle } from './idle.ts';
import { MODEL } from './model.ts';
import { rejection, world } from './world.ts';

export type Item = Record<string, unknown>;
export type Params = Partial<OpenAI.Responses.ResponseCreateParamsNonStreaming>;

/** A {@link world} with helpers that create responses, in a conversation (`on`) or a chain, and inspect requests. */
export function responding(setup: Parameters<typeof world<unknown>>[0]) {
  const parts = world(setup);
  const { openai, runner } = parts;
  const { conversationId } = openai.seed('Hello');
  const respond = async (params: Params = {}, options?: ServeOptions<unknown>) =>
    runner.responses({ model: MODEL, input: 'Pay', ...params }, options);
  return {
    ...parts,
    conversationId,
    respond,
    on: async (params: Params = {}, options?: ServeOptions<unknown>) =>
      respond({ conversation: conversationId, ...params }, options),
    /** The bodies of the requests for a response that the API accepted. */
    sent: () =>
      openai.requests.filter(({ operation }) => operation === 'responses.create').map(({ body }) => body as Item),
    /** Number of requests of an operation. */
    count: (name: string) => openai.requests.filter(({ operation }) => operation === name).length,
    /** The conversation's items of a type. */
    items: (type: string) => openai.items(conversationId).filter((item) => item['type'] === type),
  };
}

/** A response with one call, then one with a final message. `ran` has the id of each call whose handler was started. */
export function oneCall(extra: Partial<Parameters<typeof world<unknown>>[0]> = {}) {
  const ran: string[] = [];
  const parts = responding({
    script: [callTools({ name: 'pay', id: 'call_1' }), say('ok')],
    decisions: { pay: 'ALLOW' },
    tools: {
      pay: (_, { callId }) => {
        ran.push(callId);
        return 'paid';
      },
    },
    ...extra,
  });
  return { ran, ...parts };
}

/** A conversation whose run is aborted while `calls` handlers are in flight; then a final message for the next run. */
export function leftWith(calls: number, extra: Partial<Parameters<typeof oneCall>[0]> = {}) {
  const controller = new AbortController();
  let started = 0;
  const scripted = Array.from({ length: calls }, (_, index) => ({ name: 'pay', id: `call_${index}` }));
  const parts = oneCall({
    script: [callTools(...scripted), say('fine')],
    tools: {
      pay: async (_, { callId, signal }) => {
        started += 1;
        if (started === calls) {
          void idle().then(() => {
            controller.abort();
          });
        }
        const stopped = new Promise((resolve) => {
          signal.addEventListener('abort', resolve);
        });
        return stopped.then(() => (callId === 'call_0' ? 'paid' : new Promise(() => undefined)));
      },
    },
    ...extra,
    options: { graceMs: 10, maxConcurrentHandlers: 200, ...extra.options },
  });
  const { signal } = controller;
  return { ...parts, signal, leave: async () => ending(parts.on({}, { signal })) };
}

/** The parameters that replace an assistant in the Responses API. */
export const assistant = {
  model: MODEL,
  instructions: 'Be kind.',
  tools: [{ type: 'web_search' as const }],
  reasoning: { effort: 'low' as const, summary: 'auto' as const },
  text: { verbosity: 'low' as const },
};

/** An assistant that answers in a conversation. */
export function answering(script: ModelStep[] = [say('ok')], extra: Partial<Parameters<typeof responding>[0]> = {}) {
  const parts = responding({
    script,
    decisions: script.some(({ step }) => step === 'call-tools') ? { pay: 'ALLOW' } : {},
    tools: { pay: () => 'paid' },
    ...extra,
    options: { assistants: { asst_new: assistant }, ...extra.options },
  });
  const { runner, conversationId } = parts;
  const run = async (params?: Item) =>
    runner.run(conversationId, 'asst_new', params === undefined ? {} : { params: params });
  return { ...parts, run };
}

/** Makes the request for a response with that number, counted from 0, misbehave. */
export function misbehaveAt(openai: FakeOpenAI, number: number, how: Parameters<FakeOpenAI['misbehave']>[1]): void {
  if (number > 0) openai.misbehave('responses.create', { rewrite: (reply) => reply, times: number });
  openai.misbehave('responses.create', how);
}

/** A header that lets the client retry at once. */
export const soon = { 'retry-after-ms': '1' };

/** The error that ended a run. */
export async function ending(run: Promise<unknown>): Promise<GuardedRunError> {
  return (await rejection(run)) as GuardedRunError;
}
