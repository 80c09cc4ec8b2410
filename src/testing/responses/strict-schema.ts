import type { Json } from '../wire.ts';

/**
 * Checks the rules of `strict: true` for every object of a JSON Schema: all properties required, no others allowed.
 *
 * @param refuse throws an error with the problem
 */
export function checkStrictSchema(schema: unknown, refuse: (problem: string) => never, path: string[] = []): void {
  if (typeof schema !== 'object' || schema === null) return;
  const { type, properties = {}, additionalProperties, required, items, anyOf, $defs, definitions } = schema as Json;
  const context = `In context=(${path.map((key) => `'${key}'`).join(', ')}${path.length === 1 ? ',' : ''}),`;
  if ([type].flat().includes('object')) {
    if (additionalProperties !== false) {
      refuse(`${context} 'additionalProperties' is required to be supplied and to be false.`);
    }
    const listed = new Set(Array.isArray(required) ? required : []);
    const absent = Object.keys(properties as Json).find((key) => !listed.has(key));
    if (absent !== undefined) {
      const rule = `'required' is required to be supplied and to be an array including every key in properties.`;
      refuse(`${context} ${rule} Missing '${absent}'.`);
    }
  }
  const inside = { properties, $defs, definitions };
  for (const [key, schemas] of Object.entries(inside)) {
    for (const [name, one] of Object.entries((schemas ?? {}) as Json)) {
      checkStrictSchema(one, refuse, [...path, key, name]);
    }
  }
  checkStrictSchema(items, refuse, [...path, 'items']);
  for (const [index, one] of (Array.isArray(anyOf) ? (anyOf as unknown[]) : []).entries()) {
    checkStrictSchema(one, refuse, [...path, 'anyOf', String(index)]);
  }
}
