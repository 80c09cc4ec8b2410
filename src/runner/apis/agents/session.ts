import { randomUUID } from 'node:crypto';
import { sleep, withTimeLimit } from '../../../internal/abort.ts';
import { backoffMs } from '../../../internal/backoff.ts';
import { limits } from '../../limits.ts';
import { retryRead } from '../api.ts';
import type { AgentSession, SessionsApi } from './client.ts';

export async function readSession(api: SessionsApi, sessionId: string, signal: AbortSignal): Promise<AgentSession> {
  return retryRead(signal, async (own) => {
    const reply: unknown = await api.retrieve(sessionId, { signal: own });
    // A truncated response can be valid JSON, and a compatible server can return anything.
    if (isSession(reply)) return reply;
    throw new TypeError('The API response is not a session.');
  });
}

export function isSession(value: unknown): value is AgentSession {
  const { status, required_actions: actions } = (value ?? {}) as Partial<AgentSession>;
  return typeof status === 'string' && Array.isArray(actions);
}

/**
 * Cancels a session's active turn and waits until the session is idle.
 *
 * @returns false when the turn may still be active
 */
export async function cancelActiveTurn(api: SessionsApi, sessionId: string): Promise<boolean> {
  const cancel = { events: [{ type: 'agent.session.input.cancel' }], 'Idempotency-Key': randomUUID() };
  try {
    return await withTimeLimit(limits.leaveMs, undefined, async (signal) => {
      // The idempotency key makes it safe to repeat.
      await retryRead(signal, (own) => api.events.create(sessionId, cancel, { signal: own }));
      for (let attempt = 1; ; attempt += 1) {
        // The API accepts a cancel before it carries it out.
        await sleep(backoffMs(attempt, 50, 1_000), signal);
        const { status } = await readSession(api, sessionId, signal);
        if (status === 'idle' || status === 'failed') return true;
      }
    });
  } catch {
    return false;
  }
}
