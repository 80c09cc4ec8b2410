import { beforeEach, describe, expect, test } from '@jest/globals';
import OpenAI from 'openai';
import { GuardedRunner, type GuardedRunError, type ServeOptions } from 'interven-openai-assistants';
import {
  callTools,
  FakeOpenAI,
  say,
  ScriptedGateway,
  type FakeOpenAIOptions,
} from 'interven-openai-assistants/testing';
import { reportOutputs } from '../../contracts/driver-contract.ts';
import { shorten } from '../../setup/limits.ts';
import { broken, over, type Passing, type Wire } from '../../setup/wire.ts';
import { rejection } from '../../setup/world.ts';

const soon = { 'retry-after-ms': '1' };

beforeEach(() => {
  shorten({ apiRetryFirstMs: 1 });
});

/** A run of two turns with one call each, over a wire. `ran` has the id of each call whose handler was started. */
function twoTurns(wire: Wire, api: Partial<FakeOpenAIOptions> = {}) {
  const ran: string[] = [];
  const openai = new FakeOpenAI({
    script: (turn) => (turn.turn <= 2 ? callTools({ name: 'pay', id: `call_${turn.turn}` }) : reportOutputs(turn)),
    ...api,
  });
  const client = new OpenAI({ apiKey: 'test', baseURL: openai.baseURL, fetch: over(wire, openai.fetch) });
  const runner = new GuardedRunner({
    client,
    gateway: new ScriptedGateway({ pay: 'ALLOW' }),
    tools: {
      pay: (_: unknown, { callId }: { callId: string }) => {
        ran.push(callId);
        return `${callId} paid`;
      },
    },
    pollIntervalMs: 5,
  });
  const { threadId, assistantId } = openai.seed('Hello');
  const run = async (options: ServeOptions<unknown> = {}) => runner.run(threadId, assistantId, options);
  return {
    openai,
    client,
    ran,
    threadId,
    run,
    left: async (options?: ServeOptions<unknown>) => (await rejection(run(options))) as GuardedRunError,
    statuses: () => openai.runs(threadId).map(({ status }) => status),
    /** Number of requests that the API processed. */
    count: (operation: string) => openai.requests.filter((request) => request.operation === operation).length,
  };
}

const isSubmit = ({ path }: Passing): boolean => path.endsWith('/submit_tool_outputs');
const isCreation = ({ method, path }: Passing): boolean => method === 'POST' && path.endsWith('/runs');
const isList = ({ method, path }: Passing): boolean => method === 'GET' && path.endsWith('/runs');
const isRead = ({ method, path }: Passing): boolean => method === 'GET' && /\/runs\/run_\w+$/.test(path);
const isCancel = ({ path }: Passing): boolean => path.endsWith('/cancel');

const completed = { status: 'completed', text: 'call_2=call_2 paid' };

describe('outputs whose response is lost', () => {
  test('and that the API accepts while they are sent again reach their turn once', async () => {
    shorten({ outputsSettleMs: 20 });
    let late: Passing | undefined;
    const { run, ran, openai } = twoTurns((passing) => {
      if (!isSubmit(passing)) return undefined;
      if (!late) {
        late = passing;
        return broken();
      }
      const { send } = late;
      late = { ...late, send: async () => new Response() };
      return send().then(passing.send);
    });
    expect(await run()).toMatchObject(completed);
    expect(ran).toEqual(['call_1', 'call_2']);
    openai.assertDone();
  });

  test.each(['transport', 'poll'] as const)(
    'and that reach the API twice are followed up at the run: %s',
    async (how) => {
      const { run, ran } = twoTurns((passing) => (isSubmit(passing) ? passing.send().then(passing.send) : undefined));
      const options = how === 'transport' ? ({ transport: 'stream' } as const) : {};
      expect(await run(options)).toMatchObject(completed);
      expect(ran).toEqual(['call_1', 'call_2']);
    },
  );

  test('with their rejection are followed up at the run', async () => {
    const cut = async (): Promise<Response> => new Response('{"error":', { status: 400 });
    let submits = 0;
    const { run, ran } = twoTurns((passing) => {
      if (!isSubmit(passing)) return undefined;
      submits += 1;
      return submits === 1 ? passing.send().then(cut) : undefined;
    });
    expect(await run()).toMatchObject(completed);
    expect(ran).toEqual(['call_1', 'call_2']);
  });
});

test('outputs for ids that are used again are not sent twice: the API could take the first ones for a later turn', async () => {
  shorten({ outputsSettleMs: 10 });
  let submits = 0;
  const script = ({ turn }: { turn: number }) =>
    turn <= 2 ? callTools({ name: 'pay', id: 'pay:0', arguments: { turn } }) : say('never');
  const { left, ran, statuses } = twoTurns(
    (passing) => (isSubmit(passing) && (submits += 1) > 1 ? broken() : undefined),
    { script },
  );
  expect(await left()).toMatchObject({ code: 'api_error', leftOpen: false });
  expect([submits, ran, statuses()]).toEqual([2, ['pay:0', 'pay:0'], ['cancelled']]);
});

describe('a read that is older than the run', () => {
  test.each([
    ['its first turn', (runs: readonly string[]) => runs.find((run) => run.includes('call_1'))],
    ['its creation', (runs: readonly string[]) => runs[0]],
  ])('sends no outputs twice and runs no call twice: it shows %s', async (_, pick) => {
    const reads: string[] = [];
    let stale = 0;
    const parts = twoTurns((passing) => {
      if (!isRead(passing)) return undefined;
      const old = parts.count('runs.submitToolOutputs') > 0 && (stale += 1) % 4 > 0 ? pick(reads) : undefined;
      if (old !== undefined) return Promise.resolve(Response.json(JSON.parse(old)));
      return passing.send().then(async (reply) => {
        reads.push(await reply.clone().text());
        return reply;
      });
    });
    expect(await parts.run()).toMatchObject(completed);
    expect(parts.ran).toEqual(['call_1', 'call_2']);
    expect(parts.count('runs.submitToolOutputs')).toBe(2);
    expect(stale).toBeGreaterThan(3);
  });

  test('does not end the run when a new run cannot be read yet', async () => {
    let reads = 0;
    const missing = { error: { message: "No run found with id 'run_1'.", type: 'invalid_request_error' } };
    const { run } = twoTurns((passing) =>
      isRead(passing) && (reads += 1) === 1 ? Promise.resolve(Response.json(missing, { status: 404 })) : undefined,
    );
    expect(await run()).toMatchObject(completed);
  });

  test('does not hide that a run has ended which is cancelled', async () => {
    let old: string | undefined;
    let hidden = 0;
    const controller = new AbortController();
    const { left, statuses, openai, threadId } = twoTurns((passing) => {
      if (isCancel(passing)) {
        openai.endRun(openai.runs(threadId)[0]?.id ?? '', 'failed');
        return undefined;
      }
      if (!isRead(passing)) return undefined;
      if (controller.signal.aborted && old !== undefined && (hidden += 1) === 1)
        return Promise.resolve(Response.json(JSON.parse(old)));
      return passing.send().then(async (reply) => {
        old = await reply.clone().text();
        controller.abort();
        return reply;
      });
    });
    expect(await left({ signal: controller.signal })).toMatchObject({ code: 'aborted', leftOpen: false });
    expect(statuses()).toEqual(['failed']);
    expect(hidden).toBeGreaterThan(0);
  });
});

describe('a creation whose response is lost', () => {
  test('and that no list shows yet is found by the active run that the API names', async () => {
    const empty = { object: 'list', data: [], has_more: false };
    let creations = 0;
    const { run, ran, openai, threadId } = twoTurns((passing) => {
      if (isList(passing)) return Promise.resolve(Response.json(empty));
      if (!isCreation(passing) || (creations += 1) > 1) return undefined;
      return passing.send().then(broken);
    });
    expect(await run()).toMatchObject(completed);
    expect([creations, openai.runs(threadId).length]).toEqual([2, 1]);
    expect(ran).toEqual(['call_1', 'call_2']);
  });

  test.each([
    ['HTML', () => new Response('<html></html>', { headers: { 'content-type': 'text/html' } })],
    ['an empty object', () => Response.json({})],
    ['an array', () => Response.json([])],
  ])('is not taken for missing because the list of runs is %s', async (_, reply) => {
    let creations = 0;
    let lists = 0;
    const { run, openai, threadId } = twoTurns((passing) => {
      if (isList(passing) && (lists += 1) === 1) return Promise.resolve(reply());
      return isCreation(passing) && (creations += 1) === 1 ? passing.send().then(broken) : undefined;
    });
    expect(await run()).toMatchObject(completed);
    expect([creations, openai.runs(threadId).length]).toEqual([1, 1]);
  });

  test('and that the API accepts after the runner gave up is cancelled', async () => {
    let late: Passing | undefined;
    const { left, statuses } = twoTurns((passing) => {
      if (isCreation(passing)) {
        late = passing;
        return broken();
      }
      const { send } = late ?? passing;
      // The last search after the three attempts finds nothing yet.
      if (isList(passing) && (lists += 1) === 4) return passing.send().then(async (reply) => send().then(() => reply));
      return undefined;
    });
    let lists = 0;
    expect(await left()).toMatchObject({ code: 'api_error', leftOpen: false });
    expect(statuses()).toEqual(['cancelled']);
  });

  test('and that no run follows is reported as possibly still to come, with its tag', async () => {
    shorten({ leaveLookMs: 20 });
    let tag = '';
    const { left, threadId } = twoTurns((passing) => {
      if (!isCreation(passing)) return undefined;
      tag = (JSON.parse(passing.body) as { metadata: { interven_run: string } }).metadata.interven_run;
      return broken();
    });
    const error = await left();
    expect(error).toMatchObject({ code: 'api_error', leftOpen: true, runId: undefined });
    expect(error.message).toContain(`The API may still create a run on thread ${threadId}`);
    expect(error.message).toContain(tag);
  });

  test.each([429, 500, 503])('is not expected any more when the API answered each attempt with %i', async (status) => {
    const { left, openai } = twoTurns(() => undefined);
    openai.misbehave('runs.create', { status, headers: soon, times: 3 });
    expect(await left()).toMatchObject({ code: 'api_error', leftOpen: false });
  });

  test('and that the API accepts after the run has ended leaves no second run', async () => {
    const parts = twoTurns((passing) => {
      if (isCreation(passing) && !late) {
        late = passing;
        return broken();
      }
      if (!isRead(passing) || parts.count('runs.submitToolOutputs') < 2 || (reads += 1) > 1) return undefined;
      return passing.send().then(async (reply) => late?.send().then(() => reply) ?? reply);
    });
    let late: Passing | undefined;
    let reads = 0;
    expect(await parts.run()).toMatchObject(completed);
    expect(parts.statuses().sort()).toEqual(['cancelled', 'completed']);
  });

  test('adds no listeners to one signal while it is looked for', async () => {
    shorten({ leaveLookMs: 300 });
    const { left, client } = twoTurns((passing) => (isCreation(passing) ? broken() : undefined));
    const { runs } = client.beta.threads;
    const signals: unknown[] = [];
    const list = runs.list.bind(runs) as (...args: unknown[]) => unknown;
    runs.list = ((...args: unknown[]) => {
      signals.push((args[2] as { signal: unknown }).signal);
      return list(...args);
    }) as typeof runs.list;
    await left();
    expect(signals.length).toBeGreaterThan(3);
    expect(new Set(signals).size).toBe(signals.length);
  });
});

test.each([
  ['its response is lost', async ({ send }: Passing) => send().then(broken)],
  ['it never arrives', broken],
])('a cancellation is verified at the run, and repeated: %s', async (_, fate) => {
  let cancels = 0;
  const controller = new AbortController();
  const { left, statuses } = twoTurns((passing) => {
    if (isRead(passing)) controller.abort();
    return isCancel(passing) && (cancels += 1) <= 3 ? fate(passing) : undefined;
  });
  expect(await left({ signal: controller.signal })).toMatchObject({ code: 'aborted', leftOpen: false });
  expect(statuses()).toEqual(['cancelled']);
});
