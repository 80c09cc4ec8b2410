import { z } from 'zod';
import { isJsonObject } from '../../internal/json.ts';
import { valueAt, type Path } from '../../internal/json-path.ts';

/** zod's types that have no JSON Schema. */
const WITHOUT_JSON: ReadonlySet<string> = new Set([
  'custom',
  'date',
  'function',
  'map',
  'nan',
  'set',
  'symbol',
  'transform',
  'undefined',
  'void',
]);

type Converted = Parameters<NonNullable<z.core.ToJSONSchemaParams['override']>>[0];

/** True if a schema has a BigInt, and otherwise only types that JSON has. */
export function takesBigInt(schema: z.core.$ZodType): boolean {
  const types = new Set<string>();
  const override = ({ zodSchema }: Converted): void => void types.add(zodSchema._zod.def.type);
  try {
    z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any', override });
  } catch {
    return false;
  }
  return types.has('bigint') && ![...types].some((type) => WITHOUT_JSON.has(type));
}

/** A BigInt arrives as an integer. */
export function bigIntAsInteger({ zodSchema, jsonSchema }: Converted): void {
  if (zodSchema._zod.def.type === 'bigint') jsonSchema.type = 'integer';
}

/**
 * Replaces integers, and strings of digits, by BigInts where a schema expected one.
 *
 * @returns true if there was one
 */
export function convertToBigInts(input: unknown, issues: readonly z.core.$ZodIssue[], within: Path = []): boolean {
  const converted = issues.map((issue) => {
    const path = [...within, ...issue.path];
    if (issue.code === 'invalid_union') return issue.errors.some((ofMember) => convertToBigInts(input, ofMember, path));
    return issue.code === 'invalid_type' && issue.expected === 'bigint' && convertAt(input, path);
  });
  return converted.includes(true);
}

function convertAt(input: unknown, path: Path): boolean {
  const parent = valueAt(input, path.slice(0, -1));
  const key = path.at(-1);
  const value = valueAt(input, path);
  const isInteger = typeof value === 'string' ? /^-?\d+$/.test(value) : Number.isSafeInteger(value);
  if (!isInteger || key === undefined || !(isJsonObject(parent) || Array.isArray(parent))) return false;
  return Reflect.set(parent, key, BigInt(value as string | number));
}
