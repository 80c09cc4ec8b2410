import { Limit } from '../../../internal/abort.ts';
import type { Loop } from '../../run/driver.ts';
import type { HttpResponse } from '../api-error.ts';
import { type Fields, readStream } from '../event-stream.ts';
import type { AssistantRun, ThreadMessage } from './client.ts';
import { emitText } from './text.ts';

export interface StreamedRequest {
  /** Sends the request for a stream. */
  readonly send: (signal: AbortSignal) => PromiseLike<unknown>;
  /** Aborts the request until the API has accepted it. */
  readonly creationSignal: AbortSignal;
  readonly retrieve: (runId: string, signal: AbortSignal) => PromiseLike<AssistantRun>;
  /**
   * Records a state of the run. Returns true while the run is active.
   *
   * @throws TypeError when the value is not a run
   */
  readonly observe: (run: AssistantRun) => boolean;
  /** Receives each whole message. */
  readonly onMessage: (message: ThreadMessage) => void;
  readonly onResponse: (response: HttpResponse, requestedAt: number) => void;
  /** The id of the run, unless the request creates it. */
  readonly runId: string | undefined;
  /** Returns true if a retrieved run is older than the request, or the request is still on its way. */
  readonly isOutdated: (run: AssistantRun) => Promise<boolean>;
}

/**
 * Follows a run by the events of one request, up to the run's next stop or end. When the stream breaks, ends early or
 * stalls, it resolves with the last known state of the run, which can then be polled.
 *
 * @throws the stream's error when no event named the run
 */
export async function followStream(request: StreamedRequest, loop: Loop): Promise<AssistantRun> {
  const { creationSignal, retrieve, isOutdated } = request;
  let run: AssistantRun | undefined;
  const observe = (reported: AssistantRun): boolean => {
    const { id } = reported as Partial<AssistantRun>;
    // A stream must not mix runs.
    const known = run?.id ?? request.runId;
    if (known !== undefined && id !== known) throw new TypeError('The stream sent an event of another run.');
    const isActive = request.observe(reported);
    run = reported;
    return !isActive;
  };
  const probe = async (runId: string, signal: AbortSignal): Promise<boolean> => {
    const retrieved = await new Limit(signal).within(async ({ signal: own }) => retrieve(runId, own));
    return !(await isOutdated(retrieved)) && observe(retrieved);
  };
  try {
    await readStream({
      open: request.send,
      onResponse: request.onResponse,
      onEvent: ({ event, data }) => {
        const name = String(event);
        const message = name.startsWith('thread.message.') ? emitText(name, data as Fields, loop) : undefined;
        if (message) request.onMessage(message);
        // An error of the API: the run's status shows its effect.
        if (name === 'error') return true;
        return name.startsWith('thread.run.') && !name.startsWith('thread.run.step.') && observe(data as AssistantRun);
      },
      onReply: (reply) => {
        if (typeof (reply as Partial<AssistantRun> | null)?.id !== 'string') return false;
        observe(reply as AssistantRun);
        return true;
      },
      get probe() {
        const runId = run?.id ?? request.runId;
        return runId === undefined ? undefined : async (signal: AbortSignal) => probe(runId, signal);
      },
      get signal() {
        return run ? loop.signal : creationSignal;
      },
    });
  } catch (error) {
    loop.signal.throwIfAborted();
    if (!run) throw error;
  }
  if (!run) throw new TypeError('The stream ended before it reported its run.');
  return run;
}
