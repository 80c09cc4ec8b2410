/** A JSON Schema of an OpenAPI document. */
export interface Schema {
  readonly $ref?: string;
  readonly $recursiveRef?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
  readonly propertyNames?: Schema;
  readonly maxProperties?: number;
  readonly items?: Schema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
}

/** The named schemas of a document, and the tests of values by them. */
export class Schemas {
  readonly #named: Readonly<Record<string, Schema>>;

  constructor(named: Readonly<Record<string, Schema>>) {
    this.#named = named;
  }

  /** The schema that a reference means. The only recursive reference of OpenAI's document means a compound filter. */
  resolve(schema: Schema): Schema {
    const name = schema.$recursiveRef === undefined ? schema.$ref?.split('/').at(-1) : 'CompoundFilter';
    const meant = name === undefined ? undefined : this.#named[name];
    return meant ? this.resolve(meant) : schema;
  }

  allows(unresolved: Schema, value: unknown): boolean {
    const schema = this.resolve(unresolved);
    const fits = (one: Schema): boolean => this.allows(one, value);
    if (schema.allOf && !schema.allOf.every(fits)) return false;
    if (schema.anyOf && !schema.anyOf.some(fits)) return false;
    if (schema.oneOf && !schema.oneOf.some(fits)) return false;
    if (schema.enum && !schema.enum.includes(value)) return false;
    if (schema.type !== undefined && ![schema.type].flat().some((type) => isOfType(value, type))) return false;
    if (typeof value === 'number') return isBetween(value, schema.minimum, schema.maximum);
    if (typeof value === 'string') {
      const fitsPattern = schema.pattern === undefined || RegExp(schema.pattern).test(value);
      return fitsPattern && isBetween(value.length, schema.minLength, schema.maxLength);
    }
    if (Array.isArray(value)) {
      const { items, minItems, maxItems } = schema;
      return isBetween(value.length, minItems, maxItems) && (!items || value.every((one) => this.allows(items, one)));
    }
    return value === null || typeof value !== 'object' || this.#allowsObject(schema, value as Record<string, unknown>);
  }

  #allowsObject(schema: Schema, value: Readonly<Record<string, unknown>>): boolean {
    const { properties = {}, required = [], additionalProperties: more = true, propertyNames, maxProperties } = schema;
    if (required.some((name) => value[name] === undefined)) return false;
    const keys = Object.keys(value);
    if (!isBetween(keys.length, undefined, maxProperties)) return false;
    return keys.every((key) => {
      if (propertyNames && !this.allows(propertyNames, key)) return false;
      const property = properties[key];
      if (property) return this.allows(property, value[key]);
      return typeof more === 'boolean' ? more : this.allows(more, value[key]);
    });
  }
}

function isBetween(value: number, min = -Infinity, max = Infinity): boolean {
  return value >= min && value <= max;
}

function isOfType(value: unknown, type: string): boolean {
  switch (type) {
    case 'null':
      return value === null;
    case 'array':
      return Array.isArray(value);
    case 'integer':
      return Number.isInteger(value);
    case 'object':
      return typeof value === 'object' && value !== null && !Array.isArray(value);
    default:
      return typeof value === type;
  }
}
