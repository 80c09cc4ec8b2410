import { journalFailed } from '../../core/call-journal.ts';
import type { Loop } from '../../core/driver.ts';
import { plain, type RunJournal } from '../../core/durable.ts';
import type { ModelResponse, ResponseBody } from './client.ts';
import type { Requests } from './requests.ts';
import { asResponse } from './status.ts';

/** Creates the responses of a run one after the other; those that an earlier process has recorded are taken as they were. */
export interface Memo {
  create(body: ResponseBody): Promise<ModelResponse>;
  /** To be called with a response that asks for calls, before they are answered. */
  keep(response: ModelResponse): Promise<void>;
}

/** @param isResumed whether an earlier process began the run: then its journal has the first response */
export function createMemo(requests: Requests, loop: Loop, isResumed: boolean): Memo {
  let count = 0;

  const written = async <T>(write: () => Promise<T>): Promise<T> => {
    try {
      return await write();
    } catch (cause) {
      throw journalFailed(cause);
    }
  };

  const takeRecorded = (journal: RunJournal | undefined): ModelResponse | undefined => {
    const recorded = journal?.recorded(`response ${count}`);
    if (recorded === undefined) return undefined;
    const response = asResponse(recorded);
    // One that was found in a conversation has none.
    if (response.id !== '') loop.opened(response.id);
    return response;
  };

  return {
    async create(body) {
      count += 1;
      // A run without calls has no journal: it is opened with the first response that has some.
      const journal = count > 1 || isResumed ? await loop.journal() : undefined;
      const recorded = takeRecorded(journal);
      if (recorded) return recorded;
      const isNew = await written(async () => (journal ? journal.claim(`request ${count}`) : true));
      // Its journal was opened when the first response had come, which then was lost.
      const isLost = isResumed && count === 1;
      const response = await requests.create(body, { wasSent: !isNew || isLost });
      await written(async () => journal?.record(`response ${count}`, plain(response)));
      return response;
    },
    async keep(response) {
      const journal = await loop.journal();
      await written(async () => journal?.record(`response ${count}`, plain(response)));
    },
  };
}
