import type { FakeOpenAI } from 'interven-openai-assistants/testing';

/** Longer than a request is in flight, shorter than the model thinks. */
const AFTER_MS = 15;

/** A signal that aborts when the API has been asked for the operation, and is at it: however slow the machine is that asks. */
export function whenAsked({ requests }: Pick<FakeOpenAI, 'requests'>, operation: string): AbortSignal {
  const controller = new AbortController();
  const look = setInterval(() => {
    if (!requests.some((request) => request.operation === operation)) return;
    clearInterval(look);
    setTimeout(() => {
      controller.abort(new DOMException('It was asked.', 'TimeoutError'));
    }, AFTER_MS);
  }, 1);
  look.unref();
  return controller.signal;
}
