import { Limit, TimeBudget, sleep } from '../../../internal/abort.ts';
import { backoffMs } from '../../../internal/backoff.ts';
import type { JournaledRun } from '../../journal/events.ts';
import type { RunHistory } from '../../journal/history.ts';
import type { RunLog } from '../../journal/run-log.ts';
import { limits } from '../../limits.ts';
import type { LeftOpen, ToolOutput } from '../../run/driver.ts';
import type { ToolCall } from '../../call/tool-call.ts';
import { lookUntilFound } from '../api.ts';
import { closeConversation } from './closing.ts';
import type { ModelResponse, ResponseBody, ResponsesApi, ResponsesClient } from './client.ts';
import { conversationIdOf } from './context.ts';
import { ApiConversation } from './conversation.ts';
import { itemIds, pendingItems } from './pending.ts';
import type { Requests } from './requests.ts';
import { asResponse, hasEnded, isInProgress, receiveResponse } from './response.ts';

export interface Stopped {
  /** The current state of the last response. */
  readonly latest: ModelResponse | undefined;
  /** Work that may still be active at the API. */
  readonly left: LeftOpen | undefined;
}

/**
 * Stops work at the API: waits for a request in flight, searches for a lost response, and cancels a background
 * response.
 */
export async function stopInFlight(
  api: ResponsesApi,
  conversation: ApiConversation | undefined,
  requests: Requests,
  budget: TimeBudget,
): Promise<Stopped> {
  // A foreground response outside a conversation changes no state at the API.
  if (!requests.outlivesClient) return { latest: requests.latest, left: undefined };
  const isSettled = await settles(budget.spend(async () => requests.inFlight));
  requests.abandon();
  if (requests.wasRejected)
    await budget.spend(async (signal) => requests.findResponse(signal), limits.leaveLookMs).catch(() => undefined);
  const isFound =
    isSettled &&
    (!requests.hasUnconfirmedRequest || (conversation !== undefined && (await findLostResponse(requests, budget))));
  const { latest } = requests;
  if (latest && !hasEnded(latest)) {
    const now = await cancelResponse(api, latest, budget).catch(() => undefined);
    if (now && hasEnded(now)) return { latest: now, left: undefined };
    return {
      latest,
      left: { message: `Response ${latest.id} could not be cancelled and may still be in progress.`, callIds: [] },
    };
  }
  if (isFound) return { latest, left: undefined };
  const message = conversation
    ? `The API may still be processing a request in ${conversation.id}. Check it for calls without an output before you continue.`
    : 'The API may still be processing a request whose response was lost.';
  return { latest, left: { message, callIds: [] } };
}

/** Searches repeatedly: the request may not have reached the server, or the model may still be working. */
async function findLostResponse(requests: Requests, budget: TimeBudget): Promise<boolean> {
  const search = async (signal: AbortSignal): Promise<ModelResponse> =>
    lookUntilFound(signal, async () => requests.findResponse(signal), 250, 2_000);
  return settles(budget.spend(search, limits.leaveLookMs));
}

async function settles(work: Promise<unknown>): Promise<boolean> {
  return work.then(
    () => true,
    () => false,
  );
}

/** Cancels a response. After a rejected cancel or a lost response, its own status decides. */
async function cancelResponse(
  api: ResponsesApi,
  { id }: Pick<ModelResponse, 'id'>,
  budget: TimeBudget,
): Promise<ModelResponse | undefined> {
  return budget.spend(async (signal) => {
    await new Limit(signal).within(async ({ signal: own }) => api.cancel?.(id, { signal: own })).catch(() => undefined);
    for (let attempt = 1; ; attempt += 1) {
      const response = await new Limit(signal).within(async ({ signal: own }) => {
        const sent = api.retrieve?.(id, {}, { signal: own });
        return sent && receiveResponse(sent);
      });
      if (!response || !isInProgress(response)) return response;
      await sleep(backoffMs(attempt, 50, 1_000), signal);
    }
  });
}

/** @param responseId the response with the call */
type OutputOf = (call: ToolCall, responseId: string) => ToolOutput;

/**
 * Abandons a run of an earlier process from its journal: cancels the background response and answers the open calls of
 * its conversation.
 *
 * @returns the work that is still open at the API
 */
export async function abandonRun(
  client: ResponsesClient,
  { run, history }: RunLog,
  outputOf: OutputOf,
): Promise<LeftOpen | undefined> {
  const recorded = responsesOf(history);
  const next = recorded.length + 1;
  const budget = new TimeBudget(limits.cancelMs);
  const { responseId: sentId, isSent: wasSent = false } = history.requests.get(next) ?? {};
  let latest: ModelResponse | undefined;
  if (sentId !== undefined) {
    latest = await cancelResponse(client.responses, { id: sentId }, budget).catch(() => undefined);
    if (!latest || !hasEnded(latest)) {
      return { message: `Response ${sentId} could not be cancelled and may still be in progress.`, callIds: [] };
    }
  }
  const conversationId = conversationIdOf((run.request as ResponseBody).conversation);
  if (conversationId === undefined) return undefined;
  const items = client.conversations?.items;
  const conversation = items && new ApiConversation(items, conversationId);
  const close = async (responses: readonly ModelResponse[]): Promise<LeftOpen | undefined> => {
    const { pending: all, unknown } = pendingItems(responses.flatMap(({ output }) => output));
    const outputs = all.map(({ call, item }) =>
      outputOf(call, responses.find(({ output }) => output.includes(item))?.id ?? ''),
    );
    const isSent = (): boolean => wasSent;
    return closeConversation(conversation, conversationId, { all, unknown, isSent }, outputs, budget);
  };
  const left = await close(latest ? [...recorded, latest] : recorded);
  if (left || latest || !wasSent || history.endedUnheard) return left;
  const reply = conversation && (await findUnrecordedResponse(conversation, recorded.at(-1), run));
  return reply && close([reply]);
}

function responsesOf({ requests }: RunHistory): readonly ModelResponse[] {
  const responses: ModelResponse[] = [];
  for (;;) {
    const recorded = requests.get(responses.length + 1)?.response;
    if (recorded === undefined) return responses;
    responses.push(asResponse(recorded));
  }
}

/** Finds the response to the outputs of `answered`, by the calls that they answer, or else to the run's input. */
async function findUnrecordedResponse(
  conversation: ApiConversation,
  answered: ModelResponse | undefined,
  { request, after }: JournaledRun,
): Promise<ModelResponse | undefined> {
  const { pending } = pendingItems(answered?.output ?? []);
  const input = pending
    .filter(({ isAsync }) => !isAsync)
    .map(({ answer, call: { callId } }) => answer({ callId, output: '', outcome: 'not_run' }));
  const find = async (signal: AbortSignal): Promise<ModelResponse | undefined> =>
    answered
      ? conversation.findResponse(input, itemIds(answered).at(-1), signal)
      : conversation.findFirstResponse((request as ResponseBody).input, after, signal);
  return new Limit(undefined, limits.journalLookMs).within(({ signal }) => find(signal)).catch(() => undefined);
}
