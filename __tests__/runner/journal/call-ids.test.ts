import { describe, expect, test } from '@jest/globals';
import OpenAI from 'openai7';
import { fileJournal, type GuardedRunner, type ServeOptions, type Tools } from 'interven-openai-assistants';
import { callTools, say, type ModelTurn } from 'interven-openai-assistants/testing';
import { gate } from '../../setup/gate.ts';
import { MODEL } from '../../setup/model.ts';
import { imageOf, journalWorld, untilRecorded, untilTheEnd, type JournalWorld } from './world.ts';

type Place = JournalWorld['place'];

const responses = (more: (place: Place) => object) => ({
  start: (runner: GuardedRunner, place: Place, options: ServeOptions<unknown>) =>
    runner.responses({ model: MODEL, input: 'Hello', ...more(place) }, options),
  resume: (runner: GuardedRunner, _: Place, id: string) => runner.resumeResponses(id),
});

const apis = {
  run: {
    start: (runner: GuardedRunner, { threadId, assistantId }: Place, options: ServeOptions<unknown>) =>
      runner.run(threadId, assistantId, options),
    resume: (runner: GuardedRunner, { threadId }: Place, id: string) => runner.resume(threadId, id),
  },
  'responses, in a chain': responses(() => ({})),
  'responses, in a conversation': responses(({ conversationId }) => ({ conversation: conversationId })),
  'responses, that are not stored': responses(() => ({ store: false })),
  session: {
    start: (runner: GuardedRunner, { sessionId }: Place, options: ServeOptions<unknown>) =>
      runner.session(sessionId, { input: 'Hello' }, options),
    resume: (runner: GuardedRunner, _: Place, id: string) => runner.resumeSession(id),
  },
};

/** A model that numbers the calls of each turn anew. */
const numbering = ({ turn, outputs }: ModelTurn) =>
  turn < 4
    ? callTools({ name: 'pay', id: 'pay:0', arguments: { sum: 5 } })
    : say(outputs.map(({ output }) => output).join());

/** A handler that notes each call. With a gate, the second call opens it and hangs. */
function paying(ran: string[], hangs?: ReturnType<typeof gate>): Tools {
  return {
    pay: async (_, { idempotencyKey }) => {
      if (ran.push(idempotencyKey) !== 2 || !hangs) return `paid ${ran.length}`;
      hangs.open();
      return new Promise(() => undefined);
    },
  };
}

/** The network of a process, which loses it when it dies or earlier. */
interface Network {
  isDown: boolean;
}

/** Starts a run in a process that dies at the given moment, and returns what resumes it. */
async function dying(
  { start, resume }: (typeof apis)[keyof typeof apis],
  ran: string[],
  tools: Tools,
  { world, when, network = { isDown: false } }: { world: JournalWorld; when: Promise<unknown>; network?: Network },
) {
  const signal = untilTheEnd();
  const client = new OpenAI({
    apiKey: 'test',
    baseURL: world.openai.baseURL,
    async fetch(...request) {
      if (network.isDown && !signal.aborted)
        await new Promise((resolve) => {
          signal.addEventListener('abort', resolve);
        });
      return world.openai.fetch(...request);
    },
  });
  start(world.process(tools, { client, graceMs: 0 }), world.place, { signal }).catch(() => undefined);
  await when;
  network.isDown = true;
  const image = await imageOf(world.folder);
  const [id = ''] = await fileJournal(image).list();
  return async () => resume(world.process(paying(ran), { in: image }), world.place, id);
}

describe.each(Object.entries(apis))('After a crash, %s with call ids that start anew in each turn', (name, api) => {
  test('keeps the calls that ended, has the started one in doubt, and runs the next', async () => {
    const ran: string[] = [];
    const hangs = gate();
    const world = await journalWorld(numbering, { pay: 'ALLOW' });
    const resume = await dying(api, ran, paying(ran, hangs), { world, when: hangs.opened });
    const { text, calls } = await resume();
    expect(text).toBe('paid 3');
    expect(calls.map(({ callId, turn, outcome }) => [callId, turn, outcome])).toEqual([
      ['pay:0', 1, 'allowed'],
      ['pay:0', 2, 'in_doubt'],
      ['pay:0', 3, 'allowed'],
    ]);
    expect(new Set(ran).size).toBe(3);
    // A session that is resumed after its end has no calls of an earlier input.
    if (name !== 'session') expect((await resume()).calls).toEqual(calls);
    expect(ran).toHaveLength(3);
  });
});

describe.each([
  ['run', apis.run],
  ['session', apis.session],
])('After a crash, a %s whose recorded calls have all ended', (_, api) => {
  test('keeps the last call if its output was not submitted, although the next one is equal', async () => {
    const ran: string[] = [];
    const world = await journalWorld(numbering, { pay: 'ALLOW' });
    const network = { isDown: false };
    const pay = paying(ran)['pay'] as (...call: unknown[]) => unknown;
    const tools: Tools = {
      pay: async (...call) => {
        network.isDown = true;
        return pay(...call);
      },
    };
    const when = untilRecorded(world.folder, 'call-end', 'paid 1');
    const resume = await dying(api, ran, tools, { world, when, network });
    expect((await resume()).calls.map(({ output }) => output)).toEqual(['paid 1', 'paid 2', 'paid 3']);
  });

  test('runs the next call if the last output was submitted, although they are equal', async () => {
    const ran: string[] = [];
    const asked = gate();
    let scans = 0;
    const world = await journalWorld(numbering, {
      pay: async () => {
        scans += 1;
        if (scans !== 2) return 'ALLOW';
        asked.open();
        return new Promise(() => undefined);
      },
    });
    const resume = await dying(api, ran, paying(ran), { world, when: asked.opened });
    expect((await resume()).calls.map(({ output }) => output)).toEqual(['paid 1', 'paid 2', 'paid 3']);
  });
});
