import { setTimeout as sleep } from 'node:timers/promises';
import { callTools, say, type ModelStep, type ModelTurn, type ScriptedCall } from '../../src/testing.ts';
import { PLAN_ID, type Plan, type PlannedCall } from './plans.ts';
import type { Random } from './random.ts';

/** How often the model asks for what waits for a person. */
const MOST_ASKED = 3;

/** Every output that the model got for a call. */
export interface Told {
  readonly key: string;
  readonly texts: string[];
}

/** A model that does what its plans say, and records every output. */
export interface ChaosModel {
  readonly script: (turn: ModelTurn) => Promise<ModelStep>;
  /** By the ids of the calls that it made. */
  readonly told: ReadonlyMap<string, Told>;
  readonly complaints: readonly string[];
}

export function chaosModel(plans: ReadonlyMap<string, Plan>, random: Random): ChaosModel {
  const told = new Map<string, Told>();
  const complaints: string[] = [];
  /** What it asked for at each stop, by the first call's id. */
  const stops = new Map<string, Stop>();
  let made = 0;

  const ask = (turn: number, calls: readonly Asked[]): ModelStep => {
    const scripted = calls.map(({ planned, times }) => {
      made += 1;
      const { key, act, ms } = planned;
      return { planned, times, id: `call-${made}`, name: planned.tool, arguments: { key, act, ms, note: 'as asked' } };
    });
    stops.set(scripted[0]?.id ?? '', { turn, calls: scripted });
    return callTools(...scripted.map(({ id, name, arguments: args }): ScriptedCall => ({ id, name, arguments: args })));
  };

  const hear = (stop: Stop, outputs: ModelTurn['outputs']): readonly Asked[] => {
    const asked = stop.calls.map(({ id }) => id);
    const answered = outputs.map(({ callId }) => callId);
    if (asked.join() !== answered.join())
      complaints.push(`It asked for ${asked.join()} and was told of ${answered.join()}.`);
    return stop.calls.flatMap(({ id, planned, times }, index) => {
      const text = outputs[index]?.output ?? '';
      const known = told.get(id) ?? { key: planned.key, texts: [] };
      told.set(id, known);
      known.texts.push(text);
      return text === '#approval_pending' && times < MOST_ASKED ? [{ planned, times: times + 1 }] : [];
    });
  };

  return {
    told,
    complaints,
    async script({ messages, outputs }) {
      await sleep(random.below(20));
      const planId = messages.map(({ text }) => PLAN_ID.exec(text)?.[0]).find(Boolean);
      const plan = plans.get(planId ?? '');
      if (!plan) throw new Error('This run was not planned.');
      const [first] = outputs;
      const stop = first && stops.get(first.callId);
      const again = stop ? hear(stop, outputs) : [];
      const turn = stop ? stop.turn + 1 : 0;
      const next = (plan.turns[turn] ?? []).map((planned) => ({ planned, times: 1 }));
      const calls = [...again, ...next];
      return calls.length > 0 ? ask(turn, calls) : say(`${plan.id} is done.`);
    },
  };
}

interface Asked {
  readonly planned: PlannedCall;
  readonly times: number;
}

interface Stop {
  readonly turn: number;
  readonly calls: readonly (Asked & { readonly id: string })[];
}
