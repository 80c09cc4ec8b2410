import { retryRead } from '../api.ts';
import type { AgentSession, SessionsApi } from './client.ts';
import { randomUUID } from 'node:crypto';
import { sleep, withTimeLimit } from '../../../internal/abort.ts';
import { backoffMs } from '../../../internal/backoff.ts';
import { limits } from '../../limits.ts';

export async function readSession(api: SessionsApi, sessionId: string, signal: AbortSignal): Promise<AgentSession> {
  return retryRead(signal, async (own) => {
    const reply: unknown = await api.retrieve(sessionId, { signal: own });
    // Half a reply can be valid JSON, and a compatible server can answer anything.
    if (isSession(reply)) return reply;
    throw new TypeError('The API response is not a session.');
  });
}

export function isSession(value: unknown): value is AgentSession {
  const { status, required_actions: actions } = (value ?? {}) as Partial<AgentSession>;
  return typeof status === 'string' && Array.isArray(actions);
}

/**
 * Cancels the active turn of a session, and stays to see it at rest.
 *
 * @returns false when it may go on
 */
export async function cancelActiveTurn(api: SessionsApi, sessionId: string): Promise<boolean> {
  const cancel = { events: [{ type: 'agent.session.input.cancel' }], 'Idempotency-Key': randomUUID() };
  try {
    return await withTimeLimit(limits.leaveMs, undefined, async (signal) => {
      // Its key makes it safe to send again.
      await retryRead(signal, (own) => api.events.create(sessionId, cancel, { signal: own }));
      for (let attempt = 1; ; attempt += 1) {
        // It is accepted before it is carried out.
        await sleep(backoffMs(attempt, 50, 1_000), signal);
        const { status } = await readSession(api, sessionId, signal);
        if (status === 'idle' || status === 'failed') return true;
      }
    });
  } catch {
    return false;
  }
}
