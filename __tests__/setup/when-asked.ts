import type { FakeOpenAI } from 'interven-openai-assistants/testing';
import { idle } from './idle.ts';

/** Creates a signal that aborts once the API has received a request of the operation, and has done with it what it does. */
export function whenAsked({ requests }: Pick<FakeOpenAI, 'requests'>, operation: string): AbortSignal {
  const controller = new AbortController();
  const look = setInterval(() => {
    if (!requests.some((request) => request.operation === operation)) return;
    clearInterval(look);
    void idle().then(() => {
      controller.abort(new DOMException('The API has the request.', 'TimeoutError'));
    });
  }, 1);
  look.unref();
  return controller.signal;
}
