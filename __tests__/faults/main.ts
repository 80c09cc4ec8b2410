/**
 * `npm run faults`: serves runs over a faulty wire. Environment: `FAULTS_RUNS` (default 2,000), `FAULTS_SEED` of the
 * first one (default: the time), `FAULTS_ONLY` for runs of one API by part of the request that starts them,
 * `FAULTS_VERBOSE` for the faults of each run that failed.
 */
import { limits } from '../../src/runner/limits.ts';
import { runSchedule, type ScheduleReport } from './schedule.ts';

const setting = (name: string, otherwise: number): number => Number(process.env[name] ?? otherwise);
const print = (line: string): void => void process.stdout.write(`${line}\n`);

const runs = setting('FAULTS_RUNS', 2_000);
const first = setting('FAULTS_SEED', Math.floor(Date.now() / 1_000));
const options = { only: process.env['FAULTS_ONLY'], delayMs: 600 };
const reports: ScheduleReport[] = [];
let next = first;
// Many runs share this process, and each of its reads takes long.
limits.conversationBaselineMs = 60_000;
const worker = async (): Promise<void> => {
  while (next < first + runs) {
    const seed = next;
    next += 1;
    reports.push(await runSchedule(seed, options));
  }
};
await Promise.all(Array.from({ length: 50 }, worker));

const kinds = new Map<string, number>();
for (const { seed, row, unsafe, stuck, faults } of reports.sort((one, other) => one.seed - other.seed)) {
  for (const found of [...unsafe, ...stuck]) {
    const kind = `${row}: ${found.replaceAll(/(?<=_)[0-9a-f]{6,}\w*|_fake\d+/g, '').slice(0, 160)}`;
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  }
  if (unsafe.length + stuck.length > 0 && process.env['FAULTS_VERBOSE'])
    print(`${seed} ${row}\n  ${[...unsafe, ...stuck].join('\n  ')}\n  faults:\n    ${faults.join('\n    ')}`);
}
for (const [kind, count] of [...kinds].sort(([, one], [, other]) => other - one)) print(`${count} × ${kind}`);
const count = (is: (report: ScheduleReport) => boolean): number => reports.filter(is).length;
print(
  `${reports.length} runs from seed ${first}: ${count(({ end }) => end === 'completed')} completed, ` +
    `${count(({ isAborted }) => isAborted)} aborted, ${count(({ leftOpen }) => leftOpen)} reported as left open; ` +
    `${count(({ unsafe }) => unsafe.length > 0)} unsafe, ${count(({ stuck }) => stuck.length > 0)} stuck; ` +
    `${reports.reduce((sum, { faults }) => sum + faults.length, 0)} faults`,
);
// Timers of abandoned requests would keep the process alive.
process.exit(kinds.size > 0 ? 1 : 0);
