import { RunFailure, SuspendRun } from '../../errors.ts';
import type { Driver, LeftOpen } from '../../run/driver.ts';
import { extractConversation } from '../extract-conversation.ts';
import { stopInFlight } from './cancel.ts';
import type { ModelResponse, ResponseBody, ResponsesClient } from './client.ts';
import { createContext, readHistory } from './context.ts';
import { closeConversation, closingAnswer, openConversation } from './conversation.ts';
import { createPendingCalls, type PendingItem, unsupportedItem } from './pending.ts';
import { createRequests } from './requests.ts';
import { createResponseLog } from './response-log.ts';
import { addUsage, emitResponseText } from './response.ts';

export interface ResponsesRequest {
  readonly client: ResponsesClient;
  readonly params: ResponseBody;
  /** Returns the definitions of the runner's tools, for each request. */
  readonly tools: () => readonly object[];
  readonly pollIntervalMs: number;
  /** True to stream responses, false to poll them. */
  readonly streams: boolean;
  /** True if the journal has the run of an earlier process. */
  readonly isResumed?: boolean;
}

export interface ResponsesEnd {
  /** The last response. */
  readonly response: ModelResponse;
  /** The sum over all responses. */
  readonly usage: unknown;
  /** The id of the last response that the next request may continue from. It cannot continue from a failed one. */
  readonly previousId: string | undefined;
  /** The items to send before the next input, if any. */
  readonly history: readonly unknown[] | undefined;
}

/** Drives the Responses API: creates responses until a completed one has no calls to answer. */
export function responsesDriver(request: ResponsesRequest): Driver<ResponsesEnd> {
  const { client, params, tools, pollIntervalMs, streams, isResumed = false } = request;
  return async (loop) => {
    const context = createContext(params, tools);
    const { conversationId } = context;
    const items = client.conversations?.items;
    const conversation = items && conversationId !== undefined ? openConversation(items, conversationId) : undefined;
    const isBackground = params.background === true;
    const calls = createPendingCalls(loop, conversationId);
    const options = { client, conversationId, conversation, isBackground, pollIntervalMs, streams };
    const requests = createRequests(options, loop, (id) => {
      calls.accepted();
      if (isBackground) log.recordId(id);
    });
    const log = createResponseLog(requests, loop, isResumed);
    let last: ModelResponse | undefined;
    let usage: unknown = null;
    let previousId = params.previous_response_id ?? undefined;
    let closing: Promise<LeftOpen | undefined> | undefined;

    /**
     * Answers the open calls of a conversation, because the API rejects requests in it until then. A chain can always
     * continue from an earlier response.
     */
    const close = async (): Promise<LeftOpen | undefined> => {
      if (conversationId !== undefined && calls.all.length + calls.unknown.length > 0) {
        return closeConversation(conversation, conversationId, calls, loop);
      }
      await loop.outputsOf(calls.all.map(({ call }) => call));
      return undefined;
    };

    /** Ends a run with an incomplete response. It may hold half a call, so none of its calls runs. */
    const endIncomplete = async (response: ModelResponse, usage: unknown): Promise<ResponsesEnd> => {
      loop.end();
      closing = close();
      if (await closing)
        throw new RunFailure('open_calls', `The response is ${response.status ?? ''} but has tool calls.`);
      // The API forgets the calls of a failed response.
      const isKept = response.status === 'incomplete';
      const open = calls.all.filter(({ item }) => isKept || !response.output.includes(item));
      const outputs = await loop.outputsOf(open.map(({ call }) => call));
      const answers = open.flatMap(({ answer }, index) => closingAnswer(answer, outputs[index]));
      return { response, usage, previousId, history: context.history(response, answers) };
    };

    /** Stops when an earlier process or another client has answered the calls: then none of them may run. */
    const assertUnanswered = async (pending: readonly PendingItem[]): Promise<void> => {
      if (!conversation || pending.length === 0) return;
      const open = (await conversation.findUnanswered(pending, [], loop.signal)).pending.map(
        ({ pendingItem }) => pendingItem.call.callId,
      );
      if (open.length === pending.length) return;
      const message =
        open.length > 0 ? `Conversation ${conversation.id} still has calls without an output: ${open.join(', ')}.` : '';
      closing = Promise.resolve(open.length > 0 ? { message, callIds: open } : undefined);
      const answered = pending.map(({ call }) => call.callId).filter((callId) => !open.includes(callId));
      throw new RunFailure(
        'invalid_turn',
        `The run was cancelled, or another client has answered its calls (${answered.join(', ')}). Start a new run with responses.`,
      );
    };

    loop.signal.throwIfAborted();
    loop.recall(async (signal) => readHistory(client, params, signal));
    try {
      for (let body = context.first(); ;) {
        const response = (last = await log.create(body, calls.late));
        calls.accepted();
        if (loop.text) emitResponseText(response, loop.text);
        loop.note(() => ({ toolOutputs: extractConversation(response.output).toolOutputs }));
        usage = addUsage(usage, response.usage);
        if (response.status === 'completed' || response.status === 'incomplete') previousId = response.id;
        const { pending, unknown } = calls.ingest(response);
        if (response.status !== 'completed') return await endIncomplete(response, usage);
        if (unknown[0]) throw unsupportedItem(unknown[0]);
        if (pending.length > 0) await log.record(response);
        if (log.isUnanswered) await assertUnanswered(pending);
        const answers = await calls.answer(response, pending, await log.lateOfNextRequest());
        if (answers.length === 0) return { response, usage, previousId, history: context.history(response, []) };
        body = context.next(response, answers);
      }
    } catch (error) {
      // The run stays as it is, so that it can be resumed.
      if (error instanceof SuspendRun && last) {
        // Wait until the results of asynchronous calls are recorded.
        await loop.outputsOf([]);
        return { response: last, usage, previousId, history: undefined };
      }
      // The first reason counts: the time limit may pass during the cleanup.
      const why: unknown = loop.signal.aborted && !closing ? loop.signal.reason : error;
      // Must come before `end`: a call that `end` stops makes the run no longer resumable.
      const kept = loop.resumableAs(why);
      loop.end();
      if (kept) {
        loop.leftOpen(kept);
        throw why;
      }
      const stopped = await stopInFlight(client.responses, conversation, requests);
      if (stopped.latest && stopped.latest !== last) calls.ingest(stopped.latest);
      const open = await (closing ?? close());
      const left = [stopped.left, open].filter((what) => what !== undefined);
      if (left.length > 0) {
        loop.leftOpen({
          message: left.map(({ message }) => message).join(' '),
          callIds: left.flatMap(({ callIds }) => callIds),
        });
      }
      throw why;
    }
  };
}
