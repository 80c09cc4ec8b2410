import { sleep } from '../../../internal/abort.ts';
import { backoffMs } from '../../../internal/backoff.ts';
import { RunFailure } from '../../errors.ts';
import { isRateLimited, isResponseLost, messageOf, retryAfterOf } from '../api-error.ts';
import { MAX_ATTEMPTS, retryWaitMs } from '../api.ts';
import type { Item, ModelResponse, ResponseBody } from './client.ts';

type Send = () => Promise<ModelResponse>;

/**
 * Sends a request without a conversation, and repeats it when its response was lost: the second response follows the
 * same previous one, and the first is never used. A request with hosted side effects is not repeated.
 */
export async function createInChain(
  body: ResponseBody,
  send: Send,
  signal: AbortSignal,
  wasSent: boolean,
): Promise<ModelResponse> {
  const sideEffect = hostedSideEffect(body);
  if (wasSent && sideEffect !== undefined) throw sideEffectError(interruptedError(), sideEffect);
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await send();
    } catch (error) {
      signal.throwIfAborted();
      if (isResponseLost(error) && sideEffect !== undefined) throw sideEffectError(error, sideEffect);
      if (!isResponseLost(error) && !isRateLimited(error)) throw toOpenCallsError(error, undefined);
      if (attempt >= MAX_ATTEMPTS) throw error;
      await sleep(retryAfterOf(error) ?? retryWaitMs(attempt), signal);
    }
  }
}

/**
 * Sends a request in a conversation. When its response was lost, it searches the conversation's items before it repeats
 * the request. While the first request is in progress, the API locks the conversation, so that a repeated one fails.
 * After it, the API rejects outputs that the first request contained.
 *
 * @param findResponse finds the lost response; undefined if the client cannot search
 * @param wasSent true if an interrupted process may have sent the request
 */
export async function createInConversation(
  body: ResponseBody,
  conversationId: string,
  send: Send,
  findResponse: ((signal: AbortSignal) => Promise<ModelResponse | undefined>) | undefined,
  signal: AbortSignal,
  wasSent: boolean,
): Promise<ModelResponse> {
  const sideEffect = hostedSideEffect(body);
  let lost: unknown = wasSent ? interruptedError() : undefined;
  const found = async (): Promise<ModelResponse | undefined> => {
    if (lost === undefined) return undefined;
    if (!findResponse)
      throw responseLostError(
        lost,
        'The client has no conversations.items, which is needed to find out whether the API processed the request.',
      );
    return findResponse(signal).catch((error: unknown) => {
      signal.throwIfAborted();
      throw responseLostError(
        lost,
        `Its conversation cannot be read to find out whether the API processed it: ${messageOf(error)}`,
      );
    });
  };

  for (let attempt = 1, locks = 0; ;) {
    const reply = await found();
    if (reply) return reply;
    // A request with side effects is searched for, and never repeated.
    if (lost !== undefined && sideEffect !== undefined) {
      if (attempt > MAX_ATTEMPTS) throw sideEffectError(lost, sideEffect);
      await sleep(retryWaitMs(attempt), signal);
      attempt += 1;
      continue;
    }
    try {
      return await send();
    } catch (error) {
      signal.throwIfAborted();
      if (isResponseLost(error)) lost = error;
      if (isLocked(error)) {
        locks += 1;
        await sleep(backoffMs(locks, 500, 5_000), signal);
      } else if ((isResponseLost(error) || isRateLimited(error)) && attempt < MAX_ATTEMPTS) {
        await sleep(retryAfterOf(error) ?? retryWaitMs(attempt), signal);
        attempt += 1;
      } else {
        // The first request may have ended since the last search.
        const late = await found();
        if (late) return late;
        throw toOpenCallsError(error, conversationId);
      }
    }
  }
}

function interruptedError(): Error {
  return new Error('the process that sent it was interrupted');
}

/** Detects "Another process is currently operating on this conversation", a 400 that the SDK does not retry. */
export function isLocked(error: unknown): boolean {
  return (error as { code?: unknown } | null | undefined)?.code === 'conversation_locked';
}

function responseLostError(cause: unknown, remedy: string): RunFailure {
  return new RunFailure('reply_lost', `The response to a request was lost (${messageOf(cause)}). ${remedy}`, { cause });
}

function sideEffectError(cause: unknown, sideEffect: string): RunFailure {
  return responseLostError(
    cause,
    `The API runs ${sideEffect} itself, so the request was not repeated. Check what it did.`,
  );
}

/** Converts the API's error about open calls, which another run may have left, to a RunFailure. */
function toOpenCallsError(error: unknown, conversationId: string | undefined): unknown {
  const callId = /No tool output found for .*call (\S+?)\.?$/.exec(messageOf(error))?.[1];
  if (callId === undefined) return error;
  const message =
    conversationId === undefined
      ? `The previous response has a call without an output, ${callId}. Add its output to input, or continue from an earlier response.`
      : `Conversation ${conversationId} has a call without an output, ${callId}. Another run may be working on it. If not, add its output with conversations.items.create, or delete the call with conversations.items.delete.`;
  return new RunFailure('open_calls', message, { cause: error, openCalls: [callId] });
}

/** Tools that the runner runs, or that change nothing outside the API. */
const WITHOUT_EFFECT: ReadonlySet<unknown> = new Set([
  'function',
  'custom',
  'namespace',
  'tool_search',
  'file_search',
  'web_search',
  'web_search_preview',
  'image_generation',
  'code_interpreter',
  'local_shell',
  'apply_patch',
  'computer',
  'computer_use_preview',
]);

/**
 * Names a side effect that the API itself may cause for this request, and again for a second one; undefined if none.
 */
export function hostedSideEffect({ tools, input, prompt }: ResponseBody): string | undefined {
  // A stored prompt has its own tools.
  if (prompt !== undefined && prompt !== null) return 'the tools of the stored prompt';
  const approved = itemList(input).some(({ type, approve }) => type === 'mcp_approval_response' && approve === true);
  if (approved) return 'an approved MCP call';
  const active = itemList(tools).find((tool) => !isWithoutEffect(tool));
  return active && `tools of type "${String(active['type'])}"`;
}

function isWithoutEffect({ type, require_approval: approval = 'always', environment }: Item): boolean {
  if (type === 'mcp') return approval === 'always' || approval === null;
  if (type === 'shell') return (environment as Item | null | undefined)?.['type'] === 'local';
  return WITHOUT_EFFECT.has(type) || String(type).startsWith('web_search_');
}

function itemList(value: unknown): readonly Item[] {
  return Array.isArray(value) ? (value as Item[]) : [];
}
