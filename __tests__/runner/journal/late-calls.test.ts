import { describe, expect, test } from '@jest/globals';
import { fileJournal, tool } from 'interven-openai-assistants';
import { callTools, say, type ModelTurn } from 'interven-openai-assistants/testing';
import { z } from 'zod';
import { MODEL } from '../../setup/model.ts';
import { gate } from '../../setup/gate.ts';
import { idle } from '../../setup/idle.ts';
import { imageOf, journalWorld, untilRecorded, untilTheEnd, type JournalWorld } from './world.ts';

const never = async (): Promise<never> => new Promise(() => undefined);
/** The model does not wait for its output. */
const render = { name: 'render', id: 'late', async: true };
const read = (): string => 'read';

const places = {
  'in a chain': () => ({}),
  'in a conversation': ({ place }: JournalWorld) => ({ conversation: place.conversationId }),
  'without a store': () => ({ store: false }),
} as const;

/** How often the runner sent the output of the call. */
function timesGiven({ openai }: JournalWorld, withStore: boolean): number {
  const bodies = openai.requests.map(({ body }) => body as { input?: unknown } | undefined);
  // Without a store, the last request repeats all items.
  const inputs = withStore ? bodies : bodies.slice(-1);
  return inputs
    .flatMap((body) => (Array.isArray(body?.input) ? (body.input as Record<string, unknown>[]) : []))
    .filter(({ type, call_id: callId }) => type === 'function_call_output' && callId === 'late').length;
}

describe.each(Object.keys(places) as (keyof typeof places)[])('an asynchronous call %s', (at) => {
  test('has its output sent by the next process if the previous one had not sent it', async () => {
    const renders = gate();
    const world = await journalWorld(
      ({ turn }: ModelTurn) =>
        turn === 1 ? callTools(render, { name: 'read' }) : turn === 2 ? callTools({ name: 'hold' }) : say('ok'),
      { read: 'ALLOW', render: 'ALLOW', hold: 'ALLOW' },
    );
    const first = world.process(
      {
        read,
        render: async () => {
          await renders.opened;
          return 'rendered';
        },
        hold: async () => {
          renders.open();
          return never();
        },
      },
      { graceMs: 0 },
    );
    const params = { model: MODEL, input: 'Go', ...places[at](world) };
    first.responses(params, { signal: untilTheEnd() }).catch(() => undefined);
    await untilRecorded(world.folder, 'call-end', 'rendered');
    const image = await imageOf(world.folder);
    const [id = ''] = await fileJournal(image).list();
    const hold = tool({ parameters: z.object({}), idempotent: true, execute: () => 'held' });
    const { status, calls } = await world.process({ read, render: never, hold }, { in: image }).resumeResponses(id);
    expect([status, calls[0]?.output]).toEqual(['completed', 'rendered']);
    expect(timesGiven(world, at !== 'without a store')).toBe(1);
  });

  test('has its output sent again after a lost response in a chain, and only there', async () => {
    let image = '';
    const world = await journalWorld(
      async ({ turn }: ModelTurn) => {
        if (turn === 1) return callTools(render, { name: 'read' });
        if (image === '') image = await imageOf(world.folder);
        return say('ok');
      },
      { read: 'ALLOW', render: 'ALLOW' },
    );
    const slowly = async (): Promise<string> => {
      await untilRecorded(world.folder, 'call-end', 'rendered');
      return 'read';
    };
    const params = { model: MODEL, input: 'Go', ...places[at](world) };
    await world.process({ read: slowly, render: () => 'rendered' }).responses(params);
    const before = timesGiven(world, at !== 'without a store');
    const [id = ''] = await fileJournal(image).list();
    const { status } = await world.process({ read, render: never }, { in: image }).resumeResponses(id);
    expect([status, before]).toEqual(['completed', 1]);
    // A chain does not contain the request whose response was lost.
    expect(timesGiven(world, at !== 'without a store')).toBe(at === 'in a chain' ? 2 : 1);
  });
});

test('a run is parked after its last handler has returned, and keeps its output', async () => {
  const world = await journalWorld(
    ({ turn }: ModelTurn) => (turn === 1 ? callTools(render, { name: 'pay' }) : say('ok')),
    { render: 'ALLOW', pay: { decision: 'REQUIRE_APPROVAL', approvalId: 'a1' } },
  );
  const ran: string[] = [];
  const tools = {
    pay: () => 'paid',
    render: async () => {
      await idle();
      ran.push('render');
      return 'rendered';
    },
  };
  const one = () => world.process(tools, { approval: 'park' });
  const first = await one().responses({ model: MODEL, input: 'Go' });
  expect([first.status, ran]).toEqual(['awaiting_approval', ['render']]);
  world.gateway.approve('a1');
  const [id = ''] = await fileJournal(world.folder).list();
  const { calls } = await one().resumeResponses(id);
  expect(calls.map(({ output }) => output)).toEqual(['rendered', 'paid']);
  expect(ran).toEqual(['render']);
});
