import { DONE, EventStream, UNNOTICED } from './event-stream.ts';
import type { Json } from './wire.ts';

/** How a stream of events goes wrong. The server does all of its work, whatever of it arrives. */
export interface StreamMisbehaviour {
  /** The connection breaks after so many events. */
  readonly cutAfterEvents?: number;
  /** The stream ends after so many events, as if there was no more to tell: it does not end as streams of the API do. */
  readonly endAfterEvents?: number;
  /** Nothing more comes after so many events; the connection stays open until the client closes it. */
  readonly stallAfterEvents?: number;
  /** After so many events the API sends an `error` event, and the stream ends. */
  readonly errorAfterEvents?: number;
}

export type StreamFault = keyof StreamMisbehaviour;

export const STREAM_FAULTS: readonly StreamFault[] = [
  'cutAfterEvents',
  'endAfterEvents',
  'stallAfterEvents',
  'errorAfterEvents',
];

const WORDS = { message: 'The fake was told to send an error.', code: 'server_error', param: null };

interface Streaming {
  /** The `error` event as the API writes it after the event that was sent last. */
  readonly error: (last: Json) => Json;
  /** An event whose run, response or session is rewritten; others hold none. */
  readonly rewritten: (data: Json, rewrite: (object: Json) => unknown) => unknown;
}

const RUN: Streaming = {
  error: () => ({ ...WORDS, type: 'server_error' }),
  rewritten: (data, rewrite) => (data['object'] === 'thread.run' ? rewrite(data) : data),
};

const RESPONSE: Streaming = {
  error: ({ sequence_number: number = -1 }) => ({ ...WORDS, type: 'error', sequence_number: Number(number) + 1 }),
  rewritten: rewrittenAt('response'),
};

const SESSION: Streaming = {
  error: ({ session_id: sessionId, session }) => ({
    type: 'error',
    event_id: 'evt_error',
    session_id: sessionId ?? (session as Json | undefined)?.['id'] ?? null,
    error: { code: WORDS.code, message: WORDS.message },
  }),
  rewritten: rewrittenAt('session'),
};

const STREAMING: ReadonlyMap<string, Streaming> = new Map([
  ['runs.create', RUN],
  ['runs.submitToolOutputs', RUN],
  ['responses.create', RESPONSE],
  ['responses.retrieve', RESPONSE],
  ['events.stream', SESSION],
]);

/** The operations that can answer with a stream. */
export const STREAMING_OPERATIONS: readonly string[] = [...STREAMING.keys()];

function rewrittenAt(key: string): Streaming['rewritten'] {
  return (data, rewrite) => (key in data ? { ...data, [key]: rewrite(data[key] as Json) } : data);
}

export interface StreamPlan {
  readonly operation: string;
  /** What goes wrong after so many events. */
  readonly fault?: { readonly name: StreamFault; readonly events: number };
  /** Makes another run, response or session of the one that an event holds. */
  readonly rewrite?: (object: Json) => unknown;
  /** Is told when the stream was over before the fault. */
  readonly missed: () => void;
}

/** A stream that goes wrong on its way to the client. */
export function faultyStream(reply: Response, request: Request, plan: StreamPlan): Response {
  const reader = (reply.body as ReadableStream<Uint8Array>).getReader();
  const faulty = new EventStream(request, () => {
    reader.cancel().catch(() => undefined);
  });
  carry(reader, faulty, plan).catch(() => {
    faulty.break();
  });
  return faulty.response;
}

type Reader = ReadableStreamDefaultReader<Uint8Array>;

async function carry(reader: Reader, faulty: EventStream, plan: StreamPlan): Promise<void> {
  const events = plan.fault?.events ?? Infinity;
  let last: Json = {};
  for (let sent = 0; sent < events;) {
    const { done, value } = await reader.read();
    if (done) {
      if (faulty.isOpen) plan.missed();
      faulty.close();
      return;
    }
    const event = readEvent(value);
    if (event) {
      sent += 1;
      last = event.data;
    }
    if (event && plan.rewrite) {
      faulty.send(event.name, STREAMING.get(plan.operation)?.rewritten(event.data, plan.rewrite));
    } else {
      faulty.write(value);
    }
  }
  await strike(reader, faulty, plan, last);
}

async function strike(
  reader: Reader,
  faulty: EventStream,
  { operation, fault }: StreamPlan,
  last: Json,
): Promise<void> {
  if (fault?.name === 'stallAfterEvents') {
    // The end of the server's stream changes nothing, but a connection that breaks does.
    let isOver = false;
    while (!isOver) isOver = (await reader.read()).done;
    return;
  }
  await reader.cancel(UNNOTICED);
  if (fault?.name === 'cutAfterEvents') {
    faulty.break();
    return;
  }
  if (fault?.name === 'errorAfterEvents') faulty.send('error', STREAMING.get(operation)?.error(last));
  faulty.close();
}

/** An event as the fake writes it, in a chunk of its own; undefined at comments and the Assistants API's `[DONE]`. */
function readEvent(chunk: Uint8Array): { readonly name: string; readonly data: Json } | undefined {
  const [first = '', second = ''] = new TextDecoder().decode(chunk).split('\n');
  const data = second.slice('data: '.length);
  if (!first.startsWith('event: ') || data === DONE) return undefined;
  return { name: first.slice('event: '.length), data: JSON.parse(data) as Json };
}
