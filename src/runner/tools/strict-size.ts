import { subschemas, type Schema } from './openai-schema.ts';

interface Size {
  levels: number;
  fields: number;
  values: number;
  characters: number;
  /** Characters of the longest enum among those of more than {@link MANY_VALUES}. */
  longest: number;
}

const MANY_VALUES = 250;

/** Source: the guide "Structured Outputs", limitations on nesting depth, size and enum size. */
const LIMITS: readonly (readonly [part: keyof Size, max: number, named: string])[] = [
  ['levels', 10, 'levels of nesting'],
  ['fields', 5_000, 'fields'],
  ['values', 1_000, 'enum values'],
  ['longest', 15_000, `characters in an enum of more than ${MANY_VALUES} values`],
  ['characters', 120_000, 'characters in names and enum values'],
];

/** @throws TypeError for parameters that are too large for `strict: true` */
export function checkStrictSize(tool: string, root: Schema): void {
  const size: Size = { levels: 0, fields: 0, values: 0, characters: 0, longest: 0 };
  add(root, size, -1);
  for (const [part, max, named] of LIMITS) {
    if (size[part] <= max) continue;
    throw new TypeError(
      `parameters of tool "${tool}" have ${size[part]} ${named}, and strict: true allows ${max}. Simplify them, or leave strict out.`,
    );
  }
}

function add(schema: Schema, size: Size, outer: number): void {
  const { type, properties, $defs, enum: some, const: one } = schema;
  const names = Object.keys(properties ?? {});
  const values = (some ?? []) as unknown[];
  const level = outer + (type === 'object' || type === 'array' ? 1 : 0);
  size.levels = Math.max(size.levels, level);
  size.fields += names.length;
  size.values += values.length;
  size.characters += characters([...names, ...Object.keys($defs ?? {}), ...values, one]);
  if (values.length > MANY_VALUES) size.longest = Math.max(size.longest, characters(values));
  for (const [, child] of subschemas(schema)) add(child, size, level);
}

function characters(values: readonly unknown[]): number {
  return values.reduce<number>((sum, value) => sum + (typeof value === 'string' ? value.length : 0), 0);
}
