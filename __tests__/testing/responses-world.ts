import { expect } from '@jest/globals';
import OpenAI, { type APIError } from 'openai';
import * as testing from 'interven-openai-assistants/testing';
import { MODEL } from '../setup/model.ts';

type Options = Partial<testing.FakeOpenAIOptions>;
type Body = OpenAI.Responses.ResponseCreateParamsNonStreaming;
export type Item = OpenAI.Responses.ResponseInputItem;

/** The real client against the fake, with helpers that create responses. */
export function world(script: testing.Script, options: Options = {}, Client = OpenAI) {
  const api = new testing.FakeOpenAI({ script, ...options });
  const client = new Client({ apiKey: 'test', baseURL: api.baseURL, fetch: api.fetch, maxRetries: 0 });
  const { responses, conversations } = client;
  const { conversationId } = api.seed('Hello');
  const create = async (body: Body, signal?: AbortSignal) => responses.create({ model: MODEL, ...body }, { signal });
  /** In a chain: after a response, or from `Hello`. */
  const next = async (previous: { id: string } | undefined, input: Body['input'] = 'Hello', more: Body = {}) =>
    create({ input, ...(previous ? { previous_response_id: previous.id } : {}), ...more });
  /** In the seeded conversation. */
  const on = async (input: Item[] = [], more: Body = {}, signal?: AbortSignal) =>
    create({ conversation: conversationId, input, ...more }, signal);
  return { api, client, responses, conversations, conversationId, create, next, on };
}

/** The API's error, with its param and code unless they are null. */
export async function refusal(attempt: Promise<unknown>): Promise<string> {
  const accepted = () => 'accepted';
  const error = await attempt.then(accepted, (thrown: unknown) => thrown as APIError);
  if (typeof error === 'string') return error;
  expect(error.type).toBe('invalid_request_error');
  return [error.message, error.param, error.code].filter((word) => word != null).join(' | ');
}

/** The output of a function call. */
export function output(call_id: string, text: unknown = 'A'): Item {
  return { type: 'function_call_output', call_id, output: text as string };
}

export const LOCKED =
  '400 Another process is currently operating on this conversation. Please retry in a few seconds.' +
  ' | conversation | conversation_locked';
