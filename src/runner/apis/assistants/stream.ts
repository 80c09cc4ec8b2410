import type { Loop } from '../../run/driver.ts';
import { withOwnSignal } from '../../../internal/abort.ts';
import { readLive, type Fields } from '../event-stream.ts';
import type { AssistantRun, RetrievedResponse } from './client.ts';
import { type Sighting, isActive } from './run-snapshot.ts';
import { emitText } from './text.ts';

export interface StreamedRequest {
  /** Sends the request, which asks for a stream. */
  readonly send: (signal: AbortSignal) => PromiseLike<unknown>;
  /** Until the API is known to have taken the request, only this cuts it off. */
  readonly untilTaken: AbortSignal;
  readonly retrieve: (runId: string, signal: AbortSignal) => PromiseLike<AssistantRun>;
  /** Of outputs: the run that gets them, and whether it has them. */
  readonly submitted?: { readonly runId: string; readonly isTaken: (run: AssistantRun) => boolean };
}

/**
 * Follows a run by the events of one request, up to the run's next stop or end. Where they break off, end early or stall,
 * it resolves with the run as it was seen last: from there on it can be asked for.
 *
 * @throws what broke the stream before it told of a run
 */
export async function followStream(
  { send, untilTaken, retrieve, submitted }: StreamedRequest,
  loop: Loop,
  sighting: Sighting,
): Promise<AssistantRun> {
  let run: AssistantRun | undefined;
  const see = (seen: AssistantRun): boolean => {
    const { id } = seen as Partial<AssistantRun>;
    // What a stream says of another run is none of ours.
    const known = run?.id ?? submitted?.runId;
    if (known !== undefined && id !== known) throw new TypeError('The stream told of another run.');
    run = sighting.see(seen);
    sighting.taken();
    return !isActive(run);
  };
  const look = async (runId: string, signal: AbortSignal): Promise<boolean> => {
    const looked = await withOwnSignal(signal, async (own) => retrieve(runId, own));
    // It waits for what is on its way to it.
    if (!run && submitted?.isTaken(looked) === false) return false;
    return see(looked);
  };
  try {
    await readLive({
      open: async (signal) => opened(send(signal), sighting),
      take: ({ event, data }) => {
        const name = String(event);
        if (name.startsWith('thread.message.')) emitText(name, data as Fields, loop);
        // The API's own trouble: the run says what became of it.
        if (name === 'error') return true;
        return name.startsWith('thread.run.') && !name.startsWith('thread.run.step.') && see(data as AssistantRun);
      },
      takePlain: (reply) => {
        if (typeof (reply as Partial<AssistantRun> | null)?.id !== 'string') return false;
        see(reply as AssistantRun);
        return true;
      },
      get look() {
        const runId = run?.id ?? submitted?.runId;
        return runId === undefined ? undefined : async (signal: AbortSignal) => look(runId, signal);
      },
      get signal() {
        return run ? loop.signal : untilTaken;
      },
    });
  } catch (error) {
    loop.signal.throwIfAborted();
    if (!run) throw error;
  }
  if (!run) throw new TypeError('The stream ended before it told of a run.');
  return run;
}

/** The SDK's promise tells the HTTP response, too, which has the server's time. */
async function opened(request: PromiseLike<unknown>, sighting: Sighting): Promise<unknown> {
  const { withResponse } = request as { withResponse?: unknown };
  if (typeof withResponse !== 'function') return request;
  const askedAt = Date.now();
  const { data, response } = await (
    request as unknown as { withResponse(): Promise<{ data: unknown; response: RetrievedResponse['response'] }> }
  ).withResponse();
  sighting.seeClock(response, askedAt);
  return data;
}
