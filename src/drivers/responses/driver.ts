import type { Driver, LeftOpen } from '../../core/driver.ts';
import { EndRun } from '../../errors.ts';
import { unanswerable } from './asks.ts';
import { createOpenCalls } from './calls.ts';
import type { ModelResponse, ResponseBody, ResponsesClient } from './client.ts';
import { createContext } from './context.ts';
import { closeAsks, standStill } from './leave.ts';
import { createRequests } from './requests.ts';
import { addUsage } from './usage.ts';

export interface ResponsesRequest {
  readonly client: ResponsesClient;
  readonly params: ResponseBody;
  /** The definitions of the runner's tools, asked for at each request. */
  readonly tools: () => readonly object[];
  readonly pollIntervalMs: number;
}

export interface ResponsesEnd {
  /** The last response. */
  readonly response: ModelResponse;
  /** Of all responses together. */
  readonly usage: unknown;
  /** Everything said, where nobody but us keeps it. */
  readonly history: readonly unknown[] | undefined;
}

/** Drives the Responses API: creates responses until a completed one has nothing left to answer. */
export function responsesDriver({ client, params, tools, pollIntervalMs }: ResponsesRequest): Driver<ResponsesEnd> {
  return async (loop) => {
    const context = createContext(params, tools);
    const { conversationId } = context;
    const requests = createRequests(client, conversationId, loop, pollIntervalMs);
    const calls = createOpenCalls(loop, conversationId);
    let last: ModelResponse | undefined;
    let closing: Promise<LeftOpen | undefined> | undefined;

    /** A conversation takes nothing while a call in it is open; from a chain's earlier response one can always go on. */
    const close = async (): Promise<LeftOpen | undefined> => {
      if (conversationId !== undefined && calls.all.length > 0) {
        return closeAsks(client.conversations?.items, conversationId, calls.all, loop);
      }
      await loop.outputsOf(calls.all.map(({ call }) => call));
      return undefined;
    };

    loop.signal.throwIfAborted();
    try {
      let usage: unknown = null;
      for (let body = context.first(); ;) {
        const response = (last = await requests.create(body));
        usage = addUsage(usage, response.usage);
        const { asks, unknown } = calls.took(response);
        if (response.status !== 'completed') {
          // Half a response may hold half a call: none of its calls runs.
          closing = close();
          if (await closing)
            throw new EndRun('open_calls', `The calls of a response that is ${response.status ?? ''} are open.`);
          return { response, usage, history: context.history(response) };
        }
        if (unknown[0]) throw unanswerable(unknown[0]);
        const answers = await calls.answer(response, asks);
        if (answers.length === 0) return { response, usage, history: context.history(response) };
        body = context.next(response, answers);
      }
    } catch (error) {
      // What came first counts: the time may run out while we leave.
      const why: unknown = loop.signal.aborted ? loop.signal.reason : error;
      loop.end();
      const going = await standStill(client, conversationId, requests);
      if (requests.latest && requests.latest !== last) calls.took(requests.latest);
      const open = await (closing ?? close());
      const left = [going, open].filter((what) => what !== undefined);
      if (left.length > 0) {
        loop.leftOpen({
          says: left.map(({ says }) => says).join(' '),
          callIds: left.flatMap(({ callIds }) => callIds),
        });
      }
      throw why;
    }
  };
}
