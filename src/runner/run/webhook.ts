import { hasMethods, shown } from '../../internal/checks.ts';
import { isJsonObject } from '../../internal/json.ts';
import { statusOf } from '../apis/api-error.ts';
import { GuardedRunError } from '../errors.ts';
import type { WebhookEvent, WebhookRequest, WebhookResult } from '../results.ts';
import { needsJournal } from '../settings.ts';
import type { RunnerContext } from './run-engine.ts';
import { serveSession } from './session-run.ts';
import { messageOf } from '../../internal/error-message.ts';

/** Resumes the session that an `agent.session.action_required` event names. */
export async function handleWebhook(job: RunnerContext, delivery: unknown): Promise<WebhookResult> {
  if (!job.engine.journal) throw needsJournal('handleWebhook');
  const event = hasMethods(delivery, ['text']) ? await unwrap(job.engine.client, delivery as WebhookRequest) : delivery;
  if (event instanceof Rejection) return { status: 'rejected', httpStatus: 400, reason: event.message };
  if (!isJsonObject(event) || typeof event['type'] !== 'string') {
    throw new TypeError(`handleWebhook: The delivery is ${shown(event)}. Pass the Request, or the verified event.`);
  }
  const { type, data } = event as unknown as WebhookEvent;
  if (type !== 'agent.session.action_required') return ignored(`The runner does not handle the event "${type}".`);
  const { id: sessionId, required_action: action } = Object(data) as { id?: unknown; required_action?: unknown };
  if (typeof sessionId !== 'string' || sessionId === '') return ignored('The event names no session.');
  if ((Object(action) as { type?: unknown }).type === 'environment_connection') {
    return { ...ignored('The session waits for its environment to connect.'), sessionId };
  }
  return resume(job, sessionId);
}

async function resume(job: RunnerContext, sessionId: string): Promise<WebhookResult> {
  try {
    return { status: 'served', httpStatus: 200, sessionId, result: await serveSession(job, sessionId, undefined) };
  } catch (error) {
    if (!(error instanceof GuardedRunError)) throw error;
    const { code, message: reason, cause } = error;
    if (statusOf(cause) === 404) return { ...ignored(reason), sessionId };
    const isLocked = code === 'journal' && (Object(cause) as { code?: unknown }).code === 'ELOCKED';
    // The other one may end before it serves this action, so the delivery does not count yet.
    if (code === 'active_run' || isLocked) return { status: 'busy', httpStatus: 409, reason, sessionId };
    throw error;
  }
}

function ignored(reason: string): WebhookResult {
  return { status: 'ignored', httpStatus: 200, reason };
}

/** A request that OpenAI did not sign. */
class Rejection extends Error {}

/** @throws TypeError for a client that cannot verify signatures */
async function unwrap(client: unknown, request: WebhookRequest): Promise<unknown> {
  const { webhooks, webhookSecret } = client as { webhooks?: unknown; webhookSecret?: unknown };
  if (!hasMethods(webhooks, ['unwrap']) || !webhookSecret) {
    throw new TypeError(
      'handleWebhook needs client.webhooks.unwrap and client.webhookSecret to verify a request. Pass new OpenAI({ webhookSecret }), or set OPENAI_WEBHOOK_SECRET.',
    );
  }
  const body = await request.text();
  try {
    return await (webhooks as WebhooksApi).unwrap(body, request.headers);
  } catch (error) {
    return new Rejection(`The request is not signed by OpenAI: ${messageOf(error)}`);
  }
}

interface WebhooksApi {
  unwrap(body: string, headers: object): Promise<unknown>;
}
