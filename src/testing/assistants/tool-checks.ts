import { checkFunction } from '../function-checks.ts';
import type { Json } from '../wire.ts';

const LIMITS = { name: 64, description: 1_024 };

/** Checks the functions of an assistant or a run. `null` counts as absent. */
export function checkTools(tools: unknown): void {
  for (const [index, { function: given }] of ((tools ?? []) as Json[]).entries()) {
    if (given !== undefined) checkFunction(given as Json, `tools[${index}].function`, LIMITS);
  }
}
