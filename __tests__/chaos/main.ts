/**
 * `npm run chaos`: repeats the chaos test until the time is up. Environment: `CHAOS_MINUTES` (default 10), `CHAOS_SEED`
 * of the first round (default: the time), `CHAOS_RUNS` and `CHAOS_KILLS` of each round (default 200 and 50).
 */
import { chaos, type ChaosReport } from './chaos.ts';

const COUNTS = [
  'runs',
  'kills',
  'interrupted',
  'tornTails',
  'collisions',
  'effects',
  'repeated',
  'inDoubt',
  'inDoubtAndDone',
] as const;
const FINDINGS = ['duplicates', 'changed', 'faults'] as const;
const WIDTH = 15;

const setting = (name: string, otherwise: number): number => Number(process.env[name] ?? otherwise);
const print = (line: string): void => void process.stdout.write(`${line}\n`);
const row = (cells: readonly (number | string)[]): string => cells.map((cell) => String(cell).padStart(WIDTH)).join('');
const cellsOf = (report: ChaosReport): number[] => [
  ...COUNTS.map((count) => report[count]),
  ...FINDINGS.map((what) => report[what].length),
];

const until = Date.now() + setting('CHAOS_MINUTES', 10) * 60_000;
const runs = setting('CHAOS_RUNS', 200);
const kills = setting('CHAOS_KILLS', 50);
const totals = [...COUNTS, ...FINDINGS].map(() => 0);

print(row(['seed', ...COUNTS, ...FINDINGS, 'seconds']));
for (let seed = setting('CHAOS_SEED', Math.floor(Date.now() / 1_000)); Date.now() < until; seed += 1) {
  const started = Date.now();
  const report = await chaos({ seed, runs, kills, journal: 'file' });
  const cells = cellsOf(report);
  cells.forEach((cell, index) => (totals[index] = (totals[index] ?? 0) + cell));
  print(row([seed, ...cells, Math.round((Date.now() - started) / 1_000)]));
  for (const what of FINDINGS) for (const found of report[what]) print(`${what}: ${found}`);
  if (FINDINGS.some((what) => report[what].length > 0)) process.exitCode = 1;
}
print(row(['total', ...totals, '']));

const control = await chaos({ seed: 1, runs: 60, kills: 15, journal: 'without-intents' });
print(row(['no intents', ...cellsOf(control), '']));
if (control.duplicates.length === 0) {
  print('No side effect repeated with a journal that forgets started handlers: the test detects nothing.');
  process.exitCode = 1;
}
