import { isJsonObject } from '../../internal/json.ts';

/**
 * The JSON Schemas that OpenAI accepts for a function's parameters, with and without `strict`. Sources: the guide
 * "Structured Outputs" (Supported schemas), `toStrictJsonSchema` of openai 7, and the API's errors, quoted below.
 */

export type Schema = Record<string, unknown>;

/** Keys and indexes from the root, such as `['properties', 'tags', 'items']`. */
export type Path = readonly (string | number)[];

/** What is wrong, in zod's words, and what to do instead. */
type Problem = readonly [problem: string, remedy: string];

const OPEN: Problem = [
  'takes any key (z.record(), z.looseObject() or .catchall())',
  'List the keys in z.object({ … }), or take an array of { key, value }',
];

const OPTIONAL: Problem = [
  'is optional',
  'Use .nullable() instead of .optional() or .nullish(), so that the model sends null',
];

const DEFAULT: Problem = [
  'has a default (.default(), .prefault() or .catch())',
  'Use .nullable(), and choose the default in the handler',
];

const UNTYPED: Problem = [
  'has no type (z.any(), z.unknown() or literals of several types)',
  'Use z.union() of the types that it takes',
];

/** "In context=('properties', 'x'), 'default' is not permitted." */
const NOT_STRICT: Readonly<Record<string, Problem>> = {
  default: DEFAULT,
  propertyNames: OPEN,
  patternProperties: OPEN,
  prefixItems: ['is a tuple (z.tuple())', 'Use z.object() with a field for each place, or z.array()'],
  oneOf: ['is an exclusive union (z.xor())', 'Use z.union()'],
  allOf: [
    'is an intersection or has several patterns (allOf)',
    'Use one z.object({ ...one.shape, ...other.shape }), or one .regex()',
  ],
  not: ['takes no value (z.never())', 'Leave the field out'],
  contentEncoding: ['is a file (z.file())', 'Take its id or URL as a z.string()'],
};

/** Not permitted either. zod itself never writes these constraints, but `.meta()` can. */
const UNSUPPORTED: readonly string[] = [
  ...['if', 'then', 'else', 'dependentRequired', 'dependentSchemas', 'dependencies'],
  ...['minProperties', 'maxProperties', 'unevaluatedProperties', 'contentMediaType', 'contentSchema'],
  ...['uniqueItems', 'contains', 'minContains', 'maxContains', 'unevaluatedItems'],
];

/** All other keywords are annotations, such as the `readOnly` of `.readonly()`, and not permitted. */
const SUPPORTED: readonly string[] = [
  ...['type', 'enum', 'const', 'anyOf', '$ref', '$defs', 'title', 'description', 'examples'],
  ...['properties', 'required', 'additionalProperties', 'items', 'minItems', 'maxItems'],
  ...['minLength', 'maxLength', 'pattern', 'format'],
  ...['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'],
];

/** "'uri' is not a valid format." */
const FORMATS: readonly unknown[] = [
  ...['date-time', 'time', 'date', 'duration', 'email', 'hostname', 'ipv4', 'ipv6', 'uuid'],
];

/** "Invalid JSON schema: regex lookaround is not supported." */
const LOOKAROUND = /\(\?<?[=!]/;

/** "'^\p{L}+$' is not a 'regex'.", also without `strict`: the API compiles patterns with Python's `re`. */
const NOT_IN_PYTHON = /\\[pP]\{|\\u\{|\(\?<[A-Za-z]/;

const USE_REFINE = 'Use .refine() instead of .regex()';

/**
 * Replaces what OpenAI refuses by what means the same, and refuses the rest.
 *
 * @throws TypeError with the tool, the path and the remedy
 */
export function fitToOpenAI(tool: string, schema: Schema, strict: boolean, path: Path = []): void {
  replaceEquals(schema);
  if (NOT_IN_PYTHON.test(String(schema['pattern']))) {
    const problem = 'has a pattern with \\p{…}, \\u{…} or (?<name>…), which OpenAI refuses';
    throw new TypeError(`${fieldAt(path)} of tool "${tool}" ${problem}. ${USE_REFINE}.`);
  }
  if (strict) fitToStrict(tool, schema, path);
  for (const [step, child] of subschemas(schema)) fitToOpenAI(tool, child, strict, [...path, ...step]);
}

function fitToStrict(tool: string, schema: Schema, path: Path): void {
  replaceStrictEquals(schema);
  const [[problem, remedy] = [], ...step] = strictProblem(schema) ?? [];
  if (problem !== undefined) {
    const field = fieldAt([...path, ...step]);
    throw new TypeError(
      `${field} of tool "${tool}" ${problem}, which strict: true does not allow. ${remedy}, or leave strict out.`,
    );
  }
  for (const key of Object.keys(schema)) if (!SUPPORTED.includes(key)) Reflect.deleteProperty(schema, key);
}

function replaceEquals(schema: Schema): void {
  const { $ref, prefixItems, items, format, pattern, description } = schema;
  // Strict readers of JSON refuse half of a surrogate pair, such as a cut text may end with.
  if (typeof description === 'string') schema['description'] = description.toWellFormed();
  // "$ref cannot have keywords {'description'}."
  if ($ref !== undefined && Object.keys(schema).length > 1) {
    delete schema['$ref'];
    schema['anyOf'] = [{ $ref }];
  }
  // "array schema missing items.": they describe the items after a tuple's places, of which there are none.
  if (Array.isArray(prefixItems) && !isJsonObject(items)) {
    Object.assign(schema, { items: { anyOf: prefixItems }, maxItems: prefixItems.length });
  }
  // zod writes both, and they say the same.
  if (FORMATS.includes(format) && LOOKAROUND.test(String(pattern))) delete schema['pattern'];
}

function replaceStrictEquals(schema: Schema): void {
  const { type, format, pattern } = schema;
  // zod drops the keys that an object does not list.
  if (type === 'object') schema['additionalProperties'] ??= false;
  if (pattern === undefined || FORMATS.includes(format)) return;
  delete schema['format'];
  delete schema['contentEncoding'];
}

/** Returns the problem, and the steps from the schema to the field that has it. */
function strictProblem(schema: Schema): readonly [Problem, ...Path] | undefined {
  const { type, properties = {}, required = [], additionalProperties, format, pattern } = schema;
  const keyword = Object.keys(schema).find((key) => Object.hasOwn(NOT_STRICT, key) || UNSUPPORTED.includes(key));
  if (keyword !== undefined) {
    return [NOT_STRICT[keyword] ?? [`has the keyword "${keyword}"`, 'Check the value in the handler']];
  }
  if (type === 'object' && additionalProperties !== false) return [OPEN];
  const optional = Object.entries(properties as Schema).find(([key]) => !(required as string[]).includes(key));
  if (optional) {
    const [key, field] = optional;
    return ['default' in (field as Schema) ? DEFAULT : OPTIONAL, 'properties', key];
  }
  if (!['type', 'anyOf', '$ref'].some((key) => key in schema)) return [UNTYPED];
  if (format !== undefined && !FORMATS.includes(format)) {
    return [[`has the format ${JSON.stringify(format)}`, 'Use z.string().refine()']];
  }
  return LOOKAROUND.test(String(pattern)) ? [['has a pattern with lookaround', USE_REFINE]] : undefined;
}

/** Keywords with one schema, and keywords with several. */
const ONE: readonly string[] = ['items', 'additionalProperties'];
const SEVERAL: readonly string[] = ['properties', '$defs', 'anyOf', 'oneOf', 'allOf', 'prefixItems'];

/** Lists the schemas directly inside a schema, each with the steps to it. */
export function subschemas(schema: Schema): [step: Path, child: Schema][] {
  const one = ONE.map((keyword): [Path, unknown] => [[keyword], schema[keyword]]);
  const several = SEVERAL.flatMap((keyword) =>
    Object.entries(Object(schema[keyword]) as Schema).map(([key, child]): [Path, unknown] => [[keyword, key], child]),
  );
  return [...one, ...several].filter((entry): entry is [Path, Schema] => isJsonObject(entry[1]));
}

/** Formats a path as zod's users write fields: `parameters.lines[].name`. */
export function fieldAt(path: Path): string {
  let field = 'parameters';
  for (let index = 0; index < path.length; index += 1) {
    if (path[index] === 'items') field += '[]';
    else field += `.${String(path[index] === 'properties' ? path[(index += 1)] : path[index])}`;
  }
  return field;
}
