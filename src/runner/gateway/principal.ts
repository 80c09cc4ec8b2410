import { checkId, checkKeys, checkStrings, shown } from '../../internal/checks.ts';
import { isJsonObject } from '../../internal/json.ts';
import { omitUndefined } from '../../internal/omit-undefined.ts';
import type { Principal } from './gateway.ts';

const HINT = 'Pass { id, roles, attributes }, of which roles and attributes are optional.';

/**
 * Checks a principal and copies it, frozen: nothing can change who acts while the run lasts. Messages never quote an
 * attribute, which may be personal.
 *
 * @param name of the option or parameter
 * @throws TypeError for a value that is not a principal
 */
export function principalOf(name: string, value: unknown): Principal {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new TypeError(`${name} is ${shown(value)}; it must be a principal. ${HINT}`);
  if (value instanceof Promise)
    throw new TypeError(`${name} is a promise. Find the user before the run, and pass it with context.`);
  checkKeys(name, value, ['id', 'roles', 'attributes']);
  const { id, roles, attributes } = value as Principal;
  checkId(`${name}.id`, id);
  if (attributes !== undefined) checkAttributes(`${name}.attributes`, attributes);
  return Object.freeze({
    id,
    ...omitUndefined({
      roles: checkStrings(`${name}.roles`, roles),
      attributes: attributes && Object.freeze({ ...attributes }),
    }),
  });
}

function checkAttributes(name: string, attributes: unknown): void {
  if (!isJsonObject(attributes)) throw new TypeError(`${name} is ${shown(attributes)}; it must be an object.`);
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value)) continue;
    const kind = typeof value === 'number' ? 'no finite number' : shown(value);
    throw new TypeError(`${name}["${key}"] is ${kind}; it must be a string, a number, true or false.`);
  }
}
