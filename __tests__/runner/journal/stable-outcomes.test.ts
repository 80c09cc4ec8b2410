import { describe, expect, test } from '@jest/globals';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileJournal, tool, type GuardedRunError, type Tools } from 'interven-openai-assistants';
import { callTools, say, type ModelTurn, type ScriptedDecision } from 'interven-openai-assistants/testing';
import { z } from 'zod';
import { MODEL } from '../../setup/model.ts';
import { gate } from '../../setup/gate.ts';
import { waitFor } from '../../setup/wait-for.ts';
import { imageOf, journalWorld, untilRecorded, untilTheEnd } from './world.ts';

const never = async (): Promise<never> => new Promise(() => undefined);
const pay = { name: 'pay', arguments: { sum: 5 } };
const reportOutputs = ({ outputs }: ModelTurn) => say(outputs.map(({ output }) => output).join(' & '));

/** A tool that records its calls. */
function paying(ran: string[], { idempotent = false, ends = true } = {}): Tools {
  const execute = async ({ sum }: { sum: number }, { idempotencyKey }: { idempotencyKey: string }): Promise<string> => {
    ran.push(`${sum} by ${idempotencyKey}`);
    return ends ? 'paid' : never();
  };
  return { pay: tool({ parameters: z.object({ sum: z.number() }), idempotent, execute }) };
}

async function idIn(folder: string): Promise<string> {
  const [id = ''] = await fileJournal(folder).list();
  return id;
}

describe('the outcome that the model received for a call stays the same, whatever an approver decides later,', () => {
  test('in a conversation, also when the process died before the API confirmed its outputs', async () => {
    let image = '';
    const world = await journalWorld(
      async (turn) => {
        if (turn.outputs.length === 0) return callTools(pay);
        if (image === '') image = await imageOf(world.folder);
        return reportOutputs(turn);
      },
      { pay: { decision: 'REQUIRE_APPROVAL', approvalId: 'a1' } },
    );
    const params = { model: MODEL, input: 'Pay', conversation: world.place.conversationId };
    const ran: string[] = [];
    const { text } = await world.process(paying(ran)).responses(params);
    expect(text).toContain('requires human approval');
    world.gateway.approve('a1');
    const second = await world.process(paying(ran), { in: image }).resumeResponses(await idIn(image));
    expect(second.text).toBe(text);
    expect(ran).toEqual([]);
  });

  test.each([
    ['in a chain', {}],
    ['without a store', { store: false }],
  ])('%s, although the next process replays all turns', async (_, place) => {
    let image = '';
    const world = await journalWorld(
      async (turn) => {
        if (turn.outputs.length === 0) return callTools(pay);
        if (turn.outputs[0]?.name === 'pay') return callTools({ name: 'read' });
        if (image === '') image = await imageOf(world.folder);
        return reportOutputs(turn);
      },
      { pay: { decision: 'REQUIRE_APPROVAL', approvalId: 'a1' }, read: 'ALLOW' },
    );
    const ran: string[] = [];
    const tools = { ...paying(ran), read: () => 'read' };
    await world.process(tools).responses({ model: MODEL, input: 'Pay', ...place });
    world.gateway.approve('a1');
    const { calls } = await world.process(tools, { in: image }).resumeResponses(await idIn(image));
    expect(calls.map(({ outcome }) => outcome)).toEqual(['approval_pending', 'allowed']);
    expect(ran).toEqual([]);
  });
});

describe('in a conversation', () => {
  test('the next process finds a first response that was lost with its process', async () => {
    const scanning = gate();
    let isFirst = true;
    const world = await journalWorld((turn) => (turn.outputs.length === 0 ? callTools(pay) : reportOutputs(turn)), {
      pay: async (): Promise<ScriptedDecision> => {
        if (!isFirst) return 'ALLOW';
        isFirst = false;
        scanning.open();
        return never();
      },
    });
    const ran: string[] = [];
    const params = { model: MODEL, input: 'Pay', conversation: world.place.conversationId };
    world
      .process(paying(ran))
      .responses(params, { signal: untilTheEnd() })
      .catch(() => undefined);
    await scanning.opened;
    const image = await imageOf(world.folder);
    const path = join(image, (await readdir(image))[0] ?? '');
    const [header = '', start = ''] = (await readFile(path, 'utf8')).split('\n');
    await writeFile(path, `${header}\n${start}\n`);
    const { status, text } = await world.process(paying(ran), { in: image }).resumeResponses(await idIn(image));
    expect([status, text, ran.length]).toEqual(['completed', 'paid', 1]);
  });

  test('a call that a process started after it found a lost response is in doubt for the next process', async () => {
    let lost = '';
    const world = await journalWorld(
      async (turn) => {
        if (turn.outputs.length === 0) return callTools({ name: 'read' });
        if (turn.outputs[0]?.name === 'pay') return reportOutputs(turn);
        if (lost === '') lost = await imageOf(world.folder);
        return callTools(pay);
      },
      { read: 'ALLOW', pay: 'ALLOW' },
    );
    const params = { model: MODEL, input: 'Pay', conversation: world.place.conversationId };
    const first = world.process({ read: () => 'read', pay: never }, { graceMs: 0 });
    first.responses(params, { signal: untilTheEnd() }).catch(() => undefined);
    await waitFor(() => lost !== '');

    const ran: string[] = [];
    const read = (): string => 'read';
    const second = world.process({ read, ...paying(ran, { ends: false }) }, { in: lost, graceMs: 0 });
    second.resumeResponses(await idIn(lost), { signal: untilTheEnd() }).catch(() => undefined);
    await waitFor(() => ran.length > 0);
    const scans = world.gateway.scans.length;

    const image = await imageOf(lost);
    const third = world.process({ read, ...paying(ran) }, { in: image });
    const { text, calls } = await third.resumeResponses(await idIn(image));
    expect(calls.map(({ outcome }) => outcome)).toEqual(['allowed', 'in_doubt']);
    expect(text).toContain('not known');
    expect(ran).toHaveLength(1);
    expect(world.gateway.scans).toHaveLength(scans);
  });
});

describe('an approver’s decision on a call that the model repeated', () => {
  /** The first turn leaves the call pending. In the second, after the decision, a sibling keeps the turn open. */
  async function repeatedCall(decide: 'approve' | 'deny') {
    const ended = gate();
    const world = await journalWorld(
      (turn) => {
        if (turn.turn === 1) return callTools(pay);
        if (turn.turn > 2) return reportOutputs(turn);
        world.gateway[decide]('a1');
        return callTools(pay, { name: 'wait' });
      },
      { pay: () => decisions.shift() ?? 'ALLOW', wait: 'ALLOW' },
    );
    const decisions: ScriptedDecision[] = [{ decision: 'REQUIRE_APPROVAL', approvalId: 'a1' }];
    return { world, ended, decisions };
  }

  test('applies after a crash: a denied call does not run, whatever the gateway decides now', async () => {
    const { world } = await repeatedCall('deny');
    const ran: string[] = [];
    const { threadId, assistantId } = world.place;
    const first = world.process({ ...paying(ran), wait: never }, { graceMs: 0 });
    first.run(threadId, assistantId, { signal: untilTheEnd() }).catch(() => undefined);
    await untilRecorded(world.folder, 'approval-settled', '"approvalId":"a1"');
    const image = await imageOf(world.folder);
    const second = world.process({ ...paying(ran), wait: () => 'waited' }, { in: image });
    const { calls } = await second.resume(threadId, await idIn(image));
    expect(calls[1]).toMatchObject({ name: 'pay', turn: 2, outcome: 'approval_denied' });
    expect(ran).toEqual([]);
  });

  test('clears an idempotent call also when it was interrupted and runs again', async () => {
    const { world, decisions } = await repeatedCall('approve');
    const ran: string[] = [];
    const { threadId, assistantId } = world.place;
    const first = world.process({ ...paying(ran, { ends: false }), wait: never }, { graceMs: 0 });
    first.run(threadId, assistantId, { signal: untilTheEnd() }).catch(() => undefined);
    await waitFor(() => ran.length > 0);
    const image = await imageOf(world.folder);
    decisions.push({ decision: 'SANITIZE', sanitizedBody: { sum: 1 } });
    const second = world.process({ ...paying(ran, { idempotent: true }), wait: () => 'waited' }, { in: image });
    await second.resume(threadId, await idIn(image));
    expect(ran[1]).toBe(ran[0]);
    expect(ran).toHaveLength(2);
  });
});

test('of two processes that serve a run before its journal is open, one is refused', async () => {
  const thought = gate();
  const world = await journalWorld(
    async (turn) => thought.opened.then(() => (turn.turn === 1 ? callTools(pay) : reportOutputs(turn))),
    { pay: 'ALLOW' },
    { thinkMs: 1 },
  );
  const { threadId, assistantId } = world.place;
  const ran: string[] = [];
  const endOf = async (run: Promise<{ status: string }>): Promise<string> =>
    run.then(
      ({ status }) => status,
      (error: unknown) => (error as GuardedRunError).code,
    );
  const first = endOf(world.process(paying(ran)).run(threadId, assistantId));
  await waitFor(() => world.openai.runs(threadId).length > 0);
  const { id } = world.openai.runs(threadId)[0] ?? { id: '' };
  const second = endOf(world.process(paying(ran)).resume(threadId, id));
  thought.open();
  expect((await Promise.all([first, second])).sort()).toEqual(['completed', 'journal']);
  expect(ran).toHaveLength(1);
});
