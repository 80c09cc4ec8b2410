import { Limit } from '../../../internal/abort.ts';
import { RunFailure } from '../../errors.ts';
import { messageOf } from '../api-error.ts';
import { retryRead } from '../api.ts';
import type { ResponseBody, ResponsesApi } from './client.ts';
import { inputItems } from './context.ts';
import type { ApiConversation } from './conversation.ts';
import { pendingItems } from './pending.ts';
import { asResponse } from './response.ts';

export interface Continued {
  readonly api: ResponsesApi;
  readonly conversationId: string | undefined;
  /** Undefined without a conversation, or if the client cannot read it. */
  readonly conversation: ApiConversation | undefined;
  /** Lists the other runs in the conversation that have not ended, if the journal can. */
  readonly otherRuns: () => Promise<readonly string[]>;
}

/** Converts the API's error about one open call, which another run may have left, to a RunFailure that names all. */
export async function toOpenCallsError(
  error: unknown,
  continued: Continued,
  body: ResponseBody,
  signal: AbortSignal,
): Promise<unknown> {
  const named = /No tool output found for .*call (\S+?)\.?$/.exec(messageOf(error))?.[1];
  if (named === undefined) return error;
  const { conversationId, otherRuns } = continued;
  const readable = async <T>(read: Promise<readonly T[]>): Promise<readonly T[]> =>
    new Limit(signal).within(read).catch(() => {
      signal.throwIfAborted();
      return [];
    });
  const openCalls = new Set([...(await readable(openCallsIn(continued, body, named, signal))), named]);
  const what = `calls without an output: ${[...openCalls].join(', ')}`;
  const message =
    conversationId === undefined
      ? `The previous response has ${what}. Add their outputs to input, or continue from an earlier response.`
      : `Conversation ${conversationId} has ${what}. ${remedy(await readable(otherRuns()))}`;
  return new RunFailure('open_calls', message, { cause: error, openCalls: [...openCalls] });
}

function remedy(runIds: readonly string[]): string {
  if (runIds.length === 0)
    return 'Another run may be working on them. If not, add outputs with conversations.items.create, or delete the calls with conversations.items.delete.';
  const runs = runIds.map(
    (id) => `Continue its open run with resumeResponses("${id}"), or give it up with cancel("${id}").`,
  );
  return `${runs.join(' ')} If a process is serving it, wait.`;
}

/** Lists the calls that need an output before the API accepts the request. */
async function openCallsIn(
  { api, conversation }: Continued,
  { input, previous_response_id: previousId }: ResponseBody,
  named: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const before = conversation
    ? await conversation.itemsSince(named, signal)
    : typeof previousId === 'string'
      ? asResponse(await retryRead(signal, async ({ signal: own }) => api.retrieve?.(previousId, {}, { signal: own })))
          .output
      : [];
  const { pending, unknown } = pendingItems([...before, ...inputItems(input)]);
  const awaited = pending.filter(({ isAsync }) => !isAsync).map(({ call }) => call.callId);
  return [...awaited, ...unknown.flatMap(({ call_id: callId }) => (typeof callId === 'string' ? [callId] : []))];
}
