import { DONE, EventStream, UNNOTICED } from './event-stream.ts';
import type { Json } from './wire.ts';

/** Faults of an event stream. The server processes the whole request, even if the client receives only a part. */
export interface StreamMisbehaviour {
  /** Number of events after which the connection breaks. */
  readonly cutAfterEvents?: number;
  /** Number of events after which the stream ends, without the API's last event. */
  readonly endAfterEvents?: number;
  /** Number of events after which the stream is silent. The connection stays open until the client closes it. */
  readonly stallAfterEvents?: number;
  /** Number of events after which the API sends an `error` event and the stream ends. */
  readonly errorAfterEvents?: number;
}

export type StreamFault = keyof StreamMisbehaviour;

export const STREAM_FAULTS: readonly StreamFault[] = [
  'cutAfterEvents',
  'endAfterEvents',
  'stallAfterEvents',
  'errorAfterEvents',
];

const ERROR = { message: 'The test planned this error.', code: 'server_error', param: null };

interface Streaming {
  /** Creates the API's `error` event that follows the last event. */
  readonly error: (last: Json) => Json;
  /** Rewrites the run, response or session of an event, if it has one. */
  readonly rewritten: (data: Json, rewrite: (object: Json) => unknown) => unknown;
}

const RUN: Streaming = {
  error: () => ({ ...ERROR, type: 'server_error' }),
  rewritten: (data, rewrite) => (data['object'] === 'thread.run' ? rewrite(data) : data),
};

const RESPONSE: Streaming = {
  error: ({ sequence_number: number = -1 }) => ({ ...ERROR, type: 'error', sequence_number: Number(number) + 1 }),
  rewritten: rewrittenAt('response'),
};

const SESSION: Streaming = {
  error: ({ session_id: sessionId, session }) => ({
    type: 'error',
    event_id: 'evt_error',
    session_id: sessionId ?? (session as Json | undefined)?.['id'] ?? null,
    error: { code: ERROR.code, message: ERROR.message },
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
  readonly fault?: { readonly name: StreamFault; readonly events: number };
  /** Rewrites the run, response or session of an event. */
  readonly rewrite?: (object: Json) => unknown;
  /** Called when the stream ends before the fault. */
  readonly missed: () => void;
}

/** Creates a response whose stream has a fault on its way to the client. */
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
    // The end of the server's stream changes nothing; a broken connection throws here.
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

/** Reads the one event of a chunk; undefined for comments and the Assistants API's `[DONE]`. */
function readEvent(chunk: Uint8Array): { readonly name: string; readonly data: Json } | undefined {
  const [first = '', second = ''] = new TextDecoder().decode(chunk).split('\n');
  const data = second.slice('data: '.length);
  if (!first.startsWith('event: ') || data === DONE) return undefined;
  return { name: first.slice('event: '.length), data: JSON.parse(data) as Json };
}
