import { describe, expect, test } from '@jest/globals';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileJournal, tool, type CallContext, type RunEvent, type RunJournal } from 'interven-openai-assistants';
import { EmbeddedGateway } from 'interven-openai-assistants/embedded';
import { callTools, say, type ModelTurn } from 'interven-openai-assistants/testing';
import { z } from 'zod';
import { MODEL } from '../../setup/model.ts';
import { rejection } from '../../setup/world.ts';
import { gate } from '../../setup/gate.ts';
import { holdTimers } from '../../setup/held-timers.ts';
import { waitFor } from '../../setup/wait-for.ts';
import {
  imageOf,
  journalWorld,
  newFolder,
  untilRecorded,
  untilTheEnd,
  type JournalWorld,
  type Options,
} from './world.ts';
import { shorten } from '../../setup/limits.ts';

const IN_DOUBT =
  'It is not known whether this call did its work before an interruption. Verify before you call it again.';

const reportOutputs = ({ outputs }: ModelTurn) =>
  say(outputs.map(({ callId, output }) => `${callId}=${output}`).join(' & '));
const paying = (turn: ModelTurn) =>
  turn.turn === 1
    ? callTools({ name: 'read', id: 'a' }, { name: 'pay', id: 'b', arguments: { sum: 5 } })
    : reportOutputs(turn);

/** How a run is started and resumed. */
const apis = {
  run: {
    start: (runner: ReturnType<JournalWorld['process']>, { threadId, assistantId }: JournalWorld['place']) =>
      runner.run(threadId, assistantId, { signal: untilTheEnd() }),
    resume: (runner: ReturnType<JournalWorld['process']>, { threadId }: JournalWorld['place'], id: string) =>
      runner.resume(threadId, id),
  },
  'responses, in a chain': {
    start: (runner: ReturnType<JournalWorld['process']>) =>
      runner.responses({ model: MODEL, input: 'Hello' }, { signal: untilTheEnd() }),
    resume: (runner: ReturnType<JournalWorld['process']>, _: unknown, id: string) => runner.resumeResponses(id),
  },
  'responses, in a conversation': {
    start: (runner: ReturnType<JournalWorld['process']>, { conversationId: conversation }: JournalWorld['place']) =>
      runner.responses({ model: MODEL, input: 'Hello', conversation }, { signal: untilTheEnd() }),
    resume: (runner: ReturnType<JournalWorld['process']>, _: unknown, id: string) => runner.resumeResponses(id),
  },
  'responses, that are not stored': {
    start: (runner: ReturnType<JournalWorld['process']>) =>
      runner.responses({ model: MODEL, input: 'Hello', store: false }, { signal: untilTheEnd() }),
    resume: (runner: ReturnType<JournalWorld['process']>, _: unknown, id: string) => runner.resumeResponses(id),
  },
  session: {
    start: (runner: ReturnType<JournalWorld['process']>, { sessionId }: JournalWorld['place']) =>
      runner.session(sessionId, { input: 'Hello' }, { signal: untilTheEnd() }),
    resume: (runner: ReturnType<JournalWorld['process']>, _: unknown, id: string) => runner.resumeSession(id),
  },
} as const;

type Api = keyof typeof apis;

/** A process that dies while the handler of `pay` is in flight, after `read` has returned. */
async function interrupted(api: Api) {
  const world = await journalWorld(paying, { read: 'ALLOW', pay: 'ALLOW' });
  const paid = gate();
  const keys: string[] = [];
  const first = world.process(
    {
      read: () => 'first reading',
      pay: async (_, { idempotencyKey }: CallContext) => {
        keys.push(idempotencyKey);
        paid.open();
        await new Promise(() => undefined);
      },
    },
    { graceMs: 0 },
  );
  apis[api].start(first, world.place).catch(() => undefined);
  await Promise.all([paid.opened, untilRecorded(world.folder, 'call-end', 'first reading')]);
  const image = await imageOf(world.folder);
  const [id = ''] = await fileJournal(image).list();
  const ran: string[] = [];
  const resume = async (options: Options = {}, idempotent = false) =>
    apis[api].resume(
      world.process(
        {
          read: () => {
            ran.push('read');
            return 'second reading';
          },
          pay: tool({
            parameters: z.object({ sum: z.number() }),
            idempotent,
            execute: (_, { idempotencyKey }) => {
              ran.push('pay');
              keys.push(idempotencyKey);
              return 'paid again';
            },
          }),
        },
        { in: image, ...options },
      ),
      world.place,
      id,
    );
  return { ...world, image, id, ran, keys, resume };
}

describe.each(Object.keys(apis) as Api[])('%s', (api) => {
  test('resumes without repeating calls: a finished call keeps its output, and a started one is in doubt', async () => {
    const { resume, ran, gateway } = await interrupted(api);
    const scans = gateway.scans.length;
    const { status, text, calls } = await resume();
    expect([status, text]).toEqual(['completed', `a=first reading & b=${IN_DOUBT}`]);
    expect(calls.map(({ outcome, executed }) => [outcome, executed])).toEqual([
      ['allowed', 'yes'],
      ['in_doubt', 'unknown'],
    ]);
    expect(ran).toEqual([]);
    expect(gateway.scans).toHaveLength(scans);
  });

  test('runs an interrupted call of an idempotent tool again, with the same key', async () => {
    const { resume, ran, keys } = await interrupted(api);
    const { text } = await resume({}, true);
    expect(text).toBe('a=first reading & b=paid again');
    expect(ran).toEqual(['pay']);
    expect(new Set(keys).size).toBe(1);
  });

  test('can be resumed again after its end, without running a call', async () => {
    const { resume, ran } = await interrupted(api);
    expect((await resume()).status).toBe('completed');
    expect((await resume({ onInDoubt: () => 'run' })).status).toBe('completed');
    expect(ran).toEqual([]);
  });
});

describe('A call in doubt', () => {
  test.each([
    ['run', () => 'run' as const, 'paid again', ['pay']],
    ['{ output }', async () => ({ output: 'It was paid.' }), 'It was paid.', []],
    ['report', () => 'report' as const, IN_DOUBT, []],
    ['an invalid answer', () => 'yes' as never, IN_DOUBT, []],
    [
      'an error',
      () => {
        throw new Error('no books');
      },
      IN_DOUBT,
      [],
    ],
  ])('is settled by onInDoubt: %s', async (_, onInDoubt, output, runs) => {
    const { resume, ran } = await interrupted('run');
    const { text } = await resume({ onInDoubt });
    expect(text).toBe(`a=first reading & b=${output}`);
    expect(ran).toEqual(runs);
  });

  test('has the output of onInDoubt judged, as any other', async () => {
    const { resume } = await interrupted('run');
    const withhold = { name: 'outputs', rules: [{ x_output: { any: true }, action: 'DENY' }] } as const;
    const gateway = new EmbeddedGateway({ policies: [withhold] });
    const { calls } = await resume({ onInDoubt: () => ({ output: 'It was paid.' }), scanOutputs: true, gateway });
    expect(calls[1]).toMatchObject({ callId: 'b', outcome: 'output_withheld', executed: 'yes' });
  });

  test('is passed to onInDoubt with its arguments and its idempotency key', async () => {
    const { resume, keys, id, place } = await interrupted('run');
    const calls: unknown[] = [];
    await resume({
      onInDoubt: (call) => {
        calls.push(call);
        return 'report';
      },
    });
    expect(calls).toEqual([
      {
        callId: 'b',
        name: 'pay',
        arguments: { sum: 5 },
        idempotencyKey: keys[0],
        runId: id,
        threadId: place.threadId,
      },
    ]);
  });
});

describe('A decision', () => {
  test.each([
    ['DENY', 'denied'],
    [{ decision: 'SANITIZE', sanitizedBody: { sum: 1 } }, 'sanitized'],
  ] as const)('that is recorded applies after a crash, without another scan: %p', async (rule, outcome) => {
    let scans = 0;
    const world = await journalWorld(paying, {
      read: 'ALLOW',
      pay: () => {
        scans += 1;
        return scans === 1 ? rule : 'ALLOW';
      },
    });
    const given: unknown[] = [];
    const tools = (hold: boolean) => ({
      read: async () => {
        if (hold) await new Promise(() => undefined);
        return 'read';
      },
      pay: async (input: unknown) => {
        given.push(input);
        return 'paid';
      },
    });
    apis.run.start(world.process(tools(true), { graceMs: 0 }), world.place).catch(() => undefined);
    await (outcome === 'denied'
      ? untilRecorded(world.folder, 'decision', '"decision":"DENY"')
      : untilRecorded(world.folder, 'call-end', '"outcome":"sanitized"'));
    const image = await imageOf(world.folder);
    const [id = ''] = await fileJournal(image).list();
    const { calls } = await world.process(tools(false), { in: image }).resume(world.place.threadId, id);
    expect(calls.find(({ name }) => name === 'pay')).toMatchObject({ outcome });
    expect(scans).toBe(1);
    expect(given).toEqual(outcome === 'sanitized' ? [{ sum: 1 }] : []);
  });
});

describe('A journal', () => {
  test('has one owner at a time: the error of a second process names it, and the run continues', async () => {
    const held = gate();
    const began = gate();
    const world = await journalWorld(paying, { read: 'ALLOW', pay: 'ALLOW' });
    const { place, openai } = world;
    const runner = world.process({
      read: () => 'read',
      pay: async () => {
        began.open();
        await held.opened;
        return 'paid';
      },
    });
    const running = apis.run.start(runner, place);
    await began.opened;
    const id = openai.runs(place.threadId)[0]?.id ?? '';
    const error = await rejection(world.process({}).resume(place.threadId, id));
    expect(error).toMatchObject({ name: 'GuardedRunError', code: 'journal', leftOpen: false });
    expect((error as Error).message).toContain(`in use by this process (${process.pid})`);
    held.open();
    expect(await running).toMatchObject({ status: 'completed', text: 'a=read & b=paid' });
  });

  test('whose directory cannot be created prevents the run', async () => {
    const world = await journalWorld(paying, { read: 'ALLOW', pay: 'ALLOW' });
    // A file has the directory's path.
    const taken = join(world.folder, 'taken');
    await writeFile(taken, '');
    const ran: string[] = [];
    const tools = { read: () => ran.push('read'), pay: () => ran.push('pay') };
    const failing = world.process(tools, { in: taken });
    const error = await rejection(apis.run.start(failing, world.place));
    expect(error).toMatchObject({ code: 'journal', leftOpen: false });
    expect(ran).toEqual([]);
    expect(world.openai.runs(world.place.threadId)).toEqual([]);
  });

  test('that cannot be opened starts no handler, and cancels the run', async () => {
    const world = await journalWorld(paying, { read: 'ALLOW', pay: 'ALLOW' });
    const journal = fileJournal(world.folder);
    const ran: string[] = [];
    const tools = { read: () => ran.push('read'), pay: () => ran.push('pay') };
    const full = { ...journal, open: async () => Promise.reject(new Error('the disk is full')) };
    const error = await rejection(apis.run.start(world.process(tools, { journal: full }), world.place));
    expect(error).toMatchObject({ code: 'journal', leftOpen: false });
    expect(ran).toEqual([]);
    expect(world.openai.runs(world.place.threadId)).toMatchObject([{ status: 'cancelled' }]);
  });

  describe.each(Object.keys(apis) as Api[])('that fails for a moment leaves a run as it is: %s', (api) => {
    test.each(['decision', 'handler-start', 'call-end'])(
      'at a %s; a later process completes it, and no call runs twice',
      async (type) => {
        const world = await journalWorld(paying, { read: 'ALLOW', pay: 'ALLOW' });
        const journal = fileJournal(world.folder);
        let isFull = false;
        const open = async (runId: string): Promise<RunJournal> => {
          const opened = await journal.open(runId);
          const append: RunJournal['append'] = async (key, event) => {
            isFull ||= key.startsWith(`${type} `);
            return isFull ? Promise.reject(new Error('ENOSPC: no space left on device')) : opened.append(key, event);
          };
          return { ...opened, append };
        };
        const ran: string[] = [];
        const tools = {
          read: (_: unknown, { callId }: CallContext) => ran.push(callId),
          pay: (_: unknown, { callId }: CallContext) => ran.push(callId),
        };
        const error = await rejection(
          apis[api].start(world.process(tools, { journal: { ...journal, open } }), world.place),
        );
        expect(error).toMatchObject({ code: 'journal', leftOpen: true });
        expect((error as Error).message).toContain('ENOSPC');
        const [id = ''] = await journal.list();
        expect(await apis[api].resume(world.process(tools), world.place, id)).toMatchObject({ status: 'completed' });
        expect(ran).toHaveLength(new Set(ran).size);
      },
    );
  });

  test.each(['open', 'append'] as const)(
    'whose %s never settles does not block the run beyond its time limit',
    async (hangs) => {
      shorten({ journalCloseMs: 300 });
      const world = await journalWorld(paying, { read: 'ALLOW', pay: 'ALLOW' });
      const journal = fileJournal(world.folder);
      const limit = holdTimers(90_000);
      const hanging = gate();
      const never = async (): Promise<never> => {
        hanging.open();
        return new Promise(() => undefined);
      };
      const open = async (runId: string): Promise<RunJournal> => ({ ...(await journal.open(runId)), append: never });
      const hung = { ...journal, open: hangs === 'open' ? never : open };
      const ran: string[] = [];
      const tools = { read: () => ran.push('read'), pay: () => ran.push('pay') };
      const { threadId, assistantId } = world.place;
      const run = rejection(world.process(tools, { journal: hung }).run(threadId, assistantId, { timeoutMs: 90_000 }));
      await hanging.opened;
      limit.end();
      expect(await run).toMatchObject({ code: 'timeout', leftOpen: false });
      expect(ran).toEqual([]);
      expect(world.openai.runs(threadId)).toMatchObject([{ status: 'cancelled' }]);
    },
  );

  test('is created with a run, or with the first calls of a response, and only if the option is set', async () => {
    const script = [say('Hello.'), say('Hello.'), callTools({ name: 'read' }), say('ok')];
    const world = await journalWorld(script, { read: 'ALLOW' });
    await world.process({}).responses({ model: MODEL, input: 'Hello' });
    expect(await readdir(world.folder)).toEqual([]);
    const { runId } = await apis.run.start(world.process({}), world.place);
    expect(await fileJournal(world.folder).list()).toEqual([runId]);
    const files = await readdir(world.folder);
    const { threadId, assistantId } = world.openai.seed('Hello');
    await world.process({ read: () => 'read' }, { journal: undefined }).run(threadId, assistantId);
    expect(await readdir(world.folder)).toEqual(files);
  });

  test('replays no decision events', async () => {
    const events: RunEvent[] = [];
    const { resume } = await interrupted('run');
    await resume({ onEvent: (event) => events.push(event) });
    expect(events.map(({ type }) => type)).toEqual([
      'turn',
      'tool-call',
      'tool-call',
      'output-submitted',
      'output-submitted',
      'text-delta',
      'run-end',
    ]);
  });

  test('in another directory, or no journal, is refused for a run that has one', async () => {
    const { place, gateway, id, ran, ...world } = await interrupted('run');
    const tools = { read: () => ran.push('read'), pay: () => ran.push('pay') };
    for (const options of [{ in: await newFolder() }, { journal: undefined }]) {
      const error = await rejection(world.process(tools, options).resume(place.threadId, id));
      expect(error).toMatchObject({ code: 'journal', leftOpen: true });
      expect((error as Error).message).toContain('was started with another journal');
    }
    expect([ran, gateway.scans.length]).toEqual([[], 2]);
  });

  test('that did not exist when its process died is created by the next process', async () => {
    const world = await journalWorld([callTools({ name: 'read' }), say('ok')], { read: 'ALLOW' });
    const { threadId, assistantId } = world.place;
    const dead = gate();
    const slow = {
      ...fileJournal(world.folder),
      open: async () => dead.opened.then(() => Promise.reject(new Error('dead'))),
    };
    const first = world.process({ read: () => 'read' }, { journal: slow });
    first.run(threadId, assistantId, { signal: untilTheEnd() }).catch(() => undefined);
    await waitFor(() => world.openai.runs(threadId)[0]?.status === 'requires_action');
    const [run] = world.openai.runs(threadId);
    const { status } = await world.process({ read: () => 'read' }).resume(threadId, run?.id ?? '');
    expect(status).toBe('completed');
    expect(await fileJournal(world.folder).list()).toEqual([run?.id]);
    dead.open();
  });

  test('is required to resume responses, and to park a run', async () => {
    const world = await journalWorld([], {});
    const bare = world.process({}, { journal: undefined });
    expect(await rejection(bare.resumeResponses('resp_1'))).toMatchObject({
      name: 'TypeError',
      message: expect.stringContaining('needs a journal'),
    });
    expect(await rejection(bare.run('thread_1', 'asst_1', { approval: 'park' }))).toMatchObject({
      name: 'TypeError',
      message: expect.stringContaining('approval is "park", which needs a journal'),
    });
    const parked = tool({ parameters: z.object({}), approval: 'park', execute: () => 'paid' });
    expect(() => bare.register('pay', parked)).toThrow('approval of tool "pay" is "park", which needs a journal');
    expect(await rejection(world.process({}).resumeResponses('resp_1'))).toMatchObject({
      code: 'journal',
      message: expect.stringContaining('No journal found for run "resp_1".'),
    });
  });
});
