import type { LeftOpen, ToolCall, ToolOutput } from '../../run/driver.ts';
import type { RunJournal } from '../../journal/durable.ts';
import { withTimeLimit } from '../../../internal/abort.ts';
import { asksOf, type Asks } from './pending.ts';
import type { ModelResponse, ResponseBody, ResponsesClient } from './client.ts';
import { conversationIdOf } from './context.ts';
import { createConversation, type Conversation } from './conversation.ts';
import { cancelResponse, closeConversation } from './cancel.ts';
import { asResponse, hasEnded } from './status.ts';
import { limits } from '../../limits.ts';

/** @param responseId what asked for the call */
type OutputOf = (call: ToolCall, responseId: string) => ToolOutput;

/**
 * Gives up a run that an earlier process has left, by its journal: cancels what goes on in the background, and answers what is open in its
 * conversation.
 *
 * @returns what stays open all the same
 */
export async function giveUp(
  client: ResponsesClient,
  journal: RunJournal,
  outputOf: OutputOf,
): Promise<LeftOpen | undefined> {
  const recorded = responsesOf(journal);
  const next = recorded.length + 1;
  const sentId = journal.recorded(`sent ${next}`);
  let latest: ModelResponse | undefined;
  if (typeof sentId === 'string') {
    latest = await cancelResponse(client.responses, { id: sentId }).catch(() => undefined);
    if (!latest || !hasEnded(latest)) {
      return { says: `Response ${sentId} could not be cancelled and may go on.`, callIds: [] };
    }
  }
  const conversationId = conversationIdOf((journal.run.request as ResponseBody).conversation);
  if (conversationId === undefined) return undefined;
  const items = client.conversations?.items;
  const conversation = items && createConversation(items, conversationId);
  const close = async (responses: readonly ModelResponse[]): Promise<LeftOpen | undefined> => {
    const askers = new Map(responses.flatMap(({ id, output }) => output.map((item) => [item, id] as const)));
    const { asks: all, unknown }: Asks = asksOf(responses.flatMap(({ output }) => output));
    const idOf = new Map(all.map(({ call, item }) => [call, askers.get(item) ?? '']));
    const outputsOf = async (calls: readonly ToolCall[]): Promise<readonly ToolOutput[]> =>
      calls.map((call) => outputOf(call, idOf.get(call) ?? ''));
    return closeConversation(conversation, conversationId, { all, unknown }, { outputsOf });
  };
  const left = await close(latest ? [...recorded, latest] : recorded);
  if (left || latest || !journal.claims.has(`request ${next}`)) return left;
  const reply = conversation && (await replyTo(conversation, recorded.at(-1)));
  return reply && close([reply]);
}

function responsesOf(journal: RunJournal): readonly ModelResponse[] {
  const responses: ModelResponse[] = [];
  for (;;) {
    const recorded = journal.recorded(`response ${responses.length + 1}`);
    if (recorded === undefined) return responses;
    responses.push(asResponse(recorded));
  }
}

/** What a request brought that answered this response: it is told by the calls that it answered. */
async function replyTo(
  conversation: Conversation,
  answered: ModelResponse | undefined,
): Promise<ModelResponse | undefined> {
  const { asks } = asksOf(answered?.output ?? []);
  const input = asks
    .filter(({ isAsync }) => !isAsync)
    .map(({ answer, call: { callId } }) => answer({ callId, output: '', outcome: 'not_run' }));
  const look = async (signal: AbortSignal): Promise<ModelResponse | undefined> =>
    conversation.replyTo(input, undefined, signal);
  return withTimeLimit(limits.journalLookMs, undefined, look).catch(() => undefined);
}
