/** One measured figure beside what it is to reach. */
export interface Figure {
  readonly set: string;
  readonly what: string;
  /** How many cases were looked at. */
  readonly cases: number;
  readonly measured: number;
  /** Absent where the figure is only reported. */
  readonly aim?: { readonly atLeast: number } | { readonly atMost: number };
}

export function isReached({ measured, aim }: Figure): boolean {
  if (!aim) return true;
  return 'atLeast' in aim ? measured >= aim.atLeast : measured <= aim.atMost;
}

export function printTable(title: string, figures: readonly Figure[]): void {
  console.log(`\n${title}\n`);
  const rows = figures.map((figure) => [
    figure.set,
    figure.what,
    String(figure.cases),
    figure.measured.toFixed(3).replace(/\.?0+$/, ''),
    figure.aim ? ('atLeast' in figure.aim ? `≥ ${figure.aim.atLeast}` : `≤ ${figure.aim.atMost}`) : '',
    figure.aim ? (isReached(figure) ? 'yes' : 'NO') : '',
  ]);
  const all = [['set', 'what', 'cases', 'measured', 'aim', 'reached'], ...rows];
  const widths = (all[0] ?? []).map((_, column) => Math.max(...all.map((row) => (row[column] ?? '').length)));
  for (const row of all)
    console.log(
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    );
}
