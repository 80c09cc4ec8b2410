import { describe, expect, test } from '@jest/globals';
import type { RunEvent } from 'interven-openai-assistants';
import { callTools, say } from 'interven-openai-assistants/testing';
import { refusingModel } from '../setup/refusing-model.ts';
import { drive, handlers, reportOutputs, type DriverRow } from './driver-contract.ts';

const ofCall = (events: readonly RunEvent[], callId: string): string[] =>
  events.filter((event) => 'callId' in event && event.callId === callId).map(({ type }) => type);

/** Rules for the events of a run. */
export function eventsRules(row: DriverRow): void {
  describe(row.name, () => {
    test('emits events for each call from the request to the accepted output, and the end last', async () => {
      const events: RunEvent[] = [];
      const { tools } = handlers('pay');
      const { run, openai } = drive(row, {
        script: (turn) =>
          turn.turn <= 2 ? callTools({ name: 'pay', id: `call_${turn.turn}` }, { name: 'steal' }) : reportOutputs(turn),
        decisions: { pay: 'ALLOW', steal: 'DENY' },
        tools: { ...tools, steal: () => 'stolen' },
      });
      const { status, text, calls } = await run({ onEvent: (event) => events.push(event) });
      const [first, , third] = calls;
      const whole = ['tool-call', 'decision', 'handler-start', 'handler-end', 'output-submitted'];
      expect(ofCall(events, 'call_1')).toEqual(whole);
      expect(ofCall(events, 'call_2')).toEqual(whole);
      expect(events.filter(({ type }) => type === 'turn').map((event) => (event as { turn?: number }).turn)).toEqual([
        1, 2,
      ]);
      expect([first?.callId, third?.callId]).toEqual(['call_1', 'call_2']);
      const denied = events.filter((event) => 'name' in event && event.name === 'steal').map(({ type }) => type);
      expect(denied).toEqual(['tool-call', 'decision', 'output-submitted', 'tool-call', 'output-submitted']);
      expect(events.at(-1)).toMatchObject({ type: 'run-end', status });
      expect(events.filter(({ type }) => type === 'run-end')).toHaveLength(1);
      const deltas = events.flatMap((event) => (event.type === 'text-delta' ? event.delta : []));
      expect(deltas.join('')).toBe(text);
      openai.assertDone();
    });

    test('reports a refusal in the result and as one event, and no text', async () => {
      const events: RunEvent[] = [];
      const { run } = drive(row, { script: [say('No.')], decisions: {}, tools: {}, through: refusingModel });
      const { status, text, refusal } = await run({ onEvent: (event) => events.push(event) });
      const refusals = row.isAzure ? [] : ['No.'];
      expect([status, text, refusal]).toEqual(['completed', null, refusals[0] ?? null]);
      const said = events.filter(({ type }) => type === 'refusal' || type === 'text-delta');
      expect(said).toMatchObject(
        refusals.map((words) => ({ type: 'refusal', itemId: expect.any(String), refusal: words })),
      );
    });

    test('reports the same ids in events and to handlers', async () => {
      const events: RunEvent[] = [];
      const seen: unknown[] = [];
      const { run, whereabouts } = drive(row, {
        script: [callTools({ name: 'pay' }), say('ok')],
        decisions: { pay: 'ALLOW' },
        tools: {
          pay: (_, { callId, runId, threadId, turn }) => {
            seen.push({ callId, runId, threadId, turn });
          },
        },
      });
      await run({ onEvent: (event) => events.push(event) });
      const eventIds = events.flatMap((event) => {
        if (!('callId' in event)) return [];
        const { callId, runId, threadId, turn } = event;
        return [{ callId, runId, threadId, turn }];
      });
      expect(eventIds).toHaveLength(5);
      for (const ids of eventIds) expect(ids).toEqual(seen[0]);
      expect(events.at(-1)?.threadId).toBe(whereabouts());
    });

    test('after an abort, the last event has the error code, and no event reports an output', async () => {
      const events: RunEvent[] = [];
      const controller = new AbortController();
      const { left } = drive(row, {
        script: [callTools({ name: 'pay' })],
        decisions: { pay: 'ALLOW' },
        tools: {
          pay: () => {
            controller.abort();
            return 'paid';
          },
        },
      });
      const error = await left({ onEvent: (event) => events.push(event), signal: controller.signal });
      expect(events.at(-1)).toMatchObject({ type: 'run-end', code: error.code });
      expect(events.filter(({ type }) => type === 'output-submitted')).toEqual([]);
    });

    test('in monitor mode, runs calls that the gateway denies, redacts or holds, and reports it', async () => {
      const events: RunEvent[] = [];
      const { ran, tools } = handlers('pay', 'send', 'delete');
      const { run, gateway } = drive(row, {
        script: [
          callTools(
            { name: 'pay', id: 'a' },
            { name: 'send', id: 'b', arguments: { to: 'ada' } },
            { name: 'delete', id: 'c' },
          ),
          say('ok'),
        ],
        decisions: {
          pay: 'DENY',
          send: { decision: 'SANITIZE', sanitizedBody: { to: '[R]' } },
          delete: { decision: 'REQUIRE_APPROVAL', approvalId: 'ap_1' },
        },
        tools,
        options: { mode: 'monitor', awaitScans: true },
      });
      const { status, calls } = await run({ onEvent: (event) => events.push(event), approval: 'wait' });
      expect([status, [...ran].sort(), gateway.statusRequests]).toEqual(['completed', ['a', 'b', 'c'], []]);
      expect(calls.map(({ outcome, wouldBe }) => [outcome, wouldBe])).toEqual([
        ['allowed', { outcome: 'denied', fields: [] }],
        ['allowed', { outcome: 'sanitized', fields: ['to'] }],
        ['allowed', { outcome: 'approval_pending', fields: [] }],
      ]);
      const decisions = events.filter(({ type }) => type === 'decision');
      expect(decisions).toHaveLength(3);
      for (const decision of decisions) expect(decision).toMatchObject({ effective: 'ALLOW', enforced: false });
    });
  });
}
