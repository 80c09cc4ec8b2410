import { sleep, type TimeBudget } from '../../../internal/abort.ts';
import { backoffMs } from '../../../internal/backoff.ts';
import type { LeftOpen, ToolOutput } from '../../run/driver.ts';
import { isRateLimited, isResponseLost } from '../api-error.ts';
import type { Item } from './client.ts';
import { type ApiConversation, isLocked, isOfNoCall } from './conversation.ts';
import type { PendingItem } from './pending.ts';

/** The calls of a conversation that a run leaves. */
export interface CallsToClose {
  readonly all: readonly PendingItem[];
  /** Items that cannot be answered. */
  readonly unknown: readonly Item[];
  /** Returns true if the call's output was sent in a request whose effect is unknown. */
  isSent(pendingItem: PendingItem): boolean;
}

/** A call without an output. */
interface OpenCall {
  readonly pendingItem: PendingItem;
  /** The id of its item, once it was found in the conversation. */
  readonly itemId?: string | undefined;
  /** False if a request with its output had no response. */
  readonly isKnown: boolean;
  readonly answers: readonly Item[];
}

/**
 * Answers every open call of a conversation, because the API rejects all requests in it until then. Each call gets its
 * outcome as output. Deletes calls whose output the API rejects, and items that cannot be answered.
 *
 * @returns the calls and items that are still open
 */
export async function closeConversation(
  conversation: ApiConversation | undefined,
  conversationId: string,
  calls: CallsToClose,
  outputs: readonly ToolOutput[],
  budget: TimeBudget,
): Promise<LeftOpen | undefined> {
  const { all, unknown } = calls;
  let open: readonly OpenCall[] = all.map((pendingItem, index) => {
    const answers = closingAnswer(pendingItem.answer, outputs[index]);
    return { pendingItem, isKnown: !calls.isSent(pendingItem), answers };
  });
  let others = unknown.map(({ id, type }) => (typeof id === 'string' ? id : String(type)));
  let isSending = false;
  const closeAll = async (items: ApiConversation, signal: AbortSignal): Promise<void> => {
    for (let attempt = 1; open.length + others.length > 0; attempt += 1) {
      if (attempt > 1) await sleep(backoffMs(attempt - 1, 50, 1_000), signal);
      const found = await items.findUnanswered(
        open.map(({ pendingItem }) => pendingItem),
        unknown,
        signal,
      );
      open = open.flatMap((call): OpenCall[] => {
        const seen = found.pending.find(({ pendingItem }) => pendingItem === call.pendingItem);
        if (seen) return [{ ...call, itemId: seen.itemId, isKnown: true }];
        return found.missing.includes(call.pendingItem) ? [{ ...call, isKnown: false }] : [];
      });
      isSending = true;
      open = await answer(items, open, attempt > 1, signal);
      isSending = false;
      others = [...found.others];
      await items.remove(others, signal).catch(() => undefined);
    }
  };
  if (conversation) await budget.spend(async (signal) => closeAll(conversation, signal)).catch(() => undefined);
  const named = [...open.map(({ pendingItem }) => pendingItem.call.callId), ...others];
  if (named.length === 0) return undefined;
  const known = open.filter(({ isKnown }) => isKnown && !isSending);
  const what = known.length + others.length > 0 ? 'has' : 'may have';
  const message = `Conversation ${conversationId} ${what} calls without an output: ${named.join(', ')}. Add outputs with conversations.items.create, or delete the calls with conversations.items.delete. Until then the API rejects requests in it.`;
  return { message, callIds: known.map(({ pendingItem }) => pendingItem.call.callId) };
}

/**
 * Adds the outputs of open calls: one by one after a failure, because the API rejects outputs as a whole, and then
 * deletes the calls whose output it rejects. A list of items may be older than an output, so a call that the API no
 * longer waits for is kept.
 *
 * @returns the calls that may still be open
 */
async function answer(
  items: ApiConversation,
  open: readonly OpenCall[],
  isOneByOne: boolean,
  signal: AbortSignal,
): Promise<readonly OpenCall[]> {
  const left: OpenCall[] = [];
  for (const batch of isOneByOne ? open.map((call) => [call]) : [open]) {
    const outputs = batch.flatMap(({ answers }) => answers);
    const failure = await failureOf(items.add(outputs, signal));
    if (failure === undefined) continue;
    if (isOneByOne) {
      if (isOfNoCall(failure)) continue;
      // A call that is not in the conversation needs no deletion.
      const itemIds = batch.flatMap(({ itemId }) => itemId ?? []);
      if (isRejection(failure) && (await failureOf(items.remove(itemIds, signal))) === undefined) continue;
    }
    left.push(...batch.map((call) => afterFailure(call, failure)));
  }
  return left;
}

function afterFailure(call: OpenCall, failure: unknown): OpenCall {
  return { ...call, isKnown: call.isKnown && !isResponseLost(failure) && !isOfNoCall(failure) };
}

async function failureOf(request: Promise<void>): Promise<unknown> {
  return request.then(
    () => undefined,
    (error: unknown) => error,
  );
}

export function closingAnswer(answer: (output: ToolOutput) => Item, output: ToolOutput | undefined): Item[] {
  return output ? [answer(output)] : [];
}

function isRejection(error: unknown): boolean {
  return !isResponseLost(error) && !isRateLimited(error) && !isLocked(error);
}
