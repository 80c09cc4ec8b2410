import type { FakeOpenAI } from 'interven-openai-assistants/testing';
import { idle } from './idle.ts';
import { waitFor } from './wait-for.ts';

/** A signal that aborts once the API processes a request of the operation, or has answered it if the model is not asked. */
export function whenAsked({ requests }: Pick<FakeOpenAI, 'requests'>, operation: string): AbortSignal {
  const controller = new AbortController();
  void waitFor(() => requests.some((request) => request.operation === operation))
    .then(async () => idle())
    .then(() => {
      controller.abort(new DOMException('It was asked.', 'TimeoutError'));
    })
    .catch(() => undefined);
  return controller.signal;
}
