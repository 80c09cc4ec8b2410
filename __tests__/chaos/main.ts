/**
 * `npm run chaos`: repeats the chaos test until the time is up; with `--postgres`, over Debian's Postgres. Environment: `CHAOS_MINUTES` (default 10), `CHAOS_SEED`
 * of the first round (default: the time), `CHAOS_RUNS` and `CHAOS_KILLS` of each round (default 200 and 50),
 * `CHAOS_CONTROLS=no` to leave out the controls.
 */
import { chaos, type ChaosReport } from './chaos.ts';

const COUNTS = [
  'runs',
  'kills',
  'interrupted',
  'tornTails',
  'collisions',
  'pauses',
  'outages',
  'effects',
  'repeated',
  'inDoubt',
  'inDoubtAndDone',
] as const;
const FINDINGS = ['duplicates', 'changed', 'faults'] as const;
const WIDTH = 13;

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

const setting = (name: string, otherwise: number): number => Number(process.env[name] ?? otherwise);
const print = (line: string): void => void process.stdout.write(`${line}\n`);
const row = (cells: readonly (number | string)[]): string => cells.map((cell) => String(cell).padStart(WIDTH)).join('');
const cellsOf = (report: ChaosReport): number[] => [
  ...COUNTS.map((count) => report[count]),
  ...FINDINGS.map((what) => report[what].length),
];

const until = Date.now() + setting('CHAOS_MINUTES', 10) * 60_000;
/** What runs, and which controls must find what. */
const FILES = {
  proven: { journal: 'file' },
  controls: [[{ journal: 'without-intents' }, 'duplicates']],
} as const;
const UNFENCED = { journal: 'postgres-unfenced', database: 'postgres', pauses: 1, isCalm: true } as const;
const POSTGRES = {
  proven: { journal: 'postgres', database: 'postgres', pauses: 0.3 },
  controls: [
    [{ journal: 'postgres-without-intents', database: 'postgres', isCalm: true }, 'duplicates'],
    [UNFENCED, 'duplicates'],
    [UNFENCED, 'changed'],
  ],
} as const;
const { proven, controls } = process.argv.includes('--postgres') ? POSTGRES : FILES;
const MAX_CONTROLS = 6;
const runs = setting('CHAOS_RUNS', 200);
const kills = setting('CHAOS_KILLS', 50);
const totals = [...COUNTS, ...FINDINGS].map(() => 0);

print(row(['seed', ...COUNTS, ...FINDINGS, 'seconds']));
for (let seed = setting('CHAOS_SEED', Math.floor(Date.now() / 1_000)); Date.now() < until; seed += 1) {
  const started = Date.now();
  const report = await chaos({ seed, runs, kills, ...proven });
  const cells = cellsOf(report);
  cells.forEach((cell, index) => (totals[index] = (totals[index] ?? 0) + cell));
  print(row([seed, ...cells, Math.round((Date.now() - started) / 1_000)]));
  for (const what of FINDINGS) for (const found of report[what]) print(`${what}: ${found}`);
  if (FINDINGS.some((what) => report[what].length > 0)) process.exitCode = 1;
}
print(row(['total', ...totals, '']));

/** The findings of the controls so far, by their options. */
const shown = new Map<object, Set<string>>();
for (const [options, what] of process.env['CHAOS_CONTROLS'] === 'no' ? [] : controls) {
  const found = shown.get(options) ?? new Set<string>();
  shown.set(options, found);
  for (let seed = 1; seed <= MAX_CONTROLS && !found.has(what); seed += 1) {
    const control = await chaos({ seed, runs: 40, kills: 12, ...options });
    print(row([options.journal.slice(-WIDTH), ...cellsOf(control), '']));
    for (const one of FINDINGS) if (control[one].length > 0) found.add(one);
  }
  if (found.has(what)) continue;
  print(`The control ${options.journal} shows no ${what}: the test detects nothing.`);
  process.exitCode = 1;
}
