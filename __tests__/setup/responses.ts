import type OpenAI from 'openai';
import type { GuardedRunError, ServeOptions } from 'interven-openai-assistants';
import { callTools, say, type FakeOpenAI, type ModelStep } from 'interven-openai-assistants/testing';
import { MODEL } from './model.ts';
import { rejection, world } from './world.ts';

export type Item = Record<string, unknown>;
export type Params = Partial<OpenAI.Responses.ResponseCreateParamsNonStreaming>;

/** A {@link world} with short ways to ask for responses, in a conversation (`on`) or in a chain, and to see what was sent. */
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
    /** The requests for responses that the API was sent, and took up. */
    sent: () =>
      openai.requests.filter(({ operation }) => operation === 'responses.create').map(({ body }) => body as Item),
    /** How often an operation was asked for. */
    count: (name: string) => openai.requests.filter(({ operation }) => operation === name).length,
    /** The conversation's items of a type. */
    items: (type: string) => openai.items(conversationId).filter((item) => item['type'] === type),
  };
}

/** A response with one call, and one with the answer; `ran` has the id of each call whose handler was started. */
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

/** A conversation that is left while `calls` calls of it wait for their handlers; then a final text for the next process. */
export function leftWith(calls: number, extra: Partial<Parameters<typeof oneCall>[0]> = {}) {
  const controller = new AbortController();
  const asked = Array.from({ length: calls }, (_, index) => ({ name: 'pay', id: `call_${index}` }));
  const parts = oneCall({
    script: [callTools(...asked), say('fine')],
    tools: {
      pay: async (_, { callId, signal }) => {
        if (callId === 'call_0') {
          setTimeout(() => {
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

/** What stands for an assistant with the Responses API. */
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

/** Lets the request for a response of that number go wrong, counted from 0. */
export function misbehaveAt(openai: FakeOpenAI, number: number, how: Parameters<FakeOpenAI['misbehave']>[1]): void {
  if (number > 0) openai.misbehave('responses.create', { rewrite: (reply) => reply, times: number });
  openai.misbehave('responses.create', how);
}

/** The header of a server that asks to be asked again without a pause. */
export const soon = { 'retry-after-ms': '1' };

/** What ended a run. */
export async function ending(run: Promise<unknown>): Promise<GuardedRunError> {
  return (await rejection(run)) as GuardedRunError;
}
