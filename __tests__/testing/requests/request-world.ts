import { callTools, FakeOpenAI, say } from 'interven-openai-assistants/testing';
import { MODEL } from '../../setup/model.ts';

export interface Answer {
  readonly status: number;
  readonly error: { readonly message: string; readonly param: string | null; readonly code: string | null } | undefined;
}

/** Sends a request to a fresh fake, with the ids that the request names. */
export async function sendToFake(path: string, body: unknown): Promise<Answer> {
  const script = [callTools({ id: 'call_a', name: 'add' }, { id: 'call_b', name: 'add' }), say('One'), say('Two')];
  const api = new FakeOpenAI({ script: needsRun(path) ? script : () => say('Done.') });
  const post = async (to: string, json: unknown): Promise<Response> =>
    api.fetch(`${api.baseURL}${to}`, {
      method: 'POST',
      headers: { authorization: 'Bearer test', 'openai-beta': betaOf(to), 'content-type': 'application/json' },
      body: typeof json === 'string' ? json : JSON.stringify(json),
    });
  const idOf = async (to: string, json: object): Promise<string> =>
    ((await (await post(to, json)).json()) as { id: string }).id;

  const { threadId, assistantId, conversationId, sessionId } = api.seed('Hi');
  const ids: Record<string, string> = { thread: threadId, assistant: assistantId, session: sessionId };
  ids['conversation'] = conversationId;
  if (needsRun(path)) {
    ids['busy'] = threadId;
    ids['run'] = await idOf(`/threads/${threadId}/runs`, { assistant_id: assistantId });
  }
  const text = JSON.stringify(body);
  if (text.includes('$response')) ids['response'] = await idOf('/responses', { model: MODEL, input: 'Hi' });
  const named = (one: string): string => one.replace(/\$([a-z]+)/g, (whole, name: string) => ids[name] ?? whole);
  const response = await post(named(path), named(text)).catch(() => new Response(null, { status: 500 }));
  const reply = (await response.text()) || '{}';
  return {
    status: response.status,
    error: (JSON.parse(reply) as { error?: NonNullable<Answer['error']> }).error ?? undefined,
  };
}

function needsRun(path: string): boolean {
  return path.includes('$run');
}

function betaOf(path: string): string {
  return path.startsWith('/agents') ? 'agents=v1' : 'assistants=v2';
}
