import { raceAbort } from '../../../internal/abort.ts';
import { journalFailed } from '../../journal/call-journal.ts';
import { plain, type RunJournal } from '../../journal/journal.ts';
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
  let current: RunJournal | undefined;
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
  const journalOf = async (): Promise<RunJournal | undefined> => raceAbort(loop.journal(), loop.signal);

  const replay = (journal: RunJournal | undefined): ModelResponse | undefined => {
    const recorded = journal?.recorded(`response ${count}`);
    if (recorded === undefined) return undefined;
    const response = asResponse(recorded);
    loop.opened(response.id);
    return response;
  };

  return {
    get isUnanswered() {
      return isUnanswered;
    },
    recordId(responseId) {
      const note = async (): Promise<void> => {
        const journal = current ?? (await loop.journal());
        await journal?.record(`sent ${count}`, responseId);
      };
      // A failure surfaces at the next write.
      note().catch(() => undefined);
    },
    async lateOfNextRequest() {
      const journal = isResumed ? await journalOf() : undefined;
      if (journal?.claims.has(`request ${count + 1}`) !== true) return undefined;
      return (journal.recorded(`late ${count + 1}`) ?? []) as readonly string[];
    },
    async create(body, late) {
      count += 1;
      // A run without calls has no journal: its first response with calls opens it.
      const journal = count > 1 || isResumed ? await journalOf() : undefined;
      current = journal;
      const recorded = replay(journal);
      isUnanswered = recorded !== undefined && journal?.claims.has(`request ${count + 1}`) === false;
      if (recorded) return recorded;
      const isNew = await written(async () => {
        if (!journal) return true;
        // The next process needs the order in which they finished.
        const lateRecorded = late.length > 0 ? journal.record(`late ${count}`, late) : undefined;
        const [claimed] = await Promise.all([journal.claim(`request ${count}`), lateRecorded]);
        return claimed;
      });
      // A crash between opening the journal, on the first response, and recording that response.
      const isLost = isResumed && count === 1;
      const sentId = journal?.recorded(`sent ${count}`);
      const response = await requests.create(body, { wasSent: !isNew || isLost, sentId });
      // A response found in a conversation was not announced yet.
      loop.opened(response.id);
      await written(async () => journal?.record(`response ${count}`, plain(response)));
      return response;
    },
    async record(response) {
      const journal = await journalOf();
      await written(async () => journal?.record(`response ${count}`, plain(response)));
    },
  };
}
