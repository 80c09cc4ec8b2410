import { isLossless, looksLikeJson, parsed } from '../detection/nested-json.ts';
import { isJsonObject } from '../../internal/json.ts';
import type { ValueTests } from './policy-input.ts';
import type { Truth } from './truth.ts';
import { passes, plain, type Tested } from './value-tests.ts';

/** The result of one path of `x_arguments`. */
export interface PathResult {
  readonly path: string;
  readonly holds: Truth;
  /** True if a value passes the tests. */
  readonly isFound: boolean;
  /** Why there is no value to test. */
  readonly why: Missing['why'] | undefined;
}

const EACH = '[]';
const MAX_VALUES = 10_000;
/** The levels of JSON in a string in JSON. */
const MAX_NESTING = 3;

/** Returns the problem of a malformed path; undefined for a valid one. */
export function pathProblem(path: string): string | undefined {
  if (/\[[^\]]+\]/.test(path)) return 'has an index; write [] for every item of a list';
  const isValid = path.split('.').every((step) => /^[^[\]]+(?:\[\])*$/.test(step) && step.trim() === step);
  return isValid ? undefined : 'must be a path such as amount, customer.country or items[].sku';
}

/** Tests the values at each path of `x_arguments`. */
export function testArguments(body: unknown, wanted: Readonly<Record<string, ValueTests>>): readonly PathResult[] {
  return Object.entries(wanted).map(([path, tests]) => testPath(body, path, tests));
}

/** It is unknown whether a path holds if only some of its values pass, or if it is missing: the tool may have a default. */
function testPath(body: unknown, path: string, tests: ValueTests): PathResult {
  const values = valuesAt(body, path);
  const truths = values.map((value) => passes(tests, value));
  const [first = 'unknown'] = truths;
  const holds = truths.every((truth) => truth === first) ? first : 'unknown';
  return { path, holds, isFound: truths.includes(true), why: values.find((value) => 'why' in value)?.why };
}

/** Lists the values at a path, at least one entry. */
function valuesAt(body: unknown, path: string): readonly Tested[] {
  let found: readonly Tested[] = [{ value: body }];
  for (const step of path.split(/\.|(?=\[\])/)) {
    const next: Tested[] = [];
    for (const from of found) {
      if ('why' in from) next.push(from);
      else for (const to of step === EACH ? itemsOf(from) : fieldsOf(from, step)) next.push(to);
      // Too many to test: unknown.
      if (next.length > MAX_VALUES) return [UNREADABLE];
    }
    found = next;
  }
  const values = found.map((each) => ('why' in each || each.value != null ? each : MISSING));
  const filled = values.filter((each) => !('why' in each && each.why === 'empty'));
  return filled.length > 0 ? filled : values.slice(0, 1);
}

type Value = Extract<Tested, { readonly value: unknown }>;
type Missing = Extract<Tested, { readonly why: string }>;

const MISSING: Missing = { why: 'missing' };
const UNREADABLE: Missing = { why: 'unreadable' };

function itemsOf(from: Value): readonly Tested[] {
  const { value, isNear = false } = decoded(from);
  if (value == null) return [MISSING];
  if (!Array.isArray(value)) return [UNREADABLE];
  if (value.length === 0) return [{ why: 'empty' }];
  return value.length > MAX_VALUES ? [UNREADABLE] : value.map((item: unknown) => ({ value: item, isNear }));
}

/** Besides the field, lists those whose names a lenient reader takes for it: `Amount`, or one in full width. */
function fieldsOf(from: Value, name: string): readonly Tested[] {
  const { value, isNear = false } = decoded(from);
  if (value == null) return [MISSING];
  if (!isJsonObject(value)) return [UNREADABLE];
  const own: Tested = Object.hasOwn(value, name) ? { value: value[name], isNear } : MISSING;
  const keys = Object.keys(value);
  if (keys.length > MAX_VALUES) return [own, UNREADABLE];
  const wanted = plain(name);
  const near = keys.filter((key) => key !== name && plain(key) === wanted);
  return [own, ...near.map((key) => ({ value: value[key], isNear: true }))];
}

/** Parses JSON in a string. Its values are near: the tool may parse it in another way, or not at all. */
function decoded(from: Value): Value {
  let current = from;
  for (let level = 0; level < MAX_NESTING; level += 1) {
    const { value } = current;
    const [inner] = typeof value === 'string' && looksLikeJson(value) ? (parsed(value) ?? []) : [];
    if (typeof value !== 'string' || inner === undefined || !isLossless(value, inner)) return current;
    current = { value: inner, isNear: true };
  }
  return current;
}
