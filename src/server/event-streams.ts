import type { Approver } from './authenticate.ts';
import { HttpError } from './http-error.ts';

const MAX_STREAMS = 100;
const HEARTBEAT_MS = 15_000;
/** The browser's delay before it reconnects. */
const RETRY_MS = 2_000;

interface Stream {
  /** The approver's name. */
  readonly owner: string;
  readonly isSignedIn: () => Promise<boolean>;
  /** Sends a change event, unless the client has not read the previous one yet. */
  readonly changed: () => void;
  readonly heartbeat: () => void;
  readonly end: () => void;
}

/** The open streams of server-sent events. An event reports that data changed, and contains none of it. */
export class EventStreams {
  readonly #streams = new Set<Stream>();
  #heartbeatTimer: NodeJS.Timeout | undefined;
  #isClosed = false;

  /**
   * When 100 streams are open, the stream replaces the oldest of the approver with the most.
   *
   * @param owner the approver; `isSignedIn` is checked every 15 s: the stream ends with the approver's session
   * @throws HttpError 503 when no approver has more streams than this one, or after {@link close}
   */
  open(signal: AbortSignal, owner: Pick<Approver, 'name' | 'isSignedIn'>): Response {
    if (this.#isClosed || !this.#makeRoom(owner.name)) {
      const headers = { 'retry-after': '10' };
      throw new HttpError(503, 'too_many_streams', 'Too many event streams are open. Try again later.', { headers });
    }
    const body = this.#stream(signal, owner);
    return new Response(body, { headers: { 'content-type': 'text/event-stream; charset=utf-8' } });
  }

  changed(): void {
    for (const stream of this.#streams) stream.changed();
  }

  /** Ends every stream and opens no new ones. */
  close(): void {
    this.#isClosed = true;
    for (const stream of this.#streams) stream.end();
  }

  /** Returns false if the approver has to go without: all streams are in use, and others have no more of them. */
  #makeRoom(name: string): boolean {
    if (this.#streams.size < MAX_STREAMS) return true;
    const of = (owner: string): Stream[] => [...this.#streams].filter((stream) => stream.owner === owner);
    const owners = new Set(Array.from(this.#streams, ({ owner }) => owner));
    const [most = []] = Array.from(owners, of).toSorted((one, other) => other.length - one.length);
    // With an equal share, two approvers would take it from each other in turns.
    if (most.length <= of(name).length + 1) return false;
    most[0]?.end();
    return true;
  }

  #stream(
    signal: AbortSignal,
    { name, isSignedIn }: Pick<Approver, 'name' | 'isSignedIn'>,
  ): ReadableStream<Uint8Array> {
    const encoder = new TextEncoder();
    let hasUnread = false;
    let release: () => void = () => undefined;
    return new ReadableStream<Uint8Array>({
      start: (controller) => {
        const write = (text: string): void => {
          controller.enqueue(encoder.encode(text));
        };
        const stream: Stream = {
          owner: name,
          isSignedIn,
          changed: () => {
            if (hasUnread) return;
            hasUnread = true;
            write('event: change\ndata: {}\n\n');
          },
          heartbeat: () => {
            // Skipped for a client that does not read, because heartbeats would pile up.
            if ((controller.desiredSize ?? 0) > 0) write(': still here\n\n');
          },
          end: () => {
            release();
            controller.close();
          },
        };
        release = () => {
          this.#remove(stream);
          signal.removeEventListener('abort', stream.end);
        };
        write(`retry: ${RETRY_MS}\n\n`);
        this.#add(stream);
        if (signal.aborted) stream.end();
        else signal.addEventListener('abort', stream.end, { once: true });
      },
      pull: () => {
        hasUnread = false;
      },
      cancel: () => {
        release();
      },
    });
  }

  #add(stream: Stream): void {
    this.#streams.add(stream);
    this.#heartbeatTimer ??= setInterval(() => {
      for (const open of this.#streams) void beat(open);
    }, HEARTBEAT_MS);
  }

  #remove(stream: Stream): void {
    this.#streams.delete(stream);
    if (this.#streams.size > 0) return;
    clearInterval(this.#heartbeatTimer);
    this.#heartbeatTimer = undefined;
  }
}

/** A session that cannot be verified counts as ended: the page connects again. */
async function beat(stream: Stream): Promise<void> {
  if (await stream.isSignedIn().catch(() => false)) stream.heartbeat();
  else stream.end();
}
