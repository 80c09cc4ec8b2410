/**
 * Writes the rules of the requests that FakeOpenAI serves, from OpenAI's OpenAPI document:
 *
 *     node scripts/request-rules.mjs openapi.yaml
 *
 * Where the API differs from its document, src/testing/rules/corrections.ts has the API's rule.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parse } from 'yaml';

const OPERATIONS = [
  ...['createAssistant', 'createThread', 'createThreadAndRun', 'createMessage', 'createRun', 'modifyRun'],
  ...['submitToolOuputsToRun', 'createResponse', 'Compactconversation'],
  ...['createConversation', 'updateConversation', 'createConversationItems'],
];
const WIDTH = 118;

const [file] = process.argv.slice(2);
if (!file) throw new Error('Usage: node scripts/request-rules.mjs openapi.yaml');
const { paths, components } = parse(readFileSync(file, 'utf8'));
const schemas = new Map(Object.entries(components.schemas).map(([name, schema]) => [identifier(name), schema]));
const rules = new Map();

/** @param self the name of the schema that a recursive reference means */
function ruleOf(schema, self) {
  const { $ref, $recursiveRef, allOf, enum: values, type } = schema;
  const choices = (schema.anyOf ?? schema.oneOf ?? []).filter((choice) => !isRequirement(choice));
  if ($ref) return define(nameIn(schema));
  if ($recursiveRef) return self;
  if (allOf) return allOf.length === 1 ? ruleOf(allOf[0], self) : objectRule(merge(schema), self);
  if (choices.length > 0) return union(choices.map((choice) => ruleOf(choice, self)));
  if (values) return union(values.map((value) => (value === null ? 'null' : `'${value}'`)));
  if (Array.isArray(type)) return union(type.map((one) => ruleOf({ ...schema, type: one }, self)));
  switch (type ?? (schema.properties && 'object')) {
    case 'string':
      return `string${schema.pattern ? `(/${schema.pattern}/)` : size(schema.minLength, schema.maxLength)}`;
    case 'integer':
    case 'number':
      return `${type}${size(schema.minimum, schema.maximum)}`;
    case 'array': {
      const items = ruleOf(schema.items, self);
      const grouped = items.includes(' | ') && !items.startsWith('{') ? `(${items})` : items;
      return `${grouped}[${size(schema.minItems, schema.maxItems).slice(1, -1)}]`;
    }
    case 'object':
      return objectRule(schema, self);
    default:
      return type ?? 'any';
  }
}

function objectRule({ properties = {}, required = [], additionalProperties, maxProperties, propertyNames }, self) {
  const fields = Object.entries(properties).map(
    ([name, one]) => `${name}${required.includes(name) ? '' : '?'}: ${ruleOf(one, self)}`,
  );
  if (fields.length > 0) return `{ ${fields.join(', ')} }`;
  if (Object.keys(additionalProperties ?? {}).length === 0) return 'object';
  const sizes = maxProperties ? `(${size('', maxProperties).slice(1, -1)}, ..${propertyNames.maxLength})` : '';
  return `map${sizes}<${ruleOf(additionalProperties, self)}>`;
}

/** Merges the objects of an `allOf`. */
function merge(schema) {
  const parts = (schema.allOf ?? [schema]).map((part) => (part.$ref ? schemas.get(nameIn(part)) : part));
  const merged = parts.map((part) => (part.allOf ? merge(part) : part));
  return {
    properties: Object.assign({}, ...merged.map(({ properties }) => properties)),
    required: merged.flatMap(({ required }) => required ?? []),
  };
}

/** Beside any string, enumerated ones are examples, such as models. */
function union(options) {
  const flat = options.flatMap((option) => (isPlain(rules.get(option)) ? rules.get(option) : option).split(' | '));
  const kept = flat.includes('string') ? flat.filter((option) => !option.startsWith("'")) : flat;
  return [...new Set(kept)].join(' | ');
}

/** Keeps the rule of a schema under its name. */
function define(name) {
  if (!rules.has(name)) {
    rules.set(name, '');
    rules.set(name, ruleOf(schemas.get(name), name));
  }
  return name;
}

function nameIn({ $ref }) {
  return identifier($ref.split('/').at(-1));
}

function identifier(name) {
  return name.replace(/\W/g, '_');
}

function size(min, max) {
  return min === undefined && max === undefined ? '' : `(${min ?? ''}..${max ?? ''})`;
}

/** True for an option of an `anyOf` that only says which fields are required. */
function isRequirement(schema) {
  return schema.required !== undefined && Object.keys(schema).length === 1;
}

/** True for a rule of values and types alone: without names, sizes, fields and elements. */
function isPlain(rule) {
  return rule !== undefined && rule.split(' | ').every((option) => /^(?:'.*'|[a-z]+)$/.test(option));
}

/** Replaces the names of short rules without fields by the rules. */
function inlined(text) {
  return text.replace(/(?<!')\b([A-Z]\w+)(\[?)/g, (whole, name, bracket) => {
    const rule = rules.get(name);
    if (rule === undefined || /[{<]/.test(rule) || rule.length > 60) return whole;
    const short = inlined(rule);
    return bracket && short.includes(' | ') ? `(${short})[` : `${short}${bracket}`;
  });
}

/** Wraps a rule after its commas and bars. */
function wrapped(name, text) {
  const lines = [`${name}:`];
  for (const word of text.split(/(?<=[,|{]) /)) {
    const line = `${lines.at(-1)} ${word}`;
    if (line.length > WIDTH) lines.push(` ${word}`);
    else lines[lines.length - 1] = line;
  }
  return lines.join('\n');
}

const operations = Object.values(paths).flatMap((path) => Object.values(path));
for (const { operationId, requestBody } of operations) {
  if (!OPERATIONS.includes(operationId)) continue;
  const { schema } = requestBody.content['application/json'];
  rules.set(operationId, ruleOf(schema.$ref ? schemas.get(nameIn(schema)) : schema));
}
const texts = new Map([...rules].map(([name, text]) => [name, inlined(text)]));
const used = new Set(OPERATIONS);
for (const name of used) {
  for (const [other] of texts.get(name).matchAll(/(?<!')\b[A-Z]\w+/g)) if (texts.has(other)) used.add(other);
}
const lines = [...used].sort().map((name) => wrapped(name, texts.get(name)));
writeFileSync(
  join(resolve(import.meta.dirname, '..'), 'src/testing/rules/spec-rules.ts'),
  `/** Written by scripts/request-rules.mjs from OpenAI's OpenAPI document, in the notation of ./notation.ts. */
export const SPEC_RULES: string = String.raw\`
${lines.join('\n')}
\`;
`,
);
