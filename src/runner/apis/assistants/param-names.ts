/** Renames camelCase params, as `@azure/ai-agents` has them, to the API's names. The values are the same. */
export function apiNames<Params extends object>(params: Params): Params {
  return renamed(params, /[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** Renames the API's params to camelCase. */
export function camelCaseNames(params: object): object {
  return renamed(params, /_[a-z]/g, ([, letter = '']) => letter.toUpperCase());
}

function renamed<Params extends object>(params: Params, part: RegExp, replace: (part: string) => string): Params {
  const entries = Object.entries(params).map(([name, value]: [string, unknown]) => [
    name.replace(part, replace),
    value,
  ]);
  return Object.fromEntries(entries) as Params;
}
