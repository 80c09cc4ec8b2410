import { z } from 'zod';

/**
 * Schemas as users write them. Each is sent to the fake API as zod converts it, and registered with a runner: what the
 * API refuses, the runner refuses or converts.
 */

/** The title, the schema, the API's problem with what zod writes, and the runner's problem. */
export type RefusedRow = readonly [title: string, schema: z.ZodType, api: string, runner: string];

/** The title, the schema, the API's problem with what zod writes, and what the runner sends instead. */
export type ConvertedRow = readonly [title: string, schema: z.ZodType, api: string, sent: object];

/** The title, and a schema that the runner sends as zod writes it. */
export type AcceptedRow = readonly [title: string, schema: z.ZodType];

/** The JSON Schema that zod writes; with `strict`, every object is closed that does not say otherwise. */
export function asZodWrites(schema: z.ZodType, strict: boolean): Record<string, unknown> {
  const { $schema: _, ...written } = z.toJSONSchema(schema, {
    io: 'input',
    override: ({ jsonSchema }) => {
      if (strict && jsonSchema.type === 'object') jsonSchema.additionalProperties ??= false;
    },
  });
  return written;
}

const x = (field: z.ZodType): z.ZodType => z.object({ x: field });
const inX = (problem: string): string => `In context=('properties', 'x'), ${problem}`;
const notPermitted = (keyword: string): string => inX(`'${keyword}' is not permitted.`);
const got = (type: string): string => `schema must be a JSON Schema of 'type: "object"', got 'type: "${type}"'.`;
const missing = (key: string): string =>
  `'required' is required to be supplied and to be an array including every key in properties. Missing '${key}'.`;
const untyped = "schema must have a 'type' key.";
const notClosed = "'additionalProperties' is required to be supplied and to be false.";

const dog = z.object({ kind: z.literal('dog'), barks: z.boolean() });
const cat = z.object({ kind: z.literal('cat'), lives: z.number() });
const pet = z.discriminatedUnion('kind', [dog, cat]);
const address = z.object({ city: z.string() }).meta({ id: 'Address' });
const nested = (levels: number): z.ZodType => (levels === 0 ? z.object({}) : z.object({ a: nested(levels - 1) }));
const words = (count: number, length: number): string[] =>
  Array.from({ length: count }, (_, index) => String(index).padStart(length, '_'));

export const REFUSED: readonly RefusedRow[] = [
  ['a union', z.union([dog, cat]), got('None'), 'parameters of tool "send" is a union or nullable, which OpenAI'],
  ['a discriminated union', pet, got('None'), 'parameters of tool "send" is a union or nullable, which OpenAI refuses'],
  ['an exclusive union', z.xor([dog, cat]), got('None'), 'parameters of tool "send" is a union or nullable'],
  ['a nullable object', dog.nullable(), got('None'), 'parameters of tool "send" is a union or nullable'],
  ['a string', z.string(), got('string'), 'parameters of tool "send" must describe an object, such as z.object'],
  ['an array', z.array(dog), got('array'), 'parameters of tool "send" must describe an object'],
  ['any value', z.any(), got('None'), 'parameters of tool "send" must describe an object'],
  [
    'a pattern with a Unicode property',
    x(z.string().regex(/^\p{L}+$/u)),
    "'^\\p{L}+$' is not a 'regex'.",
    'parameters.x of tool "send" has a pattern with \\p{…}, \\u{…} or (?<name>…), which OpenAI refuses. Use .refine()',
  ],
  [
    'a pattern with a named group',
    x(z.object({ y: z.array(z.string().regex(/(?<year>\d+)/)) })),
    "'(?<year>\\d+)' is not a 'regex'.",
    'parameters.x.y[] of tool "send" has a pattern with',
  ],
];

const openKeys = ' of tool "send" takes any key (z.record(), z.looseObject() or .catchall()), which strict: true';
const anyType = ' of tool "send" has no type (z.any(), z.unknown() or literals of several types), which strict: true';
const withDefault = ' of tool "send" has a default (.default(), .prefault() or .catch()), which strict: true does not';
const optional =
  ' of tool "send" is optional, which strict: true does not allow. Use .nullable() instead of .optional()';

export const REFUSED_IF_STRICT: readonly RefusedRow[] = [
  ['a record', x(z.record(z.string(), z.string())), notPermitted('propertyNames'), `parameters.x${openKeys}`],
  [
    'a record as a whole',
    z.record(z.string(), z.string()),
    'In context=(), object schema missing properties.',
    `parameters${openKeys}`,
  ],
  ['a record of listed keys', x(z.record(z.enum(['a']), z.string())), notPermitted('propertyNames'), 'parameters.x of'],
  [
    'a record of keys with a pattern',
    x(z.looseRecord(z.string().regex(/^a/), z.string())),
    notPermitted('patternProperties'),
    `parameters.x${openKeys}`,
  ],
  ['a loose object', x(z.looseObject({})), inX(notClosed), `parameters.x${openKeys}`],
  ['an object with a catchall', x(dog.catchall(z.string())), inX(notClosed), `parameters.x${openKeys}`],
  ['a loose object as a whole', z.looseObject({}), `In context=(), ${notClosed}`, `parameters${openKeys}`],
  [
    'an open object in a list',
    x(z.array(z.looseObject({}))),
    `In context=('properties', 'x', 'items'), ${notClosed}`,
    `parameters.x[]${openKeys}`,
  ],
  [
    'an open object in a union',
    x(z.union([z.string(), z.looseObject({})])),
    `In context=('properties', 'x', 'anyOf', '1'), ${notClosed}`,
    `parameters.x.anyOf.1${openKeys}`,
  ],
  ['any JSON', x(z.json()), "'propertyNames' is not permitted.", `parameters.$defs.__schema0.anyOf.5${openKeys}`],
  ['an optional field', x(z.object({ y: z.string().optional() })), inX(missing('y')), `parameters.x.y${optional}`],
  ['an optional nullable field', x(z.string().nullish()), `In context=(), ${missing('x')}`, `parameters.x${optional}`],
  ['a default', x(z.boolean().default(false)), `In context=(), ${missing('x')}`, `parameters.x${withDefault}`],
  ['a prefault', x(z.boolean().prefault(false)), `In context=(), ${missing('x')}`, `parameters.x${withDefault}`],
  ['a fallback', x(z.boolean().catch(false)), notPermitted('default'), `parameters.x${withDefault}`],
  ['a default as a whole', dog.default({ kind: 'dog', barks: true }), "In context=(), 'default'", 'parameters of tool'],
  ['a tuple', x(z.tuple([z.string()])), inX('array schema missing items.'), 'parameters.x of tool "send" is a tuple'],
  [
    'an open tuple',
    x(z.tuple([z.string()], z.string())),
    notPermitted('prefixItems'),
    'parameters.x of tool "send" is',
  ],
  ['any value', x(z.any()), inX(untyped), `parameters.x${anyType}`],
  ['an unknown value', x(z.unknown().describe('What you know')), inX(untyped), `parameters.x${anyType}`],
  [
    'a list of anything',
    x(z.array(z.any())),
    `In context=('properties', 'x', 'items'), ${untyped}`,
    `parameters.x[]${anyType}`,
  ],
  ['literals of several types', x(z.literal(['a', 1])), inX(untyped), `parameters.x${anyType}`],
  ['an enum of several types', x(z.enum({ a: 1, b: 'b' })), inX(untyped), `parameters.x${anyType}`],
  [
    'an exclusive union',
    x(z.xor([dog, cat])),
    notPermitted('oneOf'),
    'parameters.x of tool "send" is an exclusive union',
  ],
  [
    'several patterns',
    x(z.string().regex(/a/).regex(/b/)),
    notPermitted('allOf'),
    'parameters.x of tool "send" is an intersection or has several patterns',
  ],
  ['no value', x(z.never()), notPermitted('not'), 'parameters.x of tool "send" takes no value (z.never()), which'],
  ['a file', x(z.file()), notPermitted('contentEncoding'), 'parameters.x of tool "send" is a file (z.file()), which'],
  ['a URL', x(z.url()), inX("'uri' is not a valid format."), 'parameters.x of tool "send" has the format "uri", which'],
  ['a JWT', x(z.jwt()), inX("'jwt' is not a valid format."), 'parameters.x of tool "send" has the format "jwt", which'],
  [
    'a pattern with lookahead',
    x(z.string().regex(/^(?=.*\d)/)),
    'regex lookaround is not supported. Found at $.properties.x.pattern.',
    'parameters.x of tool "send" has a pattern with lookaround, which strict: true does not allow. Use .refine()',
  ],
  ...['if', 'dependentRequired', 'uniqueItems', 'minProperties', 'contains', 'unevaluatedItems'].map(
    (keyword): RefusedRow => [
      `the keyword ${keyword}`,
      x(z.string().meta({ [keyword]: {} })),
      notPermitted(keyword),
      `parameters.x of tool "send" has the keyword "${keyword}", which strict: true does not allow.`,
    ],
  ),
  ['11 levels', nested(11), '11 levels of nesting exceeds limit of 10.', 'have 11 levels of nesting, and strict'],
  [
    '5,001 fields',
    z.object(Object.fromEntries(words(5_001, 1).map((name) => [name, z.null()]))),
    '5001 parameters exceeds limit of 5000.',
    'parameters of tool "send" have 5001 fields, and strict: true allows 5000.',
  ],
  [
    '1,001 enum values',
    z.object({ x: z.enum(words(500, 4)), y: z.enum(words(501, 4)) }),
    'Expected at most 1000 enum values in total within a single schema when using structured outputs, but received 1001.',
    'parameters of tool "send" have 1001 enum values, and strict: true allows 1000.',
  ],
  [
    'a long enum of more than 250 values',
    x(z.enum(words(251, 60))),
    'Expected at most 15000 total characters across enum values when there are more than 250 enum values, but received 15060.',
    'have 15060 characters in an enum of more than 250 values, and strict: true allows 15000.',
  ],
  [
    'more than 120,000 characters in names',
    z.object(Object.fromEntries(words(200, 601).map((name) => [name, z.null()]))),
    'Expected at most 120000 total characters across names and values, but received 120200.',
    'have 120200 characters in names and enum values, and strict: true allows 120000.',
  ],
];

const text = { type: 'string' };

const inField = (sent: object): object => ({ type: 'object', properties: { x: sent }, required: ['x'] });

export const CONVERTED: readonly ConvertedRow[] = [
  [
    'a record',
    z.record(z.string(), z.string()),
    'In context=(), object schema missing properties.',
    { type: 'object', properties: {}, propertyNames: text, additionalProperties: text },
  ],
  [
    'a schema with an id',
    address,
    got('None'),
    {
      type: 'object',
      properties: { city: text },
      required: ['city'],
      $defs: { Address: { type: 'object', properties: { city: text }, required: ['city'] } },
    },
  ],
  [
    'a tuple in a field',
    x(z.tuple([z.string(), z.number()])),
    inX('array schema missing items.'),
    inField({
      type: 'array',
      prefixItems: [text, { type: 'number' }],
      items: { anyOf: [text, { type: 'number' }] },
      minItems: 2,
      maxItems: 2,
    }),
  ],
];

/** What the runner sends is that of the field `x`. */
export const CONVERTED_IF_STRICT: readonly ConvertedRow[] = [
  [
    'a discriminated union',
    x(z.discriminatedUnion('kind', [z.object({ kind: z.literal('a') }), z.object({ kind: z.literal('b') })])),
    notPermitted('oneOf'),
    {
      anyOf: ['a', 'b'].map((kind) => ({
        type: 'object',
        properties: { kind: { ...text, const: kind } },
        required: ['kind'],
        additionalProperties: false,
      })),
    },
  ],
  [
    'a described schema with an id',
    x(address.describe('Home')),
    "context=('properties', 'x'), $ref cannot have keywords {'description'}.",
    { description: 'Home', anyOf: [{ $ref: '#/$defs/Address' }] },
  ],
  ['a duration', x(z.iso.duration()), 'regex lookaround is not supported', { ...text, format: 'duration' }],
  ['an id', x(z.nanoid()), "'nanoid' is not a valid format.", { ...text, pattern: '^[a-zA-Z0-9_-]{21}$' }],
  ['a prefix', x(z.string().startsWith('a')), "'starts_with' is not a valid format.", { ...text, pattern: '^a.*' }],
  [
    'base64',
    x(z.base64()),
    notPermitted('contentEncoding'),
    { ...text, pattern: '^$|^(?:[0-9a-zA-Z+/]{4})*(?:(?:[0-9a-zA-Z+/]{2}==)|(?:[0-9a-zA-Z+/]{3}=))?$' },
  ],
  ['a read-only list', x(z.array(z.string()).readonly()), notPermitted('readOnly'), { type: 'array', items: text }],
  ['metadata', x(z.string().meta({ title: 'X', owner: 'us' })), notPermitted('owner'), { ...text, title: 'X' }],
];

interface Tree {
  name: string;
  branches: Tree[];
}

const tree: z.ZodType<Tree> = z.object({
  name: z.string(),
  get branches() {
    return z.array(tree);
  },
});

/** Accepted with and without `strict`. */
export const ACCEPTED: readonly AcceptedRow[] = [
  ['no arguments', z.object({})],
  ['a tree', tree],
  ['a tree in a field', x(tree)],
  ['a lazy schema', x(z.lazy(() => dog))],
  ['a strict object', x(z.strictObject({ y: z.string() }))],
  ['a nullable field', x(z.string().nullable())],
  ['a nullable object', x(dog.nullable())],
  ['a union', x(z.union([z.string(), z.number(), dog]))],
  ['an intersection of objects', x(dog.omit({ kind: true }).and(cat))],
  ['null', x(z.null())],
  ['the literal null', x(z.literal(null))],
  ['literals of one type', x(z.literal(['a', 'b']))],
  ['an enum of numbers', x(z.enum({ low: 1, high: 2 }))],
  ['a transform', x(z.string().transform(Number))],
  ['a pipe', x(z.string().pipe(z.coerce.number()))],
  ['a codec of a date', x(z.codec(z.iso.datetime(), z.date(), { decode: (iso) => new Date(iso), encode: String }))],
  ['a refinement', x(z.string().refine((one) => one !== ''))],
  ['a template literal', x(z.templateLiteral(['#', z.int()]))],
  ['an e-mail address', x(z.email())],
  ['a UUID', x(z.uuid())],
  ['a date', x(z.iso.date())],
  ['bounds', z.object({ a: z.string().min(1).max(9).regex(/a/), b: z.int().min(0).max(9), c: z.array(dog).min(1) })],
  ['10 levels', nested(10)],
  ['1,000 enum values of 15,000 characters', x(z.enum(words(1_000, 15)))],
];

/** Has no JSON Schema. The title, the schema, and the field. */
export const NOT_JSON: readonly (readonly [title: string, schema: z.ZodType, field: string])[] = [
  ['a date', x(z.date()), 'x'],
  ['a coerced date', x(z.array(z.coerce.date())), 'x[]'],
  ['a bigint literal', x(z.union([z.string(), z.literal(1n)])), 'x.anyOf.1'],
  ['a map', x(z.map(z.string(), z.string())), 'x'],
  ['a set', x(z.set(z.string())), 'x'],
  ['undefined', x(z.undefined()), 'x'],
  ['a symbol', x(z.symbol()), 'x'],
  ['NaN', x(z.nan()), 'x'],
  ['an instance of a class', x(z.instanceof(URL).nullable()), 'x'],
  ['a function', x(z.function()), 'x'],
];
