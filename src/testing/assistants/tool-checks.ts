import { isObject } from '../checks.ts';
import { checkFunction, checkOutputFormat } from '../function-checks.ts';
import type { Json } from '../wire.ts';

const LIMITS = { name: 64, description: 1_024 };

/** Checks the functions and the format of the output of an assistant or a run. `null` counts as absent. */
export function checkTools({ tools, response_format: format }: Json): void {
  for (const [index, { function: given }] of ((tools ?? []) as Json[]).entries()) {
    if (given !== undefined) checkFunction(given as Json, `tools[${index}].function`, LIMITS);
  }
  const { json_schema: schema } = isObject(format) ? format : {};
  if (isObject(schema)) checkOutputFormat(schema, 'response_format.json_schema');
}
