import { setImmediate as immediate } from 'node:timers/promises';
import { expect } from '@jest/globals';
import OpenAI, { type APIError } from 'openai7';
import * as testing from 'interven-openai-assistants/testing';

export type Input = OpenAI.Beta.Agents.AgentSessionInputParam;
export type Event = OpenAI.Beta.Agents.AgentSessionEvent;
type Options = Partial<testing.FakeOpenAIOptions>;

/** The real client against the fake, with helpers for the seeded session. */
export function world(script: testing.Script, options: Options = {}) {
  const api = new testing.FakeOpenAI({ script, ...options });
  const client = new OpenAI({ apiKey: 'test', baseURL: api.baseURL, fetch: api.fetch, maxRetries: 0 });
  const { agents } = client.beta;
  const { sessions } = agents;
  const { sessionId } = api.seed('Hello');
  const send = async (events: Input[], key?: string, id = sessionId) =>
    sessions.events.create(id, { events, ...(key === undefined ? {} : { 'Idempotency-Key': key }) });
  const tell = async (text = 'Hi') => send([message(text)]);
  const seen = (id = sessionId) => api.session(id);
  const until = async (isSo: (session: ReturnType<typeof seen>) => boolean) => {
    await waitFor(() => isSo(seen()));
    return seen();
  };
  /** Sends a message, and waits for the model's first step. */
  const run = async (text?: string) => {
    const before = seen().turns.length;
    await tell(text);
    return until(({ status, turns }) => turns.length > before && status !== 'in_progress');
  };
  /** Sends results, and waits until they have taken effect. */
  const answer = async (events: Input[], status = 'idle') => {
    await send(events);
    return until((session) => session.status === status);
  };
  /** The latest turn. */
  const turnId = () => seen().turns.findLast(({ subagentId }) => subagentId === undefined)?.id ?? '';
  return { api, client, agents, sessions, sessionId, send, tell, seen, until, run, answer, turnId };
}

export async function waitFor(isSo: () => boolean): Promise<void> {
  const start = Date.now();
  while (!isSo()) {
    if (Date.now() - start > 30_000) throw new Error('The condition was never met.');
    await immediate();
  }
}

export function message(text: string): Input {
  return { type: 'agent.session.input.message', input: [{ role: 'user', content: [{ type: 'input_text', text }] }] };
}

export const CANCEL: Input = { type: 'agent.session.input.cancel' };

export function result(turn_id: string, call_id: string, more: object = { success: true, output: 'A' }): Input {
  return { type: 'agent.session.input.tool_result', turn_id, call_id, ...more } as Input;
}

export function decide(request_id: string, decision: string): Input {
  const response = { type: 'mcp_tool_call', decision };
  return { type: 'agent.session.input.mcp_approval_request_result', request_id, response } as Input;
}

/** The status, message, param and code of the API's error, without those that are null. */
export async function refusal(attempt: Promise<unknown>): Promise<string> {
  const accepted = () => 'accepted';
  const error = await attempt.then(accepted, (thrown: unknown) => thrown as APIError);
  if (typeof error === 'string') return error;
  expect(error.type).toBe(error.status === 409 ? error.code : 'invalid_request_error');
  return [error.message, error.param, error.code].filter((word) => word != null).join(' | ');
}

/** The events of a stream, also while it is open. */
export function listenTo(stream: AsyncIterable<Event>): {
  events: Event[];
  types: () => string[];
  ended: Promise<unknown>;
} {
  const events: Event[] = [];
  const listening = async () => {
    for await (const event of stream) events.push(event);
  };
  const ended = listening().then(
    () => 'ended',
    (error: unknown) => error,
  );
  return { events, types: () => events.map(({ type }) => type), ended };
}
