import { describe, expect, test } from '@jest/globals';
import OpenAI from 'openai';
import OpenAI5 from 'openai5';
import OpenAI7 from 'openai7';
import {
  GuardedRunner,
  type GuardedRunnerOptions,
  type OpenAIClient,
  type RunEvent,
  type RunStream,
} from 'interven-openai-assistants';
import {
  callTools,
  FakeOpenAI,
  say,
  ScriptedGateway,
  stopShort,
  type Script,
} from 'interven-openai-assistants/testing';
import { gate, stepsAfter } from '../setup/gate.ts';
import { idle } from '../setup/idle.ts';
import { shorten } from '../setup/limits.ts';
import { MODEL } from '../setup/model.ts';
import { rejection } from '../setup/world.ts';

const WORDS = 'It is paid, and everybody is glad.';

interface Streamed {
  readonly status: string;
  readonly text: string | null;
  readonly calls: readonly { readonly outcome: string; readonly executed: string }[];
}

const apis = {
  stream: (runner: GuardedRunner, { threadId, assistantId }: ReturnType<FakeOpenAI['seed']>, signal?: AbortSignal) =>
    runner.stream(threadId, assistantId, { signal }) as RunStream<Streamed>,
  streamResponses: (runner: GuardedRunner, _: unknown, signal?: AbortSignal) =>
    runner.streamResponses({ model: MODEL, input: 'Hello' }, { signal }) as RunStream<Streamed>,
  'streamResponses, in the background': (runner: GuardedRunner, _: unknown, signal?: AbortSignal) =>
    runner.streamResponses({ model: MODEL, input: 'Hello', background: true }, { signal }) as RunStream<Streamed>,
  'streamResponses, in a conversation': (
    runner: GuardedRunner,
    { conversationId: conversation }: ReturnType<FakeOpenAI['seed']>,
    signal?: AbortSignal,
  ) => runner.streamResponses({ model: MODEL, input: 'Hello', conversation }, { signal }) as RunStream<Streamed>,
  streamSession: (runner: GuardedRunner, { sessionId }: ReturnType<FakeOpenAI['seed']>, signal?: AbortSignal) =>
    runner.streamSession(sessionId, { input: 'Hello' }, { signal }) as RunStream<Streamed>,
} as const;

type Api = keyof typeof apis;

const sdks = { 'openai 5': OpenAI5, 'openai 6': OpenAI, 'openai 7': OpenAI7 } as const;

function streaming(
  api: Api,
  {
    script = [callTools({ name: 'pay' }), say(WORDS)],
    sdk = 'openai 7',
    pay = () => 'paid',
    thinkMs = 0,
    options = {},
  }: {
    script?: Script;
    sdk?: keyof typeof sdks;
    pay?: () => unknown;
    thinkMs?: number;
    options?: Partial<GuardedRunnerOptions<unknown, OpenAIClient>>;
  } = {},
) {
  const openai = new FakeOpenAI({ script, thinkMs });
  const client: OpenAIClient = new sdks[sdk]({ apiKey: 'test', baseURL: openai.baseURL, fetch: openai.fetch });
  const ran: unknown[] = [];
  const runner = new GuardedRunner({
    client,
    gateway: new ScriptedGateway({ pay: 'ALLOW' }),
    tools: {
      pay: () => {
        ran.push('pay');
        return pay();
      },
    },
    pollIntervalMs: 5,
    ...options,
  });
  const place = openai.seed('Hello');
  return { openai, runner, place, ran, start: (signal?: AbortSignal) => apis[api](runner, place, signal) };
}

async function collect(stream: RunStream<unknown>): Promise<RunEvent[]> {
  const events: RunEvent[] = [];
  for await (const event of stream) events.push(event);
  return events;
}

/** The texts of the messages, joined from their deltas. */
function textsIn(events: readonly RunEvent[]): string[] {
  const texts = new Map<string, string>();
  for (const event of events) {
    if (event.type === 'text-delta') texts.set(event.itemId, (texts.get(event.itemId) ?? '') + event.delta);
  }
  return [...texts.values()];
}

const everyApi = Object.keys(apis) as Api[];

describe.each(everyApi)('%s', (api) => {
  test('emits the events of the run in order, and resolves with the result', async () => {
    const { openai, start, ran } = streaming(api);
    const stream = start();
    const events = await collect(stream);
    expect(await stream.result).toMatchObject({ status: 'completed', text: WORDS, calls: [{ outcome: 'allowed' }] });
    expect(events.map(({ type }) => type).filter((type) => type !== 'text-delta')).toEqual([
      'turn',
      'tool-call',
      'decision',
      'handler-start',
      'handler-end',
      'output-submitted',
      'run-end',
    ]);
    expect(textsIn(events)).toEqual([WORDS]);
    expect(ran).toEqual(['pay']);
    openai.assertDone();
  });

  test('can be awaited without being read, and read after its end', async () => {
    const { start } = streaming(api);
    const stream = start();
    expect(await stream.result).toMatchObject({ status: 'completed' });
    expect(textsIn(await collect(stream))).toEqual([WORDS]);
  });

  test('does not slow the run down when it is read slowly, and loses no event', async () => {
    const { start } = streaming(api);
    const stream = start();
    const types: string[] = [];
    for await (const { type } of stream) {
      if (types.length === 0) await stream.result;
      types.push(type);
    }
    expect(types).toContain('handler-end');
    expect(types.at(-1)).toBe('run-end');
  });

  test('aborts the run when its reader stops early, before the reader continues', async () => {
    const { openai, place, start, ran } = streaming(api, { script: () => callTools({ name: 'pay' }) });
    const stream = start();
    for await (const event of stream) if (event.type === 'decision') break;
    expect(await rejection(stream.result)).toMatchObject({ code: 'aborted' });
    const paid = ran.length;
    await idle();
    expect(ran).toHaveLength(paid);
    const open = [...openai.runs(place.threadId), ...openai.session(place.sessionId).turns];
    expect(open.filter(({ status }) => status !== 'cancelled')).toEqual([]);
  });

  test('can be closed while a read is pending', async () => {
    const thought = gate();
    const { start } = streaming(api, { script: stepsAfter(thought.opened, say('Too late.')) });
    const stream = start();
    const reader = stream[Symbol.asyncIterator]();
    const waiting = reader.next();
    await idle();
    const leaving = reader.return?.();
    thought.open();
    await leaving;
    expect(await waiting).toEqual({ done: true, value: undefined });
    expect(await rejection(stream.result)).toMatchObject({ code: 'aborted' });
  });

  test('ends when its caller aborts the signal', async () => {
    const controller = new AbortController();
    const { start } = streaming(api, { script: () => callTools({ name: 'pay' }) });
    const stream = start(controller.signal);
    const error = await rejection(
      (async () => {
        for await (const event of stream) if (event.type === 'handler-end') controller.abort();
      })(),
    );
    expect(error).toMatchObject({ code: 'aborted' });
    expect(await rejection(stream.result)).toBe(error);
  });

  test('throws the error that ended the run to its reader, after the last event', async () => {
    const { start } = streaming(api, { script: () => callTools({ name: 'pay' }), options: { maxTurns: 2 } });
    const stream = start();
    const types: string[] = [];
    const error = await rejection(
      (async () => {
        for await (const { type } of stream) types.push(type);
      })(),
    );
    expect(error).toMatchObject({ name: 'GuardedRunError', code: 'max_turns' });
    expect(types.at(-1)).toBe('run-end');
    expect(await rejection(stream.result)).toBe(error);
  });

  test('can be read only once', async () => {
    const { start } = streaming(api);
    const stream = start();
    await collect(stream);
    expect(() => stream[Symbol.asyncIterator]()).toThrow(TypeError);
  });

  test('rejects with a TypeError for an unknown option', async () => {
    const { runner, place } = streaming(api, { script: [] });
    const odd = { pollIntervall: 5 } as object;
    const stream =
      api === 'stream'
        ? runner.stream(place.threadId, place.assistantId, odd)
        : api === 'streamSession'
          ? runner.streamSession(place.sessionId, { input: 'Hello' }, odd)
          : runner.streamResponses({ model: MODEL, input: 'Hello' }, odd);
    expect(await rejection(collect(stream))).toMatchObject({
      name: 'TypeError',
      message: expect.stringContaining('pollIntervall'),
    });
  });
});

const overRequests = everyApi.filter((api) => api !== 'streamSession');

describe.each(overRequests)('%s, over any SDK', (api) => {
  test.each(Object.keys(sdks) as (keyof typeof sdks)[])('with %s, requests streams and never polls', async (sdk) => {
    const { openai, start } = streaming(api, { sdk });
    const stream = start();
    expect(textsIn(await collect(stream))).toEqual([WORDS]);
    const bodies = openai.requests.filter(
      ({ operation }) => /create$|submit/.test(operation) && operation !== 'messages.list',
    );
    expect(bodies.map(({ body }) => (body as { stream?: unknown }).stream)).toEqual([true, true]);
    expect(openai.requests.filter(({ operation }) => operation.endsWith('.retrieve'))).toEqual([]);
  });

  const faults = ['cutAfterEvents', 'endAfterEvents', 'errorAfterEvents'] as const;
  const ways = faults.flatMap((fault) => Object.keys(sdks).map((sdk) => [fault, sdk as keyof typeof sdks] as const));

  test.each(ways)(
    'after a fault at any event of a stream (%s, %s), loses no text and runs no call twice',
    async (fault, sdk) => {
      const [starts, submits] =
        api === 'stream'
          ? (['runs.create', 'runs.submitToolOutputs'] as const)
          : (['responses.create', 'responses.create'] as const);
      // The SDKs differ in how they read a stream, not in its events; the faults differ in how a stream ends.
      const counts = sdk !== 'openai 7' ? [3] : fault === 'cutAfterEvents' ? [1, 2, 3, 4, 5, 7, 9, 11] : [2, 5];
      const attempts = counts.flatMap((count) => [
        { count, operation: starts, first: true },
        { count, operation: submits, first: false },
      ]);
      const served = attempts.map(async ({ count, operation, first }) => {
        const { openai, start, ran } = streaming(api, {
          sdk,
          script: ({ turn }) => (turn === 1 ? callTools({ name: 'pay' }) : say(WORDS)),
          pay: () => {
            if (!first && ran.length === 1) openai.misbehave(operation, { [fault]: count });
            return 'paid';
          },
        });
        if (first) openai.misbehave(operation, { [fault]: count });
        const stream = start();
        const events = await collect(stream);
        const { status, text, calls } = await stream.result;
        return { status, text, ran, last: textsIn(events).at(-1), outcomes: calls.map(({ outcome }) => outcome) };
      });
      for (const one of await Promise.all(served)) {
        expect(one).toEqual({ status: 'completed', text: WORDS, ran: ['pay'], last: WORDS, outcomes: ['allowed'] });
      }
    },
  );
});

describe('The runner', () => {
  test('polls the run when a stream goes silent', async () => {
    shorten({ streamSilentMs: 200 });
    const stalling = (['stream', 'streamResponses, in the background'] as const).map(async (api) => {
      const { openai, start, ran } = streaming(api);
      openai.misbehave(api === 'stream' ? 'runs.create' : 'responses.create', { stallAfterEvents: 2 });
      return [textsIn(await collect(start())), ran];
    });
    expect(await Promise.all(stalling)).toEqual([
      [[WORDS], ['pay']],
      [[WORDS], ['pay']],
    ]);
  });

  test('polls the run when the stream of submitted outputs sends no event', async () => {
    shorten({ streamSilentMs: 200 });
    const { openai, start, ran } = streaming('stream');
    openai.misbehave('runs.submitToolOutputs', { stallAfterEvents: 0 });
    expect(textsIn(await collect(start()))).toEqual([WORDS]);
    expect(ran).toEqual(['pay']);
  });

  test('ignores a stream of another run', async () => {
    const { openai, start, ran } = streaming('stream');
    openai.misbehave('runs.submitToolOutputs', { rewrite: (run) => ({ ...run, id: 'run_other' }) });
    expect(textsIn(await collect(start()))).toEqual([WORDS]);
    expect(ran).toEqual(['pay']);
  });

  test.each(['streamResponses', 'streamResponses, in the background'] as const)(
    'returns the same response with a stream as without: %s',
    async (api) => {
      const { start } = streaming(api);
      const { response } = (await start().result) as unknown as { response: { output_text?: string } };
      expect(response.output_text).toBe(WORDS);
    },
  );

  test('runs no call of an incomplete response', async () => {
    const { start, ran } = streaming('streamResponses', {
      script: [stopShort('max_completion_tokens', { name: 'pay' }, { name: 'pay' })],
    });
    const stream = start();
    expect(await collect(stream)).toMatchObject([{ type: 'run-end', status: 'incomplete' }]);
    expect(ran).toEqual([]);
  });

  test('emits the text that a session’s broken event stream has missed', async () => {
    const { openai, place, start } = streaming('streamSession', {
      script: async ({ turn }) => {
        if (turn === 1) return callTools({ name: 'pay' });
        openai.breakStreams(place.sessionId);
        return say(WORDS);
      },
    });
    expect(textsIn(await collect(start()))).toEqual([WORDS]);
  });

  test('uses streams for run(), too, with transport: "stream"', async () => {
    const { openai, runner, place } = streaming('stream', { thinkMs: 40 });
    const { status, text } = await runner.run(place.threadId, place.assistantId, { transport: 'stream' });
    expect([status, text]).toEqual(['completed', WORDS]);
    expect(openai.requests.map(({ operation }) => operation)).toEqual([
      'runs.create',
      'runs.submitToolOutputs',
      'messages.list',
    ]);
  });

  test.each<[string, Parameters<FakeOpenAI['misbehave']>[1]]>([
    ['the API fails', { status: 500, headers: { 'retry-after-ms': '1' }, times: 3 }],
    ['the response is no list', { rewrite: () => ({}) }],
    ['the list lacks the message', { rewrite: (page) => ({ ...page, data: [] }) }],
  ])('has the text that was streamed when the messages cannot be listed: %s', async (_, how) => {
    for (const [api, list] of [
      ['stream', 'messages.list'],
      ['streamSession', 'sessionItems.list'],
    ] as const) {
      const { openai, start } = streaming(api);
      openai.misbehave(list, how);
      expect(await start().result).toMatchObject({ status: 'completed', text: WORDS });
    }
  });

  test('has no text when the last message was not streamed either', async () => {
    const { openai, start } = streaming('stream');
    openai.misbehave('runs.submitToolOutputs', { cutAfterEvents: 2 });
    openai.misbehave('messages.list', { rewrite: () => ({}) });
    expect(await start().result).toMatchObject({ status: 'completed', text: null });
  });

  test('emits the text of a polled run in one event', async () => {
    const { runner, place } = streaming('stream');
    const stream = runner.stream(place.threadId, place.assistantId, { transport: 'poll' });
    expect((await collect(stream)).filter(({ type }) => type === 'text-delta')).toMatchObject([{ delta: WORDS }]);
  });

  test.each([
    ['stream', (runner: GuardedRunner) => runner.run('thread_1', 'asst_1', { params: { stream: true } })],
    ['streamResponses', (runner: GuardedRunner) => runner.responses({ model: MODEL, stream: true })],
  ])('refuses params.stream, and names runner.%s() instead', async (method, call) => {
    const { runner } = streaming('stream', { script: [] });
    expect(await rejection(call(runner))).toMatchObject({
      name: 'TypeError',
      message: `params.stream cannot be set. Call runner.${method}() instead.`,
    });
  });

  test('requires a client that can stream, and the error names the missing methods', async () => {
    const { openai, place } = streaming('stream', { script: [] });
    const { runs } = new OpenAI({ apiKey: 'test', baseURL: openai.baseURL, fetch: openai.fetch }).beta.threads;
    const client = {
      beta: {
        threads: {
          runs: {
            createAndPoll: runs.createAndPoll.bind(runs),
            submitToolOutputsAndPoll: runs.submitToolOutputsAndPoll.bind(runs),
            cancel: runs.cancel.bind(runs),
          },
        },
      },
    };
    const runner = new GuardedRunner({ client, gateway: new ScriptedGateway({}), tools: {} });
    const error = await rejection(runner.stream(place.threadId, place.assistantId).result);
    expect(error).toMatchObject({ name: 'TypeError', message: expect.stringContaining('create, submitToolOutputs') });
  });
});
