import { setTimeout as sleep } from 'node:timers/promises';
import { callTools, say, type ModelStep, type ModelTurn, type ScriptedCall } from '../../src/testing.ts';
import { PLAN_ID, type Plan, type PlannedCall } from './plans.ts';
import type { Random } from './random.ts';

/** Maximum number of times that the model makes a call that waits for an approver. */
const MAX_ATTEMPTS = 3;

/** The outputs that the model received for a call. */
export interface Received {
  readonly key: string;
  readonly texts: string[];
}

/** A model that follows its plans, and records every output. */
export interface ChaosModel {
  readonly script: (turn: ModelTurn) => Promise<ModelStep>;
  /** By call id. */
  readonly received: ReadonlyMap<string, Received>;
  readonly complaints: readonly string[];
}

export function chaosModel(plans: ReadonlyMap<string, Plan>, random: Random): ChaosModel {
  const received = new Map<string, Received>();
  const complaints: string[] = [];
  /** The calls of each stop, by the first call's id. */
  const stops = new Map<string, Stop>();
  let made = 0;

  const makeCalls = (turn: number, calls: readonly Attempt[]): ModelStep => {
    const scripted = calls.map(({ planned, times }) => {
      made += 1;
      const { key, act, ms } = planned;
      return { planned, times, id: `call-${made}`, name: planned.tool, arguments: { key, act, ms, note: 'original' } };
    });
    stops.set(scripted[0]?.id ?? '', { turn, calls: scripted });
    return callTools(...scripted.map(({ id, name, arguments: args }): ScriptedCall => ({ id, name, arguments: args })));
  };

  const receive = (stop: Stop, outputs: ModelTurn['outputs']): readonly Attempt[] => {
    const callIds = stop.calls.map(({ id }) => id);
    const answered = outputs.map(({ callId }) => callId);
    if (callIds.join() !== answered.join())
      complaints.push(`The model made the calls ${callIds.join()} and received outputs for ${answered.join()}.`);
    return stop.calls.flatMap(({ id, planned, times }, index) => {
      const text = outputs[index]?.output ?? '';
      const known = received.get(id) ?? { key: planned.key, texts: [] };
      received.set(id, known);
      known.texts.push(text);
      return text === '#approval_pending' && times < MAX_ATTEMPTS ? [{ planned, times: times + 1 }] : [];
    });
  };

  return {
    received,
    complaints,
    async script({ messages, outputs }) {
      await sleep(random.below(20));
      const planId = messages.map(({ text }) => PLAN_ID.exec(text)?.[0]).find(Boolean);
      const plan = plans.get(planId ?? '');
      if (!plan) throw new Error('No plan found for this run.');
      const [first] = outputs;
      const stop = first && stops.get(first.callId);
      const repeated = stop ? receive(stop, outputs) : [];
      const turn = stop ? stop.turn + 1 : 0;
      const next = (plan.turns[turn] ?? []).map((planned) => ({ planned, times: 1 }));
      const calls = [...repeated, ...next];
      return calls.length > 0 ? makeCalls(turn, calls) : say(`${plan.id} is done.`);
    },
  };
}

interface Attempt {
  readonly planned: PlannedCall;
  readonly times: number;
}

interface Stop {
  readonly turn: number;
  readonly calls: readonly (Attempt & { readonly id: string })[];
}
