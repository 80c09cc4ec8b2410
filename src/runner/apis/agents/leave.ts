import { randomUUID } from 'node:crypto';
import { sleep, withTimeLimit } from '../../../internal/abort.ts';
import { backoffMs } from '../../../internal/backoff.ts';
import { repeatRead } from '../repeat.ts';
import type { SessionsApi } from './client.ts';
import { readSession } from './session.ts';
import { limits } from '../../limits.ts';

/**
 * Cancels the active turn of a session, and stays to see it at rest.
 *
 * @returns false when it may go on
 */
export async function leave(api: SessionsApi, sessionId: string): Promise<boolean> {
  const cancel = { events: [{ type: 'agent.session.input.cancel' }], 'Idempotency-Key': randomUUID() };
  try {
    return await withTimeLimit(limits.leaveMs, undefined, async (signal) => {
      // Its key makes it safe to send again.
      await repeatRead(signal, (own) => api.events.create(sessionId, cancel, { signal: own }));
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
