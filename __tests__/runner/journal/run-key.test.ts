/** `runKey`: the same call begins a run, continues it, or returns its recorded result. */
import { describe, expect, test } from '@jest/globals';
import { cp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import OpenAI from 'openai7';
import { fileJournal, type GuardedRunner, type Journal } from 'interven-openai-assistants';
import { callTools, say, ScriptedGateway, type FakeOpenAI, type ModelTurn } from 'interven-openai-assistants/testing';
import { gate } from '../../setup/gate.ts';
import { MODEL } from '../../setup/model.ts';
import { waitFor } from '../../setup/wait-for.ts';
import { rejection } from '../../setup/world.ts';
import { imageOf, journalWorld, newFolder, untilRecorded, untilTheEnd, type JournalWorld } from './world.ts';

type Place = ReturnType<FakeOpenAI['seed']>;
type Options = {
  readonly runKey?: string;
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
  readonly principal?: { readonly id: string };
};
interface Result {
  readonly status: string;
  readonly text: string | null;
  readonly calls: readonly { readonly name: string; readonly outcome: string }[];
}

/** Begins a run at each API. */
const BEGIN: readonly [
  api: string,
  begin: (runner: GuardedRunner, place: Place, options: Options) => Promise<Result>,
][] = [
  ['run', async (runner, { threadId, assistantId }, options) => runner.run(threadId, assistantId, options)],
  [
    'run in a conversation',
    async (runner, { conversationId }, options) => runner.run(conversationId, 'helper', options),
  ],
  ['responses', async (runner, _place, options) => runner.responses({ model: MODEL, input: 'Hello' }, options)],
  [
    'stream',
    async (runner, { threadId, assistantId }, options) => runner.stream(threadId, assistantId, options).result,
  ],
  ['session', async (runner, { sessionId }, options) => runner.session(sessionId, { input: 'Hello' }, options)],
];
const [[, run]] = BEGIN as [(typeof BEGIN)[number]];

const assistants = { helper: { model: MODEL, instructions: 'Help.' } };
const key = { runKey: 'job 7' };

const pays = ({ outputs }: ModelTurn) =>
  outputs.length > 0 ? say('Done.') : callTools({ name: 'pay' }, { name: 'stay' });

/** The journal of the key in a folder. */
const keyJournal = async (folder: string): Promise<string> => {
  const [name = ''] = (await readdir(folder)).filter((file) => file.startsWith('key'));
  return join(folder, name);
};

describe.each(BEGIN)('%s() with a runKey', (_api, begin) => {
  test('runs once: a later call returns the recorded result, without a request', async () => {
    const world = await journalWorld(pays, { pay: 'ALLOW', stay: 'DENY' });
    const ran: string[] = [];
    const next = (): GuardedRunner =>
      world.process({ pay: () => ran.push('paid'), stay: () => 'stayed' }, { assistants });
    const first = await begin(next(), world.place, key);
    const { length } = world.openai.requests;
    const second = await begin(next(), world.place, key);
    expect(second).toEqual(JSON.parse(JSON.stringify(first)));
    expect(second).toMatchObject({
      status: 'completed',
      text: 'Done.',
      calls: [{ outcome: 'allowed' }, { outcome: 'denied' }],
    });
    expect([ran, world.openai.requests.length]).toEqual([['paid'], length]);
    await begin(next(), world.place, { runKey: 'job 8' });
    expect(ran).toHaveLength(2);
  });

  test('continues a run whose process was killed, and repeats no call', async () => {
    const world = await journalWorld(pays, { pay: 'ALLOW', stay: 'ALLOW' });
    const ran: string[] = [];
    const next = (folder: string, stay: () => unknown): GuardedRunner =>
      world.process({ pay: () => ran.push('paid'), stay }, { in: folder, assistants, graceMs: 1 });
    const signal = untilTheEnd();
    const killed = begin(
      next(world.folder, async () => new Promise(() => undefined)),
      world.place,
      { ...key, signal },
    );
    killed.catch(() => undefined);
    await untilRecorded(world.folder, 'call-end', 'pay');
    await untilRecorded(world.folder, 'handler-start', '');
    const { status, calls } = await begin(
      next(await imageOf(world.folder), () => 'stayed'),
      world.place,
      key,
    );
    expect([status, ran]).toEqual(['completed', ['paid']]);
    expect(calls).toMatchObject([{ outcome: 'allowed' }, { name: 'stay' }]);
  });

  test('outlives a call that fails before it continues: the next one continues the run, and repeats no call', async () => {
    const waits = { decision: 'REQUIRE_APPROVAL', approvalId: 'ap' } as const;
    const world = await journalWorld(pays, { pay: 'ALLOW', stay: waits });
    const ran: string[] = [];
    const next = (): GuardedRunner =>
      world.process({ pay: () => ran.push('paid'), stay: () => 'stayed' }, { assistants, approval: 'park' });
    expect((await begin(next(), world.place, key)).status).toBe('awaiting_approval');
    expect(await rejection(begin(next(), world.place, { ...key, timeoutMs: -1 }))).toBeInstanceOf(TypeError);
    const stopped = next();
    const refused = rejection(begin(stopped, world.place, key));
    await stopped.stop();
    expect(await refused).toMatchObject({ code: 'stopped' });
    world.gateway.approve('ap');
    expect((await begin(next(), world.place, key)).status).toBe('completed');
    expect(ran).toEqual(['paid']);
  });

  test('is served by one process: another one is refused, and the error names the first', async () => {
    const [began, held] = [gate(), gate()];
    const world = await journalWorld(pays, { pay: 'ALLOW', stay: 'DENY' });
    const next = (): GuardedRunner =>
      world.process(
        {
          pay: async () => {
            began.open();
            await held.opened;
            return 'paid';
          },
          stay: () => '',
        },
        { assistants },
      );
    const first = begin(next(), world.place, key);
    await began.opened;
    expect(await rejection(begin(next(), world.place, key))).toMatchObject({
      code: 'journal',
      message: expect.stringContaining(`(${process.pid})`),
    });
    held.open();
    expect((await first).status).toBe('completed');
  });
});

describe('a run with a runKey', () => {
  /** A process that is killed while the model thinks about its first turn, before it can make a call. */
  async function killedAtFirst(
    place: (world: JournalWorld) => string,
  ): Promise<JournalWorld & { readonly image: string }> {
    const [thinking, answered] = [gate(), gate()];
    const world = await journalWorld(
      async (turn: ModelTurn) => {
        thinking.open();
        await answered.opened;
        return pays(turn);
      },
      { pay: 'ALLOW', stay: 'DENY' },
    );
    const runner = world.process(
      { pay: async () => new Promise(() => undefined), stay: () => '' },
      { assistants, graceMs: 1 },
    );
    const begun = runner.run(place(world), place(world).startsWith('conv') ? 'helper' : world.place.assistantId, {
      ...key,
      signal: untilTheEnd(),
    });
    begun.catch(() => undefined);
    await thinking.opened;
    await waitFor(async () => (await readFile(await keyJournal(world.folder), 'utf8')).includes('"key-run"'));
    const image = await imageOf(world.folder);
    await cp(join(world.folder, 'journals.id'), join(image, 'journals.id')).catch(() => undefined);
    answered.open();
    return { ...world, image };
  }

  const forgetLast = async (path: string): Promise<void> => {
    const lines = (await readFile(path, 'utf8')).split('\n').slice(0, -2);
    await writeFile(path, `${lines.join('\n')}\n`);
  };

  test.each([
    ['thread', 'with', ({ place }: JournalWorld) => place.threadId],
    ['thread', 'without', ({ place }: JournalWorld) => place.threadId],
    ['conversation', 'with', ({ place }: JournalWorld) => place.conversationId],
    ['conversation', 'without', ({ place }: JournalWorld) => place.conversationId],
  ])('on a %s is found when its process is killed in the first turn, %s its id', async (what, how, place) => {
    const world = await killedAtFirst(place);
    if (how === 'without') await forgetLast(await keyJournal(world.image));
    const ran: string[] = [];
    const runner = world.process({ pay: () => ran.push('paid'), stay: () => '' }, { in: world.image, assistants });
    const assistant = what === 'thread' ? world.place.assistantId : 'helper';
    const { status, runId } = await runner.run(place(world), assistant, key);
    expect([status, ran]).toEqual(['completed', ['paid']]);
    expect(await readFile(await keyJournal(world.image), 'utf8')).toContain(
      `"type":"key-run","number":1,"runId":"${runId}"`,
    );
    const created = world.openai.requests.filter(({ operation }) => /^(?:runs|responses)\.create$/.test(operation));
    if (what === 'thread') expect(created).toHaveLength(1);
  });

  /** A process that is killed while it sends an input. `deliver` brings the input, or another text, to the session. */
  async function killedAtInput(prepare: (world: JournalWorld) => Promise<void> = asItIs) {
    const [sending, over] = [gate(), gate()];
    const world = await journalWorld(pays, { pay: 'ALLOW', stay: 'DENY' });
    const { openai, place } = world;
    const keys: unknown[] = [];
    let deliver = async (_text?: string): Promise<unknown> => undefined;
    const fetch: typeof globalThis.fetch = async (url, init) => {
      const body = typeof init?.body === 'string' ? init.body : '';
      if (!body.includes('input.message')) return openai.fetch(url, init);
      keys.push(new Headers(init?.headers).get('idempotency-key'));
      if (keys.length > 1) return openai.fetch(url, init);
      deliver = async (text = 'Hello') =>
        openai.fetch(url, { ...init, signal: null, body: body.replace('Hello', text) });
      sending.open();
      await over.opened;
      return new Response(null, { status: 400 });
    };
    const client = new OpenAI({ apiKey: 'test', baseURL: openai.baseURL, fetch });
    const ran: string[] = [];
    const tools = { pay: () => ran.push('paid'), stay: () => '' };
    const sendIn = async (folder: string, input = 'Hello', runKey = 'job 7'): Promise<Result> =>
      world.process(tools, { in: folder, client }).session(place.sessionId, { input }, { runKey });
    await prepare(world);
    const killed = rejection(sendIn(world.folder));
    await sending.opened;
    const image = await imageOf(world.folder);
    const again = async (input?: string, runKey?: string): Promise<Result> => sendIn(image, input, runKey);
    const end = async (): Promise<void> => {
      over.open();
      await killed;
    };
    return { openai, keys, ran, deliver: async (text?: string) => deliver(text), again, end };
  }

  test.each([
    ['has the input, continues its turn', true],
    ['does not have the input, sends it', false],
  ])('whose session %s after a kill, and no call runs twice', async (_when, isDelivered) => {
    const { keys, ran, deliver, again, end } = await killedAtInput();
    if (isDelivered) await deliver();
    expect(await again()).toMatchObject({ status: 'completed', text: 'Done.', calls: [{ outcome: 'allowed' }, {}] });
    expect(ran).toEqual(['paid']);
    // The API takes an input with the key of an earlier one once.
    expect(keys).toEqual(isDelivered ? [keys[0]] : [keys[0], keys[0]]);
    await end();
  });

  const asItIs = async (): Promise<void> => undefined;
  const subagentsOnly = async ({ openai }: JournalWorld): Promise<void> => {
    const data = [{ id: 'turn_of_subagent', subagent_id: 'subagent_1', status: 'completed' }];
    openai.misbehave('turns.list', { rewrite: (list) => ({ ...list, data, has_more: true }) });
  };
  type Killed = Awaited<ReturnType<typeof killedAtInput>>;
  test.each([
    ['whose session got another input', asItIs, async ({ deliver }: Killed) => deliver('Other'), 'Hello'],
    [
      'whose text a session got under another key',
      asItIs,
      async ({ again }: Killed) => again('Hello', 'job 8'),
      'Hello',
    ],
    ['that comes with another input', asItIs, asItIs, 'Hello!'],
    ['whose session listed only turns of subagents before', subagentsOnly, asItIs, 'Hello'],
  ])('%s is refused after a kill, and sends nothing', async (_when, prepare, meanwhile, input) => {
    const killed = await killedAtInput(prepare);
    await meanwhile(killed);
    expect(await rejection(killed.again(input))).toMatchObject({
      code: 'reply_lost',
      leftOpen: true,
      message: expect.stringContaining('runKey'),
    });
    expect(killed.keys.filter((one) => one === killed.keys[0])).toHaveLength(1);
    await killed.end();
  });

  test('whose session listed its turn late finds it in the next call, and no call runs twice', async () => {
    const { openai, keys, ran, deliver, again, end } = await killedAtInput();
    await deliver();
    openai.misbehave('turns.list', { rewrite: (list) => ({ ...list, data: [], has_more: false }) });
    expect(await rejection(again())).toMatchObject({ code: 'reply_lost', leftOpen: true });
    expect(await again()).toMatchObject({ status: 'completed', text: 'Done.' });
    expect([ran, keys]).toEqual([['paid'], [keys[0]]]);
    await end();
  });

  test('whose session was busy at the input returns the answer to its input, never that of the earlier turn', async () => {
    const script = ({ messages, outputs }: ModelTurn) =>
      messages.at(-1)?.text === 'Busy' && outputs.length === 0 ? callTools({ name: 'pay' }) : say('Done.');
    const world = await journalWorld(script, { pay: 'ALLOW' });
    const { openai, client, folder } = world;
    const { sessionId } = world.place;
    const { sessions } = client.beta.agents;
    const input = [{ role: 'user' as const, content: [{ type: 'input_text' as const, text: 'Busy' }] }];
    await sessions.events.create(sessionId, { events: [{ type: 'agent.session.input.message', input }] });
    let late = async (): Promise<unknown> => undefined;
    // The API accepts the input, and applies it when the earlier turn has ended and the process is dead.
    const fetch: typeof globalThis.fetch = async (url, init) => {
      if (typeof init?.body !== 'string' || !init.body.includes('input.message')) return openai.fetch(url, init);
      late = async () => openai.fetch(url, { ...init, signal: null });
      return new Response(null, { status: 202 });
    };
    const slow = new OpenAI({ apiKey: 'test', baseURL: openai.baseURL, fetch });
    const begun = async (options: object, signal?: AbortSignal) =>
      world
        .process({ pay: () => 'paid' }, options)
        .session(sessionId, { input: 'Hello' }, { ...key, ...(signal && { signal }) });
    begun({ client: slow }, untilTheEnd()).catch(() => undefined);
    await untilRecorded(folder, 'call-end', 'pay');
    await waitFor(async () => (await sessions.retrieve(sessionId)).status === 'idle');
    const image = await imageOf(folder);
    expect(await rejection(begun({ in: image }))).toMatchObject({ code: 'reply_lost', leftOpen: true });
    await late();
    await waitFor(async () => (await sessions.turns.list(sessionId)).data.length > 1);
    const [newest] = (await sessions.turns.list(sessionId)).data;
    expect((await begun({ in: image })).turn?.id).toBe(newest?.id);
  });

  test('whose journal is gone sends its input to the session again, as a new one', async () => {
    const world = await journalWorld(() => say('Hello.'), {});
    const sendIn = async (folder: string) =>
      world.process({}, { in: folder }).session(world.place.sessionId, { input: 'Hello' }, key);
    const first = await sendIn(world.folder);
    const second = await sendIn(await newFolder());
    expect([second.text, second.turn?.id === first.turn?.id]).toEqual(['Hello.', false]);
  });

  test('in a session returns the result of its own turn, with its calls, also after a kill, and never that of another', async () => {
    const script = ({ outputs }: ModelTurn) => (outputs.length > 0 ? say('Done.') : callTools({ name: 'pay' }));
    const world = await journalWorld(script, { pay: 'ALLOW' });
    const ran: string[] = [];
    const next = (gateway = world.gateway): GuardedRunner =>
      world.process({ pay: () => ran.push('paid') }, { gateway, approval: 'park' });
    const { sessionId } = world.place;
    const one = async () => next().session(sessionId, { input: 'One' }, key);
    const first = await one();
    await forgetLast(await keyJournal(world.folder));
    expect(await one()).toMatchObject({ text: 'Done.', turn: { id: first.turn?.id }, calls: first.calls });

    await forgetLast(await keyJournal(world.folder));
    const approver = new ScriptedGateway({ pay: { decision: 'REQUIRE_APPROVAL', approvalId: 'ap' } });
    expect((await next(approver).session(sessionId, { input: 'Two' })).status).toBe('awaiting_approval');
    for (const _ of ['next', 'last'])
      expect(await rejection(one())).toMatchObject({
        code: 'reply_lost',
        message: expect.stringContaining(`not ${String(first.turn?.id)} of this runKey`),
      });
    expect(ran).toHaveLength(1);
    approver.approve('ap');
    expect((await next(approver).resumeSession(sessionId)).calls).toMatchObject([{ outcome: 'allowed' }]);
    expect(await rejection(one())).toMatchObject({ code: 'reply_lost' });
    expect(ran).toHaveLength(2);
  });

  /** A run that waits for an approver under the key, and the runners of later processes. */
  async function parked() {
    const world = await journalWorld(pays, { pay: 'ALLOW', stay: { decision: 'REQUIRE_APPROVAL', approvalId: 'ap' } });
    const next = (): GuardedRunner =>
      world.process({ pay: () => 'paid', stay: () => 'stayed' }, { assistants, approval: 'park' });
    return { ...world, next };
  }

  test('that resume finished returns its result, and is pruned with its run', async () => {
    const { next, place, gateway, folder } = await parked();
    const { runId } = await next().run(place.threadId, place.assistantId, key);
    expect((await fileJournal(await imageOf(folder)).prune({ olderThanMs: 0 })).ended).toEqual([]);
    gateway.approve('ap');
    const { calls } = await next().resume(place.threadId, runId);
    const image = await imageOf(folder);
    expect(await run(next(), place, key)).toMatchObject({
      status: 'completed',
      calls: calls.map(({ name }) => ({ name })),
    });
    expect((await fileJournal(image).prune()).ended).toEqual([]);
    expect((await fileJournal(image).prune({ olderThanMs: 0 })).ended).toEqual(['key:job 7', runId]);
    expect((await readdir(image)).filter((name) => name.includes('journal.jsonl'))).toEqual([]);
  });

  test.each(BEGIN.filter(([api]) => api !== 'run' && api !== 'stream'))(
    'by %s() is refused when the journal of the run is gone',
    async (_api, begin) => {
      const { next, place, folder } = await parked();
      await begin(next(), place, key);
      for (const file of await readdir(folder)) if (/^(?:guarded|resp|sess)/.test(file)) await rm(join(folder, file));
      expect(await rejection(begin(next(), place, key))).toMatchObject({
        code: 'journal',
        message: expect.stringMatching(/runKey "job 7" is gone.*another runKey/),
      });
    },
  );

  test('that cannot be resumed says to use another runKey', async () => {
    const { next, place } = await parked();
    const begun = async () => next().run(place.conversationId, 'helper', key);
    await next().cancel((await begun()).runId);
    expect(await rejection(begun())).toMatchObject({
      code: 'journal',
      message: expect.stringContaining('Start a new run with another runKey.'),
    });
  });

  test('that is a chain and made no call begins again when its process was killed', async () => {
    const world = await journalWorld(() => say('Hello.'), {});
    const begun = async () => world.process({}).responses({ model: MODEL, input: 'Hello' }, key);
    await begun();
    await forgetLast(await keyJournal(world.folder));
    expect((await begun()).text).toBe('Hello.');
  });

  const tools = [
    { type: 'mcp', server_label: 'shop', server_url: 'https://shop.test', require_approval: 'never' },
  ] as const;
  test.each(['lost its response', 'was killed'])(
    'whose process %s while hosted tools may have acted is not begun again',
    async (how) => {
      const world = await journalWorld(() => say('Bought.'), {});
      const begun = async () => world.process({}).responses({ model: MODEL, input: 'Hello', tools: [...tools] }, key);
      if (how === 'was killed') {
        await begun();
        await forgetLast(await keyJournal(world.folder));
      } else {
        world.openai.misbehave('responses.create', { dropReply: true, times: 1 });
        expect(await rejection(begun())).toMatchObject({ code: 'reply_lost', leftOpen: false });
      }
      for (const _ of ['next', 'last'])
        expect(await rejection(begun())).toMatchObject({
          code: 'reply_lost',
          message: expect.stringContaining('type "mcp"'),
        });
      expect(world.openai.requests).toHaveLength(1);
    },
  );

  test('that failed before its first call begins again; after a call, the error is the same again', async () => {
    const world = await journalWorld(pays, { pay: 'ALLOW', stay: 'DENY' });
    const runner = world.process({ pay: () => 'paid', stay: () => '' }, { maxTurns: 1 });
    world.openai.misbehave('runs.create', { status: 400 });
    expect(await rejection(run(runner, world.place, key))).toMatchObject({ code: 'api_error' });
    expect((await run(runner, world.place, key)).status).toBe('completed');

    const endless = await journalWorld(() => callTools({ name: 'pay' }), { pay: 'ALLOW' });
    const other = endless.process({ pay: () => 'paid' }, { maxTurns: 1 });
    const first = await rejection(run(other, endless.place, key));
    const { length } = endless.openai.requests;
    const second = await rejection(run(other, endless.place, key));
    expect(second).toMatchObject({ code: 'max_turns', message: (first as Error).message, leftOpen: false });
    expect((second as { calls: readonly unknown[] }).calls).toHaveLength(2);
    expect(endless.openai.requests).toHaveLength(length);
  });

  test('stays open for the next process if its key can no longer be written before its first call', async () => {
    const lost = new AbortController();
    const world = await journalWorld(
      (turn) => {
        lost.abort(new Error('The lease is over.'));
        return pays(turn);
      },
      { pay: 'ALLOW', stay: 'DENY' },
    );
    const files = fileJournal(world.folder);
    const journal: Journal = {
      ...files,
      open: async (id) => {
        const opened = await files.open(id);
        return Object.assign(opened, { signal: lost.signal });
      },
    };
    const ran: string[] = [];
    const next = (options: object): GuardedRunner =>
      world.process({ pay: () => ran.push('paid'), stay: () => '' }, options);
    const failed = await rejection(run(next({ journal }), world.place, key));
    expect(failed).toMatchObject({ code: 'journal', leftOpen: true, calls: [] });
    expect(await run(next({}), world.place, key)).toMatchObject({ status: 'completed', text: 'Done.' });
    expect(ran).toEqual(['paid']);
  });

  test('belongs to one thread, one assistant and one principal', async () => {
    const world = await journalWorld(pays, { pay: 'ALLOW', stay: 'DENY' });
    const runner = world.process({ pay: () => 'paid', stay: () => '' });
    await run(runner, world.place, { ...key, principal: { id: 'ann' } });
    const other = world.openai.seed('Other');
    for (const [place, principal, what] of [
      [other, { id: 'ann' }, 'thread'],
      [{ ...world.place, assistantId: other.assistantId }, { id: 'ann' }, 'assistant'],
      [world.place, { id: 'bob' }, 'principal'],
    ] as const)
      expect(await rejection(run(runner, place, { ...key, principal }))).toMatchObject({
        code: 'journal',
        message: expect.stringContaining(`another ${what}`),
      });
  });

  test('is listed as a run, not as its key', async () => {
    const world = await journalWorld(pays, { pay: 'ALLOW', stay: 'DENY' });
    const runner = world.process({ pay: () => 'paid', stay: () => '' });
    await run(runner, world.place, key);
    const journal = runner.journal as unknown as {
      list(): Promise<string[]>;
      prune(o: object): Promise<{ ended: string[] }>;
    };
    expect(await journal.list()).toEqual([expect.stringMatching(/^run_/)]);
    expect((await journal.prune({ olderThanMs: 0 })).ended).toHaveLength(2);
  });

  test('needs a journal and a non-empty string, and is no option of resume', async () => {
    const world = await journalWorld(pays, { pay: 'ALLOW' });
    const runner = world.process({ pay: () => 'paid' });
    expect(await rejection(run(world.process({}, { journal: undefined as never }), world.place, key))).toBeInstanceOf(
      TypeError,
    );
    expect(await rejection(run(runner, world.place, { runKey: '' }))).toBeInstanceOf(TypeError);
    expect(await rejection(run(runner, world.place, { runKey: 'x'.repeat(200) }))).toMatchObject({
      message: expect.stringMatching(/runKey "x+" cannot be used/),
    });
    expect(await rejection(runner.resume('thread_1', 'run_1', key as object))).toMatchObject({
      message: expect.stringContaining('runKey'),
    });
  });
});
