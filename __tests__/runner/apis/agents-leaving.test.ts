import { describe, expect, test } from '@jest/globals';
import { GuardedRunError } from 'interven-openai-assistants';
import { callTools, say, type Misbehaviour } from 'interven-openai-assistants/testing';
import { ending, held, oneCall, serving, soon, withoutEvents, type Serving } from '../../setup/agents.ts';
import { holdTimers } from '../../setup/held-timers.ts';
import { idle } from '../../setup/idle.ts';
import { shorten } from '../../setup/limits.ts';
import { waitFor } from '../../setup/wait-for.ts';
import { over, type Passing } from '../../setup/wire.ts';

/** A session whose only call hangs in its handler until it is aborted; then a message for the next run. */
function hanging(extra: Partial<Parameters<typeof serving>[0]> = {}) {
  const controller = new AbortController();
  const hold = held('hang');
  const parts = serving({
    script: [callTools({ name: 'hang', id: 'call_1' }), say('next')],
    tools: hold.tools,
    decisions: hold.decisions,
    ...extra,
  });
  const { signal } = controller;
  return {
    ...hold,
    ...parts,
    signal,
    abort: () => {
      controller.abort(new Error('enough'));
    },
  };
}

async function expectLeft({ seen, events, serve }: Serving, error: GuardedRunError): Promise<void> {
  expect(error).toBeInstanceOf(GuardedRunError);
  expect(error).toMatchObject({ leftOpen: false, openCalls: [], runId: seen().turns.at(-1)?.id });
  expect(events('cancel')).toHaveLength(1);
  expect(seen().status).toBe('idle');
  expect(seen().turns.at(-1)?.status).toBe('cancelled');
  expect(await serve()).toMatchObject({ text: 'next' });
}

describe('an abort', () => {
  test('before the start sends the API nothing', async () => {
    const { openai, left, sessionId } = hanging();
    const error = await left({ signal: AbortSignal.abort('no') });
    expect(error).toMatchObject({
      code: 'aborted',
      cause: 'no',
      threadId: sessionId,
      runId: undefined,
      leftOpen: false,
    });
    expect(openai.requests).toEqual([]);
  });

  test.each([
    ['events.stream', '/events'],
    ['turns.list', '/turns'],
  ])('while %s is in flight sends nothing, and cancels no turn of another client', async (_, path) => {
    const parts = hanging({
      through: (fetch) => async (input, init) => {
        const { method, url } = new Request(input, init);
        if (method === 'GET' && new URL(url).pathname.endsWith(path)) parts.abort();
        return fetch(input, init);
      },
    });
    const error = await parts.left({ signal: parts.signal });
    expect(error).toMatchObject({ code: 'aborted', runId: undefined, leftOpen: false });
    expect([parts.sent(), parts.seen().turns]).toEqual([[], []]);
  });

  test.each([
    ['by its events', (fetch: typeof globalThis.fetch) => fetch],
    ['by polling it', withoutEvents],
  ])('while the model thinks cancels the turn, %s', async (_, through) => {
    let thoughts = 0;
    const parts = hanging({
      script: async () => ((thoughts += 1) === 1 ? new Promise(() => undefined) : say('next')),
      through,
    });
    const running = parts.left({ signal: parts.signal });
    await parts.until(({ status }) => status === 'in_progress');
    await waitFor(() => thoughts === 1);
    // By now the runner knows the turn, by its event or by a read that started since.
    const reads = (): number => parts.count('sessions.retrieve') + parts.count('turns.list');
    const before = reads();
    if (through === withoutEvents) await waitFor(() => reads() > before + 4);
    else await idle();
    parts.abort();
    const error = await running;
    expect(error).toMatchObject({ code: 'aborted', calls: [] });
    await expectLeft(parts, error);
  });

  test('while the input has no effect yet cancels the turn that follows from it', async () => {
    const stage = holdTimers(30);
    const parts = hanging({ script: [say('next')], api: { thinkMs: 90 } });
    const running = parts.left({ signal: parts.signal });
    await waitFor(() => parts.sent().length === 1);
    parts.abort();
    await waitFor(() => parts.events('cancel').length === 1);
    stage.end();
    expect(await running).toMatchObject({ code: 'aborted', leftOpen: false });
    await parts.until(({ turns, status }) => status === 'idle' && turns[0]?.status === 'cancelled');
    expect(parts.events('cancel')).toHaveLength(1);
  });

  test('during a handler aborts its signal, and sends nothing more but the cancellation', async () => {
    const parts = hanging();
    const running = parts.left({ signal: parts.signal });
    await waitFor(() => parts.started.length === 1);
    parts.abort();
    const error = await running;
    expect(error).toMatchObject({ code: 'aborted', cause: { message: 'enough' }, threadId: parts.sessionId });
    expect(error.calls).toMatchObject([{ callId: 'call_1', outcome: 'allowed', output: 'hang done' }]);
    expect(parts.abortReasons).toHaveLength(1);
    expect(parts.results()).toEqual([]);
    await expectLeft(parts, error);
  });

  test('while a result is in flight keeps what ran', async () => {
    const parts = hanging({
      tools: { hang: () => 'done' },
      through: (fetch) => async (input, init) => {
        if (typeof init?.body === 'string' && init.body.includes('tool_result')) {
          parts.abort();
          await idle();
        }
        return fetch(input, init);
      },
    });
    const error = await parts.left({ signal: parts.signal });
    expect(error).toMatchObject({ code: 'aborted', calls: [{ executed: 'yes', output: 'done' }] });
    await expectLeft(parts, error);
  });

  test('cancels the turns of subagents, too', async () => {
    const parts = hanging({
      script: [callTools({ name: 'hang', subagent: 'a' }, { name: 'hang', subagent: 'b' }), say('next')],
    });
    const running = parts.left({ signal: parts.signal });
    await waitFor(() => parts.started.length === 2);
    parts.abort();
    const error = await running;
    expect(error).toMatchObject({ leftOpen: false, runId: parts.seen().turns[0]?.id });
    expect(parts.seen().turns.map(({ status }) => status)).toEqual(['cancelled', 'cancelled', 'cancelled']);
  });

  test.each(['resumeSession', 'session'] as const)(
    'of %s in a turn of another client cancels that turn, and names it',
    async (method) => {
      const parts = hanging();
      const { runner, sessionId, signal } = parts;
      await parts.begin();
      await parts.until(({ status }) => status === 'requires_action');
      const running =
        method === 'session'
          ? runner.session(sessionId, { input: 'Hurry' }, { signal })
          : runner.resumeSession(sessionId, { signal });
      const left = ending(running);
      await waitFor(() => parts.started.length === 1);
      parts.abort();
      const error = await left;
      expect(error.code).toBe('aborted');
      await expectLeft(parts, error);
    },
  );
});

describe('an input that is in flight at an abort', () => {
  /** A session whose input is held until the cancellation was accepted. */
  const overtaken = (fate: (input: Passing) => Promise<Response>) => {
    let input: Passing | undefined;
    const parts = hanging({
      through: (fetch) =>
        over((passing) => {
          if (!input && passing.body.includes('input.message')) {
            input = passing;
            parts.abort();
            return new Promise(() => undefined);
          }
          if (!input || !passing.body.includes('input.cancel')) return undefined;
          const late = input;
          return passing.send().then(async (reply) => fate(late).then(() => reply));
        }, fetch),
    });
    return parts;
  };

  test('and that the API accepts after the cancellation starts a turn that is cancelled, too', async () => {
    shorten({ leaveCreationMs: 10, sessionRecancelMs: 100 });
    const parts = overtaken(async (input) => input.send());
    expect(await parts.left({ signal: parts.signal })).toMatchObject({ code: 'aborted', leftOpen: false });
    expect(parts.seen()).toMatchObject({ status: 'idle', turns: [{ status: 'cancelled' }] });
    expect(await parts.serve()).toMatchObject({ status: 'completed' });
  });

  test('and of which no turn follows is reported as possibly still to come', async () => {
    shorten({ leaveCreationMs: 10, leaveLookMs: 20 });
    const parts = overtaken(async () => new Response());
    const error = await parts.left({ signal: parts.signal });
    expect(error).toMatchObject({ code: 'aborted', leftOpen: true });
    expect(error.message).toContain(`Session ${parts.sessionId} may still get the input`);
    expect(parts.seen().turns).toEqual([]);
  });

  test('and that the API refuses needs no cancellation', async () => {
    const parts = hanging({
      through: (fetch) =>
        over((passing) => {
          if (!passing.body.includes('input.message')) return undefined;
          parts.abort();
          return idle().then(() => Response.json({ error: { message: 'No.' } }, { status: 400 }));
        }, fetch),
    });
    expect(await parts.left({ signal: parts.signal })).toMatchObject({ code: 'aborted', leftOpen: false });
    expect(parts.sent()).toEqual([]);
  });
});

describe('a cancellation', () => {
  const abortWithFault = async (operation: 'events.create' | 'sessions.retrieve', how: Misbehaviour) => {
    const parts = hanging();
    const running = parts.left({ signal: parts.signal });
    await waitFor(() => parts.started.length === 1);
    parts.openai.misbehave(operation, how);
    parts.abort();
    return { ...parts, error: await running };
  };

  test.each<[string, 'events.create' | 'sessions.retrieve', Misbehaviour]>([
    ['the API refuses it', 'events.create', { status: 403 }],
    ['the API keeps failing', 'events.create', { status: 500, headers: soon, times: 9 }],
    ['the session cannot be read as idle', 'sessions.retrieve', { status: 403 }],
  ])('that fails leaves the session open, and the error reports it: %s', async (_, operation, how) => {
    const { error, sessionId, seen } = await abortWithFault(operation, how);
    expect(error).toMatchObject({ code: 'aborted', leftOpen: true, threadId: sessionId, runId: seen().turns[0]?.id });
    expect(error.message).toContain(`Session ${sessionId} could not be cancelled`);
  });

  test.each<[string, 'events.create' | 'sessions.retrieve', Misbehaviour]>([
    ['its response is lost', 'events.create', { dropReply: true }],
    ['its response is truncated', 'events.create', { cutBody: true }],
    ['the connection breaks', 'events.create', { dropRequest: true }],
    ['the rate limit is met', 'events.create', { status: 429, headers: soon }],
    ['the first read of the session is lost', 'sessions.retrieve', { dropReply: true }],
    ['the read of the session is truncated', 'sessions.retrieve', { cutBody: true }],
  ])('is not lost: %s', async (_, operation, how) => {
    const { error, seen, serve, openai } = await abortWithFault(operation, how);
    expect(error).toMatchObject({ code: 'aborted', leftOpen: false });
    expect(seen()).toMatchObject({ status: 'idle', turns: [{ status: 'cancelled' }] });
    expect(await serve()).toMatchObject({ text: 'next' });
    openai.assertDone();
  });

  test('is sent for an end by the runner, too', async () => {
    const { left, seen, events } = oneCall({
      script: ({ turn }) => (turn < 4 ? callTools({ name: 'pay' }) : say('ok')),
    });
    expect(await left({ maxTurns: 2 })).toMatchObject({
      code: 'max_turns',
      leftOpen: false,
      runId: seen().turns[0]?.id,
    });
    expect([events('cancel').length, seen().status]).toEqual([1, 'idle']);
  });
});
