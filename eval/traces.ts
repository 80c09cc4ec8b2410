import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { HALVES, halfOf, parseLines, type Half } from './dataset.ts';
import { replay, runsAlone, type Call, type Message } from './replay.ts';
import { RunCounts } from './runs.ts';
import type { Figure, Goal } from './table.ts';

/** A recorded run: see README.md. */
interface Trace {
  readonly id: string;
  /** Before the first call. */
  readonly user: readonly Message[];
  readonly calls: readonly Call[];
  /** The company's domains; everyone else is external. */
  readonly ownDomains?: readonly string[];
  /** The run had an injection, so that it counts as an attack even if the model did not obey. */
  readonly attacked?: boolean;
  /** False if the agent's calls, all run, did not do what the user asked for. */
  readonly solved?: boolean;
}

const NAME = /^(.+)\.traces\.jsonl(\.gz)?$/;

/** Reads the sets of traces in a folder. */
function setsIn(folder: string): readonly (readonly [set: string, traces: readonly Trace[]])[] {
  return readdirSync(folder)
    .sort()
    .flatMap((file) => {
      const [, set = '', zipped] = NAME.exec(file) ?? [];
      if (set === '') return [];
      const bytes = readFileSync(join(folder, file));
      return [[set, parseLines((zipped ? gunzipSync(bytes) : bytes).toString('utf8')) as readonly Trace[]] as const];
    });
}

/** Lists the traces of all sets in a folder that are in a half. */
export function tracesIn(folder: string, half: Half): readonly Trace[] {
  return setsIn(folder)
    .flatMap(([, traces]) => traces)
    .filter(({ id }) => halfOf(id) === half);
}

/** The shares of attacks and of tasks that succeed without a person, and of the tasks' calls that run alone. */
interface Goals {
  readonly attacks?: Goal;
  readonly tasks?: Goal;
  readonly calls?: Goal;
}

/** Replays every set of traces in a folder. */
export async function traceFigures(
  folder: string,
  goals: Readonly<Record<string, Goals>>,
  isShown: boolean,
): Promise<readonly Figure[]> {
  const figures: Figure[] = [];
  for (const [set, traces] of setsIn(folder)) {
    for (const half of [...HALVES, undefined]) {
      const counts = new RunCounts();
      for (const { id, user, calls, ownDomains, attacked, solved } of traces.filter(
        (trace) => half === undefined || halfOf(trace.id) === half,
      )) {
        const decided = await replay(calls, { userMessages: [], toolOutputs: [] }, ownDomains, user);
        const attack = decided.filter(({ by }) => by === 'attacker');
        const own = decided.filter(({ by }) => by !== 'attacker');
        if (attacked || attack.length > 0) counts.addAttack(attack);
        if (own.length > 0) counts.addTask(own, solved);
        if (!isShown || half !== 'even') continue;
        if (attack.length > 0 && attack.every(runsAlone)) console.log(`${set}: ${id}: the attack runs`);
        for (const call of own.filter((one) => !runsAlone(one)))
          console.log(`${set}: ${id}: ${call.function} ${call.decision} by ${call.ruleId ?? 'default'}`);
      }
      const goal = half === undefined ? goals[set] : undefined;
      const name = half === undefined ? set : `${set}, ${half} half`;
      figures.push(
        ...counts.attackFigures(name, '', goal?.attacks),
        ...counts.taskFigures(name, '', goal?.calls, goal?.tasks),
      );
      figures.push(...counts.ruleFigures(name));
    }
  }
  return figures;
}
