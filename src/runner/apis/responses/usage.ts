/** Adds up the numbers of two usages, whatever the API counts; what is not a number is the later one's. */
export function addUsage(before: unknown, after: unknown): unknown {
  if (typeof before === 'number' && typeof after === 'number') return before + after;
  if (!isRecord(before) || !isRecord(after)) return after ?? before;
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return Object.fromEntries([...keys].map((key) => [key, addUsage(before[key], after[key])]));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
