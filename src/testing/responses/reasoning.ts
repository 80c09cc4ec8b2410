import { badRequest } from '../api-fault.ts';
import type { Json } from '../wire.ts';
import { isFromClient } from './items.ts';

/**
 * Checks that replayed reasoning and the item that the model made from it come together.
 *
 * @param context the items before the input
 * @param outputs those of all stored responses
 */
export function checkReasoning(
  context: readonly Json[],
  input: readonly Json[],
  outputs: readonly (readonly Json[])[],
): void {
  const given = new Set([...context, ...input].map(({ id }) => id));
  const replayed = new Set(input.map(({ id }) => id));
  for (const output of outputs) {
    for (const [index, { id, type }] of output.entries()) {
      const next = output[index + 1];
      if (type === 'reasoning' && next && replayed.has(next['id']) && !given.has(id)) {
        throw refused(next, `required 'reasoning' item: '${String(id)}'`);
      }
    }
  }
  for (const [index, item] of input.entries()) {
    const next = input[index + 1];
    if (item['type'] === 'reasoning' && (!next || isFromClient(next))) throw refused(item, 'required following item');
  }
}

function refused({ id, type }: Json, without: string): Error {
  return badRequest(`Item '${String(id)}' of type '${String(type)}' was provided without its ${without}.`, {
    param: 'input',
  });
}
