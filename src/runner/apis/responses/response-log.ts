import { raceAbort } from '../../../internal/abort.ts';
import { omitUndefined } from '../../../internal/omit-undefined.ts';
import { journalFailed } from '../../journal/call-journal.ts';
import type { RequestHistory } from '../../journal/history.ts';
import { plain } from '../../journal/journal.ts';
import type { RunLog } from '../../journal/run-log.ts';
import type { Loop } from '../../run/driver.ts';
import type { ModelResponse, ResponseBody } from './client.ts';
import type { Requests } from './requests.ts';
import { asResponse } from './response.ts';

/** Creates the responses of a run one by one. Responses in the journal of an earlier process are replayed. */
export interface ResponseLog {
  /** Call with the id of a background response, so that the next process can retrieve it. */
  recordId(responseId: string): void;
  /** True if the last response was replayed and the earlier process did not answer it. */
  readonly isUnanswered: boolean;
  /** @param late the asynchronous calls that this request answers */
  create(body: ResponseBody, late: readonly string[]): Promise<ModelResponse>;
  /**
   * Resolves with the asynchronous calls that the earlier process's next request answered; undefined if it sent none.
   */
  lateOfNextRequest(): Promise<readonly string[] | undefined>;
  /** Call with a response that has calls, before they are answered. */
  record(response: ModelResponse): Promise<void>;
}

/** @param isResumed true if the journal has an earlier process's run, and so its first response */
export function createResponseLog(requests: Requests, loop: Loop, isResumed: boolean): ResponseLog {
  let count = 0;
  let current: RunLog | undefined;
  let isUnanswered = false;

  /** Waits for the journal, but not after an abort. */
  const written = async <T>(write: () => Promise<T>): Promise<T> => {
    try {
      return await raceAbort(write(), loop.signal);
    } catch (cause) {
      loop.signal.throwIfAborted();
      throw journalFailed(cause);
    }
  };
  const logOf = async (): Promise<RunLog | undefined> => raceAbort(loop.journal(), loop.signal);
  const requestOf = (log: RunLog | undefined, number: number): RequestHistory | undefined =>
    log?.history.requests.get(number);

  const replay = (log: RunLog | undefined): ModelResponse | undefined => {
    const recorded = requestOf(log, count)?.response;
    if (recorded === undefined) return undefined;
    const response = asResponse(recorded);
    loop.opened(response.id);
    return response;
  };
  const recordResponse = async (log: RunLog | undefined, response: ModelResponse): Promise<void> => {
    await written(async () => log?.append({ type: 'response', number: count, response: plain(response) }));
  };

  return {
    get isUnanswered() {
      return isUnanswered;
    },
    recordId(responseId) {
      const note = async (): Promise<void> => {
        const log = current ?? (await loop.journal());
        await log?.append({ type: 'request-accepted', number: count, responseId });
      };
      // A failure surfaces at the next write.
      note().catch(() => undefined);
    },
    async lateOfNextRequest() {
      const next = requestOf(isResumed ? await logOf() : undefined, count + 1);
      return next?.isSent ? next.late : undefined;
    },
    async create(body, late) {
      count += 1;
      // A run without calls has no journal: its first response with calls opens it.
      const log = count > 1 || isResumed ? await logOf() : undefined;
      current = log;
      const recorded = replay(log);
      isUnanswered = recorded !== undefined && log !== undefined && !requestOf(log, count + 1)?.isSent;
      if (recorded) return recorded;
      // The next process needs the order in which the asynchronous calls finished.
      const request = omitUndefined({ type: 'request', number: count, late: late.length > 0 ? late : undefined });
      const isNew = (await written(async () => log?.append(request))) ?? true;
      // A crash between opening the journal, on the first response, and recording that response.
      const isLost = isResumed && count === 1;
      const sentId = requestOf(log, count)?.responseId;
      const response = await requests.create(body, { wasSent: !isNew || isLost, sentId });
      // A response found in a conversation was not announced yet.
      loop.opened(response.id);
      await recordResponse(log, response);
      return response;
    },
    async record(response) {
      await recordResponse(await logOf(), response);
    },
  };
}
