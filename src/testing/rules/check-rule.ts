import { ApiFault } from '../api-fault.ts';
import { isObject, isString } from '../checks.ts';
import {
  checkKeys,
  checkLength,
  checkNumber,
  checkPattern,
  joined,
  missing,
  quoted,
  unknownParameter,
  unknownValue,
  wrongType,
} from '../request-checks.ts';
import type { Json } from '../wire.ts';
import type { ObjectRule, Rule } from './notation.ts';

/**
 * Checks a value by a rule.
 *
 * @param param the path of the value, such as `tools[0].type`
 * @throws ApiFault for the first problem, with the API's message, param and code
 */
export function checkRule(value: unknown, rule: Rule, param = ''): void {
  if (!accepts(rule, value)) throw wrongType(param, expected(rule), value);
  switch (rule.kind) {
    case 'string':
      checkLength(value as string, rule.size, param);
      if (rule.pattern) checkPattern(value as string, rule.pattern, param);
      return;
    case 'integer':
    case 'number':
      checkNumber(value as number, rule.kind, rule.size, param);
      return;
    case 'choice':
      if (!rule.values.includes(value as string)) throw unknownValue(value as string, rule.values, param);
      return;
    case 'array':
      checkLength(value as unknown[], rule.size, param);
      for (const [index, item] of (value as unknown[]).entries()) checkRule(item, rule.items, `${param}[${index}]`);
      return;
    case 'object':
      checkObject(value as Json, rule, param);
      return;
    case 'map':
      checkKeys(value as Json, rule.size.max, rule.keySize.max, param);
      for (const [name, one] of Object.entries(value as Json)) checkRule(one, rule.values, inside(param, name));
      return;
    case 'union':
      checkUnion(value, rule, param);
      return;
    case 'any':
    case 'boolean':
    case 'null':
  }
}

/** On the API too, a missing field precedes an unknown one, and both precede wrong values. */
function checkObject(value: Json, { fields, isOpen }: ObjectRule, param: string): void {
  for (const [name, { isRequired }] of fields) {
    if (isRequired && value[name] === undefined) throw missing(inside(param, name));
  }
  const unknown = Object.keys(value).find((name) => !fields.has(name));
  if (unknown !== undefined && !isOpen) throw unknownParameter(inside(param, unknown));
  for (const [name, { rule }] of fields) {
    if (value[name] !== undefined) checkRule(value[name], rule, inside(param, name));
  }
}

function checkUnion(value: unknown, union: Rule, param: string): void {
  const fitting = options(union).filter((option) => accepts(option, value));
  const left = isObject(value) ? ofType(value, fitting, param) : fitting;
  const faults = left.map((option) => faultOf(value, option, param));
  if (faults.includes(undefined)) return;
  // The closest option has its problem deepest inside.
  const depths = faults.map((fault) => (fault?.param ?? '').split(/[.[]/).length);
  throw faults[depths.indexOf(Math.max(...depths))] as ApiFault;
}

/** The options for an object with that `type`; without one, those that need no `type` but a field of the object. */
function ofType(value: Json, all: readonly Rule[], param: string): readonly Rule[] {
  if (all.length < 2) return all;
  const { type } = value;
  const objects = all.filter((option) => option.kind === 'object');
  const left = objects.filter(({ fields }) => {
    const field = fields.get('type');
    if (type !== undefined) return options(field?.rule).some((option) => isOneOf(type, option));
    return field?.isRequired !== true && Object.keys(value).some((name) => fields.get(name)?.isRequired === true);
  });
  if (left.length > 0) return left;
  const at = inside(param, 'type');
  if (type === undefined) throw missing(at);
  const values = objects.flatMap(({ fields }) => options(fields.get('type')?.rule).flatMap(valuesOf));
  checkRule(type, { kind: 'choice', values: unique(values) }, at);
  return objects;
}

function isOneOf(value: unknown, rule: Rule): boolean {
  return rule.kind === 'choice' ? rule.values.includes(value as string) : accepts(rule, value);
}

function valuesOf(rule: Rule): readonly string[] {
  return rule.kind === 'choice' ? rule.values : [];
}

function faultOf(value: unknown, rule: Rule, param: string): ApiFault | undefined {
  try {
    checkRule(value, rule, param);
    return undefined;
  } catch (error) {
    if (error instanceof ApiFault) return error;
    throw error;
  }
}

/** The options of each union, with those of the unions inside it. */
const flat = new WeakMap<Rule, readonly Rule[]>();

/** The rules of which one has to fit. */
function options(rule: Rule | undefined): readonly Rule[] {
  if (rule?.kind !== 'union') return rule ? [rule] : [];
  const known = flat.get(rule) ?? unique(rule.options.flatMap(options));
  flat.set(rule, known);
  return known;
}

/** Returns true if the JSON type of the value fits. */
function accepts(rule: Rule, value: unknown): boolean {
  switch (rule.kind) {
    case 'any':
      return true;
    case 'null':
      return value === null;
    case 'string':
    case 'choice':
      return isString(value);
    case 'boolean':
    case 'number':
      return typeof value === rule.kind;
    case 'integer':
      return Number.isInteger(value);
    case 'array':
      return Array.isArray(value);
    case 'object':
    case 'map':
      return isObject(value);
    case 'union':
      return options(rule).some((option) => accepts(option, value));
  }
}

/** Names the allowed types in the API's words, which omit null. */
function expected(rule: Rule): string {
  switch (rule.kind) {
    case 'string':
    case 'boolean':
      return `a ${rule.kind}`;
    case 'integer':
      return 'an integer';
    case 'number':
      return 'a decimal';
    case 'choice':
      return rule.values.length === 1 ? quoted(rule.values, 'or') : `one of ${quoted(rule.values, 'or')}`;
    case 'array':
      return `an array of ${joined(unique(options(rule.items).map((item) => `${bare(expected(item))}s`)), 'or')}`;
    case 'object':
    case 'map':
      return 'an object';
    case 'union': {
      const [first = '', ...others] = unique(
        options(rule)
          .filter(({ kind }) => kind !== 'null')
          .map(expected),
      );
      return others.length === 0 ? first : `one of ${joined([first, ...others.map(bare)], 'or')}`;
    }
    case 'null':
    case 'any':
      return rule.kind;
  }
}

/** Without its article. */
function bare(words: string): string {
  return words.replace(/^an? /, '');
}

function unique<T>(list: readonly T[]): T[] {
  return [...new Set(list)];
}

function inside(param: string, name: string): string {
  return param === '' ? name : `${param}.${name}`;
}
