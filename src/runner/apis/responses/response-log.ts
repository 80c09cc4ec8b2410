import { journalFailed } from '../../journal/call-journal.ts';
import type { Loop } from '../../run/driver.ts';
import { plain, type RunJournal } from '../../journal/durable.ts';
import { raceAbort } from '../../../internal/abort.ts';
import type { ModelResponse, ResponseBody } from './client.ts';
import type { Requests } from './requests.ts';
import { asResponse } from './response.ts';

/** Creates the responses of a run one after the other; those that an earlier process has recorded are taken as they were. */
export interface ResponseLog {
  /** To be called when a response in the background has an id: the process after this one asks for it. */
  recordId(responseId: string): void;
  /** Whether the last response was recorded by an earlier process that did not go on to answer it. */
  readonly isUnanswered: boolean;
  /** @param late the calls that the model did not wait for and that this request answers */
  create(body: ResponseBody, late: readonly string[]): Promise<ModelResponse>;
  /** Those that an earlier process's next request answered, or may have; undefined where none was sent. */
  lateOfNextRequest(): Promise<readonly string[] | undefined>;
  /** To be called with a response that asks for calls, before they are answered. */
  record(response: ModelResponse): Promise<void>;
}

/** @param isResumed whether an earlier process began the run: then its journal has the first response */
export function createResponseLog(requests: Requests, loop: Loop, isResumed: boolean): ResponseLog {
  let count = 0;
  let current: RunJournal | undefined;
  let isUnanswered = false;

  /** Whoever leaves does not wait for the disk. */
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
      // Should it fail, so does whatever is recorded next.
      note().catch(() => undefined);
    },
    async lateOfNextRequest() {
      const journal = isResumed ? await journalOf() : undefined;
      if (journal?.claims.has(`request ${count + 1}`) !== true) return undefined;
      return (journal.recorded(`late ${count + 1}`) ?? []) as readonly string[];
    },
    async create(body, late) {
      count += 1;
      // A run without calls has no journal: it is opened with the first response that has some.
      const journal = count > 1 || isResumed ? await journalOf() : undefined;
      current = journal;
      const recorded = replay(journal);
      isUnanswered = recorded !== undefined && journal?.claims.has(`request ${count + 1}`) === false;
      if (recorded) return recorded;
      const isNew = await written(async () => {
        if (!journal) return true;
        // When they were done is what the next process cannot see.
        const lateRecorded = late.length > 0 ? journal.record(`late ${count}`, late) : undefined;
        const [claimed] = await Promise.all([journal.claim(`request ${count}`), lateRecorded]);
        return claimed;
      });
      // Its journal was opened when the first response had come, which then was lost.
      const isLost = isResumed && count === 1;
      const sentId = journal?.recorded(`sent ${count}`);
      const response = await requests.create(body, { wasSent: !isNew || isLost, sentId });
      // One that was found in a conversation was not seen to come.
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
