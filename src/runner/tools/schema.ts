import { z } from 'zod';
import { isJsonObject, type JsonObject } from '../../internal/json.ts';
import { bigIntAsInteger, takesBigInt } from './big-integers.ts';
import { fieldAt, fitToOpenAI, type Path, type Schema } from './openai-schema.ts';
import { checkStrictSize } from './strict-size.ts';
import { messageOf } from '../../internal/error-message.ts';

/**
 * Converts the schema's input side to a JSON Schema that OpenAI accepts: defaults make arguments optional, transforms
 * do not count.
 *
 * @throws TypeError with the tool, the place in the schema and the remedy
 */
export function jsonSchemaOf(
  tool: string,
  parameters: unknown,
  strict: boolean,
): [jsonSchema: Schema, schema: z.core.$ZodType] {
  const schema = zod4Schema(tool, 'parameters', parameters);
  const root = objectRoot(tool, toJsonSchema(tool, schema));
  fitToOpenAI(tool, root, strict);
  if (strict) checkStrictSize(tool, root);
  return [root, schema];
}

/** @throws TypeError for anything but a zod 4 schema, with the remedy */
export function zod4Schema(tool: string, option: 'parameters' | 'output', schema: unknown): z.core.$ZodType {
  const has = (key: string): boolean => typeof schema === 'object' && schema !== null && key in schema;
  if (has('_zod')) return schema as z.core.$ZodType;
  const remedy = has('_def')
    ? "is a zod 3 schema; zod 4 is needed. Run npm install zod@4 and import { z } from 'zod'."
    : 'must be a zod 4 schema, such as z.object({ … }). Convert a JSON Schema with z.fromJSONSchema(schema).';
  throw new TypeError(`${option} of tool "${tool}" ${remedy}`);
}

function toJsonSchema(tool: string, schema: z.core.$ZodType): Schema {
  try {
    const { $schema: _, ...root } = z.toJSONSchema(schema, {
      io: 'input',
      unrepresentable: takesBigInt(schema) ? 'any' : 'throw',
      override: (converted) => {
        exclusiveAsAnyOf(converted);
        bigIntAsInteger(converted);
      },
    });
    return root;
  } catch (error) {
    const reason = messageOf(error);
    throw new TypeError(
      `${fieldAt(pathOfFailure(schema))} of tool "${tool}" cannot be converted to JSON Schema (${reason}). Arguments arrive as JSON: use JSON types, such as z.iso.datetime() for a date.`,
      { cause: error },
    );
  }
}

type Converted = Parameters<NonNullable<z.core.ToJSONSchemaParams['override']>>[0];

/** A discriminator excludes the other members, so `anyOf` means the same as zod's `oneOf`, which OpenAI refuses. */
function exclusiveAsAnyOf({ zodSchema, jsonSchema }: Converted): void {
  if (!('discriminator' in zodSchema._zod.def) || !jsonSchema.oneOf) return;
  jsonSchema.anyOf = jsonSchema.oneOf;
  delete jsonSchema.oneOf;
}

/** Returns the path of the innermost schema that has no JSON Schema; zod's error does not name it. */
function pathOfFailure(schema: z.core.$ZodType): Path {
  let failure: Path | undefined;
  const override = ({ zodSchema, path }: Converted): void => {
    if (!failure && !isConvertible(zodSchema)) failure = path;
  };
  try {
    // From the innermost schemas outwards.
    z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any', override });
  } catch {
    // The error that led here says more.
  }
  return failure ?? [];
}

function isConvertible(schema: z.core.$ZodType): boolean {
  try {
    z.toJSONSchema(schema, { io: 'input' });
    return true;
  } catch {
    return false;
  }
}

/** OpenAI: "schema must have type 'object' and not have 'oneOf'/'anyOf'/'allOf'/'enum'/'not' at the top level". */
function objectRoot(tool: string, { $ref, ...schema }: Schema): Schema {
  // zod refers to a schema with an id, also from the root.
  const named = typeof $ref === 'string' && isJsonObject(schema['$defs']) ? schema['$defs'][$ref.slice(8)] : undefined;
  const root: Schema = { ...(isJsonObject(named) ? named : {}), ...schema };
  const refuse = (problem: string): never => {
    throw new TypeError(`parameters of tool "${tool}" ${problem}`);
  };
  if (root['anyOf'] ?? root['oneOf']) {
    refuse('is a union or nullable, which OpenAI refuses. Put it into a field, such as z.object({ value: … }).');
  }
  if (root['allOf']) {
    refuse('is an intersection, which OpenAI refuses. Use z.object({ ...one.shape, ...other.shape }).');
  }
  if (root['type'] !== 'object') {
    refuse('must describe an object, such as z.object({ … }): arguments are passed by name.');
  }
  // "object schema missing properties", which only a z.record() lacks.
  return 'properties' in root ? root : { ...root, properties: {} };
}

/** Names of the arguments that a schema declares. */
export function declaredProperties({ properties }: JsonObject): ReadonlySet<string> {
  return new Set(isJsonObject(properties) ? Object.keys(properties) : []);
}
