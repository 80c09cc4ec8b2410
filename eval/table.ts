/** One measured figure beside its goal. */
export interface Figure {
  readonly set: string;
  readonly what: string;
  /** The number of cases. */
  readonly cases: number;
  readonly measured: number;
  /** Absent where the figure is only reported. */
  readonly goal?: Goal;
}

export type Goal = { readonly atLeast: number } | { readonly atMost: number };

/** The share of the cases that are found. */
export function share(set: string, what: string, cases: number, found: number, goal?: Goal): Figure {
  return { set, what, cases, measured: cases === 0 ? 0 : found / cases, ...(goal ? { goal } : {}) };
}

export function isReached({ measured, goal, cases }: Figure): boolean {
  if (!goal || cases === 0) return true;
  return 'atLeast' in goal ? measured >= goal.atLeast : measured <= goal.atMost;
}

export function printTable(title: string, figures: readonly Figure[]): void {
  console.log(`\n${title}\n`);
  const rows = figures.map((figure) => [
    figure.set,
    figure.what,
    String(figure.cases),
    figure.measured.toFixed(3).replace(/\.?0+$/, ''),
    figure.goal ? ('atLeast' in figure.goal ? `≥ ${figure.goal.atLeast}` : `≤ ${figure.goal.atMost}`) : '',
    figure.goal ? (isReached(figure) ? 'yes' : 'NO') : '',
  ]);
  const all = [['set', 'what', 'n', 'measured', 'goal', 'reached'], ...rows];
  const widths = (all[0] ?? []).map((_, column) => Math.max(...all.map((row) => (row[column] ?? '').length)));
  for (const row of all)
    console.log(
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    );
}
