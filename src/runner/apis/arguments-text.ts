/** The APIs say text; where one, or a compatible server, sends the object itself, it is guarded all the same. */
export function argumentsText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value ?? {});
}
