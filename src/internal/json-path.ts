export type Path = readonly PropertyKey[];

/** Formats a path, such as `rules[2].match.verbs[0]`. */
export function pathText(path: Path): string {
  return path
    .map((step, index) => (typeof step === 'number' ? `[${step}]` : `${index === 0 ? '' : '.'}${String(step)}`))
    .join('')
    .toWellFormed();
}

export function valueAt(within: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (value, step) => (value as Record<PropertyKey, unknown> | null | undefined)?.[step],
    within,
  );
}
