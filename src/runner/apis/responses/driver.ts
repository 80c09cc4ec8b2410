import { Limit, TimeBudget } from '../../../internal/abort.ts';
import { omitUndefined } from '../../../internal/omit-undefined.ts';
import { RunFailure, SuspendRun } from '../../errors.ts';
import { plain } from '../../journal/events.ts';
import type { Journal } from '../../journal/journal.ts';
import type { RunLog } from '../../journal/run-log.ts';
import type { Driver, LeftOpen, Loop } from '../../run/driver.ts';
import { extractConversation } from '../extract-conversation.ts';
import { leave } from '../leave.ts';
import { emitMessage } from '../message.ts';
import { stopInFlight } from './cancel.ts';
import { closeConversation, closingAnswer } from './closing.ts';
import type { Item, ModelResponse, ResponseBody, ResponsesClient } from './client.ts';
import { Context, readHistory } from './context.ts';
import { ApiConversation } from './conversation.ts';
import { itemIds, PendingCalls, type PendingItem, unsupportedItem } from './pending.ts';
import { Requests } from './requests.ts';
import { addUsage, asResponse } from './response.ts';

export interface ResponsesRequest {
  readonly client: ResponsesClient;
  readonly params: ResponseBody;
  /** Returns the definitions of the runner's tools, for each request. */
  readonly tools: () => readonly object[];
  readonly pollIntervalMs: number;
  /** True to stream responses, false to poll them. */
  readonly streams: boolean;
  /** Lists the runs that have not ended, if the journal can. */
  readonly openRuns?: Journal['openRuns'];
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
  return async (loop) => new ResponsesRun(request, loop).serve();
}

class ResponsesRun {
  readonly #request: ResponsesRequest;
  readonly #loop: Loop;
  readonly #context: Context;
  readonly #conversation: ApiConversation | undefined;
  readonly #requests: Requests;
  readonly #calls: PendingCalls;
  /** The number of the current request, from 1. */
  #number = 0;
  /** True if the last response is one of an earlier process. */
  #isReplayed = false;
  #last: ModelResponse | undefined;
  #usage: unknown = null;
  #previousId: string | undefined;
  #closing: Promise<LeftOpen | undefined> | undefined;

  constructor(request: ResponsesRequest, loop: Loop) {
    const { client, params, tools, pollIntervalMs, streams } = request;
    this.#request = request;
    this.#loop = loop;
    this.#context = new Context(params, tools);
    this.#previousId = params.previous_response_id ?? undefined;
    const { conversationId } = this.#context;
    const items = client.conversations?.items;
    if (items && conversationId !== undefined) this.#conversation = new ApiConversation(items, conversationId);
    this.#calls = new PendingCalls(loop, conversationId);
    const isBackground = params.background === true;
    const onAccepted = (responseId: string): void => {
      this.#calls.accepted();
      if (isBackground) this.#recordId(responseId);
    };
    this.#requests = new Requests(
      {
        api: client.responses,
        conversationId,
        conversation: this.#conversation,
        otherRuns: async () => this.#otherRuns(),
        isBackground,
        pollIntervalMs,
        streams,
        onAccepted,
      },
      loop,
    );
  }

  async serve(): Promise<ResponsesEnd> {
    const { client, params } = this.#request;
    const loop = this.#loop;
    loop.signal.throwIfAborted();
    loop.provenance?.recall(async (signal) => readHistory(client, params, signal));
    try {
      for (let body = this.#context.first(); ;) {
        const response = (this.#last = await this.#create(body));
        this.#calls.accepted();
        for (const item of response.output) if (item['type'] === 'message') emitMessage(item, loop.text);
        loop.provenance?.note({ toolOutputs: extractConversation(response.output).toolOutputs });
        this.#usage = addUsage(this.#usage, response.usage);
        if (response.status === 'completed' || response.status === 'incomplete') this.#previousId = response.id;
        const { pending, unknown } = this.#calls.ingest(response);
        if (response.status !== 'completed') return await this.#endIncomplete(response);
        if (unknown[0]) throw unsupportedItem(unknown[0]);
        if (pending.length > 0) await this.#record(response);
        const answers = await this.#answer(response, pending);
        if (answers.length === 0) return this.#endOf(response, this.#context.history(response, []));
        body = this.#context.next(response, answers);
      }
    } catch (error) {
      // The run stays as it is, so that it can be resumed.
      if (error instanceof SuspendRun && this.#last) {
        // Wait until the results of asynchronous calls are recorded.
        await loop.outputsOf([]);
        return this.#endOf(this.#last, undefined);
      }
      return await leave(loop, error, async () => this.#stop());
    }
  }

  #endOf(response: ModelResponse, history: readonly unknown[] | undefined): ResponsesEnd {
    return { response, usage: this.#usage, previousId: this.#previousId, history };
  }

  /** Creates the next response, unless an earlier process has recorded it. */
  async #create(body: ResponseBody): Promise<ModelResponse> {
    const { isResumed = false } = this.#request;
    const { recorder } = this.#loop;
    const number = (this.#number += 1);
    const isFirst = number === 1 && !isResumed;
    const newestId = isFirst ? await this.#conversation?.newestId(this.#loop.signal) : undefined;
    const log = isFirst ? await this.#firstJournal(newestId) : await this.#journal();
    const past = log?.history.requests.get(number);
    const recorded = past?.response;
    this.#isReplayed = recorded !== undefined;
    if (recorded !== undefined) {
      const response = asResponse(recorded);
      this.#loop.opened(response.id);
      await this.#loop.used(response, true);
      return response;
    }
    // The next process needs the order in which the asynchronous calls finished.
    const { late } = this.#calls;
    const request = omitUndefined({ type: 'request', number, late: late.length > 0 ? late : undefined });
    if (log && !past?.isSent) await recorder?.append(request);
    const wasSent = isResumed && past?.isSent === true;
    const prior = { wasSent, sentId: past?.responseId, find: this.#searchFor(body.input, newestId) };
    const response = await this.#requests.create(body, prior).catch(async (error: unknown) => {
      const accepted = this.#context.withoutInclude(body, error);
      if (!accepted) throw error;
      return this.#requests.create(accepted, prior);
    });
    // A response found in a conversation was not announced yet.
    this.#loop.opened(response.id);
    // Before it is recorded: a crash in between counts it twice, rather than never.
    await this.#loop.used(response);
    if (log) await this.#record(response);
    return response;
  }

  /** Returns the search for the response to a request in a conversation, if its response is lost. */
  #searchFor(
    input: unknown,
    newestId: string | null | undefined,
  ): ((signal: AbortSignal) => Promise<ModelResponse | undefined>) | undefined {
    const conversation = this.#conversation;
    if (!conversation) return undefined;
    const { isResumed = false } = this.#request;
    const isFirst = this.#number === 1;
    const before = this.#last ? itemIds(this.#last).at(-1) : newestId;
    return async (signal) => {
      const found = await (isResumed && isFirst
        ? conversation.findFirstResponse(input, this.#loop.recorder?.log?.run.after, signal)
        : conversation.findResponse(input, before, signal));
      this.#isReplayed ||= isResumed && found !== undefined;
      return found;
    };
  }

  /** Guards the response's calls, and resolves with the input of the next request. */
  async #answer(response: ModelResponse, pending: readonly PendingItem[]): Promise<readonly Item[]> {
    const log = this.#request.isResumed ? this.#loop.recorder?.log : undefined;
    const next = log?.history.requests.get(this.#number + 1);
    if (this.#isReplayed && !next?.isSent) await this.#assertUnanswered(pending);
    return this.#calls.answer(response, pending, next?.isSent ? next.late : undefined);
  }

  /** Stops when an earlier process or another client has answered the calls: then none of them may run. */
  async #assertUnanswered(pending: readonly PendingItem[]): Promise<void> {
    const conversation = this.#conversation;
    if (!conversation || pending.length === 0) return;
    const found = await conversation.findUnanswered(pending, [], this.#loop.signal);
    const open = found.pending.map(({ pendingItem }) => pendingItem.call.callId);
    if (open.length === pending.length) return;
    const message = `Conversation ${conversation.id} still has calls without an output: ${open.join(', ')}.`;
    this.#closing = Promise.resolve(open.length > 0 ? { message, callIds: open } : undefined);
    const answered = pending.map(({ call }) => call.callId).filter((callId) => !open.includes(callId));
    throw new RunFailure(
      'invalid_turn',
      `The run was cancelled, or another client has answered its calls (${answered.join(', ')}). Start a new run with responses.`,
    );
  }

  /** Ends a run with an incomplete response. It may hold half a call, so none of its calls runs. */
  async #endIncomplete(response: ModelResponse): Promise<ResponsesEnd> {
    const failure = new RunFailure('open_calls', `The response is ${response.status ?? ''} but has tool calls.`);
    this.#loop.end(failure);
    this.#closing = this.#close(new TimeBudget(this.#loop.settings.leaveMs));
    if (await this.#closing) throw failure;
    // The API forgets the calls of a failed response.
    const isKept = response.status === 'incomplete';
    const open = this.#calls.all.filter(({ item }) => isKept || !response.output.includes(item));
    const outputs = await this.#loop.outputsOf(open.map(({ call }) => call));
    const answers = open.flatMap(({ answer }, index) => closingAnswer(answer, outputs[index]));
    return this.#endOf(response, this.#context.history(response, answers));
  }

  /** Leaves nothing open at the API. Resolves with what may be. */
  async #stop(): Promise<LeftOpen | undefined> {
    const loop = this.#loop;
    const budget = new TimeBudget(loop.settings.leaveMs);
    const stopped = await stopInFlight(this.#request.client.responses, this.#conversation, this.#requests, budget);
    if (stopped.latest && stopped.latest !== this.#last) {
      await loop.used(stopped.latest);
      this.#calls.ingest(stopped.latest);
    }
    const open = await (this.#closing ?? this.#close(budget));
    const left = [stopped.left, open].filter((what) => what !== undefined);
    if (left.length === 0) return undefined;
    return {
      message: left.map(({ message }) => message).join(' '),
      callIds: left.flatMap(({ callIds }) => callIds),
      // A request without a response: there is nothing that a later process could continue.
      isOver: !open && !this.#last && !this.#request.isResumed,
    };
  }

  /**
   * Answers the open calls of a conversation, because the API rejects requests in it until then. A chain can always
   * continue from an earlier response.
   */
  async #close(budget: TimeBudget): Promise<LeftOpen | undefined> {
    const { conversationId } = this.#context;
    const { all, unknown } = this.#calls;
    const outputs = await this.#loop.outputsOf(all.map(({ call }) => call));
    if (conversationId === undefined || all.length + unknown.length === 0) return undefined;
    return closeConversation(this.#conversation, conversationId, this.#calls, outputs, budget);
  }

  /**
   * Opens the journal before the first request if that may block a conversation. Any other run without calls has no
   * journal: its first response with calls opens it.
   */
  async #firstJournal(newestId: string | null | undefined): Promise<RunLog | undefined> {
    const { recorder, signal } = this.#loop;
    if (!recorder || this.#context.conversationId === undefined) return undefined;
    return new Limit(signal).within(recorder.openAfter(newestId));
  }

  async #otherRuns(): Promise<readonly string[]> {
    const { conversationId } = this.#context;
    const runs = (await this.#request.openRuns?.()) ?? [];
    return runs
      .filter(({ id, run }) => run?.threadId === conversationId && id !== this.#loop.recorder?.log?.run.id)
      .map(({ id }) => id);
  }

  async #journal(): Promise<RunLog | undefined> {
    const { recorder, signal } = this.#loop;
    return recorder && new Limit(signal).within(recorder.open());
  }

  async #record(response: ModelResponse): Promise<void> {
    if (!(await this.#journal())) return;
    await this.#loop.recorder?.append({ type: 'response', number: this.#number, response: plain(response) });
  }

  /** Records the id of a background response, so that the next process can retrieve it. */
  #recordId(responseId: string): void {
    const accepted = { type: 'request-accepted', number: this.#number, responseId } as const;
    const written = this.#loop.recorder?.open().then(async (log) => log.append(accepted));
    // A failure surfaces at the next write.
    written?.catch(() => undefined);
  }
}
