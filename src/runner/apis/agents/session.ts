import { repeatRead } from '../repeat.ts';
import type { AgentSession, SessionsApi } from './client.ts';

export async function readSession(api: SessionsApi, sessionId: string, signal: AbortSignal): Promise<AgentSession> {
  return repeatRead(signal, async (own) => {
    const reply: unknown = await api.retrieve(sessionId, { signal: own });
    // Half a reply can be valid JSON, and a compatible server can answer anything.
    if (isSession(reply)) return reply;
    throw new TypeError('The API answered something that is not a session.');
  });
}

export function isSession(value: unknown): value is AgentSession {
  const { status, required_actions: actions } = (value ?? {}) as Partial<AgentSession>;
  return typeof status === 'string' && Array.isArray(actions);
}
