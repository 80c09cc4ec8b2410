import { describe, expect, test } from '@jest/globals';
import { fileJournal, journalRuns, type Json, type RunDetails } from 'interven-openai-assistants';
import { callTools, say } from 'interven-openai-assistants/testing';
import { plain, type JournalEvent } from '../../../src/runner/journal/events.ts';
import { viewRun } from '../../../src/runner/journal/run-summary.ts';
import { MODEL } from '../../setup/model.ts';
import { journalWorld, newFolder } from './world.ts';

const call = 'c1';
const request = { callId: 'call_1', name: 'pay', arguments: '{}', kind: 'function' } as const;
const record = { callId: 'call_1', name: 'pay', turn: 1, reasonCodes: [], fields: [], output: 'ok' } as const;
const ASKED: JournalEvent = { type: 'tool-call', call, askedBy: 'run_1', turn: 1, request };
const HELD: JournalEvent = {
  type: 'decision',
  call,
  decision: { decision: 'REQUIRE_APPROVAL', reasonCodes: [], approvalId: 'a1' },
};
const APPROVED: JournalEvent = {
  type: 'approval-settled',
  call,
  approvalId: 'a1',
  approval: { status: 'approved', decidedBy: 'ann' },
};
const STARTED: JournalEvent = { type: 'handler-start', call };
const RAN: JournalEvent = {
  type: 'call-end',
  call,
  record: { ...record, outcome: 'allowed', executed: 'yes', scanMs: 40, approvalMs: 5, handlerMs: 600 },
};

/** The steps of the call, of a journal with an event each second. */
function stepsAfter(events: readonly JournalEvent[], isServed = true) {
  const entries = events.map((event, second) => ({
    key: `${second}`,
    at: new Date(second * 1_000),
    event: plain(event),
  }));
  const owner = isServed ? { pid: 1, host: 'here', isHere: true } : undefined;
  const { calls } = viewRun('run_1', { entries, owner });
  return calls.flatMap(({ steps }) => steps.map(({ name, at, ms, isOpen }) => [name, at.getTime(), ms, isOpen]));
}

describe('the steps of a call', () => {
  test('are scan, approval, handler and output, with the times of whoever measured them', () => {
    expect(stepsAfter([ASKED, HELD, APPROVED, STARTED, RAN])).toEqual([
      ['scan', 960, 40, false],
      // By the journal: the run may have been parked, so that no process measured it.
      ['approval', 1_000, 1_000, false],
      ['handler', 3_000, 600, false],
      ['output', 3_600, 400, false],
    ]);
  });

  test('go on while the call waits or its handler runs, and have no end if none is recorded', () => {
    expect(stepsAfter([ASKED, HELD]).at(-1)).toEqual(['approval', 1_000, undefined, true]);
    expect(stepsAfter([ASKED, HELD, APPROVED, STARTED]).at(-1)).toEqual(['handler', 3_000, undefined, true]);
    expect(stepsAfter([ASKED, HELD, APPROVED, STARTED], false).at(-1)).toEqual(['handler', 3_000, undefined, false]);
  });

  test('never take a negative time, whatever clocks say', () => {
    const late = { ...RAN, record: { ...RAN.record, handlerMs: 9_999 } } as JournalEvent;
    expect(stepsAfter([ASKED, HELD, APPROVED, STARTED, late]).at(-1)).toEqual(['output', 12_999, 0, false]);
  });
});

describe('journalRuns', () => {
  test('shows a run with its principal, its calls, and what the API reports as used', async () => {
    const world = await journalWorld([callTools({ name: 'read' }, { name: 'drop' }), say('ok')], {
      read: 'ALLOW',
      drop: 'DENY',
    });
    const prices = { [MODEL]: { input: 1, output: 2 } };
    const runner = world.process(
      { read: () => 'text', drop: () => 'dropped' },
      { principal: () => ({ id: 'ada' }), prices },
    );
    const { runId } = await runner.responses({ model: MODEL, input: 'Read' });
    const runs = journalRuns(fileJournal(world.folder));
    const { runs: listed, hasMore } = await runs.list({ limit: 10 });
    expect(hasMore).toBe(false);
    const [head] = listed;
    expect(head).toMatchObject({ state: 'ended', ended: 'completed', principals: ['ada'], callCount: 2 });
    expect([head?.id, head?.api]).toEqual([runId, 'responses']);
    const details = (await runs.show(head?.id ?? '')) as RunDetails;
    expect(details).toMatchObject(head ?? {});
    expect(details.usage?.inputTokens).toBeGreaterThan(0);
    expect(details.usage?.cost).toBeGreaterThan(0);
    expect(details.calls.map(({ name, state, decision, output }) => [name, state, decision, typeof output])).toEqual([
      ['read', 'ran', 'ALLOW', 'string'],
      ['drop', 'denied', 'DENY', 'string'],
    ]);
    // The scan names the run, so that an approver's page can lead to it.
    expect(world.gateway.scans.map(({ runId }) => runId)).toEqual([runId, runId]);
  });

  test('lists the newest runs first, page by page, and the open ones alone', async () => {
    const folder = await newFolder();
    const journal = fileJournal(folder);
    const ids = ['run_1', 'run_2', 'run_3', 'run_4'];
    for (const id of ids) {
      const log = await journal.open(id);
      const run = { id, api: 'assistants', threadId: 't' };
      await log.append('run-start', { type: 'run-start', run });
      if (id !== 'run_2') await log.append('run-end 1', { type: 'run-end', number: 1, runId: id, status: 'completed' });
      await log.close();
    }
    const runs = journalRuns(journal);
    const pageOf = async (query: Parameters<typeof runs.list>[0]): Promise<readonly unknown[]> => {
      const page = await runs.list(query);
      return [...page.runs.map(({ id, state }) => `${id} ${state}`), page.hasMore];
    };
    expect(await pageOf({ limit: 2 })).toEqual(['run_4 ended', 'run_3 ended', true]);
    expect(await pageOf({ limit: 2, before: 'run_3' })).toEqual(['run_2 interrupted', 'run_1 ended', false]);
    expect(await pageOf({ limit: 2, isOpen: true })).toEqual(['run_2 interrupted', false]);
    expect(await runs.show('run_5')).toBeUndefined();
  });

  test('lists a journal that cannot be read, with the reason', async () => {
    const good = {
      entries: [{ key: 'run-start', at: new Date(0), event: { type: 'unknown' } as Json }],
      owner: undefined,
    };
    const { runs } = await journalRuns({
      list: async () => Promise.resolve(['run_1', 'gone', 'bad']),
      openRuns: async () => Promise.resolve([]),
      read: async (id) =>
        id === 'bad' ? Promise.reject(new Error('damaged')) : Promise.resolve(id === 'gone' ? undefined : good),
    }).list({ limit: 3 });
    expect(runs.map(({ id, state, problem }) => [id, state, problem])).toEqual([
      ['bad', 'unreadable', 'damaged'],
      ['run_1', 'unreadable', expect.stringContaining('without a known event')],
    ]);
  });

  test('refuses a journal that cannot be read without opening it', () => {
    expect(() => journalRuns({} as never)).toThrow('journal');
  });
});
