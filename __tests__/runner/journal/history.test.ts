import { describe, expect, test } from '@jest/globals';
import { fileJournal } from 'interven-openai-assistants';
import { callTools, say } from 'interven-openai-assistants/testing';
import { stateOf } from '../../../src/runner/journal/run-summary.ts';
import { callKey } from '../../../src/runner/call/tool-call.ts';
import { readEvent } from '../../../src/runner/journal/events.ts';
import { RunHistory } from '../../../src/runner/journal/history.ts';
import type { JournalEntry } from '../../../src/runner/journal/journal.ts';
import { MODEL } from '../../setup/model.ts';
import { journalWorld } from './world.ts';

const TURN = callTools({ name: 'read' }, { name: 'drop' }, { name: 'pay' });

/** The events of a run with one allowed, one denied and one pending call. */
async function recorded(api: 'run' | 'responses' | 'session'): Promise<readonly JournalEntry[]> {
  const world = await journalWorld([TURN, say('ok')], {
    read: 'ALLOW',
    drop: 'DENY',
    pay: { decision: 'REQUIRE_APPROVAL', approvalId: 'a1' },
  });
  const runner = world.process({ read: () => 'text', drop: () => 'dropped', pay: () => 'paid' });
  const { threadId, assistantId, sessionId } = world.place;
  if (api === 'run') await runner.run(threadId, assistantId);
  else if (api === 'session') await runner.session(sessionId, { input: 'Pay' });
  else await runner.responses({ model: MODEL, input: 'Pay' });
  const [id = ''] = await fileJournal(world.folder).list();
  const journal = await fileJournal(world.folder).reopen(id);
  await journal?.close();
  return journal?.entries ?? [];
}

describe.each(['run', 'responses', 'session'] as const)('the history of a %s', (api) => {
  test('is the same whether its events are folded at once or one by one', async () => {
    const entries = await recorded(api);
    expect(entries.length).toBeGreaterThan(8);
    const growing = new RunHistory([]);
    for (const [index, { event, at }] of entries.entries()) {
      growing.add(readEvent(event), at);
      expect(growing).toEqual(new RunHistory(entries.slice(0, index + 1)));
    }
  });

  test('has each call with its decision and end, and the end of the run', async () => {
    const { calls, end } = new RunHistory(await recorded(api));
    expect(
      [...calls.values()].map(({ call, decision, isStarted, end: { outcome } = {} }) => ({
        name: call.name,
        decision: decision?.decision,
        isStarted,
        outcome,
      })),
    ).toEqual([
      { name: 'read', decision: 'ALLOW', isStarted: true, outcome: 'allowed' },
      { name: 'drop', decision: 'DENY', isStarted: false, outcome: 'denied' },
      { name: 'pay', decision: 'REQUIRE_APPROVAL', isStarted: false, outcome: 'approval_pending' },
    ]);
    expect(end).toMatchObject({ type: 'run-end', status: 'completed' });
  });

  test('shows a call in the same state before and after the end of its run', async () => {
    const entries = await recorded(api);
    const beforeOutputs = entries.filter(({ key }) => !key.startsWith('call-end') && !key.startsWith('run-end'));
    const states = [beforeOutputs, entries].map((some) =>
      [...new RunHistory(some).calls.values()].map((call) => [call.call.name, stateOf(call, false, some === entries)]),
    );
    expect(states).toEqual([
      [
        ['read', 'in_doubt'],
        ['drop', 'denied'],
        ['pay', 'waiting'],
      ],
      [
        ['read', 'ran'],
        ['drop', 'denied'],
        ['pay', 'not_run'],
      ],
    ]);
  });
});

test('a date that the gateway set is a date again; one in a handler’s output or in arguments stays a string', () => {
  const at = '2026-11-30T08:00:00.000Z';
  const call = { callId: 'c', name: 'n', arguments: JSON.stringify({ decidedAt: at }), kind: 'function' } as const;
  const record = { callId: 'c', output: at, approval: { status: 'approved', decidedAt: at } };
  expect(readEvent({ type: 'call-end', call: callKey('run', call), record })).toMatchObject({
    record: { output: at, approval: { decidedAt: new Date(at) } },
  });
  const sanitizedBody = { decidedAt: at };
  expect(readEvent({ type: 'decision', call: 'k', decision: { decision: 'SANITIZE', sanitizedBody } })).toMatchObject({
    decision: { sanitizedBody: { decidedAt: at } },
  });
});
