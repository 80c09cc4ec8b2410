import { z } from 'zod';
import { isJsonObject, type JsonObject } from '../../internal/json.ts';

/** Converts the schema's input side (`io: 'input'`): defaults make arguments optional, transforms do not count. */
export function jsonSchemaOf(
  name: string,
  parameters: unknown,
  strict: boolean,
): [jsonSchema: Record<string, unknown>, schema: z.core.$ZodType] {
  const has = (key: string): boolean => typeof parameters === 'object' && parameters !== null && key in parameters;
  if (!has('_zod')) {
    const remedy = has('_def')
      ? "is a zod 3 schema; zod 4 is needed. Run npm install zod@4 and import { z } from 'zod'."
      : 'must be a zod 4 schema, such as z.object({ … }).';
    throw new TypeError(`parameters of tool "${name}" ${remedy}`);
  }
  let schema: Record<string, unknown>;
  try {
    schema = z.toJSONSchema(parameters as z.core.$ZodType, {
      io: 'input',
      override: ({ jsonSchema }) => {
        if (strict) makeStrict(name, jsonSchema);
      },
    });
  } catch (error) {
    if (error instanceof StrictError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new TypeError(
      `parameters of tool "${name}" cannot be converted to JSON Schema (${reason}). Arguments arrive as JSON: use JSON types, such as z.iso.datetime() for a date.`,
      { cause: error },
    );
  }
  if (schema['type'] !== 'object' && !alternatives(schema).some((branch) => branch['type'] === 'object')) {
    throw new TypeError(
      `parameters of tool "${name}" must describe an object, such as z.object({ … }): arguments are passed by name.`,
    );
  }
  delete schema['$schema'];
  return [schema, parameters as z.core.$ZodType];
}

class StrictError extends TypeError {}

/** Closes every object: OpenAI's structured outputs also require every property to be required. */
function makeStrict(name: string, schema: z.core.JSONSchema.BaseSchema): void {
  if (schema.type !== 'object') return;
  schema.additionalProperties = false;
  const optional = Object.keys(schema.properties ?? {}).filter((key) => !schema.required?.includes(key));
  if (optional.length > 0) {
    throw new StrictError(
      `Tool "${name}" is strict, but ${optional.join(', ')} is optional. Use .nullable() instead of .optional(): the model then sends null.`,
    );
  }
}

/** Names of the arguments that a schema declares. */
export function declaredProperties(schema: JsonObject): ReadonlySet<string> {
  const own = isJsonObject(schema['properties']) ? Object.keys(schema['properties']) : [];
  return new Set([...own, ...alternatives(schema).flatMap((branch) => [...declaredProperties(branch)])]);
}

function alternatives(schema: JsonObject): JsonObject[] {
  return ['anyOf', 'oneOf', 'allOf'].flatMap((key) =>
    Array.isArray(schema[key]) ? schema[key].filter(isJsonObject) : [],
  );
}
