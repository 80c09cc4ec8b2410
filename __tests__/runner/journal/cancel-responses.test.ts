import { describe, expect, test } from '@jest/globals';
import { fileJournal, tool, type Tools } from 'interven-openai-assistants';
import { callTools, type ModelTurn, say, type ScriptedDecision } from 'interven-openai-assistants/testing';
import { z } from 'zod';
import { MODEL } from '../../setup/model.ts';
import { rejection } from '../../setup/world.ts';
import { gate } from '../../setup/gate.ts';
import { imageOf, journalWorld, type JournalWorld, untilTheEnd } from './world.ts';
import { viewRun } from '../../../src/runner/journal/run-summary.ts';
import { journalFiles, readJournal } from '../../../src/runner/journal/read-journal.ts';

const never = async (): Promise<never> => new Promise(() => undefined);
const pay = { name: 'pay', id: 'p', arguments: { sum: 5 } };
const read = { name: 'read', id: 'r' };
const reportOutputs = ({ outputs }: ModelTurn) => say(outputs.map(({ output }) => output).join(' & '));

function paying(ran: string[]): Tools {
  const execute = ({ sum }: { sum: number }): string => {
    ran.push(`pay ${sum}`);
    return 'paid';
  };
  return { read: () => 'read', pay: tool({ parameters: z.object({ sum: z.number() }), execute }) };
}

async function idIn(folder: string): Promise<string> {
  const [id = ''] = await fileJournal(folder).list();
  return id;
}

function outputs({ openai, place }: JournalWorld): unknown[] {
  const items = openai.items(place.conversationId).filter(({ type }) => type === 'function_call_output');
  return items.map(({ output }) => output);
}

describe.each([
  ['in a chain', false],
  ['in a conversation', true],
])('a cancelled run of the Responses API %s', (_, isInConversation) => {
  async function parked() {
    const world = await journalWorld(
      (turn) => (turn.outputs.length === 0 && turn.messages.length < 4 ? callTools(read, pay) : reportOutputs(turn)),
      { read: 'ALLOW', pay: { decision: 'REQUIRE_APPROVAL', approvalId: 'a1' } },
    );
    const ran: string[] = [];
    const at = isInConversation ? { conversation: world.place.conversationId } : {};
    const one = () => world.process(paying(ran), { approval: 'park' });
    await one().responses({ model: MODEL, input: 'Pay', ...at });
    return { world, ran, one, at, id: await idIn(world.folder) };
  }

  test('cannot be resumed, whatever an approver decides later', async () => {
    const { world, ran, one, id } = await parked();
    expect(await one().cancel(id)).toEqual({ status: 'cancelled' });
    world.gateway.approve('a1');
    expect(await rejection(one().resumeResponses(id))).toMatchObject({
      code: 'journal',
      message: expect.stringContaining('was cancelled'),
    });
    expect(await one().cancel(id)).toEqual({ status: 'cancelled' });
    expect(ran).toEqual([]);
  });

  test('accepts the next request, and a conversation has the output of each call', async () => {
    const { world, one, at, id } = await parked();
    await one().cancel(id);
    expect(await one().responses({ model: MODEL, input: [{ role: 'user', content: 'More' }], ...at })).toBeDefined();
    if (isInConversation) expect(outputs(world)).toEqual([expect.any(String), expect.stringContaining('not run')]);
    if (isInConversation) expect(outputs(world)[0]).toBe('read');
  });
});

test('a call of a conversation that already has an output does not run when the run is resumed', async () => {
  const scanning = gate();
  const controller = new AbortController();
  let scans = 0;
  const scan = async (): Promise<ScriptedDecision> => {
    scans += 1;
    if (scans > 1) return 'ALLOW';
    scanning.open();
    return never();
  };
  const world = await journalWorld((turn) => (turn.outputs.length === 0 ? callTools(pay) : reportOutputs(turn)), {
    pay: scan,
  });
  const ran: string[] = [];
  const params = { model: MODEL, input: 'Pay', conversation: world.place.conversationId };
  const run = world.process(paying(ran), { graceMs: 0 }).responses(params, { signal: controller.signal });
  await scanning.opened;
  controller.abort();
  await rejection(run);
  const error = await rejection(world.process(paying(ran)).resumeResponses(await idIn(world.folder)));
  expect(error).toMatchObject({ code: 'invalid_turn', leftOpen: false, message: expect.stringContaining('answered') });
  expect(ran).toEqual([]);
});

describe('a response in the background', () => {
  async function interrupted() {
    const held = gate();
    const began = gate();
    const world = await journalWorld(
      async (turn) => {
        if (turn.outputs.length === 0) return callTools(read);
        began.open();
        await held.opened;
        return say('ok');
      },
      { read: 'ALLOW' },
      { thinkMs: 20 },
    );
    const params = { model: MODEL, input: 'Go', background: true };
    world
      .process(paying([]))
      .responses(params, { signal: untilTheEnd() })
      .catch(() => undefined);
    await began.opened;
    const image = await imageOf(world.folder);
    return { world, held, one: world.process(paying([]), { in: image }), id: await idIn(image) };
  }

  test('is retrieved by the next process, not created again', async () => {
    const { world, held, one, id } = await interrupted();
    const resumed = one.resumeResponses(id);
    held.open();
    expect(await resumed).toMatchObject({ status: 'completed', text: 'ok' });
    expect(world.openai.responses()).toHaveLength(2);
  });

  test('is cancelled with its run', async () => {
    const { world, one, id } = await interrupted();
    expect(await one.cancel(id)).toEqual({ status: 'cancelled' });
    expect(world.openai.responses().map(({ status }) => status)).toEqual(['completed', 'cancelled']);
  });
});

test('the journaled state of an interrupted turn does not apply to the next input of the session', async () => {
  const began = gate();
  const world = await journalWorld(
    ({ outputs }) =>
      outputs.length === 0 ? callTools({ name: 'mail' }) : say(outputs.map(({ output }) => output).join()),
    { mail: 'ALLOW' },
  );
  const { sessionId } = world.place;
  const mail = (execute: () => unknown) => ({ mail: tool({ parameters: z.object({}), limit: 1, execute }) });
  const never = async (): Promise<never> => {
    began.open();
    return new Promise(() => undefined);
  };
  const controller = new AbortController();
  const first = world.process(mail(never), { graceMs: 0 });
  const left = rejection(first.session(sessionId, { input: 'Mail' }, { signal: controller.signal }));
  await began.opened;
  const image = await imageOf(world.folder);
  controller.abort();
  await left;
  const next = world.process(
    mail(() => 'mailed'),
    { in: image },
  );
  const { text, calls } = await next.session(sessionId, { input: 'Mail' });
  expect(text).toBe('mailed');
  expect(calls).toMatchObject([{ turn: 1, outcome: 'allowed' }]);
});

test('a session can be cancelled after each input, and each input then has ended', async () => {
  let calls = 0;
  const world = await journalWorld(() => callTools({ name: 'pay', id: `p${(calls += 1)}` }), {
    pay: () => ({ decision: 'REQUIRE_APPROVAL', approvalId: `a${calls}` }),
  });
  const { sessionId } = world.place;
  const one = () => world.process({ pay: () => 'paid' }, { approval: 'park' });
  for (const callId of ['p1', 'p2', 'p3']) {
    const { calls } = await one().session(sessionId, { input: 'Pay' });
    expect(calls).toMatchObject([{ callId, turn: 1 }]);
    await one().cancel(sessionId);
    const [file] = await journalFiles(world.folder);
    expect(file && viewRun(file.id, await readJournal(file)).state).toBe('ended');
  }
});
