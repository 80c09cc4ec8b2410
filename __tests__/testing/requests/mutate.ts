import type { Schema, Schemas } from './schema.ts';

/** One change of a request. */
export interface Mutation {
  /** The kind of rule that it breaks. */
  readonly kind: 'type' | 'choice' | 'range' | 'length' | 'missing' | 'unknown';
  /** The keys that lead to the changed value. */
  readonly path: readonly (string | number)[];
  /** The new value; undefined removes it. */
  readonly value: unknown;
}

const STRANGERS: readonly unknown[] = ['strange', 7, 1.5, true, [], {}, null];

/** Lists changes of a value, each of which breaks one rule of its schema or adds an unknown field. */
export function* mutationsOf(
  schemas: Schemas,
  unresolved: Schema,
  value: unknown,
  path: readonly (string | number)[] = [],
): Generator<Mutation> {
  const schema = schemas.resolve(unresolved);
  const options = schema.anyOf ?? schema.oneOf ?? schema.allOf;
  if (path.length > 0) {
    for (const stranger of STRANGERS) if (!hasTypeOf(stranger, value)) yield { kind: 'type', path, value: stranger };
  }
  if (options) {
    for (const option of options)
      if (schema.allOf || schemas.allows(option, value)) yield* ownMutations(schemas, option, value, path);
    if (schema.properties) yield* ownMutations(schemas, { ...schema, anyOf: [] }, value, path);
    return;
  }
  yield* ownMutations(schemas, schema, value, path);
}

function* ownMutations(
  schemas: Schemas,
  unresolved: Schema,
  value: unknown,
  path: readonly (string | number)[],
): Generator<Mutation> {
  const schema = schemas.resolve(unresolved);
  for (const options of [schema.anyOf, schema.oneOf, schema.allOf]) {
    for (const option of options ?? []) {
      if (schema.allOf || schemas.allows(option, value)) yield* ownMutations(schemas, option, value, path);
    }
  }
  if (typeof value === 'string') yield* stringMutations(schema, value, path);
  if (typeof value === 'number') {
    if (schema.minimum !== undefined) yield { kind: 'range', path, value: schema.minimum - 1 };
    if (schema.maximum !== undefined) yield { kind: 'range', path, value: schema.maximum + 1 };
  }
  if (Array.isArray(value)) yield* arrayMutations(schemas, schema, value as unknown[], path);
  else if (typeof value === 'object' && value !== null) {
    yield* objectMutations(schemas, schema, value as Record<string, unknown>, path);
  }
}

function* stringMutations(
  { enum: values, minLength, maxLength, pattern }: Schema,
  value: string,
  path: Mutation['path'],
): Generator<Mutation> {
  if (values) yield { kind: 'choice', path, value: `${value}_banana` };
  if (pattern !== undefined) yield { kind: 'length', path, value: 'not that pattern' };
  if (minLength !== undefined && minLength > 0) yield { kind: 'length', path, value: '' };
  // Longer ones take too long to send.
  if (maxLength !== undefined && maxLength < 1_000) yield { kind: 'length', path, value: 'x'.repeat(maxLength + 1) };
}

function* arrayMutations(
  schemas: Schemas,
  { items, minItems, maxItems }: Schema,
  value: readonly unknown[],
  path: Mutation['path'],
): Generator<Mutation> {
  if (minItems !== undefined && minItems > 0) yield { kind: 'length', path, value: [] };
  if (maxItems !== undefined && maxItems < 1000) {
    yield { kind: 'length', path, value: Array.from({ length: maxItems + 1 }, () => value[0]) };
  }
  for (const [index, item] of value.entries()) if (items) yield* mutationsOf(schemas, items, item, [...path, index]);
}

function* objectMutations(
  schemas: Schemas,
  schema: Schema,
  value: Readonly<Record<string, unknown>>,
  path: Mutation['path'],
): Generator<Mutation> {
  const { properties, required = [], additionalProperties: more } = schema;
  for (const name of required) if (name in value) yield { kind: 'missing', path: [...path, name], value: undefined };
  if (properties && Object.keys(properties).length > 0 && more !== true) {
    yield { kind: 'unknown', path: [...path, 'banana'], value: 'x' };
  }
  for (const [name, one] of Object.entries(value)) {
    const inside = properties?.[name] ?? (typeof more === 'object' ? more : undefined);
    if (inside) yield* mutationsOf(schemas, inside, one, [...path, name]);
  }
  if (more === undefined || typeof more === 'boolean' || path.at(-1) !== 'metadata') return;
  // The document says it in words: 16 pairs, keys of 64 and values of 512 characters.
  yield { kind: 'length', path, value: Object.fromEntries(Array.from({ length: 17 }, (_, at) => [`k${at}`, 'v'])) };
  yield { kind: 'length', path, value: { ['k'.repeat(65)]: 'v' } };
  yield { kind: 'length', path, value: { k: 'v'.repeat(513) } };
}

function hasTypeOf(one: unknown, other: unknown): boolean {
  if (one === null || other === null) return one === other;
  return typeof one === typeof other && Array.isArray(one) === Array.isArray(other);
}

/** Returns the request's body with the change. */
export function mutated(body: unknown, { path, value }: Mutation): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  const inside = mutated((body as Record<string, unknown>)[key], { kind: 'type', path: rest, value });
  if (Array.isArray(body)) return (body as unknown[]).with(Number(key), inside);
  const { [key]: _, ...others } = body as Record<string, unknown>;
  return inside === undefined ? others : { ...(body as object), [key]: inside };
}
