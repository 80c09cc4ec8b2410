import type OpenAI from 'openai';
import type { GuardedRunError, ServeOptions } from 'interven-openai-assistants';
import { rejection, world } from './world.ts';

export type Item = Record<string, unknown>;
export type Params = Partial<OpenAI.Responses.ResponseCreateParamsNonStreaming>;

/** A {@link world} with short ways to ask for responses, in a conversation (`on`) or in a chain, and to see what was sent. */
export function responding(setup: Parameters<typeof world<unknown>>[0]) {
  const parts = world<unknown>(setup);
  const { openai, runner } = parts;
  const { conversationId } = openai.seed('Hello');
  const respond = async (params: Params = {}, options?: ServeOptions<unknown>) =>
    runner.responses({ model: 'gpt-5', input: 'Pay', ...params }, options);
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

/** What ended a run. */
export async function ending(run: Promise<unknown>): Promise<GuardedRunError> {
  return (await rejection(run)) as GuardedRunError;
}
